//! One act for many servers: first which, then what happens to each, then one reason and one button.

use crate::app::App;
use crate::desk::acts::{self, Act, ActError, Foresight, Kind, LONGEST_REASON, MOST_DAYS, Outcome, Reason};
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::acts::{DAYS, title};
use crate::web::console::nav::Nav;
use crate::web::console::{orders, services as list};
use crate::web::errors::PageError;
use crate::web::page_form::PageForm;
use crate::web::registry::{Policy, Routes};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use domain::access::Role;
use domain::ids::ServiceId;
use http::{Method, StatusCode};
use std::borrow::Cow;
use std::collections::BTreeSet;
use store::figures;
use store::services::{self, Service};

/// The most at once: as many as somebody looks through, and far from what takes longer than a page may. `givr service` does it for all.
const MOST: usize = 200;

/// What is done for many: what an outage, an attack or a mistake of ours asks for.
#[derive(Debug, Clone, Copy)]
enum Many {
    Extend,
    Suspend,
    Unsuspend,
}

impl Many {
    const ALL: [Self; 3] = [Self::Extend, Self::Suspend, Self::Unsuspend];

    fn kind(self) -> Kind {
        match self {
            Self::Extend => Kind::Extend,
            Self::Suspend => Kind::Suspend,
            Self::Unsuspend => Kind::Unsuspend,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Extend => "/console/services/acts/extend",
            Self::Suspend => "/console/services/acts/suspend",
            Self::Unsuspend => "/console/services/acts/unsuspend",
        }
    }

    fn act(self, service: ServiceId, days: i64) -> Act {
        match self {
            Self::Extend => Act::Extend(service, days),
            Self::Suspend => Act::Suspend(service),
            Self::Unsuspend => Act::Unsuspend(service),
        }
    }
}

/// Where it leads from the list of servers, for those who may: addresses, and what they are called.
pub(super) fn links(role: Role) -> Vec<(&'static str, Cow<'static, str>)> {
    let may = |many: &Many| role.may(many.kind().permission());
    Many::ALL.into_iter().filter(may).map(|many| (many.path(), title(many.kind()))).collect()
}

/// Declares a page and a form for each.
pub(super) fn routes(routes: Routes) -> Routes {
    Many::ALL.into_iter().fold(routes, |routes, many| {
        let policy = Policy::ConfirmedPermission(many.kind().permission());
        let look =
            get(move |State(app): State<App>, staff: Staff, Query(pairs): Query<Vec<(String, String)>>| async move {
                show(&Page { many, app: &app, staff: &staff, wish: Wish::of(pairs) }).await
            });
        let act = post(
            move |State(app): State<App>, staff: Staff, PageForm(pairs): PageForm<Vec<(String, String)>>| async move {
                perform(&Page { many, app: &app, staff: &staff, wish: Wish::of(pairs) }).await
            },
        );
        let routes = routes.page(Method::GET, many.path(), policy, "What an act would do with many servers.", look);
        routes.page(Method::POST, many.path(), policy, "Does it with each of them.", act)
    })
}

/// What was chosen and typed.
#[derive(Default)]
struct Wish {
    /// Each once, in the order in which they stood on the page.
    services: Vec<ServiceId>,
    /// A region or a node, as the page's choices name them; empty for none.
    place: String,
    days: Option<String>,
    reason: String,
}

impl Wish {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let (mut wish, mut known) = (Self::default(), BTreeSet::new());
        for (name, value) in pairs {
            match name.as_str() {
                // What is no id of ours is nobody's server.
                "service" => wish.services.extend(ServiceId::parse(&value).ok().filter(|id| known.insert(id.clone()))),
                "place" => wish.place = value,
                "days" => wish.days = Some(value),
                "reason" => wish.reason = value,
                _ => {}
            }
        }
        wish
    }

    /// As a number. What is none is no number of days, and told so.
    fn days(&self) -> i64 {
        self.days.as_deref().map_or(Ok(DAYS), |days| days.trim().parse()).unwrap_or_default()
    }
}

/// Regions and nodes to choose from.
struct Place {
    key: String,
    name: String,
    chosen: bool,
}

/// A server, and what happens to it, or why nothing does.
struct Row {
    href: String,
    name: String,
    id: ServiceId,
    says: String,
}

impl Row {
    fn of(service: &Service, says: String) -> Self {
        let href = format!("{}/{}", orders::HERE, service.order);
        Self { href, name: service.name.clone(), id: service.id.clone(), says }
    }
}

/// What the page shows below the choice.
enum Shown {
    /// Nothing is chosen yet.
    Nothing,
    /// This would happen.
    Foreseen { change: Vec<Row>, stay: Vec<Row> },
    /// This was done.
    Done { done: Vec<Row>, not: Vec<Row> },
}

#[derive(Template)]
#[template(path = "web/console/many.html")]
struct ManyPage<'a> {
    frame: Frame,
    nav: Nav,
    title: String,
    button: Cow<'static, str>,
    /// Whether it takes something away from customers.
    danger: bool,
    here: &'static str,
    chosen: &'a [ServiceId],
    places: Vec<Place>,
    /// Where days are given.
    days: Option<String>,
    most_days: i64,
    shown: Shown,
    problem: Option<String>,
    reason: &'a str,
    reason_problem: Option<String>,
    longest_reason: usize,
}

impl ManyPage<'_> {
    /// Whether it was done.
    fn is_over(&self) -> bool {
        matches!(self.shown, Shown::Done { .. })
    }
}

/// What an answer is made of.
struct Page<'a> {
    many: Many,
    app: &'a App,
    staff: &'a Staff,
    wish: Wish,
}

