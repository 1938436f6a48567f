//! The steps from order to playable as a customer reads them: made from what happened and where the money stands.

use crate::texts::{self, one, t};
use crate::web::dashboard::words;
use domain::order::OrderState;
use domain::refund::{RefundReason, RefundWay};
use domain::timeline::Happening;
use jiff::Timestamp;
use std::borrow::Cow;
use store::timeline::Entry;

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) name: Cow<'static, str>,
    /// What is known about it.
    pub(super) text: String,
    pub(super) progress: Progress,
    /// When it was done, and how long after the payment.
    pub(super) at: Option<String>,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Done,
    Now,
    Waiting,
    Failed,
    Skipped,
}

impl Progress {
    /// The class of the step in the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Done => "step-done",
            Self::Now => "step-now",
            Self::Waiting => "step-waiting",
            Self::Failed => "step-failed",
            Self::Skipped => "step-skipped",
        }
    }

    /// What the colour says, in words.
    pub(super) fn word(self) -> Cow<'static, str> {
        t(match self {
            Self::Done => "progress-done",
            Self::Now => "progress-now",
            Self::Waiting => "progress-waiting",
            Self::Failed => "progress-failed",
            Self::Skipped => "progress-skipped",
        })
    }
}

/// The steps of a delivery in their order: the names of their texts.
const NAMES: [&str; 8] = [
    "step-payment",
    "step-capacity",
    "step-account",
    "step-ports",
    "step-server",
    "step-install",
    "step-start",
    "step-answers",
];
const PAYMENT: usize = 0;
const CAPACITY: usize = 1;
const ACCOUNT: usize = 2;
const PORTS: usize = 3;
const SERVER: usize = 4;
const INSTALL: usize = 5;
const START: usize = 6;
const ANSWERS: usize = 7;
/// The customer asked to stop.
const CANCELLED: &str = "step-cancelled";

/// What the entries say about the steps.
#[derive(Default)]
struct Known {
    done: [Option<Timestamp>; 8],
    text: [Option<String>; 8],
    paid_at: Option<Timestamp>,
    /// What happened after the delivery was given up: the name of its text, what is known about it, and when.
    after: Vec<(&'static str, String, Timestamp)>,
    parked: bool,
}

impl Known {
    fn of(entries: &[Entry]) -> Self {
        let mut known = Self::default();
        for entry in entries {
            known.learn(entry);
        }
        known
    }

    fn done(&mut self, step: usize, at: Timestamp, text: impl Into<String>) {
        self.done[step] = Some(at);
        self.text[step] = Some(text.into());
    }

    fn note(&mut self, step: usize, text: &str) {
        self.text[step] = Some(t(text).into_owned());
    }

    /// Something after the delivery was given up. Two jobs may both have seen the same thing happen: once is enough.
    fn then(&mut self, name: &'static str, text: String, at: Timestamp) {
        if !self.after.iter().any(|(known, ..)| *known == name) {
            self.after.push((name, text, at));
        }
    }

    /// Something in the life of a delivered server, which may happen more than once.
    fn also(&mut self, name: &'static str, text: String, at: Timestamp) {
        self.after.push((name, text, at));
    }

