//! Servers: the list, and one with everything that is known about it. The panel is not asked; what was last seen says how old it is.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::charts::{self, Charts};
use crate::web::dashboard::server::{self, Around, Tab};
use crate::web::dashboard::words::{self, Word};
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::wording::Told;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::standing::Why;
use http::StatusCode;
use jiff::Timestamp;
use std::borrow::Cow;
use store::accounts::Account;
use store::incidents::{self, Incident};
use store::services::{self, Sample, Service};

/// Most servers on one page.
const LISTED: i64 = 200;

/// How a customer gets into the panel.
pub(super) struct PanelAccess {
    pub(super) panel: String,
    pub(super) email: String,
    /// The login's name there, once there is one.
    pub(super) username: Option<String>,
}

impl PanelAccess {
    /// The way into the panel for an account.
    pub(super) fn of(app: &App, account: &Account) -> Self {
        Self {
            panel: app.config.panel.public_url.as_str().trim_end_matches('/').to_owned(),
            email: account.email.clone(),
            username: account.panel_username.clone(),
        }
    }
}

/// A server as it is shown.
struct ServerView {
    href: String,
    key: String,
    name: String,
    label: String,
    word: Word,
    address: Option<String>,
    /// Players and use, as far as they were seen.
    facts: Vec<(Cow<'static, str>, String)>,
    /// How long ago somebody looked.
    seen: Option<String>,
}

impl ServerView {
    fn of(service: &Service, word: Word, now: Timestamp) -> Self {
        Self {
            href: format!("/servers/{}", service.id),
            key: service.spec.game.clone(),
            name: service.name.clone(),
            label: service.spec.label.clone(),
            word,
            address: service.address.clone().filter(|_| service.terminated_at.is_none()),
            facts: facts(&service.sample),
            seen: service.sample.at.map(|at| texts::ago(at, now)),
        }
    }
}

fn facts(sample: &Sample) -> Vec<(Cow<'static, str>, String)> {
    let players = sample.players_online.map(|online| match sample.players_max {
        Some(most) => texts::with("server-players-of", &[("online", online.into()), ("most", most.into())]),
        None => texts::number(online),
    });
    let percent = |percent: f64| texts::with("server-cpu-used", &[("percent", format!("{percent:.0}").into())]);
    let facts = [
        ("server-players", players),
        ("server-memory", sample.memory_bytes.map(size)),
        ("server-cpu", sample.cpu_percent.map(percent)),
        ("server-disk", sample.disk_bytes.map(size)),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((t(name), value?))).collect()
}

/// What was measured, as people read it.
fn size(bytes: i64) -> String {
    server::size(u64::try_from(bytes).unwrap_or(0))
}

#[derive(Template)]
#[template(path = "web/dashboard/servers.html")]
struct ServersPage {
    frame: Frame,
    /// What does not work and concerns them.
    incidents: Vec<Told>,
    servers: Vec<ServerView>,
    gone: Vec<ServerView>,
}

#[derive(Template)]
#[template(path = "web/dashboard/server.html")]
struct ServerPage {
    frame: Frame,
    around: Around,
    /// What does not work and concerns it.
    incidents: Vec<Told>,
    server: ServerView,
    charts: Charts,
    access: PanelAccess,
    region: String,
    memory: String,
    cpu: String,
    disk: String,
    add_ons: String,
    paid_until: Option<String>,
    ends: Option<String>,
    /// Whether there is a subscription to look after.
    can_pay: bool,
    /// Whether that is what the page is about: it stands where the trouble is told.
    pays_now: bool,
    order: String,
}

pub(super) async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Response, PageError> {
    let mut db = app.store.read().await?;
    let services = services::list_of_customer(&mut db, &signed_in.account.id, LISTED).await?;
    let incidents = incidents::list_open(&mut db).await?;
    let undelivered = words::undelivered(&mut db, &services).await?;
    drop(db);
    let now = app.now();
    let (gone, servers): (Vec<Service>, Vec<Service>) =
        services.into_iter().partition(|service| service.terminated_at.is_some());
    let views = |services: &[Service]| {
        services.iter().map(|service| ServerView::of(service, words::among(service, &undelivered, now), now)).collect()
    };
    let reaches = |incident: &&Incident| servers.iter().any(|service| incident.reaches(&service.region));
    let page = ServersPage {
        incidents: incidents.iter().filter(reaches).map(|incident| Told::of(&app, incident)).collect(),
        frame: Frame::new(&app, Some(&signed_in.account), "/servers", t("frame-servers")),
        servers: views(&servers),
        gone: views(&gone),
    };
    frame::show_private(StatusCode::OK, &page)
}

pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(asked): PageQuery<charts::Asked>,
) -> Result<Response, PageError> {
    let service = service.into_inner();
    let now = app.now();
    let mut db = app.store.read().await?;
    let order = store::orders::find_owned(&mut db, &service.order, &signed_in.account.id).await?;
    let charts = Charts::load(&mut db, &service, asked.span(), now).await?;
    let stands = service.terminated_at.is_none();
    let incidents = incidents::list_open(&mut db).await?;
    drop(db);
    let word = match order {
        Some(purchase) => words::with_order(&service, &purchase.order.state, now),
        None => words::of(&service, now),
    };
    let view = ServerView::of(&service, word, now);
    let shape = service.spec.shape;
    let add_ons = service.spec.add_ons.iter().map(|key| {
        app.catalogue
            .find_add_on(key.as_str())
            .map_or_else(|| key.to_string(), |add_on| texts::said(&add_on.name).into_owned())
    });
    let region = app.catalogue.find_region(service.region.as_str());
    // No payment lifts what we suspended ourselves.
    let by_hand = service.standing.suspension.is_some_and(|suspension| suspension.why == Why::ByHand);
    let mut around = Around::new(&app, &service, Tab::Overview, None);
    around.word = view.word.clone();
    let page = ServerPage {
        frame: server::frame(&app, &signed_in.account, &service, Tab::Overview),
        around,
        incidents: incidents
            .iter()
            .filter(|incident| stands && incident.reaches(&service.region))
            .map(|incident| Told::of(&app, incident))
            .collect(),
        access: PanelAccess::of(&app, &signed_in.account),
        region: region.map_or_else(|| service.region.to_string(), |region| texts::said(&region.name).into_owned()),
        memory: format!("{} GB", shape.memory_mib / 1024),
        cpu: texts::cpu(shape.cpu_percent),
        disk: format!("{} GB", shape.disk_mib / 1024),
        add_ons: add_ons.collect::<Vec<_>>().join(", "),
        can_pay: service.fulfilled_at.is_some() && service.terminated_at.is_none(),
        pays_now: matches!(view.word.key, "past_due" | "suspended" | "retained") && !by_hand,
        paid_until: paid_until(&service).map(texts::day),
        ends: service.ends_at.map(texts::day),
        order: format!("/orders/{}", service.order),
        server: view,
        charts,
    };
    frame::show_private(StatusCode::OK, &page)
}

/// Until when it is paid. Stripe's period moves on before its renewal is paid, so that while one is overdue only the bills count.
pub(super) fn paid_until(service: &Service) -> Option<Timestamp> {
    let standing = &service.standing;
    let owes = standing.overdue_since.is_some() || standing.suspension.is_some();
    if owes { standing.paid_until } else { service.period_end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_seen_is_shown() {
        let sample =
            Sample { players_online: Some(3), players_max: Some(20), memory_bytes: Some(3 << 29), ..Sample::default() };
        let facts = facts(&sample);
        assert_eq!(facts, [("Players".into(), "3 of 20".to_owned()), ("Memory".into(), "1.5 GB".to_owned())]);
    }
}
