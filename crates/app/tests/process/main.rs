//! The program as a process: killed at bad moments, started again, and driven by its own commands. Real time passes here; every
//! wait ends as soon as what it waits for is there.

mod acts;
mod backup;
mod commands;
mod doctor;
mod hardening;
mod installation;
mod kills;
mod looking;
mod privacy;
mod setup;
mod smoke;
mod telemetry;
mod verify;
