//! Checkout Sessions: Stripe's payment page for one attempt to pay an order.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{
    Listed, Readable, Reference, WireMetadata, currency, id_of, instant, live, path_of, payable, required_instant,
};
use crate::settings::Mode;
use crate::words::words;
use domain::money::Money;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

words! {
    /// Whether a payment page can still be used.
    SessionStatus {
        /// The page can be used.
        Open = "open",
        /// The customer finished; the money may still be on its way.
        Complete = "complete",
        /// The page is dead for good.
        Expired = "expired",
    }

    /// Whether the money of a session has arrived.
    SessionPayment {
        /// It has.
        Paid = "paid",
        /// It has not; with a complete session a delayed method is under way.
        Unpaid = "unpaid",
        /// Nothing was due now: a trial, or a discount over everything.
        NoPaymentRequired = "no_payment_required",
    }
}

/// A payment page for a subscription, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutSessionParams {
    /// Price ids with quantities, at most 20; all recurring prices share currency and interval.
    pub lines: Vec<(String, u32)>,
    /// Where the customer comes back to; `{CHECKOUT_SESSION_ID}` in it becomes the session's id. Coming back proves nothing.
    pub success_url: String,
    /// The way back without paying; it does not close the page.
    pub cancel_url: Option<String>,
    /// Our order id, at most 200 characters.
    pub client_reference: String,
    /// Written on the session **and** on its subscription, because Stripe copies it from neither to the other.
    pub metadata: BTreeMap<String, String>,
    /// Who pays: a customer that exists at Stripe, `cus_…`
    pub customer: String,
    /// When the page closes: 30 minutes to 24 hours after it was opened.
    pub expires_at: Timestamp,
    /// Allowed payment methods, `card` for example; empty allows all that the account has switched on.
    pub payment_methods: Vec<String>,
}

impl CheckoutSessionParams {
    /// The parameters as they are stored with the idempotency key and sent by [`Stripe::open_session_frozen`]; the same
    /// parameters give the same bytes.
    pub fn to_form(&self) -> String {
        let mut form = Form::new().set("mode", "subscription");
        for (index, (price, quantity)) in self.lines.iter().enumerate() {
            form = form
                .set(&format!("line_items[{index}][price]"), price)
                .number(&format!("line_items[{index}][quantity]"), i64::from(*quantity));
        }
        form.set("customer", &self.customer)
            .set("success_url", &self.success_url)
            .maybe("cancel_url", self.cancel_url.as_ref())
            .set("client_reference_id", &self.client_reference)
            .map("metadata", &self.metadata)
            .map("subscription_data[metadata]", &self.metadata)
            .instant("expires_at", self.expires_at)
            .list("allowed_payment_method_types", &self.payment_methods)
            .into_text()
    }
}

/// A payment page at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutSession {
    /// `cs_…`
    pub id: String,
    /// Where the customer pays; only while the session is open.
    pub url: Option<String>,
    /// Whether the page can still be used.
    pub status: SessionStatus,
    /// Whether the money has arrived.
    pub payment: SessionPayment,
    /// Our order id.
    pub client_reference: Option<String>,
    /// Ours.
    pub metadata: BTreeMap<String, String>,
    /// Who paid.
    pub customer: Option<String>,
    /// Exists once the session is complete.
    pub subscription: Option<String>,
    /// The first invoice, once the session is complete.
    pub invoice: Option<String>,
    /// Before discounts and taxes.
    pub amount_subtotal: Option<Money>,
    /// What the customer pays now.
    pub amount_total: Option<Money>,
    /// When the page closes by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was opened.
    pub created: Timestamp,
    /// Whether it belongs to live mode.
    pub live: bool,
}

impl CheckoutSession {
    /// Whether what was bought may be delivered: the customer finished, and nothing is left to be paid.
    pub fn is_settled(&self) -> bool {
        self.status == SessionStatus::Complete
            && matches!(self.payment, SessionPayment::Paid | SessionPayment::NoPaymentRequired)
    }
}

