//! Stripe: the key, what it may do, where events go, whether they arrive, and what plans cost.

use super::{Check, Line, NAMED, Parts, Remedy, some_of};
use crate::clock::Clock;
use crate::sales::price_list::{self, Change, Planned};
use billing::{API_VERSION, EventCursor, HANDLED_EVENTS, MAX_EVENT_TYPES, StripeError, WebhookEndpoint};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use store::{Store, prices};

/// Where Stripe sends its events.
pub(super) const WEBHOOK_PATH: &str = "/webhooks/stripe";
/// How far back events are looked at.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);
/// An event needs a moment to arrive.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(2);

pub(super) async fn examine(parts: &Parts<'_>, store: Option<&Store>) -> Vec<Line> {
    let mut lines = match parts.stripe.list_newest_event().await {
        Ok(_) => vec![key(parts)],
        // A restricted key that may not read events is let in all the same.
        Err(error) if status(&error) == Some(403) => vec![key(parts)],
        Err(error) => return vec![refused(&error)],
    };
    let lacking = rights(parts).await;
    lines.push(if lacking.is_empty() {
        Line::good(Check::StripeRights, "The key may read everything that the shop reads.")
    } else {
        Line::wrong(
            Check::StripeRights,
            format!("The key may not read {}.", lacking.iter().copied().collect::<Vec<_>>().join(", ")),
            "Give the restricted key these rights at Stripe (writing them as well), or use another key.",
        )
    });
    lines.extend(endpoint(parts).await);
    if !lacking.contains(EVENTS) {
        lines.extend(delivery(parts, parts.clock.now()).await);
    }
    lines.push(portal(parts).await);
    lines.extend(price_list(parts, store).await);
    lines
}

async fn portal(parts: &Parts<'_>) -> Line {
    match parts.stripe.find_portal_settings().await {
        Ok(None) => Line::wrong(
            Check::Portal,
            "The customer portal has no settings in this mode: customers find no way to change their card.",
            "Save Settings, Billing, Customer portal at Stripe once; test mode and live mode have one each.",
        ),
        Ok(Some(settings)) if settings.changes_plans => Line::wrong(
            Check::Portal,
            "The customer portal lets customers change their plan: Stripe charges for it, and nothing changes at the server.",
            "Switch that off at Stripe (Settings, Billing, Customer portal, Subscriptions).",
        ),
        Ok(Some(_)) => Line::good(Check::Portal, "Customers change their card there, and no plan."),
        Err(error) if status(&error) == Some(403) => Line::note(
            Check::Portal,
            "The key may not read the customer portal's settings. Give it that right at Stripe.",
        ),
        Err(error) => Line::note(Check::Portal, format!("The customer portal's settings cannot be read now: {error}.")),
    }
}

fn status(error: &StripeError) -> Option<u16> {
    match error {
        StripeError::NotNow { status, .. } => *status,
        StripeError::Refused { status, .. } => Some(*status),
        StripeError::Unreachable { .. }
        | StripeError::OutcomeUnknown { .. }
        | StripeError::Unreadable { .. }
        | StripeError::NotSent { .. } => None,
    }
}

fn refused(error: &StripeError) -> Line {
    match status(error) {
        Some(401) => Line::wrong(
            Check::StripeKey,
            "Stripe does not take the key: it was revoked, has expired, or was not copied whole.",
            "Make a new key at Stripe (Developers, API keys) and put it into stripe.secret_key.",
        ),
        Some(_) | None => Line::wrong(
            Check::StripeKey,
            format!("Stripe cannot be asked: {error}."),
            "Look whether this machine reaches Stripe's API, and at status.stripe.com; then try again.",
        ),
    }
}

fn key(parts: &Parts<'_>) -> Line {
    let public = parts.config.site.url.scheme() == "https";
    match (parts.stripe.mode().is_live(), public) {
        (true, _) => Line::good(Check::StripeKey, "It is a key of live mode: real money moves."),
        (false, true) => Line::note(
            Check::StripeKey,
            "It is a key of test mode: nobody can really pay. A shop that sells needs a live one.",
        ),
        (false, false) => Line::good(Check::StripeKey, "It is a key of test mode, as suits a shop on this machine."),
    }
}

const EVENTS: &str = "events";

