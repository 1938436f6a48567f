//! Failed calls, sorted by what the caller should do next.

use jiff::{SignedDuration, Timestamp};
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What lies below a failed call.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A failed Stripe call. `Display` names call, status and request, never a key, a payload or Stripe's free text.
#[derive(Debug)]
pub enum StripeError {
    /// Nothing happened at Stripe: the request did not get there, or it was a read. The next pass tries again.
    Unreachable {
        /// Which call.
        call: &'static str,
        /// What went wrong.
        source: BoxError,
    },
    /// It may have happened: no answer, an answer of 500 and above, or an answer that cannot be read. Repeat with the same key
    /// and the same parameters within 24 hours; later, look for the result before trying again.
    OutcomeUnknown {
        /// Which call.
        call: &'static str,
        /// Whether Stripe itself answered: it keeps such an answer for the key.
        answered: bool,
        /// What went wrong.
        source: BoxError,
    },
    /// Stripe does not do it now (401, 403, 409, 424, 429), or the transport holds calls back: work waits and does not fail.
    /// With 409 an earlier request with the same key may still be running, so keep the key.
    NotNow {
        /// Which call.
        call: &'static str,
        /// When to try again, if somebody said so.
        until: Option<Until>,
        /// The status, unless nothing was sent.
        status: Option<u16>,
        /// Stripe's id of the request.
        request_id: Option<String>,
    },
    /// Stripe refused this request for good; only another request, or a human, helps.
    Refused {
        /// Which call.
        call: &'static str,
        /// The status, 300 to 499.
        status: u16,
        /// The class of the refusal.
        kind: ErrorKind,
        /// Stripe's code, for example `resource_missing`.
        code: Option<String>,
        /// The parameter at fault, in brackets as it was sent.
        param: Option<String>,
        /// Stripe's words for a developer. May name addresses: for the operator's eyes, not for the log.
        message: String,
        /// Stripe's id of the request.
        request_id: Option<String>,
    },
    /// A read was answered, but not in a shape that we know. Nothing may be concluded from it.
    Unreadable {
        /// Which call.
        call: &'static str,
        /// What does not fit, without any of its content.
        detail: String,
    },
    /// This client does not send such a request; the program or its configuration has to change.
    NotSent {
        /// Which call.
        call: &'static str,
        /// Why.
        reason: &'static str,
    },
}

/// When a call may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// This long after the answer: Stripe's `Retry-After`.
    After(Duration),
    /// At this instant: the transport's own decision.
    At(Timestamp),
}

/// Stripe's class of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something at Stripe.
    Api,
    /// The bank or the card said no.
    Card,
    /// The key was used before with other parameters or on another path.
    Idempotency,
    /// The request makes no sense to Stripe.
    InvalidRequest,
    /// Not an error of Stripe's making: a proxy's page, or a class that this client does not know.
    Unknown,
}

impl ErrorKind {
    /// Reads Stripe's `type`.
    pub(crate) fn of(word: Option<&str>) -> Self {
        match word {
            Some("api_error") => Self::Api,
            Some("card_error") => Self::Card,
            Some("idempotency_error") => Self::Idempotency,
            Some("invalid_request_error") => Self::InvalidRequest,
            _ => Self::Unknown,
        }
    }

    /// The class as Stripe writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api_error",
            Self::Card => "card_error",
            Self::Idempotency => "idempotency_error",
            Self::InvalidRequest => "invalid_request_error",
            Self::Unknown => "unknown error",
        }
    }
}

impl StripeError {
    /// The call that failed.
    pub fn call(&self) -> &'static str {
        match self {
            Self::Unreachable { call, .. }
            | Self::OutcomeUnknown { call, .. }
            | Self::NotNow { call, .. }
            | Self::Refused { call, .. }
            | Self::Unreadable { call, .. }
            | Self::NotSent { call, .. } => call,
        }
    }

    /// Whether the object named in the path does not exist for this key: deleted, of another account or of the other mode.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, code: Some(code), .. } if code == "resource_missing")
    }

    /// Stripe's code, if it refused with one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => code.as_deref(),
            Self::Unreachable { .. }
            | Self::OutcomeUnknown { .. }
            | Self::NotNow { .. }
            | Self::Unreadable { .. }
            | Self::NotSent { .. } => None,
        }
    }

    /// Whether Stripe may have done what was asked without our knowing.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self, Self::OutcomeUnknown { .. })
    }

    /// Whether the same idempotency key may bring the same failure again for a day: one of Stripe's own, which it keeps, or other parameters
    /// than the first time.
    pub fn spends_the_key(&self) -> bool {
        match self {
            Self::OutcomeUnknown { answered, .. } => *answered,
            Self::Refused { kind, .. } => *kind == ErrorKind::Idempotency,
            Self::Unreachable { .. } | Self::NotNow { .. } | Self::Unreadable { .. } | Self::NotSent { .. } => false,
        }
    }

    /// Whether the key is wrong or lacks a permission: an operator has to act, and every other call will fail as well.
    pub fn is_about_the_key(&self) -> bool {
        matches!(self, Self::NotNow { status: Some(401 | 403), .. })
    }

    /// Whether Stripe as a whole does not answer us, or wants to be left alone: it says nothing about what was asked for.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::OutcomeUnknown { .. }
                | Self::NotNow { status: None | Some(401 | 429), .. }
        )
    }

    /// The earliest instant of the next try, if Stripe or the transport named one.
    pub fn retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::NotNow { until: Some(Until::At(at)), .. } => Some(*at),
            Self::NotNow { until: Some(Until::After(wait)), .. } => {
                let wait = SignedDuration::try_from(*wait).unwrap_or(SignedDuration::MAX);
                Some(now.saturating_add(wait).unwrap_or(Timestamp::MAX))
            }
            Self::NotNow { until: None, .. }
            | Self::Unreachable { .. }
            | Self::OutcomeUnknown { .. }
            | Self::Refused { .. }
            | Self::Unreadable { .. }
            | Self::NotSent { .. } => None,
        }
    }
}

impl fmt::Display for StripeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { call, .. } => write!(f, "Stripe was not reached for {call}"),
            Self::OutcomeUnknown { call, .. } => write!(f, "it is unknown whether Stripe carried out {call}"),
            Self::NotNow { call, status, request_id, .. } => {
                write!(f, "Stripe does not take {call} now")?;
                match status {
                    Some(status) => write!(f, " (status {status}{})", Request(request_id)),
                    None => write!(f, " (held back by us)"),
                }
            }
            Self::Refused { call, status, kind, code, param, request_id, .. } => {
                write!(f, "Stripe refused {call}: status {status}, {}", kind.as_str())?;
                if let Some(code) = code {
                    write!(f, ", {code}")?;
                }
                if let Some(param) = param {
                    write!(f, ", parameter `{param}`")?;
                }
                write!(f, "{}", Request(request_id))
            }
            Self::Unreadable { call, detail } => write!(f, "Stripe's answer to {call} has an unknown shape: {detail}"),
            Self::NotSent { call, reason } => write!(f, "{call} was not sent to Stripe: {reason}"),
        }
    }
}

impl Error for StripeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable { source, .. } | Self::OutcomeUnknown { source, .. } => Some(source.as_ref()),
            Self::NotNow { .. } | Self::Refused { .. } | Self::Unreadable { .. } | Self::NotSent { .. } => None,
        }
    }
}

/// Prints `, request req_…` where the id is known.
struct Request<'a>(&'a Option<String>);

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, ", request {id}"),
            None => Ok(()),
        }
    }
}
