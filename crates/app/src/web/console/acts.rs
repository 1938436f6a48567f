//! Acts as pages: first what will happen, in sentences, then a reason and one button.

use crate::app::App;
use crate::desk::acts::{self, Act, ActError, Foresight, Kind, LONGEST_REASON, LONGEST_TEXT, LONGEST_TITLE, MOST_DAYS};
use crate::desk::acts::{Outcome, Reason};
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::nav::Nav;
use crate::web::errors::{PageError, no_store};
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::registry::{Policy, Routes};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::{RawPathParams, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use domain::catalogue::RegionKey;
use domain::ids::{AccountId, IncidentId, MessageId, OrderId, ServiceId};
use http::{Method, StatusCode};
use serde::Deserialize;
use std::borrow::Cow;
use store::orders::Purchase;
use store::public_pages::PublicPage;
use store::refunds::Refund;
use store::services::Service;
use store::{orders, outbox, services};

/// How many days are proposed.
pub(super) const DAYS: i64 = 7;

/// Where an act stands, by the thing that it is about.
fn path(kind: Kind) -> &'static str {
    match kind {
        Kind::Refund => "/console/orders/{order}/acts/refund",
        Kind::PaidOtherwise => "/console/orders/{order}/acts/paid-otherwise",
        Kind::Cancel => "/console/orders/{order}/acts/cancel",
        Kind::End => "/console/orders/{order}/acts/end",
        Kind::Suspend => "/console/orders/{order}/acts/suspend",
        Kind::Unsuspend => "/console/orders/{order}/acts/unsuspend",
        Kind::Extend => "/console/orders/{order}/acts/extend",
        Kind::Adopt => "/console/orders/{order}/acts/adopt",
        Kind::SyncPanel => "/console/orders/{order}/acts/sync-panel",
        Kind::RemoveFactors => "/console/customers/{customer}/acts/remove-factors",
        Kind::Drain => "/console/nodes/{node}/acts/drain",
        Kind::Undrain => "/console/nodes/{node}/acts/undrain",
        Kind::PauseSales => "/console/shop/acts/pause",
        Kind::ResumeSales => "/console/shop/acts/resume",
        Kind::BeginIncident => "/console/shop/acts/begin",
        Kind::EndIncident => "/console/incidents/{incident}/acts/finish",
        Kind::ResendMail => "/console/mails/{mail}/acts/resend",
        Kind::BarPage => "/console/orders/{order}/acts/bar-page",
        Kind::UnbarPage => "/console/orders/{order}/acts/unbar-page",
    }
}

/// The page of an act about this thing; the shop as a whole has no id.
pub(super) fn place(kind: Kind, about: &str) -> String {
    let path = path(kind);
    match (path.find('{'), path.find('}')) {
        // Ids of ours and numbers stand in addresses as they are.
        (Some(from), Some(to)) => format!("{}{about}{}", &path[..from], &path[to + 1..]),
        _ => path.to_owned(),
    }
}

/// What an act is called.
pub(super) fn title(kind: Kind) -> Cow<'static, str> {
    t(&format!("act-{}-title", kind.key()))
}

/// What may come into question for an order; whether it applies, the act's page says.
pub(super) fn of_order(
    purchase: &Purchase,
    service: Option<&Service>,
    page: Option<&PublicPage>,
    refunds: &[Refund],
) -> Vec<Kind> {
    let mut kinds = Vec::new();
    if refunds.iter().any(Refund::is_stuck) {
        kinds.push(Kind::PaidOtherwise);
    }
    if purchase.order.state.payment().is_some() {
        kinds.push(Kind::Refund);
    }
    // What is not handed over ends by a refund.
    let used = |service: &&Service| service.fulfilled_at.is_some() && service.terminated_at.is_none();
    if let Some(service) = service.filter(used) {
        kinds.extend([Kind::Cancel, Kind::Extend]);
        kinds.push(if service.standing.hold.is_some() { Kind::Unsuspend } else { Kind::Suspend });
        kinds.extend([Kind::Adopt, Kind::End]);
    }
    kinds.push(Kind::SyncPanel);
    kinds.extend(page.map(|page| if page.barred.is_some() { Kind::UnbarPage } else { Kind::BarPage }));
    kinds
}

