//! Paying without a browser, for the smoke test only: a hosted page cannot be finished through the API, a subscription with a
//! test card can be made through it. This client refuses both calls unless its key is one of test mode.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{Identified, Readable, path_of};
use crate::settings::Mode;
use crate::subscriptions::Subscription;
use std::collections::BTreeMap;

/// A subscription that is paid at once with a card on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// `cus_…`
    pub customer: String,
    /// Price ids with quantities.
    pub lines: Vec<(String, u32)>,
    /// The metadata that the payment page would have put on the subscription.
    pub metadata: BTreeMap<String, String>,
    /// `pm_…`, attached to the customer.
    pub payment_method: String,
}

impl NewSubscription {
    fn form(&self) -> Form {
        let mut form = Form::new().set("customer", &self.customer);
        for (index, (price, quantity)) in self.lines.iter().enumerate() {
            form = form
                .set(&format!("items[{index}][price]"), price)
                .number(&format!("items[{index}][quantity]"), i64::from(*quantity));
        }
        form.map("metadata", &self.metadata)
            .set("default_payment_method", &self.payment_method)
            // A declined card leaves nothing behind.
            .set("payment_behavior", "error_if_incomplete")
    }
}

/// The id that attaching a card gave it.
struct Attached(String);

impl Readable for Attached {
    type Wire = Identified;
    fn read(wire: Identified, _: Mode) -> Result<Self, &'static str> {
        Ok(Self(wire.id))
    }
}

impl Stripe {
    /// Gives a customer a card and returns the card's id; `pm_card_visa` and its like are cards that exist in test mode.
    /// Source: Stripe API, `POST /v1/payment_methods/{id}/attach`.
    ///
    /// # Errors
    /// [`StripeError::NotSent`] unless this is test mode.
    pub async fn attach_payment_method(&self, card: &str, customer: &str, key: &str) -> Result<String, StripeError> {
        self.only_in_test_mode("attach_payment_method")?;
        let path = path_of("attach_payment_method", "payment_methods", card, "/attach")?;
        let form = Form::new().set("customer", customer);
        let attached: Attached = self.ask(Call::keyed("attach_payment_method", path, form, key)).await?;
        Ok(attached.0)
    }

    /// Subscribes a customer and charges the card at once. Source: Stripe API, `POST /v1/subscriptions`.
    ///
    /// # Errors
    /// [`StripeError::NotSent`] unless this is test mode; refused with 402 when the card is declined, and then nothing exists.
    pub async fn create_subscription(
        &self,
        subscription: &NewSubscription,
        key: &str,
    ) -> Result<Subscription, StripeError> {
        self.only_in_test_mode("create_subscription")?;
        self.ask(Call::keyed("create_subscription", "/v1/subscriptions", subscription.form(), key)).await
    }

    fn only_in_test_mode(&self, call: &'static str) -> Result<(), StripeError> {
        match self.mode() {
            Mode::Test => Ok(()),
            Mode::Live => Err(StripeError::NotSent { call, reason: "it is for keys of test mode only" }),
        }
    }
}
