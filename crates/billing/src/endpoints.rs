//! Webhook endpoints: where Stripe sends its events.

use crate::API_VERSION;
use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::read::{Listed, Readable, live, path_of};
use crate::settings::Mode;
use secrecy::SecretString;
use serde::Deserialize;

/// An endpoint, as it is told to Stripe. It gets events in [`API_VERSION`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhookEndpoint {
    /// Where events go.
    pub url: String,
    /// Which kinds of events.
    pub events: Vec<String>,
    /// A remark for whoever looks at the account.
    pub description: String,
}

/// An endpoint at Stripe.
#[derive(Debug, Clone)]
pub struct WebhookEndpoint {
    /// `we_…`
    pub id: String,
    /// Where events go.
    pub url: String,
    /// Which kinds of events; `*` is all.
    pub events: Vec<String>,
    /// In which version events are written; `None` is the account's.
    pub api_version: Option<String>,
    /// Whether events are sent.
    pub enabled: bool,
    /// What events are signed with: told once, by the call that creates the endpoint.
    pub secret: Option<SecretString>,
    /// Whether it belongs to live mode.
    pub live: bool,
}

#[derive(Deserialize)]
pub(crate) struct Wire {
    id: String,
    url: Option<String>,
    enabled_events: Option<Vec<String>>,
    api_version: Option<String>,
    status: Option<String>,
    secret: Option<SecretString>,
    livemode: Option<bool>,
}

impl Readable for WebhookEndpoint {
    type Wire = Wire;
    fn read(wire: Wire, mode: Mode) -> Result<Self, &'static str> {
        Ok(Self {
            id: wire.id,
            url: wire.url.unwrap_or_default(),
            events: wire.enabled_events.unwrap_or_default(),
            api_version: wire.api_version,
            enabled: wire.status.as_deref() == Some("enabled"),
            secret: wire.secret,
            live: live(wire.livemode, mode),
        })
    }
}

impl Listed for WebhookEndpoint {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Stripe {
    /// All endpoints of the account in this mode. Two with one address mean every event twice, under two secrets: look
    /// before creating one. Source: Stripe API, `GET /v1/webhook_endpoints`.
    ///
    /// # Errors
    /// See [`StripeError`].
    pub async fn list_webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, StripeError> {
        self.all("list_webhook_endpoints", "/v1/webhook_endpoints", Form::new()).await
    }

    /// Creates an endpoint; only this answer holds the signing secret. Source: Stripe API, `POST /v1/webhook_endpoints`.
    ///
    /// # Errors
    /// See [`StripeError`]; in doubt repeat with the same key, which also brings the secret.
    pub async fn create_webhook_endpoint(
        &self,
        endpoint: &NewWebhookEndpoint,
        key: &str,
    ) -> Result<WebhookEndpoint, StripeError> {
        let form = Form::new()
            .set("url", &endpoint.url)
            .list("enabled_events", &endpoint.events)
            .set("api_version", API_VERSION)
            .set("description", &endpoint.description);
        self.ask(Call::keyed("create_webhook_endpoint", "/v1/webhook_endpoints", form, key)).await
    }

    /// Switches an endpoint on, with these kinds of events. Address, version and secret stay as they are.
    /// Source: Stripe API, `POST /v1/webhook_endpoints/{id}`.
    ///
    /// # Errors
    /// See [`StripeError`]; repeating is harmless.
    pub async fn update_webhook_endpoint(&self, id: &str, events: &[String]) -> Result<WebhookEndpoint, StripeError> {
        let path = path_of("update_webhook_endpoint", "webhook_endpoints", id, "")?;
        let form = Form::new().list("enabled_events", events).flag("disabled", false);
        self.ask(Call::post("update_webhook_endpoint", path, form)).await
    }
}
