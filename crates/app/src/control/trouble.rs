//! Why the panel did not do what a customer asked for, as far as it is of use to them.

use crate::control::Shut;
use crate::texts::{self, t};
use jiff::Timestamp;
use panel::PanelError;
use std::borrow::Cow;

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The panel does not answer, or not now.
    Silent,
    /// It has not answered yet.
    Slow,
    /// It may have happened: the answer was lost.
    Unclear,
    /// The server is busy with something that shuts it: an installation, a backup being put in place.
    Busy,
    /// The server has to run for this.
    Offline,
    /// The thing is not there any more.
    Missing,
    /// The plan allows no more of these.
    Full,
    /// It was done too often of late.
    TooOften,
    /// The shop's panel does not offer it.
    SwitchedOff,
    /// A value is not accepted, with the panel's reason; foreign text.
    Value(String),
    /// It is longer than can be shown or saved here.
    TooLong,
    /// It is no text.
    NotText,
    /// Something that was typed is not accepted by us: the name of the text that says why.
    Wrong(&'static str),
    /// It was done too fast; the seconds to wait.
    TooFast(u64),
    /// Nothing can be done with the server.
    Shut(Shut),
    /// Something else, with its code.
    Refused(String),
}

/// Longest reason of the panel that is shown, in characters.
const LONGEST: usize = 200;

impl Shut {
    /// What it means.
    pub fn text(self) -> Cow<'static, str> {
        t(match self {
            Self::NotReady => "control-not-ready",
            Self::Suspended => "control-suspended",
            Self::Missing => "control-lost",
            Self::Gone => "control-gone",
        })
    }
}

impl Trouble {
    /// What a failed call means.
    pub fn of(error: &PanelError) -> Self {
        let problems = match error {
            PanelError::Unreachable { .. } | PanelError::NotNow { .. } => return Self::Silent,
            PanelError::OutcomeUnknown { .. } => return Self::Unclear,
            PanelError::Refused { problems, .. } => problems,
        };
        if error.is_too_often() {
            return Self::TooOften;
        }
        if error.is_limit() {
            return Self::Full;
        }
        if error.is_switched_off() {
            return Self::SwitchedOff;
        }
        if error.is_conflict() {
            return Self::Busy;
        }
        if error.is_offline() {
            return Self::Offline;
        }
        if error.is_missing() || error.is_missing_file() {
            return Self::Missing;
        }
        let Some(problem) = problems.first() else { return Self::Refused(String::new()) };
        let shown = |text: &str| text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        match problem.code.as_str() {
            "FileTooLarge" => Self::TooLong,
            "NotText" => Self::NotText,
            _ if problem.field.is_some() => Self::Value(shown(&problem.detail)),
            code => Self::Refused(shown(code)),
        }
    }

    /// Whether what is known stays as it is and only cannot be renewed.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Silent | Self::Slow | Self::Unclear)
    }

    /// What it means and what to do, in one or two sentences.
    pub fn text(&self) -> Cow<'static, str> {
        let name = match self {
            Self::Silent => "control-silent",
            Self::Slow => "control-slow",
            Self::Unclear => "control-unclear",
            Self::Busy => "control-busy",
            Self::Offline => "control-offline",
            Self::Missing => "control-missing",
            Self::Full => "control-full",
            Self::TooOften => "control-too-often",
            Self::SwitchedOff => "control-switched-off",
            Self::TooLong => "control-too-long",
            Self::NotText => "control-not-text",
            Self::Wrong(name) => name,
            Self::Shut(shut) => return shut.text(),
            Self::TooFast(wait_s) => {
                return texts::with("control-too-fast", &[("seconds", (*wait_s).into())]).into();
            }
            Self::Value(reason) => return texts::with("control-value", &[("reason", reason.as_str().into())]).into(),
            Self::Refused(code) => return texts::with("control-refused", &[("code", code.as_str().into())]).into(),
        };
        t(name)
    }
}

/// What stands above a page whose state is not of this moment: how old it is, and why.
pub fn age(at: Timestamp, now: Timestamp, trouble: &Trouble) -> String {
    let ago = texts::ago(at, now);
    if *trouble == Trouble::Slow {
        return texts::with("control-age-slow", &[("ago", ago.into())]);
    }
    match trouble.is_silence() {
        true => texts::with("control-age", &[("ago", ago.into())]),
        false => texts::with("control-age-why", &[("ago", ago.into()), ("why", trouble.text().into_owned().into())]),
    }
}
