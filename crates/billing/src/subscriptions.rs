//! Subscriptions: the contract behind a service.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{
    Expandable, List, Listed, Page, Readable, Reference, WireMetadata, currency, id_of, instant, live, money, path_of,
    required_instant,
};
use crate::settings::Mode;
use crate::words::words;
use domain::money::Money;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

words! {
    /// Where a subscription stands.
    SubscriptionStatus {
        /// The first payment was not made yet; there are 23 hours for it.
        Incomplete = "incomplete",
        /// The first payment was never made.
        IncompleteExpired = "incomplete_expired",
        /// A trial.
        Trialing = "trialing",
        /// In good standing, also during the first hour of a renewal.
        Active = "active",
        /// A renewal failed and is being tried again.
        PastDue = "past_due",
        /// All tries of a renewal failed, and the account leaves it at that.
        Unpaid = "unpaid",
        /// Over for good.
        Canceled = "canceled",
        /// No periods and no invoices until it is resumed.
        Paused = "paused",
    }
}

/// A subscription at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `sub_…`
    pub id: String,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// Who pays.
    pub customer: Option<String>,
    /// Ours.
    pub metadata: BTreeMap<String, String>,
    /// What is being paid for.
    pub items: Vec<SubscriptionItem>,
    /// False when there are more items than the answer held; [`Stripe::load_subscription`] fetches the rest.
    pub items_complete: bool,
    /// When it ends, if an end is set. In flexible billing mode the portal sets this and not `cancel_at_period_end`.
    pub cancel_at: Option<Timestamp>,
    /// It ends with the period that is paid for.
    pub cancel_at_period_end: bool,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// `cancellation_requested`, `payment_failed` or `payment_disputed`.
    pub cancellation_reason: Option<String>,
    /// `in_…`
    pub latest_invoice: Option<String>,
    /// When it began to exist.
    pub created: Timestamp,
    /// Whether it belongs to live mode.
    pub live: bool,
}

/// One priced line of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionItem {
    /// `si_…`
    pub id: String,
    /// `price_…`
    pub price_id: Option<String>,
    /// How many.
    pub quantity: i64,
    /// The first instant after the current period; moves forward *before* the renewal is paid.
    pub period_end: Option<Timestamp>,
    /// The price of one.
    pub unit_amount: Option<Money>,
}

impl Subscription {
    /// The end of the current period: the latest of all items. Trust it as paid only while the status is active or trialing.
    pub fn period_end(&self) -> Option<Timestamp> {
        self.items.iter().filter_map(|item| item.period_end).max()
    }

    /// When the subscription will end, if its end is set in either of the two ways.
    pub fn scheduled_end(&self) -> Option<Timestamp> {
        self.cancel_at.or_else(|| self.cancel_at_period_end.then(|| self.period_end()).flatten())
    }

    /// Whether it can still charge the customer. A status that we do not know can.
    pub fn is_live_contract(&self) -> bool {
        !matches!(self.status, SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired)
    }
}

#[derive(Deserialize)]
pub(crate) struct Wire {
    id: String,
    status: Option<String>,
    customer: Option<Reference>,
    metadata: WireMetadata,
    items: Option<List<WireItem>>,
    /// Before `2025-03-31.basil` the period stood here.
    current_period_end: Option<i64>,
    cancel_at: Option<i64>,
    cancel_at_period_end: Option<bool>,
    ended_at: Option<i64>,
    cancellation_details: Option<WireCancellation>,
    latest_invoice: Option<Reference>,
    created: Option<i64>,
    livemode: Option<bool>,
}

#[derive(Deserialize)]
struct WireCancellation {
    reason: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct WireItem {
    id: String,
    price: Option<Expandable<WirePrice>>,
    quantity: Option<i64>,
    current_period_end: Option<i64>,
}

#[derive(Deserialize)]
struct WirePrice {
    id: String,
    currency: Option<String>,
    unit_amount: Option<i64>,
}

impl Readable for SubscriptionItem {
    type Wire = WireItem;
    fn read(wire: WireItem, _: Mode) -> Result<Self, &'static str> {
        let (price_id, unit_amount) = match wire.price {
            Some(Expandable::Object(price)) => {
                let unit_amount = money(price.unit_amount, currency(price.currency.as_deref()));
                (Some(price.id), unit_amount)
            }
            Some(Expandable::Id(id)) => (Some(id), None),
            None => (None, None),
        };
        Ok(Self {
            id: wire.id,
            price_id,
            quantity: wire.quantity.unwrap_or(1),
            period_end: instant(wire.current_period_end),
            unit_amount,
        })
    }
}

