//! Products and prices: our catalogue as Stripe knows it. Amounts never change; a new amount is a new price.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{Listed, Page, Readable, Reference, WireMetadata, currency, id_of, live, path_of, payable};
use crate::settings::Mode;
use crate::words::words;
use domain::money::{Currency, Money};
use serde::Deserialize;
use std::collections::BTreeMap;

words! {
    /// The unit of a price's term.
    Interval {
        /// A day.
        Day = "day",
        /// A week.
        Week = "week",
        /// A calendar month.
        Month = "month",
        /// A calendar year.
        Year = "year",
    }
}

/// A plan or an add-on, as it is told to Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductParams {
    /// The name on the payment page and on invoices.
    pub name: String,
    /// The text below it; `None` for no text.
    pub description: Option<String>,
    /// Whether it is for sale.
    pub active: bool,
    /// Merged by key into what is there.
    pub metadata: BTreeMap<String, String>,
}

/// A plan or an add-on at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// `prod_…`, or the id that we chose.
    pub id: String,
    /// The name on invoices.
    pub name: String,
    /// The text below it.
    pub description: Option<String>,
    /// Whether it is for sale.
    pub active: bool,
    /// Ours.
    pub metadata: BTreeMap<String, String>,
    /// Whether it belongs to live mode.
    pub live: bool,
}

#[derive(Deserialize)]
pub(crate) struct WireProduct {
    id: String,
    name: Option<String>,
    description: Option<String>,
    active: Option<bool>,
    metadata: WireMetadata,
    livemode: Option<bool>,
}

impl Readable for Product {
    type Wire = WireProduct;
    fn read(wire: WireProduct, mode: Mode) -> Result<Self, &'static str> {
        Ok(Self {
            id: wire.id,
            name: wire.name.unwrap_or_default(),
            description: wire.description,
            active: wire.active == Some(true),
            metadata: wire.metadata.unwrap_or_default(),
            live: live(wire.livemode, mode),
        })
    }
}

/// A price for one term, as it is told to Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrice {
    /// The product that it belongs to.
    pub product: String,
    /// Our name for it; taken away from the price that has it now.
    pub lookup_key: String,
    /// What one term costs.
    pub unit_amount: Money,
    /// The unit of the term.
    pub interval: Interval,
    /// How many units the term has.
    pub interval_count: u32,
    /// `exclusive` or `inclusive`, for automatic tax; `None` leaves it to the account's tax settings. Never changes later.
    pub tax_behavior: Option<String>,
    /// Ours.
    pub metadata: BTreeMap<String, String>,
}

impl NewPrice {
    fn form(&self) -> Form {
        Form::new()
            .set("product", &self.product)
            .set("currency", self.unit_amount.currency.code())
            .number("unit_amount", self.unit_amount.minor)
            .set("recurring[interval]", self.interval.as_str())
            .number("recurring[interval_count]", i64::from(self.interval_count))
            .set("lookup_key", &self.lookup_key)
            .flag("transfer_lookup_key", true)
            .maybe("tax_behavior", self.tax_behavior.as_ref())
            .map("metadata", &self.metadata)
    }
}

/// A price at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// `price_…`
    pub id: String,
    /// The product that it belongs to.
    pub product: Option<String>,
    /// Our name for it.
    pub lookup_key: Option<String>,
    /// What one term costs; `None` where the amount is not one number, which is not zero.
    pub unit_amount: Option<Money>,
    /// What it is in.
    pub currency: Option<Currency>,
    /// The unit of the term; `None` for a one-time price.
    pub interval: Option<Interval>,
    /// How many units the term has.
    pub interval_count: u32,
    /// Whether new subscriptions can have it.
    pub active: bool,
    /// Ours.
    pub metadata: BTreeMap<String, String>,
    /// Whether it belongs to live mode.
    pub live: bool,
}

#[derive(Deserialize)]
pub(crate) struct WirePrice {
    id: String,
    product: Option<Reference>,
    lookup_key: Option<String>,
    unit_amount: Option<i64>,
    currency: Option<String>,
    recurring: Option<WireRecurring>,
    active: Option<bool>,
    metadata: WireMetadata,
    livemode: Option<bool>,
}

