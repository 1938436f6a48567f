//! Is the game answering? Asks a server's own protocol from outside, on the address that players use.
//!
//! What answers is foreign: sizes and times are bounded, and text is cleaned before anybody sees it.

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod mindustry;
mod minecraft;
mod small;
mod source;

use domain::catalogue::Probe;
use std::net::SocketAddr;
use std::time::Duration;

/// What a game said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// How many play; `None` where the protocol does not say.
    pub players_online: Option<u32>,
    /// How many may; `None` where the protocol does not say.
    pub players_max: Option<u32>,
    /// What the server calls itself, cleaned and short.
    pub name: Option<String>,
}

/// Why there was no answer that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// Nothing listens there.
    #[error("nothing listens there")]
    Refused,
    /// Nothing came in time.
    #[error("nothing came in time")]
    TimedOut,
    /// Something came, but not what the game would say.
    #[error("something else than the game answered: {0}")]
    NotTheGame(String),
    /// The game cannot be asked.
    #[error("this game cannot be asked")]
    NoProbe,
}

/// Asks a game once. Takes at most `limit`.
///
/// # Errors
/// No answer that counts; ask again later.
pub async fn ask(probe: &Probe, address: SocketAddr, limit: Duration) -> Result<Answer, Silence> {
    let asked = async {
        match probe {
            Probe::None => Err(Silence::NoProbe),
            Probe::MinecraftPing { .. } => minecraft::ask(address).await,
            Probe::A2s { .. } => source::ask(address, limit).await,
            Probe::Mindustry { .. } => mindustry::ask(address).await,
            Probe::Terraria { .. } => small::terraria(address).await,
            Probe::Teeworlds { .. } => small::teeworlds(address).await,
            Probe::TcpConnect { .. } => small::connect(address).await,
        }
    };
    tokio::time::timeout(limit, asked).await.unwrap_or(Err(Silence::TimedOut))
}

/// The address behind a name and a port; takes at most five seconds.
///
/// # Errors
/// The name leads nowhere.
pub async fn resolve(host: &str, port: u16) -> Result<SocketAddr, Silence> {
    let found = tokio::time::timeout(Duration::from_secs(5), tokio::net::lookup_host((host, port))).await;
    let mut addresses = found.map_err(|_| Silence::TimedOut)?.map_err(|_| Silence::Refused)?;
    addresses.next().ok_or(Silence::Refused)
}

/// Foreign text without control characters, at most 120 characters.
fn clean(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).take(120).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn silence(error: &std::io::Error) -> Silence {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Silence::Refused,
        std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => Silence::TimedOut,
        other => Silence::NotTheGame(other.to_string()),
    }
}
