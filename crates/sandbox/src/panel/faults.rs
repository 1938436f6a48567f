//! What can be made to go wrong, for which calls, and how often.

use super::model::RowId;
use serde::{Deserialize, Serialize};

/// Something that goes wrong. On the wire: `{"kind": "timeout", "outcome": "kept", …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// The call is refused with this answer and does nothing. With `field` and `rule` it reads as a broken validation rule.
    Refuse {
        /// HTTP status.
        status: u16,
        /// Error code; `ValidationException` for 422 and `DisplayException` otherwise when left out.
        #[serde(default)]
        code: Option<String>,
        /// `meta.source_field`.
        #[serde(default)]
        field: Option<String>,
        /// `meta.rule`.
        #[serde(default)]
        rule: Option<String>,
    },
    /// 401, as if the key were revoked.
    Unauthorized,
    /// 403, as if the key lacked the right.
    Forbidden,
    /// 429 with `Retry-After`.
    RateLimited {
        /// Seconds.
        retry_after: u32,
    },
    /// 500, and nothing was done.
    ErrorBefore,
    /// 500, and everything was done.
    ErrorAfter,
    /// The call loses a race against an equal one: a create answers 500 (`DataValidationException` with `at_save`, else
    /// `UniqueConstraintViolationException`), a delete of what is gone answers 204.
    LostRace {
        /// Refused by the model rather than by the database.
        #[serde(default)]
        at_save: bool,
    },
    /// A create's additional ports are not looked at, as when two creates check before either commits: the later one takes them.
    PortRace,
    /// No answer arrives.
    Timeout {
        /// What became of the call.
        outcome: Outcome,
        /// For `rolled_back` and `later`: after how many seconds.
        #[serde(default)]
        seconds: u32,
    },
    /// The connection breaks.
    Cut {
        /// After the work was done, rather than before.
        #[serde(default)]
        after: bool,
    },
    /// A gateway before the panel answers with a page instead of JSON.
    Gateway {
        /// 502, 503 or 504.
        status: u16,
        /// After the work was done, rather than before.
        #[serde(default)]
        after: bool,
    },
    /// A created server is answered with 201 and stays invisible to reads for a while.
    LateRow {
        /// Seconds.
        seconds: u32,
    },
    /// Nothing listens on the daemon's port.
    DaemonDown {
        /// Only this node.
        #[serde(default)]
        node: Option<RowId>,
    },
    /// The daemon answers with this status.
    DaemonAnswers {
        /// HTTP status.
        status: u16,
        /// Only this node.
        #[serde(default)]
        node: Option<RowId>,
    },
    /// The next install ends as failed.
    InstallFails,
    /// The next install is never reported.
    InstallNeverReports,
    /// The next install takes this much longer.
    InstallSlow {
        /// Seconds, not divided by the speed.
        seconds: u32,
    },
    /// The next game that starts runs and never answers.
    GameSilent,
    /// The next start crashes. Wings starts a crashed server once more, so a lasting crash needs two.
    GameCrashes,
    /// The next start stays `starting`.
    GameNeverReady,
    /// A power signal is accepted and forgotten.
    PowerIgnored,
    /// The next backup that ends has failed.
    BackupFails,
    /// A node is under maintenance, as long as the fault stands.
    NodeMaintenance {
        /// The node.
        node: RowId,
    },
    /// A node is gone from the panel and its daemon with it, as long as the fault stands.
    NodeRemoved {
        /// The node.
        node: RowId,
    },
}

/// What became of a call whose answer never came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was done, nor ever will be.
    Never,
    /// Everything was done.
    Kept,
    /// A created server's row stays, but the daemon was never told: it is `installing` for ever.
    Orphaned,
    /// The created row is there, and vanishes after some seconds. Calls that create nothing count as done.
    RolledBack,
    /// The call is worked off after some seconds.
    Later,
}

/// Which calls a fault applies to; what is left out matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct On {
    /// HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// Path without query; `*` stands for any run of characters.
    #[serde(default)]
    pub path: Option<String>,
    /// External id in the body or of the server concerned.
    #[serde(default)]
    pub external_id: Option<String>,
}

impl On {
    /// Calls of `method` to `path`, which is a whole path; `*` stands for whatever is there.
    ///
    /// # Panics
    /// In tests, when no path could ever be like that.
    pub fn call(method: &str, path: &str) -> Self {
        debug_assert!(path.starts_with(['/', '*']), "{path} is a part of a path");
        Self { method: Some(method.to_owned()), path: Some(path.to_owned()), external_id: None }
    }

    /// Calls to create a server.
    pub fn create_server() -> Self {
        Self::call("POST", "/api/application/servers")
    }

    /// Narrowed to one external id.
    #[must_use]
    pub fn external_id(mut self, id: &str) -> Self {
        self.external_id = Some(id.to_owned());
        self
    }

    fn fits(&self, subject: &Subject<'_>) -> bool {
        let method = self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(subject.method));
        let path = self.path.as_deref().is_none_or(|pattern| glob(pattern, subject.path));
        let id = self.external_id.as_deref().is_none_or(|id| subject.external_id == Some(id));
        method && path && id
    }
}

