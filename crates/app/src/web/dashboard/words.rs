//! The word that people see for a server, computed from what is known, never stored (INVARIANTS, display words).

use crate::mail::advice;
use crate::sales::cancel::Cancelling;
use crate::texts::{self, t};
use crate::web::dashboard::steps;
use domain::order::OrderState;
use domain::provision::Power;
use domain::standing::{Suspension, Why};
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use store::orders::{self, Purchase};
use store::services::{Service, UNPAID};
use store::{Db, StoreError};

/// A server's state in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Word {
    /// Stable, for programs.
    pub(in crate::web) key: &'static str,
    /// For people.
    pub(in crate::web) label: Cow<'static, str>,
    /// `good`, `warn`, `bad` or `plain`: the colour of the badge, which says no more than the label.
    pub(in crate::web) tone: &'static str,
    /// What it means, where the label alone does not say it.
    pub(in crate::web) text: Option<String>,
}

/// A sample older than this is said to be old.
const OLD: SignedDuration = SignedDuration::from_secs(90);
/// Past this nobody knows what the server does.
const TOO_OLD: SignedDuration = SignedDuration::from_mins(15);

impl Word {
    /// `label` is the name of its text.
    fn new(key: &'static str, label: &'static str, tone: &'static str) -> Self {
        Self { key, label: t(label), tone, text: None }
    }

    fn saying(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }
}

/// The word for a server, from its service alone.
pub(in crate::web) fn of(service: &Service, now: Timestamp) -> Word {
    if service.terminated_at.is_some() {
        return Word::new("terminated", "word-terminated", "plain").saying(t("word-terminated-text"));
    }
    if service.stop_requested_at.is_some() && service.standing.stop_reason.as_deref() == Some(UNPAID) {
        return Word::new("terminating", "word-deleting", "warn").saying(t("word-deleting-text"));
    }
    if service.stop_requested_at.is_some() {
        return Word::new("terminating", "word-removing", "warn").saying(t("word-removing-text"));
    }
    let Some(fulfilled_at) = service.fulfilled_at else { return on_the_way(service) };
    if let Some(suspension) = &service.standing.suspension {
        return suspended(suspension, now);
    }
    if let Some(since) = service.standing.overdue_since {
        let date = texts::day_and_time(service.standing.suspends_on(since));
        let text = texts::with("word-overdue-text", &[("date", date.into())]);
        return Word::new("past_due", "word-overdue", "bad").saying(text);
    }
    if service.server.is_none() || service.missing {
        return Word::new("missing", "word-missing", "bad").saying(t("word-missing-text"));
    }
    let seen_at = service.sample.at.unwrap_or(fulfilled_at);
    let age = now.duration_since(seen_at);
    let last_seen = || texts::with("server-last-seen", &[("ago", texts::ago(seen_at, now).into())]);
    if age > TOO_OLD {
        return Word::new("unknown", "word-unknown", "warn").saying(last_seen());
    }
    let word = by_power(service);
    if age > OLD {
        // The label is what was last seen; the colour no longer vouches for it.
        return Word { tone: "plain", ..word }.saying(last_seen());
    }
    match ending(service) {
        Some(at) => {
            let date = texts::day_and_time(at);
            let days = service.standing.policy.retention.as_hours() / 24;
            let values = [("state", word.label.into()), ("date", date.into()), ("days", days.into())];
            Word::new("cancelling", "word-cancelling", "warn").saying(texts::with("word-cancelling-text", &values))
        }
        None => word,
    }
}

/// When a server that still runs stops, if its subscription has ended or is set to end.
fn ending(service: &Service) -> Option<Timestamp> {
    let end = match service.subscription_state.as_str() {
        "canceled" => service.standing.paid_until.or(service.period_end),
        _ => service.ends_at,
    };
    end.map(|end| service.standing.extended_until.map_or(end, |until| until.max(end)))
}