    fn learn(&mut self, entry: &Entry) {
        let at = entry.at;
        self.parked = matches!(entry.what, Happening::Parked { .. });
        match &entry.what {
            Happening::Ordered { .. } => {
                self.done(CAPACITY, at, t("step-capacity-held"));
            }
            Happening::CheckoutOpened => self.note(PAYMENT, "step-payment-open"),
            Happening::CheckoutExpired => self.note(PAYMENT, "step-payment-closed"),
            Happening::PaymentPending => self.note(PAYMENT, "step-payment-pending"),
            Happening::PaymentReceived { amount } => {
                self.paid_at = Some(at);
                self.done(PAYMENT, at, one("step-payment-received", "price", texts::price(*amount)));
            }
            Happening::AccountReady { username } => {
                self.done(ACCOUNT, at, one("step-account-done", "username", username))
            }
            Happening::PortsChosen { address } => self.done(PORTS, at, one("step-ports-done", "address", address)),
            Happening::CreateSent { .. } => self.note(SERVER, "step-server-asked"),
            Happening::CreateFailed { .. } => self.note(SERVER, "step-server-failed"),
            Happening::ServerCreated { .. } => self.done(SERVER, at, t("step-server-done")),
            Happening::ServerAdopted { .. } => self.done(SERVER, at, t("step-server-found")),
            Happening::ServerLinked { address, .. } => {
                self.also("step-linked", one("step-linked-text", "address", address), at);
            }
            Happening::ServerMoved { address } => {
                self.also("step-moved", one("step-moved-text", "address", address), at)
            }
            Happening::Installed => self.done(INSTALL, at, t("step-install-done")),
            Happening::Reinstalled => self.note(INSTALL, "step-install-again"),
            Happening::Prepared => self.note(START, "step-start-prepared"),
            Happening::StartSent => self.done(START, at, t("step-start-done")),
            Happening::GameAnswered => self.note(ANSWERS, "step-answers-once"),
            Happening::Playable { verified, .. } => {
                let text = match verified {
                    true => "step-answers-done",
                    false => "step-answers-unverified",
                };
                self.done(ANSWERS, at, t(text));
            }
            Happening::MovedOn { .. } => self.start_over(),
            Happening::Parked { .. } => {}
            Happening::StopRequested => self.then(CANCELLED, t("step-cancelled-text").into_owned(), at),
            Happening::RefundDecided { reason } => self.then("step-refund", why(*reason).into_owned(), at),
            Happening::SubscriptionEnded => self.then("step-ended", t("step-ended-text").into_owned(), at),
            Happening::Refunded { amount, way } => {
                let text = match way {
                    RefundWay::Card => "step-returned-text",
                    RefundWay::Bank => "step-returned-bank",
                    RefundWay::Otherwise => "step-returned-otherwise",
                };
                // What came back from a card was paid once more.
                if *way == RefundWay::Otherwise {
                    self.after.retain(|(name, ..)| *name != "step-returned");
                }
                self.then("step-returned", one(text, "price", texts::price(*amount)), at);
            }
            Happening::PaymentFailed { suspend_on } => {
                self.also("step-unpaid", one("step-unpaid-text", "date", texts::day_and_time(*suspend_on)), at);
            }
            Happening::PaidAgain => self.also("step-paid-again", t("step-paid-again-text").into_owned(), at),
            Happening::EndPlanned { on } => {
                self.also("step-end-planned", one("step-end-planned-text", "date", texts::day_and_time(*on)), at);
            }
            Happening::EndTakenBack => {
                self.also("step-end-taken-back", t("step-end-taken-back-text").into_owned(), at);
            }
            Happening::Suspended { why, delete_on } => {
                let why = words::because(*why);
                let text = match delete_on {
                    Some(on) => {
                        let values = [("why", why.into()), ("date", texts::day_and_time(*on).into())];
                        texts::with("step-suspended-until", &values)
                    }
                    None => one("step-suspended-kept", "why", why),
                };
                self.also("step-suspended", text, at);
            }
            Happening::DeletionAnnounced { on } => {
                self.also("step-announced", one("step-announced-text", "date", texts::day_and_time(*on)), at);
            }
            Happening::Unsuspended => self.also("step-back", t("step-back-text").into_owned(), at),
            Happening::DaysGiven { until } => {
                self.also("step-given", one("step-given-text", "date", texts::day_and_time(*until)), at);
            }
            Happening::ServerRemoved => self.then("step-removed", t("step-removed-text").into_owned(), at),
        }
    }

    /// Another machine is tried: what was done on the first one does not count.
    fn start_over(&mut self) {
        for step in PORTS..=ANSWERS {
            self.done[step] = None;
            self.text[step] = None;
        }
        self.note(PORTS, "step-ports-again");
    }
}

/// Why money goes back, in the customer's words.
pub(super) fn why(reason: RefundReason) -> Cow<'static, str> {
    t(&format!("refund-why-{}", reason.key()))
}

