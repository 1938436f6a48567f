//! The program as a process: killed at bad moments, started again, and driven by its own commands. Real time passes here; every
//! wait ends as soon as what it waits for is there.

mod backup;
mod commands;
mod hardening;
mod installation;
mod kills;
mod privacy;
mod verify;
