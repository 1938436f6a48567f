//! Customers: one per account of ours, created once and reused.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{Listed, Readable, WireMetadata, path_of};
use crate::settings::Mode;
use http::Method;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What we tell Stripe about a customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerParams {
    /// Where Stripe sends receipts; `None` leaves it as it is.
    pub email: Option<String>,
    /// The name on invoices; `None` leaves it as it is.
    pub name: Option<String>,
    /// Merged by key into what is there; an empty value removes the key.
    pub metadata: BTreeMap<String, String>,
}

impl CustomerParams {
    fn form(&self) -> Form {
        Form::new()
            .maybe("email", self.email.as_ref())
            .maybe("name", self.name.as_ref())
            .map("metadata", &self.metadata)
    }
}

/// A customer at Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// `cus_…`
    pub id: String,
    /// Ours.
    pub metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(crate) struct Wire {
    id: String,
    metadata: WireMetadata,
}

impl Readable for Customer {
    type Wire = Wire;
    fn read(wire: Wire, _: Mode) -> Result<Self, &'static str> {
        Ok(Self { id: wire.id, metadata: wire.metadata.unwrap_or_default() })
    }
}

impl Listed for Customer {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// Creates a customer. Source: Stripe API, `POST /v1/customers`.
    ///
    /// # Errors
    /// See [`StripeError`]; in doubt repeat with the same key.
    pub async fn create_customer(&self, params: &CustomerParams, key: &str) -> Result<Customer, StripeError> {
        self.ask(Call::keyed("create_customer", "/v1/customers", params.form(), key)).await
    }

    /// Customers with this address, the newest hundred; Stripe lets many share one, and compares the case of letters. Source: Stripe
    /// API, `GET /v1/customers`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn list_customers(&self, email: &str) -> Result<Vec<Customer>, StripeError> {
        let filter = Form::new().set("email", email);
        Ok(self.page("list_customers", "/v1/customers", filter, None).await?.items)
    }

    /// Changes what `params` names. Source: Stripe API, `POST /v1/customers/{id}`.
    ///
    /// # Errors
    /// See [`StripeError`]; repeating is harmless.
    pub async fn update_customer(&self, id: &str, params: &CustomerParams) -> Result<Customer, StripeError> {
        let path = path_of("update_customer", "customers", id, "")?;
        self.ask(Call::post("update_customer", path, params.form())).await
    }

    /// Deletes a customer; one that is gone already counts as deleted. Its payments stay, its subscriptions end.
    /// Source: Stripe API, `DELETE /v1/customers/{id}`.
    ///
    /// # Errors
    /// See [`StripeError`]; repeating is harmless.
    pub async fn delete_customer(&self, id: &str) -> Result<(), StripeError> {
        let path = path_of("delete_customer", "customers", id, "")?;
        let call = Call { method: Method::DELETE, ..Call::post("delete_customer", path, Form::new()) };
        match self.ask::<Customer>(call).await {
            Err(error) if !error.is_missing() => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
