//! `/support/tickets/new`: the form for a new ticket.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::SignedIn;
use crate::web::dashboard::words;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use crate::web::support::acts::{self, LONGEST_SUBJECT, LONGEST_TEXT, Question, Refused};
use crate::web::support::view::{self, Word};
use crate::web::support::{HERE, thread};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::{OrderId, ServiceId};
use domain::ticket::{Category, Priority};
use http::StatusCode;
use serde::Deserialize;
use store::accounts::Account;
use store::orders::{self, Purchase};
use store::services::{self, Service};
use store::tickets::Context;
use store::{Db, StoreError};

/// Most servers to choose from.
const LISTED: i64 = 200;

/// What the link to the form was about.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wish {
    service: String,
    order: String,
}

/// What was typed.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Typed {
    category: String,
    priority: String,
    about: String,
    subject: String,
    text: String,
}

/// What is wrong with it, by field.
#[derive(Default)]
struct Problems(Vec<(&'static str, String)>);

impl Problems {
    fn at(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, problem)| problem.as_str())
    }

    /// What was made of a field; what is wrong with it is remembered.
    fn take<T>(&mut self, field: &'static str, read: Result<T, String>) -> Option<T> {
        read.map_err(|problem| self.0.push((field, problem))).ok()
    }
}

/// A server or an order to choose.
struct Choice {
    id: String,
    label: String,
}

#[derive(Template)]
#[template(path = "web/support/new.html")]
struct NewPage {
    frame: Frame,
    typed: Typed,
    categories: [Word; Category::ALL.len()],
    priorities: [Word; Priority::ALL.len()],
    choices: Vec<Choice>,
    longest_subject: usize,
    longest_text: usize,
    problems: Problems,
    problem: Option<String>,
}

/// `GET /support/tickets/new`
pub(super) async fn show(
    State(app): State<App>,
    who: SignedIn,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    // Whoever comes from a server has trouble with it, most of the time.
    let about = if wish.service.is_empty() { wish.order } else { wish.service };
    let category = if about.is_empty() { Category::General } else { Category::Technical };
    let typed = Typed {
        category: category.key().to_owned(),
        priority: Priority::Normal.key().to_owned(),
        about,
        ..Typed::default()
    };
    page(&app, &who.account, typed, Problems::default(), None).await
}

async fn page(
    app: &App,
    account: &Account,
    typed: Typed,
    problems: Problems,
    refused: Option<Refused>,
) -> Result<Response, PageError> {
    let (status, problem) = match refused {
        Some(refused) => thread::told(refused, "ticket-problem-many"),
        None if problems.0.is_empty() => (StatusCode::OK, None),
        None => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let choices = choices(&mut *app.store.read().await?, account).await?;
    let page = NewPage {
        frame: Frame::new(app, Some(account), HERE, t("tickets-new")),
        typed: preselected(typed, &choices),
        categories: Category::ALL.map(view::category),
        priorities: Priority::ALL.map(view::priority),
        choices,
        longest_subject: LONGEST_SUBJECT,
        longest_text: LONGEST_TEXT,
        problems,
        problem,
    };
    frame::show_private(status, &page)
}

/// An order that has a server is chosen by it.
fn preselected(typed: Typed, choices: &[Choice]) -> Typed {
    let listed = |id: &str| choices.iter().any(|choice| choice.id == id);
    let service = OrderId::parse(&typed.about).map(|order| ServiceId::of_order(&order));
    match service {
        Ok(service) if !listed(&typed.about) && listed(service.as_str()) => Typed { about: service.into(), ..typed },
        _ => typed,
    }
}

/// What somebody can ask about: servers, and orders that have none.
async fn choices(db: &mut Db, account: &Account) -> Result<Vec<Choice>, StoreError> {
    let servers = services::list_of_customer(db, &account.id, LISTED).await?;
    let bought = orders::list_of_customer(db, &account.id).await?;
    let without_server = bought.iter().filter(|one| servers.iter().all(|server| server.order != one.order.id));
    let orders = without_server.map(|one| Choice { id: one.order.id.to_string(), label: order_label(one) });
    let of_server =
        |one: &Service| Choice { id: one.id.to_string(), label: format!("{} · {}", one.name, one.spec.label) };
    Ok(servers.iter().map(of_server).chain(orders).collect())
}

fn order_label(purchase: &Purchase) -> String {
    let made = texts::day_and_time(purchase.created_at);
    let snapshot = &purchase.snapshot;
    let values = [("server", snapshot.server_name.as_str().into()), ("plan", snapshot.label.as_str().into())];
    texts::with("ticket-about-order", &[&values[..], &[("date", made.into())]].concat())
}

/// The server or order that was chosen, as it is now. What is somebody else's looks like what is not there (A2).
async fn context(app: &App, account: &Account, about: &str) -> Result<Result<Option<Context>, String>, StoreError> {
    if about.is_empty() {
        return Ok(Ok(None));
    }
    let mut db = app.store.read().await?;
    let service = match ServiceId::parse(about) {
        Ok(id) => services::find_owned(&mut db, &id, &account.id).await?,
        Err(_) => None,
    };
    let order = match (&service, OrderId::parse(about)) {
        (Some(service), _) => Some(service.order.clone()),
        (None, Ok(id)) => Some(id),
        (None, Err(_)) => None,
    };
    let purchase = match order {
        Some(id) => orders::find_owned(&mut db, &id, &account.id).await?,
        None => None,
    };
    let Some(purchase) = purchase else { return Ok(Err(t("ticket-problem-about").into_owned())) };
    let service = match service {
        Some(service) => Some(service),
        None => services::find_by_order(&mut db, &purchase.order.id).await?,
    };
    let word = match &service {
        Some(service) => words::with_order(service, &purchase.order.state, app.now()),
        None => words::of_order(&purchase.order.state),
    };
    Ok(Ok(Some(Context {
        name: service.as_ref().map_or(&purchase.snapshot.server_name, |service| &service.name).clone(),
        service: service.map(|service| service.id),
        order: purchase.order.id,
        label: purchase.snapshot.label,
        game: purchase.snapshot.game,
        region: purchase.region.to_string(),
        state: word.key.to_owned(),
        state_label: word.label.into_owned(),
    })))
}

/// `POST /support/tickets/new`
pub(super) async fn open(
    State(app): State<App>,
    who: SignedIn,
    PageForm(typed): PageForm<Typed>,
) -> Result<Response, PageError> {
    let mut problems = Problems::default();
    let chosen = |key: &'static str| move || t(key).into_owned();
    let category = Category::find(&typed.category).ok_or_else(chosen("ticket-problem-category"));
    let category = problems.take("category", category);
    let priority = Priority::find(&typed.priority).ok_or_else(chosen("ticket-problem-priority"));
    let priority = problems.take("priority", priority);
    let context = problems.take("about", context(&app, &who.account, &typed.about).await?);
    let subject = problems.take("subject", acts::read_subject(&typed.subject));
    let text = problems.take("text", acts::read_text(&typed.text));
    let (Some(category), Some(priority), Some(context), Some(subject), Some(text)) =
        (category, priority, context, subject, text)
    else {
        return page(&app, &who.account, typed, problems, None).await;
    };
    let question = Question { category, priority, subject, text, context };
    match acts::open(&app, &who.account, question).await? {
        Ok(id) => Ok((no_store(), Redirect::to(&format!("{HERE}/{id}"))).into_response()),
        Err(Refused::Gone) => Err(PageError::not_found()),
        Err(refused) => page(&app, &who.account, typed, problems, Some(refused)).await,
    }
}
