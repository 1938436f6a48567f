//! Finds things by whatever somebody has in hand. What is found once is shown at once.

use crate::app::App;
use crate::desk::find::{self, Hit};
use crate::texts::{filters, t};
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Permission;
use http::StatusCode;
use serde::Deserialize;
use std::borrow::Cow;

/// The longest text that is looked for, in characters.
const LONGEST: usize = 200;

/// What is looked for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wish {
    q: String,
}

struct Found {
    href: String,
    kind: Cow<'static, str>,
    id: String,
}

#[derive(Template)]
#[template(path = "web/console/find.html")]
struct FindPage {
    frame: Frame,
    nav: Nav,
    text: String,
    found: Vec<Found>,
}

/// `GET /console/find`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let text: String = wish.q.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let sees = staff.account.role.may(Permission::SeeCustomers);
    let hits = if text.trim().is_empty() { Vec::new() } else { find::find(&app, &text, sees).await? };
    if let [only] = hits.as_slice() {
        return Ok((no_store(), Redirect::to(&href(only))).into_response());
    }
    let page = FindPage {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("find-title")),
        nav: Nav::new(staff.account.role, ""),
        found: hits
            .into_iter()
            .map(|hit| Found { href: href(&hit), kind: t(&format!("find-{}", hit.kind)), id: hit.id })
            .collect(),
        text,
    };
    frame::show_private(StatusCode::OK, &page)
}

fn href(hit: &Hit) -> String {
    let id: String = form_urlencoded::byte_serialize(hit.id.as_bytes()).collect();
    format!("/console/{}s/{id}", hit.kind)
}
