//! Seeing the shop as a customer does: the reason before, and the way out.

use crate::app::App;
use crate::desk::acts::{LONGEST_REASON, Reason};
use crate::texts::{filters, t};
use crate::web::access::{Current, Staff};
use crate::web::console::customers;
use crate::web::console::nav::Nav;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::PageForm;
use crate::web::storefront::frame::{self, Frame};
use crate::web::viewing::{self, End, LASTS, Viewing};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use serde::Deserialize;
use store::accounts::Account;
use store::views::{View, Whose};

#[derive(Template)]
#[template(path = "web/console/view.html")]
struct ViewPage {
    frame: Frame,
    nav: Nav,
    id: String,
    name: String,
    minutes: i64,
    reason: String,
    longest_reason: usize,
    problem: Option<String>,
}

/// What was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ReasonForm {
    reason: String,
}

/// `GET /console/customers/{customer}/view`
pub(super) async fn show(State(app): State<App>, staff: Staff, Path(id): Path<String>) -> Result<Response, PageError> {
    let customer = super::customer::find_proven(&app, &id).await?;
    page(&app, &staff, &customer, StatusCode::OK, String::new(), None)
}

fn page(
    app: &App,
    staff: &Staff,
    customer: &Account,
    status: StatusCode,
    reason: String,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let page = ViewPage {
        frame: Frame::new(app, Some(&staff.account), "/console", t("view-title")),
        nav: Nav::new(staff.account.role, customers::HERE),
        id: customer.id.to_string(),
        name: customer.display_name.clone(),
        minutes: LASTS.as_mins(),
        reason,
        longest_reason: LONGEST_REASON,
        problem,
    };
    frame::show_private(status, &page)
}

/// `POST /console/customers/{customer}/view`
pub(super) async fn begin(
    State(app): State<App>,
    staff: Staff,
    session: Current,
    Path(id): Path<String>,
    PageForm(form): PageForm<ReasonForm>,
) -> Result<Response, PageError> {
    let customer = super::customer::find_proven(&app, &id).await?;
    let reason = match Reason::read(&form.reason) {
        Ok(reason) => reason,
        Err(problem) => {
            return page(&app, &staff, &customer, StatusCode::UNPROCESSABLE_ENTITY, form.reason, Some(problem));
        }
    };
    let now = app.now();
    let view = View {
        id: app.id(),
        session: session.id.clone(),
        staff: staff.account.id,
        customer: customer.id,
        began_at: now,
        until: now + LASTS,
        ended_at: None,
    };
    let mut tx = app.store.begin().await?;
    viewing::begin(&app, &mut tx, &view, reason.as_str()).await?;
    tx.commit().await?;
    Ok((no_store(), Redirect::to("/servers")).into_response())
}

/// `POST /console/view/end`
pub(super) async fn end(State(app): State<App>, viewing: Viewing) -> Result<Response, PageError> {
    let mut tx = app.store.begin().await?;
    viewing::end(&app, &mut tx, Whose::Session(&viewing.view.session), End::ByHand).await?;
    tx.commit().await?;
    Ok((no_store(), Redirect::to(&format!("{}/{}", customers::HERE, viewing.customer.id))).into_response())
}
