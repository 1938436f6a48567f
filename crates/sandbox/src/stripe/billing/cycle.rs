//! Time passing over a subscription: renewals, retries, trials, and what a paid or failed invoice does to it.

use serde_json::{Value, json};

use super::super::agenda::Due;
use super::super::cards::Presence;
use super::super::json::Read;
use super::super::objects::subscriptions::{self, is_over};
use super::super::state::{Kind, State};
use super::invoicing::{self, Draft};
use super::{FinalOutcome, calendar, changes, discounts, preview};

/// A renewal invoice stays a draft for an hour.
const DRAFT_SECONDS: i64 = 3_600;
const DAY: i64 = 86_400;
/// When a renewal is announced: an account setting at Stripe.
const UPCOMING_SECONDS: i64 = 7 * DAY;
const TRIAL_NOTICE_SECONDS: i64 = 3 * DAY;

/// The end of the current period: the subscription ends as planned, or a new period and its invoice begin.
pub(crate) fn end_period(state: &mut State, id: &str) {
    let subscription = state.copy(Kind::Subscription, id);
    let reached = period_end(&subscription).is_some_and(|end| end <= state.now);
    if is_over(&subscription) || !reached || subscription.text("status") == Some("paused") {
        return;
    }
    let ends = subscription.flag("cancel_at_period_end") == Some(true)
        || subscription.int("cancel_at").is_some_and(|at| at <= state.now);
    if ends {
        return subscriptions::end(state, id, Some("cancellation_requested"));
    }
    if subscription.text("status") != Some("incomplete") {
        renew(state, id);
    }
}

/// The end of the period of the first item.
pub(crate) fn period_end(subscription: &Value) -> Option<i64> {
    subscription["items"]["data"][0].int("current_period_end")
}

/// Moves every item into the period that contains `now`; returns its end.
pub(crate) fn advance_items(state: &mut State, id: &str, start: i64) -> i64 {
    let subscription = state.copy(Kind::Subscription, id);
    let item = &subscription["items"]["data"][0];
    let recurring = state.copy(Kind::Price, item.id_at("price").unwrap_or_default())["recurring"].take();
    let anchor = subscription.int("billing_cycle_anchor").unwrap_or(start);
    let (interval, count) =
        (recurring.text("interval").unwrap_or("month"), recurring.int("interval_count").unwrap_or(1));
    let end = calendar::next_boundary(anchor, interval, count, start);
    state.edit(Kind::Subscription, id, |subscription| {
        for item in subscription["items"]["data"].as_array_mut().into_iter().flatten() {
            item["current_period_start"] = json!(start);
            item["current_period_end"] = json!(end);
        }
    });
    plan_period(state, id, end);
    end
}

/// Plans the end of a period and the notice a week before.
pub(crate) fn plan_period(state: &mut State, id: &str, end: i64) {
    state.plan(end, Due::EndPeriod(id.to_owned()));
    if end - UPCOMING_SECONDS > state.now {
        state.plan(end - UPCOMING_SECONDS, Due::TellUpcoming(id.to_owned()));
    }
}

/// Plans the end of a trial and the notice three days before.
pub(crate) fn plan_trial(state: &mut State, id: &str, end: i64) {
    state.plan(end, Due::EndTrial(id.to_owned()));
    state.plan((end - TRIAL_NOTICE_SECONDS).max(state.now), Due::TellTrialEnds(id.to_owned()));
}

/// A renewal is a week away: tells with an invoice that has no id yet.
pub(crate) fn tell_upcoming(state: &mut State, id: &str) {
    let subscription = state.copy(Kind::Subscription, id);
    let near = period_end(&subscription).is_some_and(|end| end - UPCOMING_SECONDS <= state.now);
    let renews = matches!(subscription.text("status"), Some("active" | "past_due"));
    if near && renews && subscription["cancel_at"].is_null() {
        let mut upcoming = preview::of_next_period(state, &subscription);
        if let Some(members) = upcoming.as_object_mut() {
            members.shift_remove("id");
        }
        state.emit_snapshot("invoice.upcoming", upcoming, None);
    }
}

/// A trial ends in three days, or sooner if it is shorter.
pub(crate) fn tell_trial_ends(state: &mut State, id: &str) {
    if state.copy(Kind::Subscription, id).text("status") == Some("trialing") {
        state.emit("customer.subscription.trial_will_end", Kind::Subscription, id, None);
    }
}

fn renew(state: &mut State, id: &str) {
    let before = state.render(Kind::Subscription, id);
    let start = period_end(&before).unwrap_or(state.now);
    advance_items(state, id, start);
    let behaviour = before["pause_collection"].text("behavior").map(str::to_owned);
    let held = before.text("status") == Some("unpaid") || behaviour.as_deref() == Some("keep_as_draft");
    let finalizes_at = (!held).then_some(state.now + DRAFT_SECONDS);
    let invoice = invoice_period(state, id, "subscription_cycle", finalizes_at);
    state.emit("invoice.created", Kind::Invoice, &invoice, None);
    tell_changes(state, id, &before);
    match behaviour.as_deref() {
        Some("void") => write_off(state, &invoice, "void"),
        Some("mark_uncollectible") => write_off(state, &invoice, "uncollectible"),
        _ if held => {}
        _ => state.plan(state.now + DRAFT_SECONDS, Due::FinalizeInvoice(invoice)),
    }
}