/// What a suspension means, and what to do.
fn suspended(suspension: &Suspension, now: Timestamp) -> Word {
    let kept = match suspension.delete_on {
        Some(on) if on > now => texts::with("word-suspended-until", &[("date", texts::day_and_time(on).into())]),
        Some(_) => t("word-suspended-soon").into_owned(),
        None => t("word-suspended-kept").into_owned(),
    };
    let why = suspension.why;
    let values = [("why", because(why).into()), ("kept", kept.into()), ("advice", advice(why).into())];
    let text = texts::with("word-suspended-text", &values);
    match why {
        Why::NotPaid | Why::Paused | Why::Disputed | Why::ByHand => {
            Word::new("suspended", "word-suspended", "bad").saying(text)
        }
        Why::Ended | Why::DisputeLost => Word::new("retained", "word-retained", "warn").saying(text),
    }
}

/// Why a server is suspended, in a sentence.
pub(super) fn because(why: Why) -> Cow<'static, str> {
    t(&format!("suspended-because-{}", why.key()))
}

fn on_the_way(service: &Service) -> Word {
    match service.server {
        None => Word::new("provisioning", "word-provisioning", "warn"),
        Some(_) => Word::new("installing", "word-installing", "warn"),
    }
}

/// A server that was delivered and is looked at; `None` for the power means that it was playable and not sampled yet.
fn by_power(service: &Service) -> Word {
    match service.sample.power {
        Some(Power::Running) | None if service.verified == Some(false) => {
            Word::new("playable", "word-unverified", "good").saying(t("word-unverified-text"))
        }
        Some(Power::Running) | None => Word::new("playable", "word-playable", "good"),
        Some(Power::Starting) => Word::new("starting", "word-starting", "warn"),
        Some(Power::Stopping) => Word::new("stopping", "word-stopping", "warn"),
        Some(Power::Offline) => Word::new("stopped", "word-stopped", "plain").saying(t("word-stopped-text")),
    }
}

/// What a server does at the moment, by itself.
pub(in crate::web) fn power(power: Power) -> Cow<'static, str> {
    t(match power {
        Power::Running => "power-running",
        Power::Starting => "power-starting",
        Power::Stopping => "power-stopping",
        Power::Offline => "power-offline",
    })
}

/// The word for a server whose order is known too: money on its way back decides.
pub(in crate::web) fn with_order(service: &Service, order: &OrderState, now: Timestamp) -> Word {
    match order {
        OrderState::RefundDue { reason, .. } => {
            let text = texts::with("word-refunding-text", &[("why", steps::why(*reason).into())]);
            Word::new("terminating", "word-refunding", "warn").saying(text)
        }
        OrderState::Refunded { .. } => {
            Word::new("terminated", "word-refunded", "plain").saying(t("word-refunded-text"))
        }
        OrderState::Reserved { .. }
        | OrderState::CheckoutOpen { .. }
        | OrderState::Settling { .. }
        | OrderState::Expired { .. }
        | OrderState::Paid { .. }
        | OrderState::Fulfilled { .. } => of(service, now),
    }
}

/// The orders of servers that were not handed over: where their money stands decides their word.
///
/// # Errors
/// The database did not answer.
pub(in crate::web) async fn undelivered(db: &mut Db, services: &[Service]) -> Result<Vec<Purchase>, StoreError> {
    let mut found = Vec::new();
    for service in services.iter().filter(|service| service.fulfilled_at.is_none() && service.terminated_at.is_none()) {
        found.extend(orders::find(db, &service.order).await?);
    }
    Ok(found)
}

/// The word for a server; `undelivered` are the orders of those that were not handed over.
pub(in crate::web) fn among(service: &Service, undelivered: &[Purchase], now: Timestamp) -> Word {
    match undelivered.iter().find(|purchase| purchase.order.id == service.order) {
        Some(purchase) => with_order(service, &purchase.order.state, now),
        None => of(service, now),
    }
}