/// Declares a page and a form for every act.
pub(super) fn routes(routes: Routes) -> Routes {
    Kind::ALL.into_iter().fold(routes, |routes, kind| {
        let policy = match kind.is_dangerous() {
            true => Policy::ConfirmedPermission(kind.permission()),
            false => Policy::Permission(kind.permission()),
        };
        let look = get(move |State(app): State<App>, staff: Staff, params: RawPathParams, PageQuery(typed): PageQuery<Typed>| async move {
            show(kind, &app, &staff, &about(&params), typed).await
        });
        let act = post(move |State(app): State<App>, staff: Staff, params: RawPathParams, PageForm(typed): PageForm<Typed>| async move {
            perform(kind, &app, &staff, &about(&params), typed).await
        });
        let routes = routes.page(Method::GET, path(kind), policy, "What an act would do.", look);
        routes.page(Method::POST, path(kind), policy, "Does it.", act)
    })
}

fn about(params: &RawPathParams) -> String {
    params.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default()
}

/// What is typed or chosen; each act needs a part of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    reason: String,
    days: Option<String>,
    server: String,
    region: String,
    title: String,
    text: String,
    /// What was chosen when the page said what would happen.
    seen: Option<String>,
}

impl Typed {
    /// What is chosen, in one text.
    fn chosen(&self) -> String {
        format!("{} {} {}", self.days.as_deref().unwrap_or_default(), self.server, self.region)
    }

    /// What somebody wrote, so that it is not lost where no form stands any more.
    fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.title, &self.text, &self.reason].into_iter().map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// A region to choose.
struct Choice {
    key: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "web/console/act.html")]
struct ActPage {
    frame: Frame,
    nav: Nav,
    title: Cow<'static, str>,
    button: Cow<'static, str>,
    /// Whether it takes something away from a customer.
    danger: bool,
    /// Where one came from, and goes back to.
    back: String,
    about: String,
    here: String,
    /// What happens; empty when nothing does.
    happens: Vec<String>,
    /// Why nothing happens.
    nothing: Option<String>,
    problem: Option<String>,
    reason_problem: Option<String>,
    days: Option<String>,
    most_days: i64,
    /// The number of a server, where one may be named.
    server: Option<String>,
    regions: Vec<Choice>,
    /// Whether any of these is asked for.
    asks: bool,
    /// What is chosen, for which the page says what happens.
    seen: String,
    /// Whether a title and a text are asked for.
    told: bool,
    typed: Typed,
    longest_reason: usize,
    longest_title: usize,
    longest_text: usize,
}

/// What is asked for, and the page that it is about.
struct Asked {
    act: Act,
    back: String,
}

async fn read(kind: Kind, app: &App, about: &str, typed: &Typed) -> Result<Asked, PageError> {
    let region = (!typed.region.is_empty()).then(|| RegionKey::new(&typed.region));
    if region.as_ref().is_some_and(|region| app.catalogue.find_region(region.as_str()).is_none()) {
        return Err(PageError::not_found());
    }
    let shop = || "/console/shop".to_owned();
    let node = || about.parse::<i64>().map_err(|_| PageError::not_found());
    let nodes = || "/console/nodes".to_owned();
    Ok(match kind {
        Kind::Refund => Asked { act: Act::Refund(order(app, about).await?.order.id), back: of(about) },
        Kind::PaidOtherwise => Asked { act: Act::PaidOtherwise(order(app, about).await?.order.id), back: of(about) },
        Kind::SyncPanel => {
            Asked { act: Act::SyncPanel(order(app, about).await?.order.customer, None), back: of(about) }
        }
        Kind::RemoveFactors => {
            let id = AccountId::parse(about).map_err(|_| PageError::not_found())?;
            Asked { act: Act::RemoveFactors(id), back: format!("/console/customers/{about}") }
        }
        Kind::Cancel => Asked { act: Act::Cancel(server(app, about).await?), back: of(about) },
        Kind::End => Asked { act: Act::End(server(app, about).await?), back: of(about) },
        Kind::Suspend => Asked { act: Act::Suspend(server(app, about).await?), back: of(about) },
        Kind::Unsuspend => Asked { act: Act::Unsuspend(server(app, about).await?), back: of(about) },
        Kind::Extend => {
            let days = typed.days.as_deref().map_or(Ok(DAYS), |days| days.trim().parse());
            // What is no number is no number of days, and told so.
            Asked { act: Act::Extend(server(app, about).await?, days.unwrap_or_default()), back: of(about) }
        }
        Kind::Adopt => {
            let typed = Some(typed.server.trim()).filter(|typed| !typed.is_empty());
            // What is no number is the number of no server, and told so.
            let number = typed.map(|typed| typed.parse().unwrap_or_default());
            Asked { act: Act::Adopt(server(app, about).await?, number), back: of(about) }
        }
        Kind::BarPage => Asked { act: Act::BarPage(server(app, about).await?), back: of(about) },
        Kind::UnbarPage => Asked { act: Act::UnbarPage(server(app, about).await?), back: of(about) },
        Kind::Drain => Asked { act: Act::Drain(node()?), back: nodes() },
        Kind::Undrain => Asked { act: Act::Undrain(node()?), back: nodes() },
        Kind::PauseSales => Asked { act: Act::PauseSales(region), back: shop() },
        Kind::ResumeSales => Asked { act: Act::ResumeSales(region), back: shop() },
        Kind::BeginIncident => {
            let (title, text) = (typed.title.clone(), typed.text.clone());
            Asked { act: Act::BeginIncident { title, text, region }, back: shop() }
        }
        Kind::EndIncident => {
            Asked { act: Act::EndIncident(IncidentId::parse(about).map_err(|_| PageError::not_found())?), back: shop() }
        }
        Kind::ResendMail => {
            let id = MessageId::parse(about).map_err(|_| PageError::not_found())?;
            let back = page_of_letter(app, &id).await?;
            Asked { act: Act::ResendMail(id), back }
        }
    })
}