/// What the key may not read. Whoever may not read may not write either.
async fn rights(parts: &Parts<'_>) -> BTreeSet<&'static str> {
    let stripe = parts.stripe;
    let reads: [(&str, BoxFuture<'_, Option<StripeError>>); 9] = [
        (EVENTS, stripe.list_newest_event().map(Result::err).boxed()),
        ("charges", stripe.sweep_charges(None).map(Result::err).boxed()),
        ("invoices", stripe.sweep_invoices(None).map(Result::err).boxed()),
        ("refunds", stripe.sweep_refunds(None).map(Result::err).boxed()),
        ("disputes", stripe.sweep_disputes(None).map(Result::err).boxed()),
        ("checkout sessions", stripe.sweep_sessions(None).map(Result::err).boxed()),
        ("subscriptions", stripe.list_subscriptions(None, None).map(Result::err).boxed()),
        ("customers", stripe.list_customers("nobody@example.com").map(Result::err).boxed()),
        ("prices", stripe.find_prices_by_lookup_keys(&["givr:none:monthly"]).map(Result::err).boxed()),
    ];
    let mut lacking = BTreeSet::new();
    for (what, read) in reads {
        if read.await.as_ref().and_then(status) == Some(403) {
            lacking.insert(what);
        }
    }
    lacking
}

async fn endpoint(parts: &Parts<'_>) -> Vec<Line> {
    let url = format!("{}{WEBHOOK_PATH}", parts.config.site.url.as_str().trim_end_matches('/'));
    let all = match parts.stripe.list_webhook_endpoints().await {
        Ok(all) => all,
        // The shop itself never asks for them.
        Err(error) if status(&error) == Some(403) => {
            let text = "The key may not read webhook endpoints, so nobody knows whether the shop's is right. Give it that right at Stripe.";
            return vec![Line::note(Check::Endpoint, text)];
        }
        Err(error) => return vec![Line::note(Check::Endpoint, format!("The endpoints cannot be read now: {error}."))],
    };
    let ours: Vec<&WebhookEndpoint> = all.iter().filter(|one| one.url == url).collect();
    match ours.as_slice() {
        [] => vec![
            Line::wrong(
                Check::Endpoint,
                format!("No endpoint is registered for {url}."),
                "Register one at Stripe with its secret in stripe.webhook_secrets, or let `givr doctor --fix` do it and show the secret.",
            )
            .mended_by(Remedy::MakeEndpoint),
        ],
        [one] => vec![judge(one)],
        several => vec![Line::wrong(
            Check::Endpoint,
            format!("{} endpoints are registered for {url}: every event comes more than once.", several.len()),
            "Delete all but one at Stripe, and keep the one whose secret is in stripe.webhook_secrets.",
        )],
    }
}

fn judge(endpoint: &WebhookEndpoint) -> Line {
    let id = &endpoint.id;
    let by_fix = || Remedy::RepairEndpoint(id.clone());
    if !endpoint.enabled {
        let act = "Switch it on at Stripe, or let `givr doctor --fix` do it.";
        return Line::wrong(Check::Endpoint, format!("{id} is switched off."), act).mended_by(by_fix());
    }
    let all = endpoint.events.iter().any(|kind| kind == "*");
    let missing: Vec<String> = HANDLED_EVENTS
        .iter()
        .filter(|kind| !all && !endpoint.events.iter().any(|known| known == *kind))
        .map(|kind| (*kind).to_owned())
        .collect();
    if !missing.is_empty() {
        let act = "Add them at Stripe, or let `givr doctor --fix` do it.";
        return Line::wrong(Check::Endpoint, format!("{id} does not get {}.", some_of(&missing)), act)
            .mended_by(by_fix());
    }
    match endpoint.api_version.as_deref() {
        Some(version) if version != API_VERSION => Line::wrong(
            Check::Endpoint,
            format!("{id} gets its events in version {version}; this program reads {API_VERSION}."),
            "Stripe fixes the version when an endpoint is made: delete this one at Stripe, then let `givr doctor --fix` register another.",
        ),
        Some(_) | None => {
            Line::good(Check::Endpoint, format!("{id} gets all {} kinds of events.", HANDLED_EVENTS.len()))
        }
    }
}

/// Whether the newest events came through. An older one that did not is tried again by Stripe.
async fn delivery(parts: &Parts<'_>, now: Timestamp) -> Option<Line> {
    let mut events = Vec::new();
    for kinds in HANDLED_EVENTS.chunks(MAX_EVENT_TYPES) {
        // The first page has the newest.
        events.extend(parts.stripe.list_events(&EventCursor::Since(now - A_DAY), kinds).await.ok()?.events);
    }
    let arrived =
        |event: &&billing::StripeEvent| event.created.is_some_and(|created| now.duration_since(created) > ON_ITS_WAY);
    let newest = events.iter().filter(arrived).max_by_key(|event| event.created);
    let waiting = events.iter().filter(arrived).filter(|event| event.undelivered).count();
    Some(match newest {
        None => Line::note(
            Check::Delivery,
            "Stripe has had nothing to tell for a day. `givr smoke` buys something, and shows whether events arrive.",
        ),
        Some(event) if event.undelivered => Line::wrong(
            Check::Delivery,
            format!(
                "The newest event ({}) did not arrive, nor did {} others of the last day.",
                event.kind,
                waiting - 1
            ),
            "The secret in stripe.webhook_secrets is not the endpoint's, or Stripe does not reach the shop: compare the secret with the \
             one at Stripe, and look there at what the shop answered.",
        ),
        Some(_) => Line::good(Check::Delivery, "The newest events arrived."),
    })
}

async fn price_list(parts: &Parts<'_>, store: Option<&Store>) -> Option<Line> {
    let known = match store {
        Some(store) => prices::list(&mut *store.read().await.ok()?).await.ok()?,
        None => return None,
    };
    let planned = match price_list::plan_with(parts.stripe, parts.catalogue, &known).await {
        Ok(planned) => planned,
        Err(error) => {
            return Some(Line::note(Check::Prices, format!("The prices cannot be read now: {error:#}.")));
        }
    };
    let differing: Vec<&Planned> = planned.iter().filter(|price| price.change != Change::None).collect();
    if differing.is_empty() {
        return Some(Line::good(Check::Prices, format!("All {} are as the catalogue says.", planned.len())));
    }
    let one = |price: &&Planned| match (price.change, price.at_stripe) {
        (Change::Remembered, _) => format!("{} is not known to this shop", price.lookup_key),
        (_, None) => format!("{} is missing", price.lookup_key),
        (_, Some(amount)) => format!("{} is {amount} there and {} here", price.lookup_key, price.wanted),
    };
    let named: Vec<String> = differing.iter().take(NAMED).map(one).collect();
    let more = differing.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let found = format!("{} of {} differ: {}{more}.", differing.len(), planned.len(), named.join("; "));
    let act = "`givr catalogue plan` shows all, `givr catalogue apply` or `givr doctor --fix` brings them to Stripe. Nobody who pays an \
               old price is moved.";
    Some(Line::wrong(Check::Prices, found, act).mended_by(Remedy::ApplyPrices))
}