/// The word for an order without looking at its server.
pub(in crate::web) fn of_order(order: &OrderState) -> Word {
    match order {
        OrderState::Reserved { .. } | OrderState::CheckoutOpen { .. } => Word::new("open", "order-word-open", "warn"),
        OrderState::Settling { .. } => Word::new("settling", "order-word-settling", "warn"),
        OrderState::Expired { .. } => Word::new("expired", "order-word-expired", "plain"),
        OrderState::Paid { .. } => Word::new("provisioning", "order-word-paid", "warn"),
        OrderState::Fulfilled { .. } => Word::new("fulfilled", "order-word-fulfilled", "good"),
        OrderState::RefundDue { .. } => given_back(false),
        OrderState::Refunded { .. } => given_back(true),
    }
}

/// The word for an order whose money goes back, or went back.
pub(in crate::web) fn given_back(done: bool) -> Word {
    match done {
        false => Word::new("refund_due", "word-refunding", "warn"),
        true => Word::new("refunded", "word-refunded", "plain"),
    }
}

/// Why nothing was cancelled: a word for programs, and what it means and what to do; `None` if something was.
pub(in crate::web) fn not_cancelled(what: Cancelling) -> Option<(&'static str, Cow<'static, str>)> {
    match what {
        Cancelling::Ends => None,
        Cancelling::PaidMeanwhile => Some(("paid_meanwhile", t("order-not-cancelled-paid"))),
        Cancelling::Settling => Some(("settling", t("order-not-cancelled-settling"))),
        Cancelling::Delivered => Some(("delivered", t("order-not-cancelled-delivered"))),
    }
}