#[derive(Deserialize)]
pub(crate) struct Wire {
    id: String,
    url: Option<String>,
    status: Option<String>,
    payment_status: Option<String>,
    client_reference_id: Option<String>,
    metadata: WireMetadata,
    customer: Option<Reference>,
    subscription: Option<Reference>,
    invoice: Option<Reference>,
    amount_subtotal: Option<i64>,
    amount_total: Option<i64>,
    currency: Option<String>,
    expires_at: Option<i64>,
    created: Option<i64>,
    livemode: Option<bool>,
}

impl Readable for CheckoutSession {
    type Wire = Wire;
    fn read(wire: Wire, mode: Mode) -> Result<Self, &'static str> {
        let currency = currency(wire.currency.as_deref());
        Ok(Self {
            id: wire.id,
            url: wire.url,
            status: wire.status.into(),
            payment: wire.payment_status.into(),
            client_reference: wire.client_reference_id,
            metadata: wire.metadata.unwrap_or_default(),
            customer: id_of(wire.customer),
            subscription: id_of(wire.subscription),
            invoice: id_of(wire.invoice),
            amount_subtotal: payable(wire.amount_subtotal, currency)?,
            amount_total: payable(wire.amount_total, currency)?,
            expires_at: instant(wire.expires_at),
            created: required_instant(wire.created)?,
            live: live(wire.livemode, mode),
        })
    }
}

impl Listed for CheckoutSession {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// Opens a payment page with stored parameters. Within 24 hours the same key and the same text give the same session.
    /// Source: Stripe API, `POST /v1/checkout/sessions`.
    ///
    /// # Errors
    /// See [`StripeError`]; in doubt repeat with the same key, after 24 hours look with [`Stripe::list_sessions`].
    pub async fn open_session_frozen(&self, form: &str, key: &str) -> Result<CheckoutSession, StripeError> {
        let mut call = Call::keyed("open_session", "/v1/checkout/sessions", Form::new(), key);
        form.clone_into(&mut call.form);
        self.ask(call).await
    }

    /// Reads a session. Source: Stripe API, `GET /v1/checkout/sessions/{id}`.
    ///
    /// # Errors
    /// [`StripeError::is_missing`] when this account and mode never had it.
    pub async fn load_session(&self, id: &str) -> Result<CheckoutSession, StripeError> {
        let path = path_of("load_session", "checkout/sessions", id, "")?;
        self.ask(Call::get("load_session", path, Form::new())).await
    }

    /// Closes a payment page and returns what the session is then: expired, or complete if the customer was faster.
    /// Source: Stripe API, `POST /v1/checkout/sessions/{id}/expire`; Stripe refuses with 400 unless the session is open.
    ///
    /// # Errors
    /// Every error means that the page may still be open.
    pub async fn expire_session(&self, id: &str) -> Result<CheckoutSession, StripeError> {
        let path = path_of("expire_session", "checkout/sessions", id, "/expire")?;
        match self.ask(Call::post("expire_session", path, Form::new())).await {
            Err(refused @ StripeError::Refused { status: 400, .. }) => {
                let session = self.load_session(id).await?;
                if session.status == SessionStatus::Open { Err(refused) } else { Ok(session) }
            }
            outcome => outcome,
        }
    }

    /// The sessions opened since `created_gte`, newest first, at most a thousand: how a page is found again whose id was
    /// lost. Source: Stripe API, `GET /v1/checkout/sessions`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn list_sessions(
        &self,
        created_gte: Timestamp,
        customer: Option<&str>,
    ) -> Result<Vec<CheckoutSession>, StripeError> {
        let filter = Form::new().instant("created[gte]", created_gte).maybe("customer", customer);
        self.all("list_sessions", "/v1/checkout/sessions", filter).await
    }
}