fn write_off(state: &mut State, invoice: &str, status: &str) {
    invoicing::finalize(state, invoice);
    invoicing::announce_finalized(state, invoice);
    if state.copy(Kind::Invoice, invoice).text("status") == Some("open") {
        // An open invoice may always be written off.
        drop(invoicing::close(state, invoice, status));
    }
}

/// Drafts the invoice of the subscription's current period, with what waited for it.
pub(crate) fn invoice_period(state: &mut State, id: &str, reason: &'static str, finalizes_at: Option<i64>) -> String {
    let subscription = state.copy(Kind::Subscription, id);
    let mut lines = state.pending_lines.remove(id).unwrap_or_default();
    lines.extend(state.item_lines(&subscription));
    let valid = discounts::still_valid(state, subscription.list("discounts"), reason == "subscription_create");
    let customer = subscription.text("customer").unwrap_or_default();
    invoicing::draft(
        state,
        Draft { customer, subscription: &subscription, reason, lines, discounts: valid, finalizes_at },
    )
}

/// Announces a subscription's update with everything that differs from an earlier rendering.
pub(crate) fn tell_changes(state: &mut State, id: &str, before: &Value) {
    let after = state.render(Kind::Subscription, id);
    if let Some(previous) = super::super::json::previous_attributes(before, &after) {
        state.emit("customer.subscription.updated", Kind::Subscription, id, Some(previous));
    }
}

/// The hour is over: the draft is finalised and charged, unless its subscription ended meanwhile.
pub(crate) fn finalize_and_charge(state: &mut State, id: &str) {
    let invoice = state.copy(Kind::Invoice, id);
    let subscription = owner(state, &invoice);
    if invoice.text("status") != Some("draft") || invoice.flag("auto_advance") != Some(true) || is_over(&subscription) {
        return;
    }
    invoicing::finalize(state, id);
    invoicing::announce_finalized(state, id);
    charge(state, id, &subscription);
}

/// Another scheduled attempt at an invoice that is still open.
pub(crate) fn retry(state: &mut State, id: &str) {
    let invoice = state.copy(Kind::Invoice, id);
    let subscription = owner(state, &invoice);
    let due = invoice.int("next_payment_attempt").is_some_and(|at| at <= state.now);
    if due && !is_over(&subscription) {
        charge(state, id, &subscription);
    }
}

fn charge(state: &mut State, id: &str, subscription: &Value) {
    if state.copy(Kind::Invoice, id).text("status") == Some("open") {
        let method = default_method(state, subscription);
        state.collect(id, method.as_deref(), Presence::OffSession, true);
    }
}

fn owner(state: &State, invoice: &Value) -> Value {
    invoicing::subscription_of(invoice).map_or(Value::Null, |id| state.copy(Kind::Subscription, id))
}

/// The subscription's payment method, else the customer's.
pub(crate) fn default_method(state: &State, subscription: &Value) -> Option<String> {
    let own = subscription.text("default_payment_method").map(str::to_owned);
    own.or_else(|| {
        let customer = state.find(Kind::Customer, subscription.text("customer")?)?;
        customer["invoice_settings"].text("default_payment_method").map(str::to_owned)
    })
}

/// The subscription follows its paid invoice.
pub(super) fn after_paid(state: &mut State, id: &str) {
    let invoice = state.copy(Kind::Invoice, id);
    let Some(subscription) = invoicing::subscription_of(&invoice).map(str::to_owned) else { return };
    changes::apply_pending(state, &subscription, id);
    let open = state
        .oldest(Kind::Invoice)
        .any(|other| invoicing::subscription_of(other) == Some(&subscription) && other.text("status") == Some("open"));
    let status = state.copy(Kind::Subscription, &subscription).text("status").unwrap_or_default().to_owned();
    let recovers = match status.as_str() {
        "incomplete" => true,
        "past_due" | "unpaid" => !open,
        _ => false,
    };
    if recovers {
        state.announce(Kind::Subscription, &subscription, "customer.subscription.updated", |subscription| {
            subscription["status"] = json!("active");
        });
        set_delinquent(state, &invoice, false);
    }
}

