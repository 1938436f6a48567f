//! Faults to switch on: what may go wrong between a client and Stripe, each limited by a match and a count.

use serde::{Deserialize, Serialize};

/// One kind of trouble. Names over HTTP are these in snake case, for example `{"kind": "rate_limit", "times": 2}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 before anything runs, with `Stripe-Rate-Limited-Reason`.
    RateLimit {
        /// For example `endpoint-rate`.
        #[serde(default = "global_rate")]
        reason: String,
        /// Seconds for a `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// 429 with `code: lock_timeout`: the object is busy.
    LockTimeout,
    /// 409: another request changes the same object.
    Conflict,
    /// 401 as after the key expired.
    Unauthorized,
    /// 403 as for a restricted key without the permission.
    Forbidden,
    /// 500; nothing ran.
    ErrorBefore,
    /// 500 although everything ran. A repeat with the same key gets the true answer, or the 500 again if it was `stored`.
    ErrorAfter {
        /// Whether the 500 is what the idempotency key remembers.
        #[serde(default)]
        stored: bool,
    },
    /// The connection breaks; nothing ran.
    ResetBefore,
    /// The connection breaks although everything ran.
    ResetAfter,
    /// No answer for so long; then the connection breaks and nothing ran.
    HangBefore {
        /// How long.
        millis: u64,
    },
    /// Everything ran, but there is no answer for so long, and then the connection breaks.
    HangAfter {
        /// How long.
        millis: u64,
    },
    /// The request waits so long before it runs; its idempotency key is in use meanwhile.
    Slow {
        /// How long.
        millis: u64,
    },
    /// The events of the request are delivered before its answer.
    DeliverBeforeResponse,
    /// The event is sent so many times at once.
    DuplicateWebhook {
        /// Deliveries in all.
        copies: u32,
    },
    /// The first delivery waits so long on the sandbox clock.
    DelayWebhook {
        /// How long.
        seconds: i64,
    },
    /// Everything due in one pass goes out in a shuffled order.
    ReorderWebhooks,
    /// The event is never delivered; it stays in the list of events.
    DropWebhook,
    /// The first delivery is signed with another secret.
    WrongSignature,
    /// The first delivery is signed, but as of this many seconds ago.
    StaleSignature {
        /// How long ago.
        seconds: i64,
    },
    /// The first delivery names a type nobody knows.
    UnknownEventType,
    /// Status members carry a value nobody knows.
    UnknownEnumValue,
    /// Members nobody knows are added at every level.
    ExtraFields,
    /// Members that may be absent in other versions are absent.
    MissingOptionalFields,
    /// The body looks as before version 2025-03-31.basil.
    PreBasil,
}

fn global_rate() -> String {
    "global-rate".to_owned()
}

impl FaultKind {
    fn is_about_webhooks(&self) -> bool {
        matches!(
            self,
            Self::DuplicateWebhook { .. }
                | Self::DelayWebhook { .. }
                | Self::ReorderWebhooks
                | Self::DropWebhook
                | Self::WrongSignature
                | Self::StaleSignature { .. }
                | Self::UnknownEventType
                | Self::UnknownEnumValue
                | Self::ExtraFields
                | Self::MissingOptionalFields
                | Self::PreBasil
        )
    }
}

/// Which requests or events a fault strikes; an absent member matches everything, `*` stands for any text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// `POST`, `GET` or `DELETE`.
    pub method: Option<String>,
    /// A path such as `/v1/refunds` or `/v1/subscriptions/*`.
    pub path: Option<String>,
    /// An event type such as `invoice.*`.
    pub event: Option<String>,
}

/// A fault that is switched on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// When.
    #[serde(default, rename = "match")]
    pub matching: Match,
    /// How often; absent means until cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many matching requests or events pass unharmed first.
    #[serde(default)]
    pub skip: u32,
}

impl Fault {
    /// Strikes every request or event until cleared.
    pub fn always(kind: FaultKind) -> Self {
        Self { kind, matching: Match::default(), times: None, skip: 0 }
    }

    /// Strikes once.
    pub fn once(kind: FaultKind) -> Self {
        Self { times: Some(1), ..Self::always(kind) }
    }