/// The word for an order whose customer came back from the payment page before the payment is known here.
pub(in crate::web) fn confirming() -> Word {
    Word::new("open", "order-word-confirming", "warn")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalogue::{BlueprintKey, PlanKey, RegionKey, ServerShape};
    use domain::ids::{AccountId, Id, OrderId, RefundId, ServiceId};
    use domain::money::{Currency, Money};
    use domain::order::{InvoiceId, Payment, SubscriptionId};
    use domain::refund::RefundReason;
    use domain::snapshot::Snapshot;
    use store::services::{Sample, ServerRecord};
    use store::standing::Standing;
    use uuid::Uuid;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    /// Delivered and seen running ten seconds ago.
    fn running() -> Service {
        let shape = ServerShape {
            memory_mib: 4096,
            cpu_percent: 200,
            disk_mib: 40_960,
            swap_mib: 0,
            io_weight: 500,
            oom_disabled: false,
            databases: 0,
            backups: 0,
            extra_ports: 0,
        };
        Service {
            id: ServiceId::from_uuid(Uuid::from_u128(1)),
            order: OrderId::from_uuid(Uuid::from_u128(2)),
            customer: AccountId::from_uuid(Uuid::from_u128(3)),
            plan: PlanKey::new("minecraft-paper-4g"),
            blueprint: BlueprintKey::new("minecraft-paper"),
            region: RegionKey::new("eu"),
            name: "Castle".to_owned(),
            spec: Snapshot {
                label: "Minecraft Paper 4 GB".to_owned(),
                game: "minecraft".to_owned(),
                blueprint: BlueprintKey::new("minecraft-paper"),
                lines: vec![],
                server_name: "Castle".to_owned(),
                inputs: std::collections::BTreeMap::default(),
                consents: vec![],
                add_ons: vec![],
                shape,
                env: std::collections::BTreeMap::default(),
                players_max: Some(16),
            },
            external_id: "g-svc".to_owned(),
            subscription: "sub_1".to_owned(),
            subscription_state: "active".to_owned(),
            period_end: None,
            ends_at: None,
            missing: false,
            stop_requested_at: None,
            fulfilled_at: Some(at(-1000)),
            verified: Some(true),
            terminated_at: None,
            server: Some(ServerRecord { node: 1, id: 7, uuid: "u".to_owned(), identifier: "i".to_owned() }),
            address: Some("play.example:25565".to_owned()),
            sample: Sample { power: Some(Power::Running), at: Some(at(-10)), ..Sample::default() },
            standing: Standing::default(),
            created_at: at(-2000),
        }
    }

    fn key(change: impl FnOnce(&mut Service)) -> &'static str {
        let mut service = running();
        change(&mut service);
        of(&service, at(0)).key
    }

    #[test]
    fn the_word_follows_the_strongest_fact() {
        assert_eq!(key(|_| {}), "playable");
        assert_eq!(key(|service| service.sample.power = Some(Power::Offline)), "stopped");
        assert_eq!(key(|service| service.server = None), "missing");
        assert_eq!(key(|service| service.standing.overdue_since = Some(at(0))), "past_due");
        assert_eq!(key(|service| service.ends_at = Some(at(9))), "cancelling");
        assert_eq!(key(|service| service.stop_requested_at = Some(at(0))), "terminating");
        assert_eq!(key(|service| service.terminated_at = Some(at(0))), "terminated");
    }

    #[test]
    fn a_suspension_says_why_until_when_and_what_to_do() {
        let kept = |why, delete_on| {
            let mut service = running();
            service.standing.suspension =
                Some(Suspension { at: at(-5), why, read_at: at(-5), delete_on, noticed_at: None });
            of(&service, at(0))
        };
        for why in Why::ALL {
            let word = kept(why, Some(at(86_400)));
            assert!(["suspended", "retained"].contains(&word.key), "{why:?}");
            let text = word.text.unwrap();
            assert!(text.contains("13 Jan 1970, 13:46 UTC"), "{text}");
            assert!(text.contains("What to do: "), "{text}");
        }
        assert_eq!(kept(Why::Ended, Some(at(9))).key, "retained");
        assert!(kept(Why::Disputed, None).text.unwrap().contains("its data is kept."));
    }

    #[test]
    fn a_subscription_that_ended_leaves_what_was_paid_for() {
        let mut service = running();
        service.subscription_state = "canceled".to_owned();
        service.standing.paid_until = Some(at(86_400));
        let word = of(&service, at(0));
        assert_eq!((word.key, word.label.as_ref()), ("cancelling", "Ending"));
        assert!(word.text.unwrap().starts_with("Playable, until its subscription ends on 13 Jan 1970, 13:46 UTC."));
    }

    #[test]
    fn a_service_without_delivery_is_on_its_way() {
        assert_eq!(key(|service| service.fulfilled_at = None), "installing");
        assert_eq!(
            key(|service| {
                service.fulfilled_at = None;
                service.server = None;
            }),
            "provisioning"
        );
    }

    #[test]
    fn an_old_sample_is_said_to_be_old_and_a_very_old_one_says_nothing() {
        let mut service = running();
        service.sample.at = Some(at(-95));
        let old = of(&service, at(0));
        assert_eq!((old.key, old.tone, old.text.as_deref()), ("playable", "plain", Some("Last seen 95 seconds ago.")));
        service.sample.at = Some(at(-1000));
        let too_old = of(&service, at(0));
        assert_eq!((too_old.key, too_old.text.as_deref()), ("unknown", Some("Last seen 16 minutes ago.")));
    }

    #[test]
    fn a_game_that_cannot_be_asked_is_never_called_plainly_playable() {
        let mut service = running();
        service.verified = Some(false);
        assert_eq!(of(&service, at(0)).label, "Running, unverified");
    }

    #[test]
    fn money_that_goes_back_decides_the_word() {
        let payment = Payment {
            subscription: SubscriptionId::new("sub_1"),
            invoice: InvoiceId::new("in_1"),
            payment_intent: None,
            amount: Money::new(1399, Currency::USD),
        };
        let due = OrderState::RefundDue { payment: payment.clone(), reason: RefundReason::CannotBeDelivered };
        let refunded =
            OrderState::Refunded { payment: payment.clone(), refund: RefundId::from_uuid(Uuid::from_u128(4)) };
        let fulfilled = OrderState::Fulfilled { payment, service: ServiceId::from_uuid(Uuid::from_u128(1)) };
        let word = |order: &OrderState| with_order(&running(), order, at(0)).key;
        assert_eq!([word(&due), word(&refunded), word(&fulfilled)], ["terminating", "terminated", "playable"]);
    }
}