/// The steps of an order.
pub(super) fn steps(entries: &[Entry], state: &OrderState) -> Vec<Step> {
    let known = Known::of(entries);
    let current = current(&known, state);
    let mut steps: Vec<Step> =
        NAMES.iter().enumerate().map(|(index, name)| known.step(index, name, current, state)).collect();
    let shown = |at: Timestamp| Some(known.shown(at));
    steps.extend(known.after.iter().map(|(name, text, at)| Step {
        name: t(name),
        text: text.clone(),
        progress: Progress::Done,
        at: shown(*at),
    }));
    if matches!(state, OrderState::RefundDue { .. }) {
        let (name, text) = (t("step-returned"), t("step-returned-now").into_owned());
        steps.push(Step { name, text, progress: Progress::Now, at: None });
    }
    steps
}

/// The first step that is not done. Whatever comes before a step that something is known about is done, even without an entry of
/// its own: a second purchase finds the login made.
fn current(known: &Known, state: &OrderState) -> usize {
    match state {
        OrderState::Fulfilled { .. } => NAMES.len(),
        OrderState::Reserved { .. }
        | OrderState::CheckoutOpen { .. }
        | OrderState::Settling { .. }
        | OrderState::Expired { .. } => PAYMENT,
        OrderState::Paid { .. } | OrderState::RefundDue { .. } | OrderState::Refunded { .. } => {
            let after_done =
                known.done.iter().rposition(Option::is_some).map_or(CAPACITY, |last| last.max(CAPACITY)) + 1;
            let noted = (0..NAMES.len()).rposition(|step| known.text[step].is_some() && known.done[step].is_none());
            after_done.max(noted.unwrap_or(PAYMENT))
        }
    }
}

impl Known {
    fn step(&self, index: usize, name: &'static str, current: usize, state: &OrderState) -> Step {
        let over = match state {
            OrderState::Expired { .. } | OrderState::RefundDue { .. } | OrderState::Refunded { .. } => true,
            OrderState::Reserved { .. }
            | OrderState::CheckoutOpen { .. }
            | OrderState::Settling { .. }
            | OrderState::Paid { .. }
            | OrderState::Fulfilled { .. } => false,
        };
        let stopped = self.after.iter().any(|(name, ..)| *name == CANCELLED);
        let held = index == CAPACITY && self.done[CAPACITY].is_some() && !matches!(state, OrderState::Expired { .. });
        let progress = match index {
            _ if index < current || held => Progress::Done,
            _ if over && index == current && !stopped => Progress::Failed,
            _ if over || stopped => Progress::Skipped,
            _ if index == current => Progress::Now,
            _ => Progress::Waiting,
        };
        let text = match (progress, &self.text[index]) {
            (Progress::Now, _) if self.parked => t("step-parked").into_owned(),
            (Progress::Skipped, _) if index == CAPACITY => t("step-capacity-freed").into_owned(),
            (Progress::Failed, _) if index > PAYMENT => t("step-failed").into_owned(),
            (Progress::Skipped, _) | (Progress::Waiting | Progress::Done | Progress::Failed, None) => String::new(),
            (_, Some(text)) => text.clone(),
            (Progress::Now, None) => under_way(index).into_owned(),
        };
        let at = self.done[index].filter(|_| progress == Progress::Done).map(|at| self.shown(at));
        Step { name: t(name), text, progress, at }
    }

    fn shown(&self, at: Timestamp) -> String {
        /// Past this, the day says more than the time since the payment.
        const DAY: i64 = 86_400;
        match self.paid_at.filter(|paid_at| at > *paid_at).map(|paid_at| at.duration_since(paid_at).as_secs()) {
            Some(DAY..) => texts::day_and_time(at),
            Some(seconds) => {
                let values = [("time", texts::time(at).into()), ("span", texts::short_span(seconds).into())];
                texts::with("step-after-payment", &values)
            }
            None => texts::time(at),
        }
    }
}

fn under_way(index: usize) -> Cow<'static, str> {
    t(match index {
        PAYMENT => "step-payment-now",
        CAPACITY => "step-capacity-now",
        ACCOUNT => "step-account-now",
        PORTS => "step-ports-now",
        SERVER => "step-server-now",
        INSTALL => "step-install-now",
        START => "step-start-now",
        _ => "step-answers-now",
    })
}

