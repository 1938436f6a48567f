//! What `givr smoke` needs beyond a customer's own rights: for accounts at a reserved domain only, in Stripe's test mode only.

use crate::app::App;
use crate::web::access::SmokeToken;
use crate::web::api_json::ApiJson;
use crate::web::errors::{ApiError, Problem, Public, no_store};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::ids::{OrderId, ServiceId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use store::operations::{self, OperationKind};
use store::services::Service;
use store::{Db, StoreError, accounts, orders, services};
use utoipa::ToSchema;

/// Which account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirm {
    /// An address at the reserved domain.
    #[schema(example = "probe@smoke.invalid")]
    email: String,
}

/// Which order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderRef {
    /// An order of a smoke customer.
    #[schema(pattern = "^ord_[0-9a-f]{32}$")]
    order_id: String,
}

/// Which service.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceRef {
    /// A service of a smoke customer.
    #[schema(pattern = "^svc_[0-9a-f]{32}$")]
    service_id: String,
}

/// What is needed to pay an order through Stripe's API, as a hosted page cannot be paid by program.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Bill {
    /// Stripe's id of the customer.
    customer: String,
    /// Stripe's ids of the prices.
    prices: Vec<String>,
    /// What the subscription's metadata has to say.
    metadata: BTreeMap<String, String>,
}

/// Proves the address of a smoke customer, whose mail nobody reads
#[utoipa::path(post, path = "/api/v1/smoke/confirm", tag = "smoke", request_body = Confirm, responses(
    (status = 204, description = "Proven"),
    (status = 401, description = "No smoke token, or real money moves here", body = Problem),
    (status = 404, description = "No such smoke customer", body = Problem)))]
pub(super) async fn confirm(
    State(app): State<App>,
    _: SmokeToken,
    ApiJson(form): ApiJson<Confirm>,
) -> Result<StatusCode, ApiError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let account = accounts::find_by_email(&mut tx, &form.email).await?.filter(|account| account.smoke);
    let Some(account) = account else { return Err(ApiError(Public::not_found())) };
    accounts::verify_email(&mut tx, &account.id, now).await?;
    store::audit::record(&mut tx, &app.id(), "smoke", "confirm", account.id.as_str(), &json!({}), now).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is needed to pay a smoke customer's order
#[utoipa::path(post, path = "/api/v1/smoke/bill", tag = "smoke", request_body = OrderRef, responses(
    (status = 200, description = "The bill", body = Bill),
    (status = 401, description = "No smoke token, or real money moves here", body = Problem),
    (status = 404, description = "No such order of a smoke customer", body = Problem)))]
pub(super) async fn bill(
    State(app): State<App>,
    _: SmokeToken,
    ApiJson(form): ApiJson<OrderRef>,
) -> Result<Response, ApiError> {
    let mut db = app.store.read().await?;
    let missing = || ApiError(Public::not_found());
    let id = OrderId::parse(&form.order_id).map_err(|_| missing())?;
    let purchase = orders::find(&mut db, &id).await?.ok_or_else(missing)?;
    let account = accounts::find(&mut db, &purchase.order.customer).await?.filter(|account| account.smoke);
    let customer = account.and_then(|account| account.stripe_customer).ok_or_else(missing)?;
    let bill = Bill {
        customer,
        prices: purchase.snapshot.lines.iter().map(|line| line.price_id.clone()).collect(),
        metadata: BTreeMap::from([
            ("installation".to_owned(), app.installation.id.clone()),
            ("order_id".to_owned(), id.to_string()),
        ]),
    };
    Ok((no_store(), Json(bill)).into_response())
}

/// Ends a smoke customer's service: the subscription first, then the server
#[utoipa::path(post, path = "/api/v1/smoke/terminate", tag = "smoke", request_body = ServiceRef, responses(
    (status = 202, description = "It is being removed"),
    (status = 401, description = "No smoke token, or real money moves here", body = Problem),
    (status = 404, description = "No such service of a smoke customer", body = Problem)))]
pub(super) async fn terminate(
    State(app): State<App>,
    _: SmokeToken,
    ApiJson(form): ApiJson<ServiceRef>,
) -> Result<StatusCode, ApiError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let Some(service) = find_smoke(&mut tx, &form.service_id).await? else { return Err(ApiError(Public::not_found())) };
    store::audit::record(&mut tx, &app.id(), "smoke", "terminate", service.id.as_str(), &json!({}), now).await?;
    services::request_stop(&mut tx, &service.id, "smoke test", now).await?;
    let busy = operations::wake(&mut tx, &service.id, true, now).await?;
    if !busy && service.terminated_at.is_none() {
        operations::create(&mut tx, &app.id(), &service.id, OperationKind::Terminate, now).await?;
    }
    tx.commit().await?;
    app.nudge();
    Ok(StatusCode::ACCEPTED)
}

async fn find_smoke(db: &mut Db, id: &str) -> Result<Option<Service>, StoreError> {
    let Ok(id) = ServiceId::parse(id) else { return Ok(None) };
    let Some(service) = services::find(db, &id).await? else { return Ok(None) };
    let account = accounts::find(db, &service.customer).await?;
    Ok(account.filter(|account| account.smoke).map(|_| service))
}
