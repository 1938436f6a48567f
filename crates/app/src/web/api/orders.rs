//! Orders by program.

use crate::app::App;
use crate::sales::cancel;
use crate::texts::t;
use crate::web::access::Owned;
use crate::web::dashboard::words;
use crate::web::errors::{ApiError, Problem, Public, no_store};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use store::orders::Purchase;
use store::{services, timeline};
use utoipa::ToSchema;

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderView {
    /// Its id.
    #[schema(pattern = "^ord_[0-9a-f]{32}$")]
    id: String,
    /// Where the money stands.
    #[schema(pattern = "^(reserved|checkout_open|settling|expired|paid|fulfilled|refund_due|refunded)$")]
    state: &'static str,
    /// What was bought.
    plan: String,
    /// What it costs, in minor units.
    #[schema(minimum = 0)]
    amount_minor: i64,
    /// Of which currency.
    #[schema(pattern = "^[a-z]{3}$")]
    currency: String,
    /// The service that it paid for, once it is paid.
    #[schema(pattern = "^svc_[0-9a-f]{32}$")]
    service_id: Option<String>,
    /// What happened, oldest first.
    timeline: Vec<Entry>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    /// When, as RFC 3339.
    #[schema(format = DateTime)]
    at: String,
    /// What, and what is known about it.
    #[schema(value_type = Object)]
    what: serde_json::Value,
}

/// An order and what happened to it
#[utoipa::path(get, path = "/api/v1/orders/{order}", tag = "shop", params(
    ("order" = String, Path, description = "The order's id", pattern = "^ord_[0-9a-f]{32}$")), responses(
    (status = 200, description = "The order", body = OrderView)))]
pub(super) async fn show_order(State(app): State<App>, order: Owned<Purchase>) -> Result<Response, ApiError> {
    let mut db = app.store.read().await?;
    let entries = timeline::list(&mut db, &order.order.id).await?;
    let service = services::find_by_order(&mut db, &order.order.id).await?;
    let entry = |entry: timeline::Entry| Entry {
        at: entry.at.to_string(),
        what: serde_json::to_value(entry.what.for_customer()).unwrap_or_default(),
    };
    let view = OrderView {
        id: order.order.id.to_string(),
        state: order.order.state.key(),
        plan: order.plan.to_string(),
        amount_minor: order.order.price.minor,
        currency: order.order.price.currency.code().to_owned(),
        service_id: service.map(|service| service.id.to_string()),
        timeline: entries.into_iter().map(entry).collect(),
    };
    Ok((no_store(), Json(view)).into_response())
}

/// Cancels an order whose server is not ready
#[utoipa::path(post, path = "/api/v1/orders/{order}/cancel", tag = "shop",
    params(("order" = String, Path, description = "The order's id", pattern = "^ord_[0-9a-f]{32}$")), responses(
    (status = 202, description = "It is being cancelled; money that was paid goes back"),
    (status = 409, description = "Nothing was cancelled: `code` is `delivered`, `settling` or `paid_meanwhile`", body = Problem)))]
pub(super) async fn cancel_order(State(app): State<App>, order: Owned<Purchase>) -> Result<StatusCode, ApiError> {
    match words::not_cancelled(cancel::cancel(&app, &order).await?) {
        None => Ok(StatusCode::ACCEPTED),
        Some((code, text)) => Err(ApiError(Public::new(StatusCode::CONFLICT, code, t("order-not-cancelled"), text))),
    }
}
