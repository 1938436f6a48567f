//! How a panel call failed, sorted by what the caller should do next.

use domain::redact::without_addresses;
use jiff::Timestamp;
use std::error::Error;
use std::fmt;

/// Anything that a call failed with underneath.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The panel's word for "wait a while with this", which is not about calls in general.
pub(crate) const TOO_OFTEN: &str = "TooManyRequestsHttpException";
/// The panel's word for "not with this server", which is not about our key.
pub(crate) const NOT_HERE: &str = "HttpForbiddenException";

/// A failed panel call.
#[derive(Debug, thiserror::Error)]
pub enum PanelError {
    /// Nothing happened; the next pass tries again.
    #[error("{call}: the panel could not be reached")]
    Unreachable {
        /// Which call.
        call: &'static str,
        /// What failed underneath.
        source: BoxError,
    },
    /// It may have happened; look before trying again. Reads end here too when their answer cannot be trusted.
    #[error("{call}: no answer that can be trusted ({source})")]
    OutcomeUnknown {
        /// Which call.
        call: &'static str,
        /// What failed underneath.
        source: BoxError,
    },
    /// We are not let in for the moment (401, 403, 429): work waits and does not fail.
    #[error("{call}: the panel does not let us in (status {status}), tried again at {until}")]
    NotNow {
        /// Which call.
        call: &'static str,
        /// The HTTP status; 0 when our own limits held the call back.
        status: u16,
        /// When the next call may be tried.
        until: Timestamp,
    },
    /// The panel answered that it does not do this; only a human or another request helps.
    #[error("{call}: refused with status {status}: {}", Problems(problems))]
    Refused {
        /// Which call.
        call: &'static str,
        /// The HTTP status.
        status: u16,
        /// What the panel said.
        problems: Vec<Problem>,
    },
}

/// One entry of the panel's error body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The exception's name, such as `ValidationException`.
    pub code: String,
    /// The field that a validation is about, dotted, such as `environment.SERVER_JARFILE`.
    pub field: Option<String>,
    /// The rule that it broke, such as `unique`.
    pub rule: Option<String>,
    /// The panel's words; foreign text.
    pub detail: String,
}

/// Foreign words as they may stand in a line of a log: short, without mail addresses, and without control characters, which could begin
/// another line.
pub(crate) fn plain(words: &str, longest: usize) -> String {
    without_addresses(words).chars().filter(|c| !c.is_control()).take(longest).collect()
}

struct Problems<'a>(&'a [Problem]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().take(5).enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            // The panel's words are foreign and may be long; field and rule say what an operator needs.
            write!(f, "{comma}{}", plain(&problem.code, 60))?;
            if let Some(field) = &problem.field {
                let rule = problem.rule.as_deref().unwrap_or("?");
                write!(f, " {} ({})", plain(field, 100), plain(rule, 60))?;
            }
            write!(f, ": {}", plain(&problem.detail, 160))?;
        }
        Ok(())
    }
}

impl PanelError {
    fn problems(&self) -> &[Problem] {
        match self {
            Self::Refused { problems, .. } => problems,
            Self::Unreachable { .. } | Self::OutcomeUnknown { .. } | Self::NotNow { .. } => &[],
        }
    }

    fn breaks(&self, field: &str, rule: &str) -> bool {
        let fits = |problem: &Problem| problem.field.as_deref() == Some(field) && problem.rule.as_deref() == Some(rule);
        self.problems().iter().any(fits)
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        self.problems().iter().any(|problem| codes.contains(&problem.code.as_str()))
    }

    /// Whether a value that has to be unique, such as `email`, belongs to somebody already.
    pub fn is_taken(&self, field: &str) -> bool {
        self.breaks(field, "unique")
    }

    /// Whether a server with our external id exists already.
    pub fn is_taken_external_id(&self) -> bool {
        self.is_taken("external_id")
    }

    /// The fields of a create that name ports which somebody has; empty when ports were not the problem.
    pub fn taken_allocations(&self) -> Vec<&str> {
        let about_ports = |problem: &&Problem| {
            problem.rule.as_deref() == Some("exists")
                && problem.field.as_deref().is_some_and(|field| field.starts_with("allocation."))
        };
        self.problems().iter().filter(about_ports).filter_map(|problem| problem.field.as_deref()).collect()
    }

    /// Whether no node or no port was free.
    pub fn is_no_room(&self) -> bool {
        self.has_code(&["NoViableNodeException", "NoViableAllocationException"])
    }

    /// Whether the node's daemon failed: the panel undid its own part.
    pub fn is_daemon(&self) -> bool {
        self.has_code(&["DaemonConnectionException"])
    }

    /// Whether another request of the same moment won.
    pub fn is_lost_race(&self) -> bool {
        self.has_code(&["DataValidationException", "UniqueConstraintViolationException", "QueryException"])
    }

    /// Whether the server's state stands in the way for a while: it is being transferred, for example.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
    }

    /// Whether the server is not running and the call wants it to.
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Refused { status: 502, .. }) && self.has_code(&["HttpException"])
    }

    /// Whether the daemon has no such file.
    pub fn is_missing_file(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. }) && self.is_daemon()
    }

    /// Whether the server has as many of these things as its plan allows.
    pub fn is_limit(&self) -> bool {
        const LIMITS: [&str; 3] =
            ["TooManyBackupsException", "TooManyDatabasesException", "ServiceLimitExceededException"];
        self.has_code(&LIMITS)
    }

    /// Whether the same was done too often of late; later it is possible again.
    pub fn is_too_often(&self) -> bool {
        self.has_code(&[TOO_OFTEN])
    }

    /// Whether the panel keeps customers from doing this at all: adding ports, or databases without a host for them.
    pub fn is_switched_off(&self) -> bool {
        const OFF: [&str; 3] = [
            "AutoAllocationNotEnabledException",
            "DatabaseClientFeatureNotEnabledException",
            "NoSuitableDatabaseHostException",
        ];
        self.has_code(&OFF)
    }

    /// Whether the thing asked for does not exist.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. }) && self.has_code(&["NotFoundHttpException"])
    }
}
