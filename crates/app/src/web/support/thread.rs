//! `/support/tickets/{ticket}`: the conversation.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::PageForm;
use crate::web::storefront::frame::{self, Frame};
use crate::web::support::HERE;
use crate::web::support::acts::{self, LONGEST_TEXT, Refused};
use crate::web::support::view::{self, About, MOST_SHOWN, Said, Word};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ticket;
use http::StatusCode;
use serde::Deserialize;
use store::accounts::Account;
use store::tickets::{self, Message, Ticket};

/// What was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    text: String,
}

#[derive(Template)]
#[template(path = "web/support/thread.html")]
struct ThreadPage {
    frame: Frame,
    id: String,
    subject: String,
    state: Word,
    category: Word,
    priority: Word,
    made: String,
    /// Until when a first answer is promised, while there is none.
    promised: Option<String>,
    about: Option<About>,
    messages: Vec<Said>,
    closed: bool,
    /// Whether the customer may write.
    writable: bool,
    longest_text: usize,
    /// What was typed and not taken.
    text: String,
    text_problem: Option<String>,
    problem: Option<String>,
}

/// Why nothing was written, as the customer reads it. `too_much` is the text for whoever wrote very much.
pub(super) fn told(refused: Refused, too_much: &str) -> (StatusCode, Option<String>) {
    match refused {
        Refused::TooMuch(until) => {
            let text = texts::with(too_much, &[("time", texts::day_and_time(until).into())]);
            (StatusCode::TOO_MANY_REQUESTS, Some(text))
        }
        Refused::ClosedForGood => (StatusCode::CONFLICT, Some(t("ticket-closed-for-good").into_owned())),
        Refused::Gone => (StatusCode::NOT_FOUND, None),
    }
}

/// What the page says about a message that was not taken.
#[derive(Default)]
struct Rejected {
    text: String,
    text_problem: Option<String>,
    refused: Option<Refused>,
}

/// `GET /support/tickets/{ticket}`
pub(super) async fn show(State(app): State<App>, who: SignedIn, ticket: Owned<Ticket>) -> Result<Response, PageError> {
    page(&app, &who.account, &ticket, Rejected::default()).await
}

async fn page(app: &App, account: &Account, ticket: &Ticket, rejected: Rejected) -> Result<Response, PageError> {
    let messages = tickets::list_messages(&mut *app.store.read().await?, &ticket.id, MOST_SHOWN).await?;
    let (us, you) =
        (texts::with("ticket-by-us", &[("shop", app.config.site.name.as_str().into())]), t("ticket-by-you"));
    let said = |message: Message| {
        let who = if message.staff { us.clone() } else { you.clone().into_owned() };
        Said::of(message, who)
    };
    let (status, problem) = match rejected.refused {
        // The page says so by itself.
        Some(Refused::ClosedForGood) => (StatusCode::CONFLICT, None),
        Some(refused) => told(refused, "ticket-problem-many-messages"),
        None if rejected.text_problem.is_some() => (StatusCode::UNPROCESSABLE_ENTITY, None),
        None => (StatusCode::OK, None),
    };
    let page = ThreadPage {
        frame: Frame::new(app, Some(account), HERE, ticket.subject.as_str()),
        id: ticket.id.to_string(),
        subject: ticket.subject.clone(),
        state: view::state(ticket.status.state),
        category: view::category(ticket.category),
        priority: view::priority(ticket.priority),
        made: texts::day_and_time(ticket.created_at),
        promised: view::promised(ticket).map(texts::day_and_time),
        about: About::of(app, ticket),
        messages: messages.into_iter().map(said).collect(),
        closed: ticket.status.state == ticket::State::Closed,
        writable: ticket.status.reopens(app.now()),
        longest_text: LONGEST_TEXT,
        text: rejected.text,
        text_problem: rejected.text_problem,
        problem,
    };
    frame::show_private(status, &page)
}

fn back(ticket: &Ticket) -> Response {
    (no_store(), Redirect::to(&format!("{HERE}/{}", ticket.id))).into_response()
}

/// `POST /support/tickets/{ticket}`
pub(super) async fn reply(
    State(app): State<App>,
    who: SignedIn,
    ticket: Owned<Ticket>,
    PageForm(typed): PageForm<Typed>,
) -> Result<Response, PageError> {
    let text = match acts::read_text(&typed.text) {
        Ok(text) => text,
        Err(problem) => {
            let rejected = Rejected { text: typed.text, text_problem: Some(problem), refused: None };
            return page(&app, &who.account, &ticket, rejected).await;
        }
    };
    match acts::write(&app, &who.account, &ticket.id, text).await? {
        Ok(()) => Ok(back(&ticket)),
        Err(Refused::Gone) => Err(PageError::not_found()),
        Err(refused) => {
            let rejected = Rejected { text: typed.text, text_problem: None, refused: Some(refused) };
            page(&app, &who.account, &ticket, rejected).await
        }
    }
}

/// `POST /support/tickets/{ticket}/close`
pub(super) async fn close(State(app): State<App>, ticket: Owned<Ticket>) -> Result<Response, PageError> {
    match acts::close(&app, &ticket.id).await? {
        true => Ok(back(&ticket)),
        false => Err(PageError::not_found()),
    }
}
