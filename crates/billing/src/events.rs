//! Stripe's list of events: the way to learn what happened when webhooks are lost. Thirty days are kept.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{List, Readable, instant};
use crate::settings::Mode;
use crate::webhook::Envelope;
use jiff::Timestamp;
use serde_json::Value;

/// Stripe takes no more kinds of events in one request.
pub const MAX_EVENT_TYPES: usize = 20;

/// The kinds of events that the shop acts on: what our endpoint is registered for and what a poll asks for, in groups of
/// [`MAX_EVENT_TYPES`].
pub const HANDLED_EVENTS: [&str; 27] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.upcoming",
    "invoice.finalization_failed",
    "invoice.voided",
    "invoice.marked_uncollectible",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "customer.updated",
    "customer.deleted",
];

/// Where a walk through the events goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventCursor {
    /// Events from this second on. Pages go from the newest to the oldest, each one oldest first in itself.
    Since(Timestamp),
    /// A later page of [`EventCursor::Since`].
    SinceOlderThan {
        /// The second from which on.
        since: Timestamp,
        /// The oldest event of the page before.
        event: String,
    },
}

/// Some events, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<StripeEvent>,
    /// Where the walk goes on; `None` when it is done.
    pub next: Option<EventCursor>,
}

/// An event as Stripe's API gives it, read as softly as one that comes by webhook: what is missing is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeEvent {
    /// `evt_…`
    pub id: String,
    /// `invoice.paid` for example.
    pub kind: String,
    /// When it happened.
    pub created: Option<Timestamp>,
    /// What it is about; `invoice.upcoming` has an object without an id.
    pub object_id: Option<String>,
    /// What kind of thing that is, `subscription` for example.
    pub object_kind: Option<String>,
    /// Whether it belongs to live mode.
    pub live: Option<bool>,
    /// In which version its snapshot is written.
    pub api_version: Option<String>,
    /// The key of the request that caused it, if one did.
    pub idempotency_key: Option<String>,
    /// Whether some endpoint has not taken it yet.
    pub undelivered: bool,
    /// The whole event as JSON text, to be kept like the body of a webhook.
    pub body: String,
}

impl StripeEvent {
    fn from_value(value: &Value) -> Self {
        let body = value.to_string();
        let head = Envelope::parse(body.as_bytes());
        Self {
            id: head.key(body.as_bytes()).into_owned(),
            kind: head.kind().to_owned(),
            created: instant(head.created),
            object_id: head.object_id.as_deref().map(str::to_owned),
            object_kind: head.object_kind.as_deref().map(str::to_owned),
            live: head.live,
            api_version: head.api_version.as_deref().map(str::to_owned),
            idempotency_key: head.idempotency_key.as_deref().map(str::to_owned),
            undelivered: value.get("pending_webhooks").and_then(Value::as_i64).is_some_and(|count| count > 0),
            body,
        }
    }
}

/// A page as it comes: newest first.
struct Listing {
    events: Vec<StripeEvent>,
    has_more: bool,
}

impl Readable for Listing {
    type Wire = List<Value>;
    fn read(wire: List<Value>, _: Mode) -> Result<Self, &'static str> {
        let events = wire.data.iter().map(StripeEvent::from_value).collect();
        Ok(Self { events, has_more: wire.has_more == Some(true) })
    }
}

impl Stripe {
    /// The newest event, if there is any: the smallest question that every key of a shop may ask. Source: Stripe API, `GET /v1/events`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn list_newest_event(&self) -> Result<Option<StripeEvent>, StripeError> {
        let form = Form::new().number("limit", 1);
        let page: Listing = self.ask(Call::get("list_newest_event", "/v1/events", form)).await?;
        Ok(page.events.into_iter().next())
    }

    /// Up to a hundred events of the given kinds, oldest first; no kinds means all of them. An event may become visible a
    /// little late, so a poll looks at the last minutes again instead of trusting its cursor alone.
    /// Source: Stripe API, `GET /v1/events`.
    ///
    /// # Errors
    /// [`StripeError::NotSent`] for more than [`MAX_EVENT_TYPES`] kinds; refused when the cursor is no longer listed.
    pub async fn list_events(&self, cursor: &EventCursor, types: &[&str]) -> Result<EventPage, StripeError> {
        let call = "list_events";
        if types.len() > MAX_EVENT_TYPES {
            return Err(StripeError::NotSent { call, reason: "Stripe takes at most 20 kinds of events" });
        }
        let (since, older_than) = match cursor {
            EventCursor::Since(since) => (*since, None),
            EventCursor::SinceOlderThan { since, event } => (*since, Some(event)),
        };
        let form = Form::new().number("limit", 100).list("types", types);
        let form = form.instant("created[gte]", since).maybe("starting_after", older_than);
        let mut page: Listing = self.ask(Call::get(call, "/v1/events", form)).await?;
        page.events.reverse();
        let oldest = page.events.first().filter(|_| page.has_more);
        let next = oldest.map(|oldest| EventCursor::SinceOlderThan { since, event: oldest.id.clone() });
        Ok(EventPage { events: page.events, next })
    }
}
