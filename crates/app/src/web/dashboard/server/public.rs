//! The page that shows a server to everybody: whether there is one, what it says, and how others embed it.

use crate::app::App;
use crate::control::{Deed, Trouble};
use crate::texts::{self, filters, t};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{self, Around, Done, Tab, Told, back};
use crate::web::errors::PageError;
use crate::web::page_form::{PageForm, PageQuery};
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::public_page::{BadSlug, Channel, DiscordInvite, Slug};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;
use store::accounts::Account;
use store::public_pages::{self, PublicPage};
use store::services::Service;
use store::{StoreError, audit};

/// Longest name of who plays there, and longest text, in characters.
const LONGEST_HOST: usize = 120;
const LONGEST_ABOUT: usize = 1000;

#[derive(Template)]
#[template(path = "web/dashboard/server/public.html")]
struct PublicForm {
    frame: Frame,
    around: Around,
    typed: Typed,
    problems: Problems,
    /// The page's address and what others put into their own pages, once it is shown.
    shown: Option<Shown>,
    /// What its address begins with.
    prefix: String,
    /// Since when we show it to nobody, and why.
    barred: Option<(String, String)>,
    /// Whether the server is delivered and not over.
    possible: bool,
    longest_host: usize,
    longest_about: usize,
}

struct Shown {
    address: String,
    badge: String,
    status: String,
    embed: String,
}

/// What was typed, or is there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    slug: String,
    host: String,
    about: String,
    channel: String,
    discord: String,
}

/// What is wrong with it, beside the fields.
#[derive(Default)]
struct Problems {
    slug: Option<Cow<'static, str>>,
    host: Option<Cow<'static, str>>,
    about: Option<Cow<'static, str>>,
    channel: Option<Cow<'static, str>>,
    discord: Option<Cow<'static, str>>,
}

impl Problems {
    fn any(&self) -> bool {
        let Self { slug, host, about, channel, discord } = self;
        [slug, host, about, channel, discord].into_iter().any(Option::is_some)
    }
}

impl From<PublicPage> for Typed {
    fn from(page: PublicPage) -> Self {
        Self {
            slug: page.slug,
            host: page.host,
            about: page.about,
            channel: page.channel.as_ref().map(Channel::address).unwrap_or_default(),
            discord: page.discord.as_ref().map(DiscordInvite::address).unwrap_or_default(),
        }
    }
}

/// `GET /servers/{service}/public`
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageQuery(said): PageQuery<around::Query>,
) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &service, None, Problems::default(), said.told()).await
}

async fn page(
    app: &App,
    account: &Account,
    service: &Service,
    typed: Option<Typed>,
    problems: Problems,
    told: Option<Told>,
) -> Result<Response, PageError> {
    let there = public_pages::find_of(&mut *app.store.read().await?, &service.id).await?;
    let frame = around::frame(app, account, service, Tab::Public);
    let prefix = format!("{}/s/", frame.site);
    let barred = there.as_ref().and_then(|there| there.barred.clone());
    let barred = barred.map(|(at, why)| (texts::day_and_time(at), why));
    let shown = there.as_ref().filter(|there| there.barred.is_none()).map(|there| {
        let address = format!("{prefix}{}", there.slug);
        let (badge, status) = (format!("{address}/badge.svg"), format!("{address}/status.json"));
        // Slugs need no escaping in any of these places.
        let alt = texts::with("public-badge-alt", &[("slug", there.slug.as_str().into())]);
        let embed =
            format!("<a href=\"{address}\"><img src=\"{badge}\" width=\"360\" height=\"72\" alt=\"{alt}\"></a>");
        Shown { address, badge, status, embed }
    });
    let mut around = Around::new(app, service, Tab::Public, told);
    // What everybody sees does not depend on the panel.
    around.shut = None;
    let status = if problems.any() { StatusCode::UNPROCESSABLE_ENTITY } else { around.status() };
    let page = PublicForm {
        frame,
        around,
        typed: typed.unwrap_or_else(|| there.map(Typed::from).unwrap_or_default()),
        problems,
        shown,
        prefix,
        barred,
        possible: is_possible(service),
        longest_host: LONGEST_HOST,
        longest_about: LONGEST_ABOUT,
    };
    frame::show_private(status, &page)
}

