//! `/support/tickets`: what somebody asked.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::SignedIn;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use crate::web::support::HERE;
use crate::web::support::view::{self, Word};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use store::tickets::{self, Ticket};

/// Most tickets on the page.
const LISTED: i64 = 200;

struct Row {
    href: String,
    subject: String,
    state: Word,
    category: Word,
    /// How long ago somebody wrote.
    written: String,
}

#[derive(Template)]
#[template(path = "web/support/list.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
}

/// `GET /support/tickets`
pub(super) async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, PageError> {
    let all = tickets::list_of(&mut *app.store.read().await?, &who.account.id, LISTED).await?;
    let now = app.now();
    let row = |ticket: Ticket| Row {
        href: format!("{HERE}/{}", ticket.id),
        state: view::state(ticket.status.state),
        category: view::category(ticket.category),
        written: texts::with("ticket-written", &[("ago", texts::ago(ticket.updated_at, now).into())]),
        subject: ticket.subject,
    };
    let frame = Frame::new(&app, Some(&who.account), HERE, t("tickets-title"));
    frame::show_private(StatusCode::OK, &ListPage { frame, rows: all.into_iter().map(row).collect() })
}