fn of(order: &str) -> String {
    format!("/console/orders/{order}")
}

async fn order(app: &App, id: &str) -> Result<Purchase, PageError> {
    let id = OrderId::parse(id).map_err(|_| PageError::not_found())?;
    orders::find(&mut *app.store.read().await?, &id).await?.ok_or_else(PageError::not_found)
}

/// The service of an order; an order without one has nothing to do it with.
async fn server(app: &App, id: &str) -> Result<ServiceId, PageError> {
    let id = OrderId::parse(id).map_err(|_| PageError::not_found())?;
    let found = services::find_by_order(&mut *app.store.read().await?, &id).await?;
    found.map(|service| service.id).ok_or_else(PageError::not_found)
}

async fn page_of_letter(app: &App, id: &MessageId) -> Result<String, PageError> {
    let mut db = app.store.read().await?;
    let letter = outbox::find(&mut db, id).await?.ok_or_else(PageError::not_found)?;
    if OrderId::parse(&letter.subject).is_ok() {
        return Ok(of(&letter.subject));
    }
    let Ok(service) = ServiceId::parse(&letter.subject) else { return Ok("/console".to_owned()) };
    let found = services::find(&mut db, &service).await?;
    Ok(found.map_or_else(|| "/console".to_owned(), |service| of(service.order.as_str())))
}

async fn show(kind: Kind, app: &App, staff: &Staff, about: &str, typed: Typed) -> Result<Response, PageError> {
    let mut asked = read(kind, app, about, &typed).await?;
    if let Act::BeginIncident { title, text, .. } = &mut asked.act {
        // What it will say is written on the page; what will happen does not depend on it.
        "…".clone_into(title);
        "…".clone_into(text);
    }
    let page = Page { kind, app, staff, about, back: asked.back, typed };
    match acts::foresee(app, &asked.act).await {
        Ok(Foresight::Happens(happens)) => page.answer(StatusCode::OK, happens, None, None, None),
        Ok(Foresight::Nothing(why)) => page.answer(StatusCode::OK, Vec::new(), Some(why), None, None),
        Err(error) => page.refused(error),
    }
}

async fn perform(kind: Kind, app: &App, staff: &Staff, about: &str, typed: Typed) -> Result<Response, PageError> {
    let asked = read(kind, app, about, &typed).await?;
    let page = Page { kind, app, staff, about, back: asked.back, typed };
    if page.typed.seen.as_ref().is_some_and(|seen| *seen != page.typed.chosen()) {
        let changed = Some(t("act-changed").into_owned());
        return match acts::foresee(app, &asked.act).await {
            Ok(Foresight::Happens(happens)) => page.answer(StatusCode::CONFLICT, happens, None, changed, None),
            Ok(Foresight::Nothing(why)) => page.answer(StatusCode::CONFLICT, Vec::new(), Some(why), changed, None),
            Err(error) => page.refused(error),
        };
    }
    let reason = match Reason::read(&page.typed.reason) {
        Ok(reason) => reason,
        Err(problem) => {
            let happens = match acts::foresee(app, &asked.act).await {
                Ok(Foresight::Happens(happens)) => happens,
                Ok(Foresight::Nothing(why)) => {
                    return page.answer(StatusCode::UNPROCESSABLE_ENTITY, Vec::new(), Some(why), None, None);
                }
                Err(error) => return page.refused(error),
            };
            return page.answer(StatusCode::UNPROCESSABLE_ENTITY, happens, None, None, Some(problem));
        }
    };
    match acts::perform(app, staff.account.id.as_str(), &asked.act, &reason).await {
        Ok(Outcome::Done(_)) => Ok((no_store(), Redirect::to(&page.after())).into_response()),
        Ok(Outcome::Nothing(why)) => page.answer(StatusCode::CONFLICT, Vec::new(), Some(why), None, None),
        Err(error) => page.refused(error),
    }
}

