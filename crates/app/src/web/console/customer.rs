//! A customer, with everything that belongs to them on one page, and what staff wrote down about them.

use crate::app::App;
use crate::desk::acts::Kind;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::acts::{Done, place};
use crate::web::console::customers;
use crate::web::console::list::Row;
use crate::web::console::nav::Nav;
use crate::web::console::{orders, outbox, services, tickets};
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use crate::web::support::{acts, view};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::access::{Permission, Role};
use domain::ids::AccountId;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use store::accounts::Account;
use store::factors::{self, Factors};
use store::notes::{self, Note};
use store::orders::Purchase;
use store::outbox::Which;
use store::tickets::Ticket;
use store::{accounts, audit, personal};

/// Rows of one kind that are shown.
const MOST: i64 = 50;
/// The longest note, in characters.
const LONGEST: usize = 2000;

struct Noted {
    text: String,
    author: String,
    when: String,
}

/// Rows of one kind, under a heading.
struct Group {
    id: &'static str,
    heading: &'static str,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "web/console/customer.html")]
struct CustomerPage {
    frame: Frame,
    nav: Nav,
    id: String,
    name: String,
    email: String,
    proven: bool,
    facts: Vec<(&'static str, String)>,
    groups: Vec<Group>,
    notes: Vec<Noted>,
    /// Whether the visitor may write one.
    writes: bool,
    /// Where their second factors are removed, if there are any and the visitor may.
    remove_factors: Option<String>,
    /// What was just done by hand.
    done: Option<String>,
    typed: String,
    problem: Option<String>,
}

/// What was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct NoteForm {
    text: String,
}

async fn find(app: &App, id: &str) -> Result<Account, PageError> {
    let id = AccountId::parse(id).map_err(|_| PageError::not_found())?;
    let account = accounts::find(&mut *app.store.read().await?, &id).await?;
    account.filter(|account| account.role == Role::Customer).ok_or_else(PageError::not_found)
}

/// The customer with this id, if the address is proven: nobody else owns anything.
pub(super) async fn find_proven(app: &App, id: &str) -> Result<Account, PageError> {
    let account = find(app, id).await?;
    match account.email_verified_at {
        Some(_) => Ok(account),
        None => Err(PageError::not_found()),
    }
}

/// `GET /console/customers/{customer}`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    PageQuery(done): PageQuery<Done>,
) -> Result<Response, PageError> {
    let account = find(&app, &id).await?;
    page(&app, &staff, account, StatusCode::OK, Shown { done: done.in_words("customer-act-done"), ..Shown::default() })
        .await
}

/// What is shown beside what is known.
#[derive(Default)]
struct Shown {
    /// What was just done by hand.
    done: Option<String>,
    /// A note that was typed, and what is wrong with it.
    typed: String,
    problem: Option<String>,
}

