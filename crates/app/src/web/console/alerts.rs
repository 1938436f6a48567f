//! What a person has to know: everything that is open, and what was.

use crate::alerts::{Channel, acts};
use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::list::{self, Choice, Wish};
use crate::web::console::nav::Nav;
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use crate::web::support::view::Word;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::access::Permission;
use domain::alert::Severity;
use domain::ids::AlertId;
use domain::redact::without_addresses;
use http::StatusCode;
use jiff::Timestamp;
use store::alerts::{self, Alert, Wanted};

/// Where they are.
pub(super) const HERE: &str = "/console/alerts";
/// The choices of the page, by the word in its address.
const CHOICES: [(&str, Wanted); 3] = [("", Wanted::Open), ("new", Wanted::New), ("all", Wanted::All)];

struct Row {
    href: String,
    rule: String,
    text: String,
    since: String,
    times: Option<String>,
    severity: Word,
    state: Word,
}

/// What a channel said to a test.
struct Tried {
    channel: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "web/console/alerts.html")]
struct AlertsPage {
    frame: Frame,
    nav: Nav,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    /// Where the list goes on.
    next: Option<String>,
    /// Who is told.
    channels: Vec<String>,
    /// Whether the visitor may try them.
    mends: bool,
    tried: Vec<Tried>,
}

/// `GET /console/alerts`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    page(&app, &staff, &wish, Vec::new()).await
}

async fn page(app: &App, staff: &Staff, wish: &Wish, tried: Vec<Tried>) -> Result<Response, PageError> {
    let (word, wanted) = CHOICES.into_iter().find(|(word, _)| *word == wish.show).unwrap_or(CHOICES[0]);
    let after = read_place(&wish.after);
    let place = after.as_ref().map(|(at, id)| (*at, id));
    let limit = list::PAGE.saturating_add(1);
    let mut found = alerts::list_page(&mut *app.store.read().await?, wanted, place, limit).await?;
    let more = list::cut(&mut found);
    let last = found.last().filter(|_| more).map(|last| (last.opened_at, last.id.as_str()));
    let next = last.map(|last| list::href(HERE, word, Some(last)));
    let now = app.now();
    let label = |word: &str| t(&format!("alerts-show-{}", if word.is_empty() { "open" } else { word }));
    let page = AlertsPage {
        frame: Frame::new(app, Some(&staff.account), "/console", t("alerts-title")),
        nav: Nav::new(staff.account.role, HERE),
        choices: CHOICES
            .map(|(one, _)| Choice { href: list::href(HERE, one, None), label: label(one), here: one == word })
            .into_iter()
            .collect(),
        rows: found.iter().map(|alert| row(alert, staff, now)).collect(),
        next,
        channels: Channel::everybody(&app.config.alerts).iter().map(Channel::key).collect(),
        mends: staff.account.role.may(Permission::MendOrders),
        tried,
    };
    frame::show_private(StatusCode::OK, &page)
}

fn row(alert: &Alert, staff: &Staff, now: Timestamp) -> Row {
    Row {
        href: format!("{HERE}/{}", alert.id),
        rule: alert.rule.clone(),
        text: text(alert, staff),
        since: texts::ago(alert.opened_at, now),
        times: (alert.times > 1).then(|| texts::with("alert-times", &[("count", alert.times.into())])),
        severity: severity(alert.severity),
        state: state(alert),
    }
}

/// What it is about, without customers' addresses for those who may not see customers.
pub(super) fn key(alert: &Alert, staff: &Staff) -> String {
    match staff.account.role.may(Permission::SeeCustomers) {
        true => alert.key.clone(),
        false => without_addresses(&alert.key),
    }
}

/// What happened, without customers' addresses for those who may not see customers.
pub(super) fn text(alert: &Alert, staff: &Staff) -> String {
    match staff.account.role.may(Permission::SeeCustomers) {
        true => alert.text.clone(),
        false => without_addresses(&alert.text),
    }
}

/// How bad it is, in words.
pub(super) fn severity(severity: Severity) -> Word {
    let tone = match severity {
        Severity::Critical => "bad",
        Severity::Warning => "warn",
    };
    Word { key: severity.key(), label: t(&format!("alert-severity-{}", severity.key())), tone }
}

/// Where it stands, in words.
pub(super) fn state(alert: &Alert) -> Word {
    let (key, tone) = match (alert.cleared_at, alert.acknowledged_at) {
        (Some(_), _) => ("over", "good"),
        (None, Some(_)) => ("mine", "plain"),
        (None, None) => ("new", "bad"),
    };
    Word { key, label: t(&format!("alert-state-{key}")), tone }
}

/// `POST /console/alerts/test`
pub(super) async fn try_channels(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let told = acts::test(&app, staff.account.id.as_str()).await?;
    let tried = told
        .into_iter()
        .map(|(channel, taken)| Tried { channel: channel.key(), problem: taken.err().map(|not_taken| not_taken.why) });
    page(&app, &staff, &Wish::default(), tried.collect()).await
}

fn read_place(text: &str) -> Option<(Timestamp, AlertId)> {
    let (at, id) = list::read_place(text)?;
    Some((at, AlertId::parse(&id).ok()?))
}
