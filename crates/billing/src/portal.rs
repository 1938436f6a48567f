//! The billing portal: Stripe's pages where a customer changes the card or ends a subscription.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{Listed, Readable};
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

/// What customers may do in the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalSettings {
    /// `bpc_…`
    pub id: String,
    /// Whether they may choose another plan there.
    pub changes_plans: bool,
}

#[derive(Deserialize)]
pub(crate) struct WireSettings {
    id: String,
    features: Option<WireFeatures>,
}

#[derive(Deserialize)]
struct WireFeatures {
    subscription_update: Option<WireFeature>,
}

#[derive(Deserialize)]
struct WireFeature {
    enabled: Option<bool>,
}

impl Readable for PortalSettings {
    type Wire = WireSettings;
    fn read(wire: WireSettings, _: Mode) -> Result<Self, &'static str> {
        let update = wire.features.and_then(|features| features.subscription_update);
        Ok(Self { id: wire.id, changes_plans: update.and_then(|update| update.enabled) == Some(true) })
    }
}

impl Listed for PortalSettings {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// The settings with which the portal opens; `None` while nobody has saved any in this mode. Source: Stripe API,
    /// `GET /v1/billing_portal/configurations`.
    ///
    /// # Errors
    /// Refused with 403 when the key may not read them.
    pub async fn find_portal_settings(&self) -> Result<Option<PortalSettings>, StripeError> {
        let usual = Form::new().set("active", "true").set("is_default", "true");
        Ok(self.all("find_portal_settings", "/v1/billing_portal/configurations", usual).await?.pop())
    }

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