async fn page(
    app: &App,
    staff: &Staff,
    account: Account,
    status: StatusCode,
    shown: Shown,
) -> Result<Response, PageError> {
    let now = app.now();
    let mut db = app.store.read().await?;
    let made_at = personal::made_at(&mut db, &account.id).await?;
    let bought = store::orders::list_of_customer(&mut db, &account.id).await?;
    let servers = store::services::list_of_customer(&mut db, &account.id, MOST).await?;
    let asked = store::tickets::list_of(&mut db, &account.id, MOST).await?;
    let there = factors::of(&mut db, &account.id).await?;
    let mails = store::outbox::list_page(&mut db, Which::Of(&account.id), None, MOST).await?;
    let noted = notes::list_of(&mut db, &account.id, MOST).await?;
    drop(db);
    let time = |at: Option<Timestamp>| at.map(texts::day_and_time);
    let facts = [
        ("customer-since", Some(texts::day_and_time(made_at))),
        ("customer-proven", time(account.email_verified_at)),
        ("customer-language", account.language.map(|language| language.key().to_owned())),
        ("customer-stripe", account.stripe_customer.clone()),
        ("customer-factors", Some(factors_in_words(there))),
        ("customer-panel", account.panel_username.clone().or_else(|| account.panel_user.map(|user| user.to_string()))),
    ];
    let may_remove = there.any() && staff.account.role.may(Kind::RemoveFactors.permission());
    let page = CustomerPage {
        frame: Frame::new(app, Some(&staff.account), "/console", t("customer-title")),
        nav: Nav::new(staff.account.role, customers::HERE),
        id: account.id.to_string(),
        name: account.display_name,
        email: account.email,
        proven: account.email_verified_at.is_some(),
        facts: facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        groups: vec![
            Group {
                id: "services",
                heading: "customer-services",
                rows: servers.iter().map(|service| services::row(service, now)).collect(),
            },
            Group {
                id: "orders",
                heading: "customer-orders",
                rows: bought.iter().map(|purchase| order_row(purchase, now)).collect(),
            },
            Group {
                id: "tickets",
                heading: "customer-tickets",
                rows: asked.iter().map(|ticket| ticket_row(ticket, now)).collect(),
            },
            Group {
                id: "mails",
                heading: "customer-mails",
                rows: mails.iter().map(|mail| outbox::row(mail, now)).collect(),
            },
        ],
        notes: noted
            .into_iter()
            .map(|(note, author)| Noted { text: note.text, author, when: texts::ago(note.at, now) })
            .collect(),
        writes: staff.account.role.may(Permission::HelpCustomers),
        remove_factors: may_remove.then(|| place(Kind::RemoveFactors, account.id.as_str())),
        done: shown.done,
        typed: shown.typed,
        problem: shown.problem,
    };
    frame::show_private(status, &page)
}

fn factors_in_words(there: Factors) -> String {
    let (app, passkeys) = (i64::from(there.totp), there.passkeys);
    match there.any() {
        true => texts::with("customer-factors-are", &[("app", app.into()), ("passkeys", passkeys.into())]),
        false => t("customer-factors-none").into_owned(),
    }
}

fn order_row(purchase: &Purchase, now: Timestamp) -> Row {
    let state = purchase.order.state.key();
    Row {
        href: Some(format!("{}/{}", orders::HERE, purchase.order.id)),
        title: purchase.plan.to_string(),
        beside: vec![texts::price(purchase.order.price)],
        below: vec![texts::ago(purchase.created_at, now)],
        id: Some(purchase.order.id.to_string()),
        badge: Some((orders::state_label(state), orders::tone(state))),
        pick: None,
    }
}

fn ticket_row(ticket: &Ticket, now: Timestamp) -> Row {
    let word = view::state(ticket.status.state);
    Row {
        href: Some(format!("{}/{}", tickets::HERE, ticket.id)),
        title: ticket.subject.clone(),
        below: vec![texts::ago(ticket.created_at, now)],
        badge: Some((word.label, word.tone)),
        ..Row::default()
    }
}

/// `POST /console/customers/{customer}/note`
pub(super) async fn note(
    State(app): State<App>,
    staff: Staff,
    Path(id): Path<String>,
    PageForm(form): PageForm<NoteForm>,
) -> Result<Response, PageError> {
    let account = find(&app, &id).await?;
    let text = match acts::read_text(&form.text) {
        Ok(text) if text.chars().count() > LONGEST => {
            Err(texts::with("customer-note-long", &[("most", LONGEST.into())]))
        }
        read => read,
    };
    let text = match text {
        Ok(text) => text,
        Err(problem) => {
            let shown = Shown { typed: form.text, problem: Some(problem), done: None };
            return page(&app, &staff, account, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
        }
    };
    let note = Note { id: app.id(), account: account.id, author: staff.account.id.clone(), text, at: app.now() };
    let mut tx = app.store.begin().await?;
    // A form that was sent twice is written down once.
    let known = notes::list_of(&mut tx, &note.account, 1).await?;
    let repeated = known.first().is_some_and(|(last, _)| last.author == note.author && last.text == note.text);
    if !repeated {
        notes::add(&mut tx, &note).await?;
        let (by, about) = (note.author.as_str(), note.account.as_str());
        audit::record(&mut tx, &app.id(), by, "customer.note", about, &json!({"note": note.id}), note.at).await?;
    }
    tx.commit().await?;
    Ok((no_store(), Redirect::to(&format!("{}/{}", customers::HERE, note.account))).into_response())
}