async fn show(page: &Page<'_>) -> Result<Response, PageError> {
    let found = page.find().await?;
    let problem = match found.len() {
        0 if page.wish.place.is_empty() && page.wish.services.is_empty() => {
            return page.answer(StatusCode::OK, Shown::Nothing, None, None).await;
        }
        0 => t("many-empty").into_owned(),
        count if count > MOST => texts::with("many-too-many", &[("count", count.into()), ("most", MOST.into())]),
        _ => return page.foreseen(StatusCode::OK, &found, None).await,
    };
    page.answer(StatusCode::UNPROCESSABLE_ENTITY, Shown::Nothing, Some(problem), None).await
}

async fn perform(page: &Page<'_>) -> Result<Response, PageError> {
    // Those that the page named, whatever else stands in the region by now.
    let mut found = page.find().await?;
    found.truncate(MOST);
    let reason = match Reason::read(&page.wish.reason) {
        Ok(reason) => reason,
        Err(problem) => return page.foreseen(StatusCode::UNPROCESSABLE_ENTITY, &found, Some(problem)).await,
    };
    let by = page.staff.account.id.as_str();
    let (mut done, mut not) = (Vec::new(), Vec::new());
    for service in &found {
        let act = page.many.act(service.id.clone(), page.wish.days());
        match acts::perform(page.app, by, &act, &reason).await {
            Ok(Outcome::Done(says)) => done.push(Row::of(service, says.join(" "))),
            Ok(Outcome::Nothing(why)) => not.push(Row::of(service, why)),
            Err(ActError::Frozen(closed)) => return Err(closed.into()),
            // What goes wrong with one holds up none of the others.
            Err(error) => {
                tracing::warn!(service = %service.id, "An act for many was not done with one of them: {error:#}");
                not.push(Row::of(service, texts::with("many-failed", &[("problem", error.to_string().into())])));
            }
        }
    }
    page.answer(StatusCode::OK, Shown::Done { done, not }, None, None).await
}

impl Page<'_> {
    /// The servers that are meant.
    async fn find(&self) -> Result<Vec<Service>, PageError> {
        let mut db = self.app.store.read().await?;
        let ids = match (self.wish.services.as_slice(), self.wish.place.split_once('.')) {
            ([], Some(("region", key))) => match self.app.catalogue.find_region(key) {
                Some(region) => services::list_standing(&mut db, Some(&region.key), None).await?,
                None => Vec::new(),
            },
            // Nodes have no number 0.
            ([], Some(("node", number))) => match number.parse::<i64>() {
                Ok(number) if number > 0 => services::list_standing(&mut db, None, Some(number)).await?,
                _ => Vec::new(),
            },
            (chosen, _) => chosen.to_vec(),
        };
        let mut found = Vec::new();
        // One more than is done at once, so that it is told.
        for id in ids.iter().take(MOST + 1) {
            found.extend(services::find(&mut db, id).await?);
        }
        Ok(found)
    }

    /// What would happen to each.
    async fn foreseen(
        &self,
        status: StatusCode,
        found: &[Service],
        reason_problem: Option<String>,
    ) -> Result<Response, PageError> {
        let (mut change, mut stay) = (Vec::new(), Vec::new());
        for service in found {
            match acts::foresee(self.app, &self.many.act(service.id.clone(), self.wish.days())).await {
                Ok(Foresight::Happens(says)) => change.push(Row::of(service, says.join(" "))),
                Ok(Foresight::Nothing(why)) => stay.push(Row::of(service, why)),
                Err(ActError::Missing) => {}
                Err(ActError::Typed(problem)) => {
                    return self.answer(StatusCode::UNPROCESSABLE_ENTITY, Shown::Nothing, Some(problem), None).await;
                }
                Err(ActError::Frozen(closed)) => return Err(closed.into()),
                Err(ActError::Store(error)) => return Err(error.into()),
                Err(ActError::Outside(error) | ActError::Ours(error)) => return Err(error.into()),
            }
        }
        self.answer(status, Shown::Foreseen { change, stay }, None, reason_problem).await
    }

    async fn answer(
        &self,
        status: StatusCode,
        shown: Shown,
        problem: Option<String>,
        reason_problem: Option<String>,
    ) -> Result<Response, PageError> {
        let kind = self.many.kind();
        let title = texts::with("many-title", &[("act", title(kind).into_owned().into())]);
        let page = ManyPage {
            frame: Frame::new(self.app, Some(&self.staff.account), "/console", title.clone()),
            nav: Nav::new(self.staff.account.role, list::HERE),
            title,
            button: t(&format!("act-{}-button", kind.key())),
            danger: matches!(self.many, Many::Suspend),
            here: self.many.path(),
            chosen: &self.wish.services,
            places: self.places().await?,
            days: matches!(self.many, Many::Extend).then(|| self.wish.days.clone().unwrap_or_else(|| DAYS.to_string())),
            most_days: MOST_DAYS,
            shown,
            problem,
            reason: &self.wish.reason,
            reason_problem,
            longest_reason: LONGEST_REASON,
        };
        frame::show_private(status, &page)
    }

    async fn places(&self) -> Result<Vec<Place>, PageError> {
        let nodes = figures::list_node_fill(&mut *self.app.store.read().await?).await?;
        let place = |key: String, text: &str, name: &str| Place {
            chosen: key == self.wish.place,
            name: texts::with(text, &[("name", name.into())]),
            key,
        };
        let regions = self
            .app
            .catalogue
            .regions
            .iter()
            .map(|region| place(format!("region.{}", region.key), "many-region", &texts::said(&region.name)));
        let nodes = nodes.iter().map(|node| place(format!("node.{}", node.id), "many-node", &node.name));
        Ok(regions.chain(nodes).collect())
    }
}
