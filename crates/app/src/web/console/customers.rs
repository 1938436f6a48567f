//! Customers, newest first.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::access::Staff;
use crate::web::console::list::{self, Block, List, Row, Wish};
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use store::accounts::{self, Account};

/// Where they are.
pub(super) const HERE: &str = "/console/customers";

/// `GET /console/customers`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let after = list::read_place(&wish.after);
    let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut found =
        accounts::list_customers(&mut *app.store.read().await?, place, list::PAGE.saturating_add(1)).await?;
    let more = list::cut(&mut found);
    let now = app.now();
    let list = List {
        title: t("customers-title"),
        lead: Some(t("customers-lead")),
        which: t("customers-title"),
        choices: Vec::new(),
        rows: found.iter().map(|(account, at)| row(account, *at, now)).collect(),
        empty: t("customers-empty"),
        next: found.last().filter(|_| more).map(|(last, at)| list::href(HERE, "", Some((*at, last.id.as_str())))),
        export: Some("/console/customers/export"),
        acts: Vec::new(),
    };
    list::show(&app, &staff, HERE, list)
}

fn row(account: &Account, at: Timestamp, now: Timestamp) -> Row {
    let unproven = account.email_verified_at.is_none();
    Row {
        href: Some(format!("{HERE}/{}", account.id)),
        title: account.email.clone(),
        beside: vec![account.display_name.clone()],
        below: vec![texts::ago(at, now)],
        id: Some(account.id.to_string()),
        badge: unproven.then(|| (t("customers-unproven"), "warn")),
        pick: None,
    }
}

/// `POST /console/customers/export`: all customers, with their addresses.
pub(super) async fn export(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    list::note_export(&app, &staff, "customers").await?;
    let head = ["id", "created_at", "email", "name", "email_verified_at", "stripe_customer", "panel_user"];
    Ok(list::table("customers", &head, move |after, limit| {
        let app = app.clone();
        async move {
            let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
            let found = accounts::list_customers(&mut *app.store.read().await?, place, limit).await?;
            let cells = |(account, at): &(Account, Timestamp)| {
                vec![
                    account.id.to_string(),
                    at.to_string(),
                    account.email.clone(),
                    account.display_name.clone(),
                    account.email_verified_at.map_or_else(String::new, |at| at.to_string()),
                    account.stripe_customer.clone().unwrap_or_default(),
                    account.panel_user.map_or_else(String::new, |user| user.to_string()),
                ]
            };
            Ok(Block::of(&found, limit, cells, |(account, at)| (*at, account.id.to_string())))
        }
    }))
}