/// Whether nothing more will happen by itself.
pub(super) fn is_final(state: &OrderState) -> bool {
    match state {
        OrderState::Expired { .. } | OrderState::Fulfilled { .. } | OrderState::Refunded { .. } => true,
        OrderState::Reserved { .. }
        | OrderState::CheckoutOpen { .. }
        | OrderState::Settling { .. }
        | OrderState::Paid { .. }
        | OrderState::RefundDue { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::speaking;
    use domain::ids::{Id, RefundId, ServiceId};
    use domain::language::Language;
    use domain::money::{Currency, Money};
    use domain::order::{CheckoutSessionId, InvoiceId, Payment, SubscriptionId};
    use uuid::Uuid;

    const PRICE: Money = Money { minor: 1399, currency: Currency::USD };

    fn entries(what: impl IntoIterator<Item = Happening>) -> Vec<Entry> {
        let at = |second: usize| Timestamp::from_second(1_000_000 + 10 * i64::try_from(second).unwrap()).unwrap();
        what.into_iter().enumerate().map(|(index, what)| Entry { at: at(index), what }).collect()
    }

    fn payment() -> Payment {
        Payment {
            subscription: SubscriptionId::new("sub_1"),
            invoice: InvoiceId::new("in_1"),
            payment_intent: None,
            amount: PRICE,
        }
    }

    fn paid() -> OrderState {
        OrderState::Paid { payment: payment(), service: ServiceId::from_uuid(Uuid::from_u128(1)) }
    }

    fn ordered_and_paid() -> Vec<Happening> {
        vec![
            Happening::Ordered { node: "n1".to_owned() },
            Happening::CheckoutOpened,
            Happening::PaymentReceived { amount: PRICE },
        ]
    }

    fn story(entries: &[Entry], state: &OrderState) -> String {
        steps(entries, state).iter().map(|step| format!("{}: {}\n", step.name, step.progress.word())).collect()
    }

    #[test]
    fn the_life_after_delivery_is_told_with_its_days_each_time_that_it_happens() {
        let on = Timestamp::from_second(2_000_000).unwrap();
        let failed = || Happening::PaymentFailed { suspend_on: on };
        let mut seen =
            entries([Happening::PaymentReceived { amount: PRICE }, failed(), Happening::PaidAgain, failed()]);
        seen.push(Entry {
            at: on,
            what: Happening::Suspended { why: domain::standing::Why::NotPaid, delete_on: Some(on) },
        });
        let fulfilled = OrderState::Fulfilled { payment: payment(), service: ServiceId::from_uuid(Uuid::from_u128(1)) };
        let told = steps(&seen, &fulfilled);
        let told = &told[NAMES.len()..];
        assert_eq!(
            told.iter().map(|step| step.name.as_ref()).collect::<Vec<_>>(),
            ["Renewal not paid", "Renewal paid", "Renewal not paid", "Suspended"]
        );
        assert_eq!(told[3].at.as_deref(), Some("24 Jan 1970, 03:33 UTC"));
        assert_eq!(told[3].text, "The renewal was not paid. Your data is kept until 24 Jan 1970, 03:33 UTC at least.");
    }

    #[test]
    fn before_the_payment_capacity_is_held_and_payment_is_what_is_waited_for() {
        let state = OrderState::CheckoutOpen { session: CheckoutSessionId::new("cs_1"), until: Timestamp::UNIX_EPOCH };
        let seen = entries(ordered_and_paid().into_iter().take(2));
        insta::assert_snapshot!(story(&seen, &state), @r"
        Payment: in progress
        Capacity: done
        Panel account: not yet
        Ports: not yet
        Server: not yet
        Installation: not yet
        First start: not yet
        The game answers: not yet
        ");
    }

    #[test]
    fn a_step_without_an_entry_is_done_when_a_later_one_is() {
        // A second purchase: the login was there already.
        let mut happened = ordered_and_paid();
        happened.extend([
            Happening::PortsChosen { address: "a:1".to_owned() },
            Happening::ServerCreated { identifier: "x".to_owned() },
        ]);
        let steps = steps(&entries(happened), &paid());
        assert_eq!(steps[ACCOUNT].progress, Progress::Done);
        assert_eq!(steps[SERVER].at.as_deref(), Some("13:47:20 UTC · 20 s after payment"));
        assert_eq!(steps[INSTALL].progress, Progress::Now);
    }

    #[test]
    fn another_machine_starts_the_delivery_over() {
        let mut happened = ordered_and_paid();
        happened.extend([
            Happening::AccountReady { username: "ada".to_owned() },
            Happening::ServerCreated { identifier: "x".to_owned() },
            Happening::MovedOn { from: "n1".to_owned() },
        ]);
        let steps = steps(&entries(happened), &paid());
        assert_eq!([steps[PORTS].progress, steps[SERVER].progress], [Progress::Now, Progress::Waiting]);
    }

    #[test]
    fn what_cannot_be_delivered_says_so_and_shows_the_money_going_back() {
        let mut happened = ordered_and_paid();
        happened.extend([
            Happening::CreateFailed { node: "n1".to_owned(), problem: "secret detail".to_owned() },
            Happening::RefundDecided { reason: RefundReason::CannotBeDelivered },
            Happening::SubscriptionEnded,
            Happening::SubscriptionEnded,
            Happening::Refunded { amount: PRICE, way: RefundWay::Card },
        ]);
        let state = OrderState::Refunded { payment: payment(), refund: RefundId::from_uuid(Uuid::from_u128(4)) };
        let seen = entries(happened);
        insta::assert_snapshot!(story(&seen, &state), @r"
        Payment: done
        Capacity: done
        Panel account: done
        Ports: done
        Server: did not work
        Installation: not needed any more
        First start: not needed any more
        The game answers: not needed any more
        Refund decided: done
        Subscription ended: done
        Money returned: done
        ");
        assert!(steps(&seen, &state).iter().all(|step| !step.text.contains("secret")));
    }

    #[test]
    fn an_order_that_nobody_paid_charged_nothing() {
        let seen = entries([Happening::Ordered { node: "n1".to_owned() }, Happening::CheckoutExpired]);
        let steps = steps(&seen, &OrderState::Expired { at: Timestamp::UNIX_EPOCH });
        assert_eq!(steps[PAYMENT].progress, Progress::Failed);
        assert_eq!(steps[CAPACITY].text, "The place was given free.");
    }

    #[test]
    fn a_visitor_who_reads_german_reads_german_steps() {
        speaking(Language::German, || {
            let mut happened = ordered_and_paid();
            happened.push(Happening::SubscriptionEnded);
            let steps = steps(&entries(happened), &paid());
            let told: String = steps
                .iter()
                .map(|step| format!("{} ({}): {}\n", step.name, step.progress.word(), step.text).replace(": \n", "\n"))
                .collect();
            insta::assert_snapshot!(told, @r"
            Zahlung (erledigt): 13,99 $ sind da.
            Platz (erledigt): Speicher, Platte und Ports waren ab der Bestellung für dich reserviert.
            Zugang zum Panel (läuft): Dein Zugang zum Panel wird angelegt.
            Ports (noch nicht)
            Server (noch nicht)
            Installation (noch nicht)
            Erster Start (noch nicht)
            Das Spiel antwortet (noch nicht)
            Abo beendet (erledigt): Es wird nichts mehr abgebucht.
            ");
            assert_eq!(steps[NAMES.len()].at.as_deref(), Some("13:47:10 UTC · 10 s nach der Zahlung"));
        });
    }

    #[test]
    fn a_delivery_that_a_person_has_to_look_at_says_so_until_it_goes_on() {
        let mut happened = ordered_and_paid();
        happened.push(Happening::Parked { problem: "internal".to_owned() });
        let text = |happened: &[Happening]| steps(&entries(happened.iter().cloned()), &paid())[ACCOUNT].text.clone();
        assert!(text(&happened).contains("a person looks at it"));
        happened.push(Happening::AccountReady { username: "ada".to_owned() });
        assert!(!text(&happened).contains("a person"));
    }
}