fn is_possible(service: &Service) -> bool {
    service.fulfilled_at.is_some() && service.terminated_at.is_none()
}

/// Reads the form as a page, or says beside which field something is wrong.
fn read(app: &App, service: &Service, typed: &Typed) -> Result<PublicPage, Problems> {
    let length = |most: usize| texts::with("public-too-long", &[("most", most.into())]).into();
    let mut problems = Problems::default();
    let slug = Slug::read(&typed.slug)
        .map_err(|why| {
            problems.slug = Some(t(match why {
                BadSlug::Length => "public-slug-length",
                BadSlug::Letters => "public-slug-letters",
                BadSlug::Reserved => "public-slug-taken",
            }));
        })
        .ok();
    let host: String = typed.host.trim().chars().filter(|c| !c.is_control()).collect();
    if host.chars().count() > LONGEST_HOST {
        problems.host = Some(length(LONGEST_HOST));
    }
    let about: String = typed.about.trim().chars().filter(|c| !c.is_control() || *c == '\n').collect();
    if about.chars().count() > LONGEST_ABOUT {
        problems.about = Some(length(LONGEST_ABOUT));
    }
    let channel = Channel::read(&typed.channel);
    if channel.is_none() && !typed.channel.trim().is_empty() {
        problems.channel = Some(t("public-channel-wrong"));
    }
    let discord = DiscordInvite::read(&typed.discord);
    if discord.is_none() && !typed.discord.trim().is_empty() {
        problems.discord = Some(t("public-discord-wrong"));
    }
    match slug {
        Some(slug) if !problems.any() => Ok(PublicPage {
            service: service.id.clone(),
            slug: slug.to_string(),
            host,
            about,
            channel,
            discord,
            created_at: app.now(),
            barred: None,
        }),
        Some(_) | None => Err(problems),
    }
}

/// `POST /servers/{service}/public`
pub(super) async fn save(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(typed): PageForm<Typed>,
) -> Result<Response, PageError> {
    let account = &signed_in.account;
    let wanted = match read(&app, &service, &typed) {
        Ok(wanted) => wanted,
        Err(problems) => return page(&app, account, &service, Some(typed), problems, None).await,
    };
    let hindered = match is_possible(&service) {
        true => app.control.pace.take(&service.id, Deed::Change).map_err(Trouble::TooFast).err(),
        false => Some(Trouble::Shut(crate::control::Shut::NotReady)),
    };
    if let Some(trouble) = hindered {
        let told = Some(Told::Failed(trouble));
        return page(&app, account, &service, Some(typed), Problems::default(), told).await;
    }
    let mut tx = app.store.begin().await?;
    match public_pages::save(&mut tx, &wanted).await {
        Ok(true) => {}
        Ok(false) => {
            drop(tx);
            let told = Some(Told::Failed(Trouble::Wrong("public-barred")));
            return page(&app, account, &service, Some(typed), Problems::default(), told).await;
        }
        Err(StoreError::Taken { .. }) => {
            drop(tx);
            let problems = Problems { slug: Some(t("public-slug-taken")), ..Problems::default() };
            return page(&app, account, &service, Some(typed), problems, None).await;
        }
        Err(error) => return Err(error.into()),
    }
    let detail = json!({"slug": wanted.slug});
    audit::record(&mut tx, &app.id(), account.id.as_str(), "service.shown", service.id.as_str(), &detail, app.now())
        .await?;
    tx.commit().await?;
    Ok(back(&Tab::Public.href(&service), Done::Shown))
}

/// `POST /servers/{service}/public/remove`
pub(super) async fn remove(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
) -> Result<Response, PageError> {
    let account = signed_in.account.id.as_str();
    let mut tx = app.store.begin().await?;
    public_pages::remove(&mut tx, &service.id).await?;
    audit::record(&mut tx, &app.id(), account, "service.hidden", service.id.as_str(), &json!({}), app.now()).await?;
    tx.commit().await?;
    Ok(back(&Tab::Public.href(&service), Done::Hidden))
}
