//! Webhook deliveries: signed, repeated until accepted, and spoiled on request.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, StatusCode, header};
use serde_json::json;

use super::dialect;
use super::faults::FaultKind;
use super::json::Read;
use super::signature;
use super::state::{Kind, State};

/// Sends one webhook and tells the status it was answered with, or why there was none.
pub type Deliver = Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Result<StatusCode, String>> + Send + Sync>;

/// Seconds from one attempt to the next; after the last one the delivery is given up.
const RETRY_AFTER: [i64; 8] = [5, 30, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
/// How long an old signing secret still signs after a rotation.
const ROTATION_SECONDS: i64 = 86_400;

/// One event on its way to one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    event: String,
    endpoint: String,
    due: i64,
    attempt: usize,
    spoils: Vec<FaultKind>,
}

impl Delivery {
    pub(crate) fn first(event: &str, endpoint: &str, wall: i64, faults: &[FaultKind]) -> Self {
        let delay =
            faults.iter().map(|fault| if let FaultKind::DelayWebhook { seconds } = fault { *seconds } else { 0 });
        let due = wall + delay.sum::<i64>();
        Self { event: event.to_owned(), endpoint: endpoint.to_owned(), due, attempt: 0, spoils: faults.to_vec() }
    }

    fn copies(&self) -> u32 {
        let copies = self.spoils.iter().find_map(|spoil| match spoil {
            FaultKind::DuplicateWebhook { copies } => Some((*copies).clamp(1, 100)),
            _ => None,
        });
        copies.unwrap_or(1)
    }
}

/// A signing secret, with the instant after which it no longer signs.
#[derive(Debug, Clone)]
struct Secret {
    value: String,
    until: Option<i64>,
}

/// The queue of deliveries and the endpoints' secrets.
#[derive(Debug, Default, Clone)]
pub(crate) struct Outbox {
    waiting: Vec<Delivery>,
    secrets: HashMap<String, Vec<Secret>>,
}

/// One prepared request with the delivery it belongs to.
pub(crate) struct Parcel {
    pub(crate) delivery: Delivery,
    pub(crate) requests: Vec<Request<Bytes>>,
}

impl Outbox {
    pub(crate) fn queue(&mut self, delivery: Delivery) {
        if !delivery.spoils.contains(&FaultKind::DropWebhook) {
            self.waiting.push(delivery);
        }
    }

    /// Deliveries not yet accepted nor given up.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn set_secret(&mut self, endpoint: &str, value: &str) {
        self.secrets.insert(endpoint.to_owned(), vec![Secret { value: value.to_owned(), until: None }]);
    }

    pub(crate) fn rotate(&mut self, endpoint: &str, value: &str, wall: i64) {
        let secrets = self.secrets.entry(endpoint.to_owned()).or_default();
        for secret in secrets.iter_mut().filter(|secret| secret.until.is_none()) {
            secret.until = Some(wall + ROTATION_SECONDS);
        }
        secrets.push(Secret { value: value.to_owned(), until: None });
    }

    pub(crate) fn forget(&mut self, endpoint: &str) {
        self.secrets.remove(endpoint);
        self.waiting.retain(|delivery| delivery.endpoint != endpoint);
    }

    fn secrets_of(&self, endpoint: &str, wall: i64) -> Vec<String> {
        let valid = |secret: &&Secret| secret.until.is_none_or(|until| wall < until);
        let known = self.secrets.get(endpoint).map_or(&[][..], Vec::as_slice);
        known.iter().filter(valid).map(|secret| secret.value.clone()).collect()
    }
}

impl State {
    /// Takes up to `limit` due deliveries off the queue, in order unless a fault shuffles them.
    pub(crate) fn take_due_deliveries(&mut self, limit: usize) -> Vec<Parcel> {
        let wall = self.wall;
        let waiting = std::mem::take(&mut self.outbox.waiting);
        let (mut due, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|delivery| delivery.due <= wall);
        if due.len() > 1 && self.faults.strike_order() {
            self.ids.shuffle(&mut due);
        }
        let rest = due.split_off(due.len().min(limit));
        self.outbox.waiting = rest.into_iter().chain(later).collect();
        due.into_iter().filter_map(|delivery| self.pack(delivery)).collect()
    }

    fn pack(&mut self, delivery: Delivery) -> Option<Parcel> {
        let endpoint = self.find(Kind::WebhookEndpoint, &delivery.endpoint)?;
        if endpoint.text("status") != Some("enabled") {
            return None;
        }
        let url = endpoint.text("url")?.to_owned();
        let version = endpoint.text("api_version").map(str::to_owned);
        let mut event = self.copy(Kind::Event, &delivery.event);
        if event.is_null() {
            return None;
        }
        dialect::speak(&mut event, version.as_deref(), self);
        let (mut timestamp, mut secrets) = (self.wall, self.outbox.secrets_of(&delivery.endpoint, self.wall));
        for spoil in &delivery.spoils {
            match spoil {
                FaultKind::WrongSignature => secrets = vec!["whsec_somebody_else".to_owned()],
                FaultKind::StaleSignature { seconds } => timestamp -= seconds,
                other => dialect::spoil(&mut event, other, self),
            }
        }
        let body = serde_json::to_vec_pretty(&event).unwrap_or_default();
        let signed = signature::header(&body, timestamp, &secrets);
        let request = || {
            Request::post(&url)
                .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
                .header(header::USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
                .header("stripe-signature", &signed)
                .body(Bytes::from(body.clone()))
                .ok()
        };
        let requests: Vec<_> = (0..delivery.copies()).filter_map(|_| request()).collect();
        (!requests.is_empty()).then_some(Parcel { delivery, requests })
    }

    /// Records what became of a delivery: done, or due again later with a fresh signature and unspoiled.
    pub(crate) fn settle_delivery(&mut self, delivery: Delivery, accepted: bool) {
        if accepted {
            self.edit(Kind::Event, &delivery.event, |event| {
                let left = event.int("pending_webhooks").unwrap_or(0).saturating_sub(1);
                event["pending_webhooks"] = json!(left.max(0));
            });
        } else if let Some(wait) = RETRY_AFTER.get(delivery.attempt) {
            let wait = (wait / i64::from(self.settings.speed.max(1))).max(1);
            let retry =
                Delivery { due: self.wall + wait, attempt: delivery.attempt + 1, spoils: Vec::new(), ..delivery };
            self.outbox.queue(retry);
        }
    }
}

/// Delivers over the network, without following redirects, and waits ten seconds for an answer.
///
/// The process must have installed a TLS provider before the first delivery.
pub(crate) fn over_the_network() -> Deliver {
    let client = std::sync::OnceLock::new();
    Arc::new(move |request: Request<Bytes>| {
        let client: Result<reqwest::Client, String> = client
            .get_or_init(|| {
                let builder = reqwest::Client::builder().timeout(Duration::from_secs(10));
                builder.redirect(reqwest::redirect::Policy::none()).build().map_err(|error| error.to_string())
            })
            .clone();
        Box::pin(async move {
            let client = client?;
            let request = reqwest::Request::try_from(request).map_err(|error| error.to_string())?;
            let answer = client.execute(request).await.map_err(|error| error.to_string())?;
            Ok(answer.status())
        })
    })
}
