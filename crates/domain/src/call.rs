//! How a call to the outside ended when no answer came: the only thing that the transports and the clients of Stripe and of
//! the panel have to agree on.

use jiff::Timestamp;
use std::error::Error;
use std::time::Duration;

/// What a transport reports instead of an answer.
#[derive(Debug, thiserror::Error)]
pub enum CallFailure {
    /// The request certainly did not reach the other side: refused connection, no such host. Nothing happened there.
    #[error("the other side could not be reached")]
    NeverSent(#[source] Box<dyn Error + Send + Sync>),
    /// The request may have been carried out: it was cut off or took too long.
    #[error("no answer came, the request may have been carried out")]
    NoAnswer(#[source] Box<dyn Error + Send + Sync>),
    /// We did not even try: earlier answers said that calls are refused until then, or too many of ours wait for their turn.
    #[error("calls are held back until {until}")]
    HeldBack {
        /// When the next call may be tried.
        until: Timestamp,
    },
}

/// The total time that a call may take, as an extension of its request: the transport ends it with
/// [`CallFailure::NoAnswer`] when the time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallBudget(pub Duration);

/// What a call is called, as an extension of its request: calls are counted by it, for an address names single things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallName(pub &'static str);