    /// Strikes only requests with this method and path.
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.matching.method = Some(method.to_owned());
        self.matching.path = Some(path.to_owned());
        self
    }

    /// Strikes only events of this type.
    pub fn on_event(mut self, event: &str) -> Self {
        self.matching.event = Some(event.to_owned());
        self
    }
}

/// The faults that are switched on, oldest first.
#[derive(Debug, Default, Clone)]
pub(crate) struct FaultBoard {
    active: Vec<Fault>,
}

impl FaultBoard {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.active.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.active.clone()
    }

    /// The oldest fault that strikes this request, counted as used.
    pub(crate) fn strike_request(&mut self, method: &str, path: &str) -> Option<FaultKind> {
        let fits = |fault: &Fault| {
            !fault.kind.is_about_webhooks()
                && fault.matching.method.as_deref().is_none_or(|known| known.eq_ignore_ascii_case(method))
                && fault.matching.path.as_deref().is_none_or(|pattern| glob(pattern, path))
        };
        let position = self.take(fits)?;
        Some(self.spend(position))
    }

    /// Every fault that strikes this event, each counted as used.
    pub(crate) fn strike_event(&mut self, event: &str) -> Vec<FaultKind> {
        let mut struck = Vec::new();
        for fault in &mut self.active {
            let fits = fault.kind.is_about_webhooks()
                && fault.kind != FaultKind::ReorderWebhooks
                && fault.matching.event.as_deref().is_none_or(|pattern| glob(pattern, event));
            if fits && counts_now(fault) {
                struck.push(fault.kind.clone());
            }
        }
        self.active.retain(|fault| fault.times != Some(0));
        struck
    }

    /// Whether the deliveries of this pass are to be shuffled.
    pub(crate) fn strike_order(&mut self) -> bool {
        let position = self.take(|fault| fault.kind == FaultKind::ReorderWebhooks);
        position.map(|position| self.spend(position)).is_some()
    }

    fn take(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<usize> {
        self.active.iter_mut().position(|fault| fits(fault) && counts_now(fault))
    }

    fn spend(&mut self, position: usize) -> FaultKind {
        let kind = self.active[position].kind.clone();
        self.active.retain(|fault| fault.times != Some(0));
        kind
    }
}

/// Uses the fault up once; `false` while it still lets matches pass.
fn counts_now(fault: &mut Fault) -> bool {
    if fault.skip > 0 {
        fault.skip -= 1;
        return false;
    }
    fault.times = fault.times.map(|left| left.saturating_sub(1));
    true
}

/// Whether `text` fits `pattern`, in which each `*` stands for any text.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|cut| rest.is_char_boundary(*cut)).any(|cut| glob(tail, &rest[cut..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(glob("/v1/subscriptions/*", "/v1/subscriptions/sub_1/pause"));
        assert!(glob("invoice.*", "invoice.paid") && glob("*", ""));
        assert!(!glob("/v1/refunds", "/v1/refunds/re_1") && !glob("invoice.*", "charge.failed"));
    }

    #[test]
    fn a_fault_skips_then_strikes_then_ends() {
        let mut board = FaultBoard::default();
        board.add(Fault { skip: 1, ..Fault::once(FaultKind::ErrorBefore).on("POST", "/v1/refunds") });
        assert_eq!(board.strike_request("POST", "/v1/refunds"), None);
        assert_eq!(board.strike_request("POST", "/v1/customers"), None);
        assert_eq!(board.strike_request("POST", "/v1/refunds"), Some(FaultKind::ErrorBefore));
        assert_eq!(board.strike_request("POST", "/v1/refunds"), None);
        assert!(board.list().is_empty());
    }

    #[test]
    fn a_fault_reads_from_json_with_defaults() {
        let fault: Fault =
            serde_json::from_str(r#"{"kind":"rate_limit","match":{"path":"/v1/prices"},"times":2}"#).expect("reads");
        assert_eq!(fault.kind, FaultKind::RateLimit { reason: "global-rate".into(), retry_after: None });
        assert_eq!(fault.times, Some(2));
    }
}
