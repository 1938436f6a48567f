//! Buying by program.

use crate::app::App;
use crate::sales::checkout::{self, Request};
use crate::web::access::SignedIn;
use crate::web::api_json::ApiJson;
use crate::web::errors::{ApiError, Problem, no_store};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is to be bought.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Checkout {
    /// Names this purchase: the same key sent again is the same purchase, at most 64 characters. Without one each call is a new
    /// purchase.
    #[serde(default)]
    cart_key: Option<String>,
    /// The plan's id.
    plan_id: String,
    /// `monthly`, `quarterly`, `semiannual` or `yearly`.
    #[serde(default = "monthly")]
    term: String,
    /// The region's key; the first region with room if none is given.
    #[serde(default)]
    region: Option<String>,
    /// What the server will be called.
    server_name: String,
    /// Keys of add-ons.
    #[serde(default)]
    add_ons: Vec<String>,
    /// What the game needs from the customer, by key.
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    /// Keys of consents that the customer gave, such as `minecraft-eula`.
    #[serde(default)]
    consents: Vec<String>,
}

fn monthly() -> String {
    "monthly".to_owned()
}

/// A payment page that is open.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Opened {
    /// The order's id.
    order_id: String,
    /// Where the customer pays.
    payment_url: String,
}

/// Opens a payment page; capacity is held from now on
#[utoipa::path(post, path = "/api/v1/checkout", tag = "shop", request_body = Checkout, security(("token" = [])), responses(
    (status = 201, description = "The page is open", body = Opened),
    (status = 400, description = "The body is not JSON", body = Problem),
    (status = 401, description = "Not signed in", body = Problem),
    (status = 403, description = "The address is not proven", body = Problem),
    (status = 404, description = "No such plan is for sale", body = Problem),
    (status = 409, description = "Sold out, paid already, or too many unpaid orders", body = Problem),
    (status = 413, description = "The body is too long", body = Problem),
    (status = 415, description = "The body is not declared as JSON", body = Problem),
    (status = 422, description = "A field is not acceptable", body = Problem),
    (status = 503, description = "The payment page could not be opened", body = Problem)))]
pub(super) async fn open_checkout(
    State(app): State<App>,
    signed_in: SignedIn,
    ApiJson(form): ApiJson<Checkout>,
) -> Result<Response, ApiError> {
    let request = Request {
        cart_key: form.cart_key.unwrap_or_else(|| app.random.word(24)),
        plan: form.plan_id,
        term: form.term,
        region: form.region.unwrap_or_default(),
        server_name: form.server_name,
        add_ons: form.add_ons,
        inputs: form.inputs,
        consents: form.consents,
    };
    let opened = checkout::open(&app, &signed_in.account, &request).await?;
    let opened = Opened { order_id: opened.order.to_string(), payment_url: opened.url };
    Ok((StatusCode::CREATED, no_store(), Json(opened)).into_response())
}
