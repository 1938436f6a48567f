//! Whether a game answers: over the network, or, where nothing may leave the process, as a simulation says.

use domain::catalogue::Probe;
use query::{Answer, Silence};
use std::sync::Arc;
use std::time::Duration;

/// Says what the game at a host and port would answer.
pub type Told = dyn Fn(&Probe, &str, u16) -> Result<Answer, Silence> + Send + Sync;

/// Where games are asked.
#[derive(Clone)]
pub enum Games {
    /// On the addresses that players use; one question takes at most `patience`.
    Network {
        /// How long.
        patience: Duration,
    },
    /// Nowhere: somebody says what they would answer.
    Told(Arc<Told>),
}

impl Games {
    /// Asks a game once.
    ///
    /// # Errors
    /// No answer that counts; ask again later.
    pub async fn ask(&self, probe: &Probe, host: &str, port: u16) -> Result<Answer, Silence> {
        match self {
            Self::Network { patience } => query::ask(probe, query::resolve(host, port).await?, *patience).await,
            Self::Told(told) => told(probe, host, port),
        }
    }
}
