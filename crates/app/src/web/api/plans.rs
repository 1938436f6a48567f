//! What is for sale.

use crate::app::App;
use crate::sales::offer::PlanList;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

/// The plans that can be bought
#[utoipa::path(get, path = "/api/v1/plans", tag = "shop", responses((status = 200, description = "The plans", body = PlanList)))]
pub(super) async fn list_plans(State(app): State<App>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=30")];
    (headers, app.offer().plans_json.clone()).into_response()
}
