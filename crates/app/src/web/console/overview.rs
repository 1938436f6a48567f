//! Where staff begin.

use crate::app::App;
use crate::desk::overview::{self, Overview as Figures, Span, Times};
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::console::words;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::access::Permission;
use domain::money::Money;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use store::orders::Purchase;
use store::{alerts, tickets};

#[derive(Template)]
#[template(path = "web/console/overview.html")]
struct Overview {
    frame: Frame,
    nav: Nav,
    name: String,
    role: Cow<'static, str>,
    permissions: Vec<Cow<'static, str>>,
    manages_staff: bool,
    /// How many tickets wait for staff; `None` for whom they are none of their business.
    waiting_tickets: Option<String>,
    /// How many alerts are open, and whether one of them is critical.
    alerts: String,
    critical: bool,
    spans: Vec<SpanRow>,
    games: Vec<GameRow>,
    income: Vec<String>,
    states: Vec<StateRow>,
    waiting: Vec<WaitingRow>,
}

/// A span of time, in words.
struct SpanRow {
    span: Cow<'static, str>,
    paid: i64,
    delivered: i64,
    failed: i64,
    refunded: i64,
    ended: i64,
    /// Of what was decided, handed over.
    share: String,
    p50: String,
    p95: String,
}

struct GameRow {
    game: String,
    count: usize,
    p50: String,
    p95: String,
}

/// Whether something works.
struct StateRow {
    what: Cow<'static, str>,
    state: String,
    tone: &'static str,
}

struct WaitingRow {
    href: String,
    plan: String,
    since: String,
}

/// `GET /console`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let role = staff.account.role;
    let waiting_tickets = match role.may(Permission::SeeCustomers) {
        true => {
            let count = tickets::count_open(&mut *app.store.read().await?).await?;
            Some(texts::with("queue-waiting", &[("count", count.into())]))
        }
        false => None,
    };
    let open = alerts::count_open(&mut *app.store.read().await?).await?;
    let counts = [("critical", open.critical.into()), ("warnings", open.warnings.into()), ("new", open.new.into())];
    let figures = overview::look(&app).await?;
    let now = app.now();
    let page = Overview {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("frame-console")),
        nav: Nav::new(role, "/console"),
        name: staff.account.display_name.clone(),
        role: words::of_role(role),
        permissions: role.permissions().iter().copied().map(words::of_permission).collect(),
        manages_staff: role.may(Permission::ManageStaff),
        waiting_tickets,
        alerts: match open.critical + open.warnings {
            0 => t("console-no-alerts").into_owned(),
            _ => texts::with("console-alerts", &counts),
        },
        critical: open.critical > 0,
        spans: figures.spans.iter().map(span_row).collect(),
        games: figures.games.iter().map(|(game, times)| game_row(&app, game, *times)).collect(),
        income: figures.income.iter().map(|(money, servers)| income_line(*money, *servers)).collect(),
        states: states(&figures, now),
        waiting: figures.waiting.iter().map(|purchase| waiting_row(purchase, now)).collect(),
    };
    frame::show_private(StatusCode::OK, &page)
}

fn span_row(span: &Span) -> SpanRow {
    let sales = span.sales;
    let decided = sales.delivered + sales.failed;
    let share = if decided == 0 { "–".to_owned() } else { format!("{} %", 100 * sales.delivered / decided) };
    SpanRow {
        span: t(&format!("overview-span-{}", span.hours)),
        paid: sales.paid,
        delivered: sales.delivered,
        failed: sales.failed,
        refunded: sales.refunded,
        ended: sales.ended,
        share,
        p50: seconds(span.times, span.times.p50),
        p95: seconds(span.times, span.times.p95),
    }
}

fn seconds(times: Times, value: i64) -> String {
    if times.count == 0 { "–".to_owned() } else { format!("{} s", texts::number(value)) }
}

fn game_row(app: &App, game: &str, times: Times) -> GameRow {
    let name = app.catalogue.find_game(game).map_or_else(|| game.to_owned(), |game| game.name.clone());
    GameRow { game: name, count: times.count, p50: seconds(times, times.p50), p95: seconds(times, times.p95) }
}

fn income_line(money: Money, servers: i64) -> String {
    texts::with("overview-income", &[("money", texts::price(money).as_str().into()), ("count", servers.into())])
}

/// The panel, and whether work is done in time.
fn states(figures: &Figures, now: Timestamp) -> Vec<StateRow> {
    let panel = match figures.panel_read {
        Some(at) if now.duration_since(at) < SignedDuration::from_mins(3) => (texts::ago(at, now), "good"),
        Some(at) => (texts::ago(at, now), "bad"),
        None => (t("overview-never").into_owned(), "bad"),
    };
    let panel = StateRow { what: t("overview-panel"), state: panel.0, tone: panel.1 };
    let queues = figures.queues.iter().map(|(queue, since)| {
        let (state, tone) = match since {
            None => (t("overview-nothing-waits").into_owned(), "good"),
            Some(since) if now.duration_since(*since) < SignedDuration::from_mins(1) => {
                (texts::ago(*since, now), "good")
            }
            Some(since) if now.duration_since(*since) < SignedDuration::from_mins(5) => {
                (texts::ago(*since, now), "warn")
            }
            Some(since) => (texts::ago(*since, now), "bad"),
        };
        StateRow { what: t(&format!("overview-queue-{}", queue.key())), state, tone }
    });
    let lights = figures.lights.iter().map(|(plan, light)| {
        let what = texts::with("overview-smoke", &[("plan", plan.as_str().into())]).into();
        let (state, tone) = match light {
            None => (t("overview-smoke-never").into_owned(), "plain"),
            Some(light) => {
                let when = texts::ago(light.at, now);
                match light.failure() {
                    None => (texts::with("overview-smoke-good", &[("when", when.as_str().into())]), "good"),
                    Some((step, _)) => {
                        let values = [("step", step.into()), ("when", when.as_str().into())];
                        (texts::with("overview-smoke-bad", &values), "bad")
                    }
                }
            }
        };
        StateRow { what, state, tone }
    });
    std::iter::once(panel).chain(queues).chain(lights).collect()
}

fn waiting_row(purchase: &Purchase, now: Timestamp) -> WaitingRow {
    WaitingRow {
        href: format!("/console/orders/{}", purchase.order.id),
        plan: purchase.plan.to_string(),
        since: texts::ago(purchase.state_at, now),
    }
}
