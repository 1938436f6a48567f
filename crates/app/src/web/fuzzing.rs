//! Ways in for the fuzz targets: the readers of what browsers and API clients send.

use crate::app::App;
use crate::sales::cart;
use crate::sales::checkout::Request;
use crate::web::account::{flow, next};
use crate::web::api::checkout::Checkout;
use crate::web::cookies;
use crate::web::storefront::configuration::Configuration;
use http::HeaderMap;

/// Where signing in leads.
pub fn after_sign_in(wish: &str) -> &str {
    next::after_sign_in(wish)
}

/// The value of the session cookie.
pub fn session_cookie<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    cookies::session(app, headers)
}

/// A checkout form as a request, and the fields that carry it on.
pub fn checkout_form(fields: &[(String, String)]) -> (Request, Vec<(String, String)>) {
    let configuration = Configuration::from_fields(fields);
    let carried = configuration.fields();
    (configuration.0, carried)
}

/// Whether the body of a checkout by program can be read.
pub fn is_checkout_body(body: &[u8]) -> bool {
    axum::Json::<Checkout>::from_bytes(body).is_ok()
}

/// A person's name as it would be kept.
pub fn person_name(name: &str, email: &str) -> Option<String> {
    flow::check_name(name, email).ok()
}

/// Whether a server may be called this.
pub fn is_server_name(name: &str) -> bool {
    cart::check_name(name).is_ok()
}
