//! Pages that are mostly text: questions, support and the rules.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Visitor;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::home;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// What the texts have to name.
struct Facts {
    panel: String,
    delivery: String,
    checkout_minutes: i64,
}

impl Facts {
    async fn load(app: &App) -> Result<Self, PageError> {
        Ok(Self {
            panel: app.config.panel.public_url.as_str().trim_end_matches('/').to_owned(),
            delivery: home::delivery_time(app).await?,
            checkout_minutes: app.config.policy.checkout.as_mins(),
        })
    }
}

#[derive(Template)]
#[template(path = "web/storefront/faq.html")]
struct FaqPage {
    frame: Frame,
    facts: Facts,
}

#[derive(Template)]
#[template(path = "web/storefront/support.html")]
struct SupportPage {
    frame: Frame,
    facts: Facts,
}

#[derive(Template)]
#[template(path = "web/storefront/refunds.html")]
struct RefundsPage {
    frame: Frame,
    kept_days: i64,
}

#[derive(Template)]
#[template(path = "web/storefront/terms.html")]
struct TermsPage {
    frame: Frame,
    paying: String,
}

#[derive(Template)]
#[template(path = "web/storefront/privacy.html")]
struct PrivacyPage {
    frame: Frame,
    kept_days: i64,
}

#[derive(Template)]
#[template(path = "web/storefront/about.html")]
struct AboutPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "web/storefront/sla.html")]
struct SlaPage {
    frame: Frame,
}

/// How many days a server's data is kept after its suspension.
fn kept_days(app: &App) -> i64 {
    app.config.policy.standing.retention.as_hours() / 24
}

pub(super) async fn faq(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let frame = Frame::new(&app, visitor.0.as_ref(), "/faq", t("faq-title"));
    frame::show(&FaqPage { frame, facts: Facts::load(&app).await? })
}

pub(super) async fn support(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let frame = Frame::new(&app, visitor.0.as_ref(), "/support", t("frame-support"));
    frame::show(&SupportPage { frame, facts: Facts::load(&app).await? })
}

pub(super) async fn refunds(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let frame = Frame::new(&app, visitor.0.as_ref(), "", t("frame-refunds"));
    frame::show(&RefundsPage { frame, kept_days: kept_days(&app) })
}

pub(super) async fn terms(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let frame = Frame::new(&app, visitor.0.as_ref(), "", t("frame-terms"));
    let grace_days = app.config.policy.standing.grace.as_hours() / 24;
    let days = [("grace", grace_days.into()), ("kept", kept_days(&app).into())];
    frame::show(&TermsPage { frame, paying: texts::with("terms-paying-text", &days) })
}

pub(super) async fn about(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let title = texts::with("about-title", &[("shop", app.config.site.name.as_str().into())]);
    let frame = Frame::new(&app, visitor.0.as_ref(), "", title).about(t("about-lead"));
    frame::show(&AboutPage { frame })
}

pub(super) async fn sla(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    frame::show(&SlaPage { frame: Frame::new(&app, visitor.0.as_ref(), "", t("sla-title")).about(t("sla-lead")) })
}

pub(super) async fn privacy(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let frame = Frame::new(&app, visitor.0.as_ref(), "", t("frame-privacy"));
    frame::show(&PrivacyPage { frame, kept_days: kept_days(&app) })
}