/// What a fault is compared with. Events inside Wings have no method and no path.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Subject<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub external_id: Option<&'a str>,
}

/// A fault that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultSpec {
    /// Which calls it applies to.
    #[serde(rename = "match", default)]
    pub on: On,
    /// How often; `None` until it is removed.
    #[serde(default)]
    pub times: Option<u32>,
    /// What goes wrong.
    #[serde(flatten)]
    pub fault: Fault,
}

impl FaultSpec {
    /// Once, for any call.
    pub fn once(fault: Fault) -> Self {
        Self { on: On::default(), times: Some(1), fault }
    }

    /// For any call, until removed.
    pub fn lasting(fault: Fault) -> Self {
        Self { on: On::default(), times: None, fault }
    }

    /// Narrowed to some calls.
    #[must_use]
    pub fn on(mut self, on: On) -> Self {
        self.on = on;
        self
    }

    /// With another count.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// All faults that stand, oldest first.
#[derive(Debug, Default, Clone)]
pub(super) struct Faults {
    next: u64,
    standing: Vec<(u64, FaultSpec)>,
}

impl Faults {
    pub(super) fn add(&mut self, spec: FaultSpec) -> u64 {
        self.next += 1;
        self.standing.push((self.next, spec));
        self.next
    }

    pub(super) fn remove(&mut self, id: u64) -> bool {
        let before = self.standing.len();
        self.standing.retain(|(standing, _)| *standing != id);
        self.standing.len() < before
    }

    pub(super) fn clear(&mut self) {
        self.standing.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.standing.is_empty()
    }

    pub(super) fn list(&self) -> impl Iterator<Item = (u64, &FaultSpec)> {
        self.standing.iter().map(|(id, spec)| (*id, spec))
    }

    /// Uses up one turn of the oldest fitting fault that `wanted` accepts.
    pub(super) fn take(&mut self, subject: &Subject<'_>, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let at = self.standing.iter().position(|(_, spec)| wanted(&spec.fault) && spec.on.fits(subject))?;
        let (_, spec) = &mut self.standing[at];
        let fault = spec.fault.clone();
        if let Some(times) = &mut spec.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.standing.remove(at);
            }
        }
        Some(fault)
    }

    pub(super) fn node_removed(&self, node: RowId) -> bool {
        self.standing.iter().any(|(_, spec)| spec.fault == Fault::NodeRemoved { node })
    }

    /// Whether nothing will listen on a node's daemon until somebody takes the fault away.
    pub(super) fn daemon_stays_down(&self, node: RowId) -> bool {
        let down =
            |fault: &Fault| matches!(fault, Fault::DaemonDown { node: only } if only.is_none_or(|it| it == node));
        self.node_removed(node) || self.standing.iter().any(|(_, spec)| spec.times.is_none() && down(&spec.fault))
    }

    pub(super) fn node_in_maintenance(&self, node: RowId) -> bool {
        self.standing.iter().any(|(_, spec)| spec.fault == Fault::NodeMaintenance { node })
    }
}

impl Fault {
    /// Whether it concerns one call to the panel's API, rather than Wings or a node.
    pub(super) fn is_about_a_call(&self) -> bool {
        match self {
            Self::Refuse { .. }
            | Self::Unauthorized
            | Self::Forbidden
            | Self::RateLimited { .. }
            | Self::ErrorBefore
            | Self::ErrorAfter
            | Self::LostRace { .. }
            | Self::PortRace
            | Self::Timeout { .. }
            | Self::Cut { .. }
            | Self::Gateway { .. }
            | Self::LateRow { .. } => true,
            Self::DaemonDown { .. }
            | Self::DaemonAnswers { .. }
            | Self::InstallFails
            | Self::InstallNeverReports
            | Self::InstallSlow { .. }
            | Self::GameSilent
            | Self::GameCrashes
            | Self::GameNeverReady
            | Self::PowerIgnored
            | Self::BackupFails
            | Self::NodeMaintenance { .. }
            | Self::NodeRemoved { .. } => false,
        }
    }
}

/// Whether `pattern`, in which `*` stands for any run of characters, is the whole of `text`.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| glob(tail, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_one_flat_object() {
        let text = r#"{"kind":"timeout","outcome":"later","seconds":30,"match":{"method":"post","path":"/api/*/servers"},"times":2}"#;
        let spec: FaultSpec = serde_json::from_str(text).expect("a fault");
        assert_eq!(spec.fault, Fault::Timeout { outcome: Outcome::Later, seconds: 30 });
        assert_eq!(spec.times, Some(2));
    }

    #[test]
    fn a_counted_fault_is_used_up_and_others_stay() {
        let mut faults = Faults::default();
        faults.add(FaultSpec::once(Fault::ErrorBefore).on(On::call("POST", "/api/application/*")));
        faults.add(FaultSpec::lasting(Fault::GameSilent));
        let call = Subject { method: "POST", path: "/api/application/users", external_id: None };
        assert_eq!(faults.take(&call, Fault::is_about_a_call), Some(Fault::ErrorBefore));
        assert_eq!(faults.take(&call, Fault::is_about_a_call), None);
        assert_eq!(faults.list().count(), 1);
    }
}