#[derive(Deserialize)]
struct WireRecurring {
    interval: Option<String>,
    interval_count: Option<u32>,
}

impl Readable for Price {
    type Wire = WirePrice;
    fn read(wire: WirePrice, mode: Mode) -> Result<Self, &'static str> {
        let currency = currency(wire.currency.as_deref());
        let interval_count = wire.recurring.as_ref().and_then(|recurring| recurring.interval_count).unwrap_or(1);
        Ok(Self {
            id: wire.id,
            product: id_of(wire.product),
            lookup_key: wire.lookup_key,
            unit_amount: payable(wire.unit_amount, currency)?,
            currency,
            interval: wire.recurring.map(|recurring| recurring.interval.into()),
            interval_count,
            active: wire.active == Some(true),
            metadata: wire.metadata.unwrap_or_default(),
            live: live(wire.livemode, mode),
        })
    }
}

impl Listed for Price {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// Creates the product `id`; one that exists already is returned as it is, unchanged.
    /// Source: Stripe API, `POST /v1/products`.
    ///
    /// # Errors
    /// See [`StripeError`]; repeating is harmless.
    pub async fn create_product(&self, id: &str, params: &ProductParams) -> Result<Product, StripeError> {
        let form = Form::new()
            .set("id", id)
            .set("name", &params.name)
            .maybe("description", params.description.as_ref())
            .flag("active", params.active)
            .map("metadata", &params.metadata);
        match self.ask(Call::post("create_product", "/v1/products", form)).await {
            Err(refused) if refused.code() == Some("resource_already_exists") => self.load_product(id).await,
            outcome => outcome,
        }
    }

    /// Reads a product. Source: Stripe API, `GET /v1/products/{id}`.
    ///
    /// # Errors
    /// [`StripeError::is_missing`] when this account and mode do not have it.
    pub async fn load_product(&self, id: &str) -> Result<Product, StripeError> {
        let path = path_of("load_product", "products", id, "")?;
        self.ask(Call::get("load_product", path, Form::new())).await
    }

    /// Makes a product as `params` say. Source: Stripe API, `POST /v1/products/{id}`.
    ///
    /// # Errors
    /// See [`StripeError`]; repeating is harmless.
    pub async fn update_product(&self, id: &str, params: &ProductParams) -> Result<Product, StripeError> {
        let path = path_of("update_product", "products", id, "")?;
        let form = Form::new()
            .set("name", &params.name)
            .set("description", params.description.as_deref().unwrap_or_default())
            .flag("active", params.active)
            .map("metadata", &params.metadata);
        self.ask(Call::post("update_product", path, form)).await
    }

    /// The prices that have one of `lookup_keys`, archived ones too, in no particular order; ten names go into one request.
    /// Source: Stripe API, `GET /v1/prices`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn find_prices_by_lookup_keys<K: AsRef<str> + Sync>(
        &self,
        lookup_keys: &[K],
    ) -> Result<Vec<Price>, StripeError> {
        let mut prices = Vec::with_capacity(lookup_keys.len());
        for ten in lookup_keys.chunks(10) {
            let filter = Form::new().list("lookup_keys", ten);
            let page: Page<Price> = self.page("find_prices_by_lookup_keys", "/v1/prices", filter, None).await?;
            prices.extend(page.items);
        }
        Ok(prices)
    }

    /// Creates a recurring price and moves its lookup key to it. Source: Stripe API, `POST /v1/prices`.
    ///
    /// # Errors
    /// See [`StripeError`]; in doubt repeat with the same key, or look by the lookup key.
    pub async fn create_price(&self, price: &NewPrice, key: &str) -> Result<Price, StripeError> {
        self.ask(Call::keyed("create_price", "/v1/prices", price.form(), key)).await
    }

    /// Takes a price out of sale; subscriptions that have it keep it. Source: Stripe API, `POST /v1/prices/{id}`.
    ///
    /// # Errors
    /// See [`StripeError`]; repeating is harmless.
    pub async fn archive_price(&self, id: &str) -> Result<Price, StripeError> {
        let path = path_of("archive_price", "prices", id, "")?;
        self.ask(Call::post("archive_price", path, Form::new().flag("active", false))).await
    }
}
