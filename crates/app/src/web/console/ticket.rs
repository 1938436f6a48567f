//! One ticket, for staff: what was said, who the customer is, the answer, and where it stands.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::console::tickets::HERE;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::PageForm;
use crate::web::storefront::frame::{self, Frame};
use crate::web::support::acts::{self, LONGEST_TEXT};
use crate::web::support::view::{self, About, MOST_SHOWN, Said, Word};
use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::Permission;
use domain::ids::{AccountId, TicketId};
use domain::ticket::{Priority, State};
use http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeMap;
use store::accounts::{self, Account};
use store::tickets::{self, Message, Ticket};
use store::{Db, StoreError};

/// An answer.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Typed {
    text: String,
}

/// Where a ticket is to stand.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Standing {
    state: String,
    priority: String,
}

#[derive(Template)]
#[template(path = "web/console/ticket.html")]
struct TicketPage {
    frame: Frame,
    nav: Nav,
    id: String,
    subject: String,
    name: String,
    email: String,
    account: String,
    state: Word,
    category: Word,
    priority: Word,
    made: String,
    /// Until when a first answer is promised, while there is none.
    promised: Option<String>,
    about: Option<About>,
    messages: Vec<Said>,
    /// Whether the visitor may answer.
    helps: bool,
    states: [Word; State::ALL.len()],
    priorities: [Word; Priority::ALL.len()],
    longest_text: usize,
    /// What was typed and not taken.
    text: String,
    text_problem: Option<String>,
    problem: Option<String>,
}

/// What the page says about a form that was not taken.
#[derive(Default)]
struct Rejected {
    text: String,
    text_problem: Option<String>,
    problem: Option<String>,
}

/// `GET /console/tickets/{ticket}`
pub(super) async fn show(
    Shared(app): Shared<App>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    page(&app, &staff.account, &read_id(&id)?, Rejected::default()).await
}

fn read_id(id: &str) -> Result<TicketId, PageError> {
    TicketId::parse(id).map_err(|_| PageError::not_found())
}

async fn page(app: &App, visitor: &Account, id: &TicketId, rejected: Rejected) -> Result<Response, PageError> {
    let mut db = app.store.read().await?;
    let ticket = tickets::find(&mut db, id).await?.ok_or_else(PageError::not_found)?;
    let customer = accounts::find(&mut db, &ticket.account).await?.ok_or_else(PageError::not_found)?;
    let messages = tickets::list_messages(&mut db, id, MOST_SHOWN).await?;
    let names = names(&mut db, &messages).await?;
    drop(db);
    let said = |message: Message| {
        let who = names.get(&message.author).cloned().unwrap_or_default();
        Said::of(message, who)
    };
    let Ticket { status, category, priority, created_at, .. } = &ticket;
    let refused = rejected.text_problem.is_some() || rejected.problem.is_some();
    let page = TicketPage {
        frame: Frame::new(app, Some(visitor), "/console", ticket.subject.as_str()),
        nav: Nav::new(visitor.role, HERE),
        id: id.to_string(),
        subject: ticket.subject.clone(),
        name: customer.display_name,
        email: customer.email,
        account: customer.id.to_string(),
        state: view::queue_state(status.state),
        category: view::category(*category),
        priority: view::priority(*priority),
        made: texts::day_and_time(*created_at),
        promised: view::promised(&ticket).map(texts::day_and_time),
        about: About::of(app, &ticket),
        messages: messages.into_iter().map(said).collect(),
        helps: visitor.role.may(Permission::HelpCustomers),
        states: State::ALL.map(view::queue_state),
        priorities: Priority::ALL.map(view::priority),
        longest_text: LONGEST_TEXT,
        text: rejected.text,
        text_problem: rejected.text_problem,
        problem: rejected.problem,
    };
    frame::show_private(if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

/// What everybody who wrote is called.
async fn names(db: &mut Db, messages: &[Message]) -> Result<BTreeMap<AccountId, String>, StoreError> {
    let mut names = BTreeMap::new();
    for message in messages {
        if !names.contains_key(&message.author) {
            let account = accounts::find(db, &message.author).await?;
            names.insert(message.author.clone(), account.map(|one| one.display_name).unwrap_or_default());
        }
    }
    Ok(names)
}

fn back(id: &TicketId) -> Response {
    (no_store(), Redirect::to(&format!("{HERE}/{id}"))).into_response()
}

/// `POST /console/tickets/{ticket}/reply`
pub(super) async fn reply(
    Shared(app): Shared<App>,
    staff: Staff,
    Path(id): Path<String>,
    PageForm(typed): PageForm<Typed>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    let text = match acts::read_text(&typed.text) {
        Ok(text) => text,
        Err(problem) => {
            let rejected = Rejected { text: typed.text, text_problem: Some(problem), problem: None };
            return page(&app, &staff.account, &id, rejected).await;
        }
    };
    // Staff may always write: only a ticket that is gone refuses.
    acts::answer(&app, &staff.account, &id, text).await?.map_err(|_| PageError::not_found())?;
    Ok(back(&id))
}

/// `POST /console/tickets/{ticket}/set`
pub(super) async fn set(
    Shared(app): Shared<App>,
    staff: Staff,
    Path(id): Path<String>,
    PageForm(standing): PageForm<Standing>,
) -> Result<Response, PageError> {
    let id = read_id(&id)?;
    let (Some(state), Some(priority)) = (State::find(&standing.state), Priority::find(&standing.priority)) else {
        let rejected = Rejected { problem: Some(t("queue-problem-set").into_owned()), ..Rejected::default() };
        return page(&app, &staff.account, &id, rejected).await;
    };
    match acts::set(&app, &staff.account, &id, (state, priority)).await? {
        true => Ok(back(&id)),
        false => Err(PageError::not_found()),
    }
}
