//! Buying by program.

use crate::app::App;
use crate::sales::checkout::{self, Request};
use crate::web::access::SignedIn;
use crate::web::api_json::ApiJson;
use crate::web::errors::{ApiError, Problem, no_store};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::catalogue::Term;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// What is to be bought.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Checkout {
    /// Names this purchase: the same key sent again is the same purchase, at most 64 characters. Without one each call is a new
    /// purchase.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, example = "cart-of-ada-1")]
    cart_key: Option<String>,
    /// The plan's id.
    #[schema(example = "minecraft-paper-4g")]
    plan_id: String,
    /// `monthly`, `quarterly`, `semiannual` or `yearly`.
    #[serde(default = "monthly")]
    #[schema(schema_with = terms)]
    term: String,
    /// The region's key; the first region with room if none is given.
    #[serde(default)]
    region: Option<String>,
    /// What the server will be called.
    #[schema(
        min_length = 3,
        max_length = 40,
        pattern = r#"^[^\s\x00-\x1f\x7f-\x9f<>"'`\\{}$;,][^\x00-\x1f\x7f-\x9f<>"'`\\{}$;,]*[^\s\x00-\x1f\x7f-\x9f<>"'`\\{}$;,]$"#,
        example = "Castle of Ada"
    )]
    server_name: String,
    /// Keys of add-ons.
    #[serde(default)]
    add_ons: Vec<String>,
    /// What the game needs from the customer, by key.
    #[serde(default)]
    inputs: BTreeMap<String, String>,
    /// Keys of consents that the customer gave, such as `minecraft-eula`.
    #[serde(default)]
    #[schema(example = json!(["minecraft-eula"]))]
    consents: Vec<String>,
}

fn terms() -> Object {
    let terms = Term::ALL.map(Term::key);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(terms)).default(Some(json!(monthly()))).build()
}

fn monthly() -> String {
    "monthly".to_owned()
}

/// A payment page that is open.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Opened {
    /// The order's id.
    #[schema(pattern = "^ord_[0-9a-f]{32}$")]
    order_id: String,
    /// Where the customer pays.
    #[schema(format = "uri")]
    payment_url: String,
}

/// Opens a payment page; capacity is held from now on
#[utoipa::path(post, path = "/api/v1/checkout", tag = "shop", request_body = Checkout, responses(
    (status = 201, description = "The page is open", body = Opened,
        links(("show" = (operation_id = "show_order", parameters(("order" = "$response.body#/order_id")))),
            ("cancel" = (operation_id = "cancel_order", parameters(("order" = "$response.body#/order_id")))))),
    (status = 403, description = "The address is not proven", body = Problem),
    (status = 404, description = "No such plan is for sale", body = Problem),
    (status = 409, description = "Sold out, paid already, or too many unpaid orders", body = Problem),
    (status = 422, description = "A field is not acceptable", body = Problem),
    (status = 503, description = "The payment page could not be opened, or the shop is paused", body = Problem)))]
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