impl Listed for SubscriptionItem {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Readable for Subscription {
    type Wire = Wire;
    fn read(wire: Wire, mode: Mode) -> Result<Self, &'static str> {
        let items = wire.items.unwrap_or_default();
        let items_complete = items.has_more != Some(true);
        let mut items =
            items.data.into_iter().map(|item| SubscriptionItem::read(item, mode)).collect::<Result<Vec<_>, _>>()?;
        for item in &mut items {
            item.period_end = item.period_end.or(instant(wire.current_period_end));
        }
        Ok(Self {
            id: wire.id,
            status: wire.status.into(),
            customer: id_of(wire.customer),
            metadata: wire.metadata.unwrap_or_default(),
            items,
            items_complete,
            cancel_at: instant(wire.cancel_at),
            cancel_at_period_end: wire.cancel_at_period_end == Some(true),
            ended_at: instant(wire.ended_at),
            cancellation_reason: wire.cancellation_details.and_then(|details| details.reason),
            latest_invoice: id_of(wire.latest_invoice),
            created: required_instant(wire.created)?,
            live: live(wire.livemode, mode),
        })
    }
}

impl Listed for Subscription {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// Reads a subscription with all its items. Source: Stripe API, `GET /v1/subscriptions/{id}` and, for more items than
    /// one answer holds, `GET /v1/subscription_items`.
    ///
    /// # Errors
    /// [`StripeError::is_missing`] when this account and mode never had it.
    pub async fn load_subscription(&self, id: &str) -> Result<Subscription, StripeError> {
        let path = path_of("load_subscription", "subscriptions", id, "")?;
        let mut found: Subscription = self.ask(Call::get("load_subscription", path, Form::new())).await?;
        if !found.items_complete {
            let filter = Form::new().set("subscription", id);
            found.items = self.all("load_subscription", "/v1/subscription_items", filter).await?;
            found.items_complete = true;
        }
        Ok(found)
    }

    /// One page of all subscriptions, ended ones too, newest first: the sweep that also finds those without an order of
    /// ours. `after` is the page before's [`Page::next`]. Source: Stripe API, `GET /v1/subscriptions`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn list_subscriptions(
        &self,
        after: Option<&str>,
        created_gte: Option<Timestamp>,
    ) -> Result<Page<Subscription>, StripeError> {
        // Without `status=all` Stripe leaves the ended ones out.
        let mut filter = Form::new().set("status", "all");
        if let Some(since) = created_gte {
            filter = filter.instant("created[gte]", since);
        }
        self.page("list_subscriptions", "/v1/subscriptions", filter, after).await
    }

    /// Ends a subscription at once, without a refund; one that has already ended is returned as it is.
    /// Source: Stripe API, `DELETE /v1/subscriptions/{id}`; a second call is answered with 404.
    ///
    /// # Errors
    /// Every error means that it may still charge; [`StripeError::is_missing`] when it never existed here.
    pub async fn cancel_subscription(&self, id: &str) -> Result<Subscription, StripeError> {
        let path = path_of("cancel_subscription", "subscriptions", id, "")?;
        let call = Call { method: Method::DELETE, ..Call::post("cancel_subscription", path, Form::new()) };
        match self.ask(call).await {
            Err(missing) if missing.is_missing() => {
                let found = self.load_subscription(id).await?;
                if found.is_live_contract() { Err(missing) } else { Ok(found) }
            }
            outcome => outcome,
        }
    }

    /// Lets a subscription end with its current period, or takes every scheduled end back.
    /// Source: Stripe API, `POST /v1/subscriptions/{id}`.
    ///
    /// # Errors
    /// See [`StripeError`]; repeating is harmless.
    pub async fn set_cancel_at_period_end(&self, id: &str, ends: bool) -> Result<Subscription, StripeError> {
        let name = "set_cancel_at_period_end";
        let path = path_of(name, "subscriptions", id, "")?;
        let form = Form::new().flag("cancel_at_period_end", ends);
        let changed: Subscription = self.ask(Call::post(name, path.clone(), form)).await?;
        if ends || changed.cancel_at.is_none() {
            return Ok(changed);
        }
        // Set by the portal in flexible billing mode. A request of its own: nobody promises that Stripe takes both
        // parameters at once.
        self.ask(Call::post(name, path, Form::new().set("cancel_at", ""))).await
    }
}
