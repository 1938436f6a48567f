//! Stripe's webhooks: verify the raw bytes, store, answer. Nothing else happens here.

mod batch;

pub use batch::Inbox;

use crate::app::App;
use crate::web::registry::{Policy, Routes};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use billing::webhook::{self, Envelope, Shape, SignatureError};
use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use store::events::{NewEvent, Source};

/// Longest event that is taken.
const BODY: usize = 256 * 1024;

pub(super) fn routes(routes: Routes) -> Routes {
    let handler = post(stripe).layer(DefaultBodyLimit::max(BODY));
    routes.page(Method::POST, "/webhooks/stripe", Policy::Webhook, "Takes Stripe's events.", handler)
}

/// `POST /webhooks/stripe`: a valid signature is stored and answered with 200, whatever the event says; 5xx only when it could
/// not be stored, so that Stripe sends it again.
async fn stripe(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match webhook::verify(&body, signature, &app.config.stripe.webhook_secrets, app.now()) {
        Ok(()) => {}
        Err(SignatureError::NoSecret) => {
            tracing::error!("A webhook came, and stripe.webhook_secrets names no secret to check it with");
            metrics::counter!("givr_webhooks_total", "result" => "no_secret").increment(1);
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Err(error) => {
            tracing::warn!("A webhook was refused: {error}");
            metrics::counter!("givr_webhooks_total", "result" => "refused").increment(1);
            return (StatusCode::BAD_REQUEST, "signature not accepted\n").into_response();
        }
    }
    let envelope = Envelope::parse(&body);
    let event = NewEvent {
        id: envelope.key(&body).into_owned(),
        kind: match envelope.shape {
            Shape::Snapshot => envelope.kind().to_owned(),
            Shape::Thin | Shape::Unreadable => String::new(),
        },
        object_id: envelope.object_id.as_ref().map(ToString::to_string),
        live: envelope.live,
        created: envelope.created,
        body: webhook::storable_text(&body).into_owned(),
        source: Source::Webhook,
    };
    let created = event.created;
    match app.inbox.store(event).await {
        Ok(()) => {
            metrics::counter!("givr_webhooks_total", "result" => "stored").increment(1);
            if let Some(lag) =
                created.and_then(|at| Timestamp::from_second(at).ok()).map(|at| app.now().duration_since(at))
            {
                metrics::histogram!("givr_webhook_lag_seconds", "stage" => "stored").record(lag.as_secs_f64().max(0.0));
            }
            StatusCode::OK.into_response()
        }
        Err(error) => {
            tracing::error!("A webhook could not be stored: {error}");
            metrics::counter!("givr_webhooks_total", "result" => "failed").increment(1);
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
