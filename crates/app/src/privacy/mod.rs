//! What a person may ask of us: a copy of their data, and its erasure. `docs/privacy.md` says what is kept and why.

pub mod erasure;
pub mod export;
