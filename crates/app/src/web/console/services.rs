//! Everybody's servers, newest first.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::access::Staff;
use crate::web::console::list::{self, Block, Choice, List, Row, Wish};
use crate::web::console::{many, orders};
use crate::web::dashboard::words;
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use store::services::{self, Service, Which};

/// Where they are.
pub(super) const HERE: &str = "/console/services";
/// What can be looked for, by its word in the address.
const CHOICES: [(&str, Which); 6] = [
    ("", Which::Live),
    ("suspended", Which::Suspended),
    ("overdue", Which::Overdue),
    ("missing", Which::Missing),
    ("gone", Which::Gone),
    ("all", Which::All),
];

/// `GET /console/services`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let (word, which) = CHOICES.into_iter().find(|(word, _)| *word == wish.show).unwrap_or(CHOICES[0]);
    let after = list::read_place(&wish.after);
    let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
    let mut found =
        services::list_page(&mut *app.store.read().await?, which, place, list::PAGE.saturating_add(1)).await?;
    let more = list::cut(&mut found);
    let (now, acts) = (app.now(), many::links(staff.account.role));
    let list = List {
        title: t("services-title"),
        lead: None,
        which: t("services-which"),
        choices: CHOICES
            .into_iter()
            .map(|(one, _)| Choice {
                href: list::href(HERE, one, None),
                label: t(&format!("services-show-{}", if one.is_empty() { "live" } else { one })),
                here: one == word,
            })
            .collect(),
        rows: found
            .iter()
            .map(|service| Row {
                pick: (!acts.is_empty() && service.terminated_at.is_none() && service.fulfilled_at.is_some())
                    .then(|| service.id.to_string()),
                ..row(service, now)
            })
            .collect(),
        empty: t("services-empty"),
        next: found
            .last()
            .filter(|_| more)
            .map(|last| list::href(HERE, word, Some((last.created_at, last.id.as_str())))),
        export: Some("/console/services/export"),
        acts,
    };
    list::show(&app, &staff, HERE, list)
}

/// A server in a list.
pub(super) fn row(service: &Service, now: Timestamp) -> Row {
    let word = words::of(service, now);
    Row {
        href: Some(format!("{}/{}", orders::HERE, service.order)),
        title: service.name.clone(),
        beside: vec![service.plan.to_string(), service.region.to_string()],
        below: std::iter::once(texts::ago(service.created_at, now)).chain(service.address.clone()).collect(),
        id: Some(service.id.to_string()),
        badge: Some((word.label, word.tone)),
        pick: None,
    }
}

/// `POST /console/services/export`: all servers.
pub(super) async fn export(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    list::note_export(&app, &staff, "services").await?;
    let head = [
        "id",
        "order",
        "customer",
        "created_at",
        "plan",
        "region",
        "subscription",
        "paid_until",
        "suspended_at",
        "terminated_at",
        "node",
        "panel_id",
        "address",
    ];
    Ok(list::table("services", &head, move |after, limit| {
        let app = app.clone();
        async move {
            let place = after.as_ref().map(|(at, id)| (*at, id.as_str()));
            let found = services::list_page(&mut *app.store.read().await?, Which::All, place, limit).await?;
            Ok(Block::of(&found, limit, cells, |last| (last.created_at, last.id.to_string())))
        }
    }))
}

fn cells(service: &Service) -> Vec<String> {
    let time = |at: Option<Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    let server = service.server.as_ref();
    vec![
        service.id.to_string(),
        service.order.to_string(),
        service.customer.to_string(),
        service.created_at.to_string(),
        service.plan.to_string(),
        service.region.to_string(),
        service.subscription.clone(),
        time(service.standing.paid_until),
        time(service.standing.suspension.map(|one| one.at)),
        time(service.terminated_at),
        server.map_or_else(String::new, |server| server.node.to_string()),
        server.map_or_else(String::new, |server| server.id.to_string()),
        service.address.clone().unwrap_or_default(),
    ]
}