/// An attempt failed: tells, plans the next one, or lets the final outcome happen.
pub(super) fn after_failed(state: &mut State, id: &str, scheduled: bool) {
    let invoice = state.copy(Kind::Invoice, id);
    let attempts = usize::try_from(invoice.int("attempt_count").unwrap_or(0)).unwrap_or(0);
    let first = invoice.text("billing_reason") == Some("subscription_create");
    let waits = &state.settings.dunning.retry_after_days;
    let wait = if scheduled && !first && attempts > 0 { waits.get(attempts - 1).copied() } else { None };
    if scheduled {
        let next = wait.map(|days| state.now + i64::from(days) * DAY);
        state.edit(Kind::Invoice, id, |invoice| invoice["next_payment_attempt"] = json!(next));
        if let Some(at) = next {
            state.plan(at, Due::RetryInvoice(id.to_owned()));
        }
    }
    state.emit("invoice.payment_failed", Kind::Invoice, id, None);
    if first {
        return;
    }
    let subscription = owner(state, &invoice);
    if matches!(subscription.text("status"), Some("active" | "trialing")) && !state.pending_items.contains_key(id) {
        set_status(state, subscription.id(), "past_due");
        set_delinquent(state, &invoice, true);
    }
    if scheduled && wait.is_none() {
        give_up(state, subscription.id(), id);
    }
}

fn give_up(state: &mut State, subscription: &str, invoice: &str) {
    state.edit(Kind::Invoice, invoice, |invoice| invoice["auto_advance"] = json!(false));
    match state.settings.dunning.final_outcome {
        FinalOutcome::Cancel => subscriptions::end(state, subscription, Some("payment_failed")),
        FinalOutcome::Unpaid => set_status(state, subscription, "unpaid"),
        FinalOutcome::PastDue => {}
    }
}

fn set_status(state: &mut State, id: &str, status: &str) {
    state.announce(Kind::Subscription, id, "customer.subscription.updated", |subscription| {
        subscription["status"] = json!(status);
    });
}

fn set_delinquent(state: &mut State, invoice: &Value, delinquent: bool) {
    let customer = invoice.text("customer").unwrap_or_default();
    state.announce(Kind::Customer, customer, "customer.updated", |customer| customer["delinquent"] = json!(delinquent));
}

/// The 23 hours for a first payment are over.
pub(crate) fn expire_incomplete(state: &mut State, id: &str) {
    let subscription = state.copy(Kind::Subscription, id);
    if subscription.text("status") != Some("incomplete") {
        return;
    }
    let invoice = subscription.text("latest_invoice").unwrap_or_default().to_owned();
    let processing = state.oldest(Kind::InvoicePayment).any(|link| {
        let intent = link["payment"].text("payment_intent").and_then(|intent| state.find(Kind::PaymentIntent, intent));
        link.text("invoice") == Some(&invoice) && intent.and_then(|intent| intent.text("status")) == Some("processing")
    });
    if processing {
        return state.plan(state.now + subscriptions::FIRST_PAYMENT_SECONDS, Due::ExpireIncomplete(id.to_owned()));
    }
    let now = state.now;
    state.announce(Kind::Subscription, id, "customer.subscription.updated", |subscription| {
        subscription["status"] = json!("incomplete_expired");
        subscription["ended_at"] = json!(now);
    });
    if state.copy(Kind::Invoice, &invoice).text("status") == Some("open") {
        drop(invoicing::close(state, &invoice, "void"));
    }
}

/// A change that waited for its payment is given up.
pub(crate) fn expire_pending_update(state: &mut State, id: &str) {
    let subscription = state.copy(Kind::Subscription, id);
    if subscription["pending_update"].is_null() {
        return;
    }
    let due = subscription["pending_update"].int("expires_at").is_some_and(|at| at <= state.now);
    if due {
        changes::drop_pending(state, id);
    }
}

/// The trial is over: the first paid period begins, or nothing does without a payment method.
pub(crate) fn end_trial(state: &mut State, id: &str) {
    let subscription = state.copy(Kind::Subscription, id);
    if subscription.text("status") != Some("trialing")
        || subscription.int("trial_end").is_none_or(|end| end > state.now)
    {
        return;
    }
    let ends = subscription.int("cancel_at").is_some_and(|at| at <= state.now);
    let behaviour =
        subscription["trial_settings"]["end_behavior"].text("missing_payment_method").unwrap_or("create_invoice");
    let without_method = default_method(state, &subscription).is_none();
    match behaviour {
        _ if ends => subscriptions::end(state, id, Some("cancellation_requested")),
        "cancel" if without_method => subscriptions::end(state, id, None),
        "pause" if without_method => subscriptions::set_paused(state, id),
        _ => begin_paid_period(state, id),
    }
}

fn begin_paid_period(state: &mut State, id: &str) {
    let before = state.render(Kind::Subscription, id);
    let now = state.now;
    state.edit(Kind::Subscription, id, |subscription| {
        subscription["status"] = json!("active");
        subscription["billing_cycle_anchor"] = json!(now);
    });
    advance_items(state, id, now);
    let invoice = invoice_period(state, id, "subscription_cycle", Some(now + DRAFT_SECONDS));
    state.emit("invoice.created", Kind::Invoice, &invoice, None);
    tell_changes(state, id, &before);
    state.plan(now + DRAFT_SECONDS, Due::FinalizeInvoice(invoice));
}
