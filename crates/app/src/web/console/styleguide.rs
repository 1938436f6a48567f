//! Every part that pages are made of, with its states: the living page of the design system. Its words are samples.

use crate::app::App;
use crate::texts::filters;
use crate::web::access::Staff;
use crate::web::assets;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

/// The colours, by what they are for.
const COLOURS: [(&str, &[&str]); 4] = [
    ("Grounds", &["paper", "surface", "sunk"]),
    ("Text and lines", &["ink", "soft", "line", "edge"]),
    ("The shop's own", &["brand", "brand-deep", "on-brand", "gold", "gold-wash"]),
    ("States", &["good", "good-wash", "warn", "warn-wash", "bad", "bad-wash"]),
];

/// The games with emblems of their own.
const EMBLEMS: [&str; 6] = ["minecraft", "rust", "ark", "factorio", "terraria", "any"];

#[derive(Template)]
#[template(path = "web/console/styleguide.html")]
struct StyleguidePage {
    frame: Frame,
}

/// `GET /styleguide`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let frame = Frame::new(&app, Some(&staff.account), "/console", "Style guide");
    frame::show_private(StatusCode::OK, &StyleguidePage { frame })
}
