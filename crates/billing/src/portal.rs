//! The billing portal: Stripe's pages where a customer changes the card or ends a subscription.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::Readable;
use crate::settings::Mode;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Wire {
    url: String,
}

struct Portal(String);

impl Readable for Portal {
    type Wire = Wire;
    fn read(wire: Wire, _: Mode) -> Result<Self, &'static str> {
        Ok(Self(wire.url))
    }
}

impl Stripe {
    /// Opens the portal for a customer and returns its address: whoever has it is that customer for a while, so it is made
    /// per click, never stored and never sent. Source: Stripe API, `POST /v1/billing_portal/sessions`.
    ///
    /// # Errors
    /// Refused with 400 while no portal configuration is saved in this mode of the account.
    pub async fn open_portal(&self, customer: &str, return_url: &str) -> Result<String, StripeError> {
        let form = Form::new().set("customer", customer).set("return_url", return_url);
        let portal: Portal = self.ask(Call::post("open_portal", "/v1/billing_portal/sessions", form)).await?;
        Ok(portal.0)
    }
}