/// What was just done by hand, by its word, on the page of what it was done to.
#[derive(Deserialize)]
pub(super) struct Done {
    done: Option<String>,
}

impl Done {
    /// By the name of the page's text for it.
    pub(super) fn in_words(&self, text: &str) -> Option<String> {
        let kind = Kind::ALL.into_iter().find(|kind| self.done.as_deref() == Some(kind.key()))?;
        Some(texts::with(text, &[("act", title(kind).into())]))
    }
}

/// What an answer is made of.
struct Page<'a> {
    kind: Kind,
    app: &'a App,
    staff: &'a Staff,
    about: &'a str,
    back: String,
    typed: Typed,
}

impl Page<'_> {
    /// Where it goes on after it was done. The page of an order or a customer says what that was: what follows from it is seen later.
    fn after(&self) -> String {
        match ["/console/orders/", "/console/customers/"].into_iter().any(|page| self.back.starts_with(page)) {
            true => format!("{}?done={}", self.back, self.kind.key()),
            false => self.back.clone(),
        }
    }

    fn refused(self, error: ActError) -> Result<Response, PageError> {
        match error {
            ActError::Missing => Err(PageError::not_found()),
            ActError::Typed(problem) => {
                self.answer(StatusCode::UNPROCESSABLE_ENTITY, Vec::new(), None, Some(problem), None)
            }
            ActError::Outside(error) => {
                tracing::warn!(act = self.kind.key(), "An act did not get through: {error:#}");
                let problem = texts::with("act-outside", &[("problem", format!("{error:#}").into())]);
                self.answer(StatusCode::SERVICE_UNAVAILABLE, Vec::new(), None, Some(problem), None)
            }
            ActError::Frozen(closed) => Err(closed.into()),
            ActError::Store(error) => Err(error.into()),
            ActError::Ours(error) => Err(error.into()),
        }
    }

    fn answer(
        mut self,
        status: StatusCode,
        happens: Vec<String>,
        nothing: Option<String>,
        problem: Option<String>,
        reason_problem: Option<String>,
    ) -> Result<Response, PageError> {
        let title = title(self.kind);
        let of_region = matches!(self.kind, Kind::PauseSales | Kind::ResumeSales | Kind::BeginIncident);
        let told = self.kind == Kind::BeginIncident;
        let mut regions = Vec::new();
        if of_region {
            let chosen = |key: &str| key == self.typed.region;
            regions.push(Choice { key: String::new(), name: t("act-everywhere").into_owned(), chosen: chosen("") });
            regions.extend(self.app.catalogue.regions.iter().map(|region| Choice {
                key: region.key.to_string(),
                name: texts::said(&region.name).into_owned(),
                chosen: chosen(region.key.as_str()),
            }));
        }
        let days = (self.kind == Kind::Extend).then(|| self.typed.days.clone().unwrap_or_else(|| DAYS.to_string()));
        self.typed.days.clone_from(&days);
        let server = (self.kind == Kind::Adopt).then(|| self.typed.server.clone());
        let page = ActPage {
            frame: Frame::new(self.app, Some(&self.staff.account), "/console", title.clone()),
            nav: Nav::new(self.staff.account.role, ""),
            button: t(&format!("act-{}-button", self.kind.key())),
            danger: matches!(self.kind, Kind::Refund | Kind::End | Kind::Suspend | Kind::RemoveFactors),
            about: match self.about {
                "" => t("shop-title").into_owned(),
                about => about.to_owned(),
            },
            here: place(self.kind, self.about),
            back: self.back,
            title,
            // What was typed for everybody to read is kept on the page, with its problem beside it.
            happens: if told && problem.is_some() { vec![t("act-begin-status").into_owned()] } else { happens },
            nothing,
            problem,
            reason_problem,
            days,
            most_days: MOST_DAYS,
            asks: self.kind == Kind::Extend || server.is_some() || of_region,
            seen: self.typed.chosen(),
            server,
            regions,
            told,
            typed: self.typed,
            longest_reason: LONGEST_REASON,
            longest_title: LONGEST_TITLE,
            longest_text: LONGEST_TEXT,
        };
        frame::show_private(status, &page)
    }
}
