//! Waiting for room: whoever finds a size sold out is told by mail once there is a place.

use crate::app::App;
use crate::sales::room::Openings;
use crate::texts::{self, filters, t};
use crate::web::access::{SignedIn, Visitor};
use crate::web::errors::{PageError, Public};
use crate::web::page_form::PageForm;
use crate::web::storefront::configuration::Configuration;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::catalogue::ServerShape;
use http::StatusCode;
use store::waiting_list::{self, Wish};

struct Row {
    plan: String,
    plan_key: String,
    region: String,
    region_key: String,
    /// Since when, or when they were told.
    text: String,
    /// Where to buy it, once there is a place.
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "web/storefront/waiting.html")]
struct WaitingPage {
    frame: Frame,
    rows: Vec<Row>,
}

/// `GET /waiting-list`
pub(super) async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, PageError> {
    let wishes = waiting_list::list_of(&mut *app.store.read().await?, &who.account.id).await?;
    let rows = wishes.iter().map(|wish| row(&app, wish)).collect();
    let frame = Frame::new(&app, Some(&who.account), "", t("waiting-title"));
    frame::show_private(StatusCode::OK, &WaitingPage { frame, rows })
}

fn row(app: &App, wish: &Wish) -> Row {
    let plan = app.catalogue.find_plan(wish.plan.as_str());
    let region = app.catalogue.find_region(wish.region.as_str());
    let (key, at) = match wish.told_at {
        Some(at) => ("waiting-told", at),
        None => ("waiting-since", wish.created_at),
    };
    Row {
        plan: name(app, wish),
        plan_key: wish.plan.to_string(),
        region: region.map_or_else(|| wish.region.to_string(), |region| texts::said(&region.name).into_owned()),
        region_key: wish.region.to_string(),
        text: texts::with(key, &[("date", texts::day_and_time(at).into())]),
        link: plan.filter(|_| wish.told_at.is_some()).map(|plan| format!("/games/{}?plan={}", plan.game, plan.key)),
    }
}

/// What somebody waits for: game and size.
fn name(app: &App, wish: &Wish) -> String {
    let plan = app.catalogue.find_plan(wish.plan.as_str());
    let game = plan.and_then(|plan| app.catalogue.find_game(plan.game.as_str()));
    match (game, plan) {
        (Some(game), Some(plan)) => format!("{} {}", game.name, plan.label()),
        _ => wish.plan.to_string(),
    }
}

/// `POST /waiting-list`: the configurator's form, of which plan and region count.
pub(super) async fn join(
    State(app): State<App>,
    visitor: Visitor,
    PageForm(fields): PageForm<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let request = Configuration::from_fields(&fields).0;
    let plan = app.catalogue.find_plan(&request.plan);
    let region = app.catalogue.find_region(&request.region);
    let (Some(plan), Some(region)) = (plan, region) else {
        let text = t("waiting-nothing-text");
        return Err(PageError(Public::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "nothing_to_wait_for",
            t("waiting-nothing"),
            text,
        )));
    };
    let wish = format!("/games/{}?plan={}", plan.game, plan.key);
    // Whoever can have it has nothing to wait for.
    if let Some(blueprint) = app.catalogue.find_blueprint(&plan.blueprint) {
        let openings = Openings::look(&app, &mut *app.store.read().await?).await?;
        let open = openings.of(&app, ServerShape::of(plan, blueprint, []));
        if open.iter().any(|(here, count)| here.key == region.key && *count > 0) {
            return Ok(Redirect::to(&wish).into_response());
        }
    }
    let Some(account) = visitor.0 else {
        // They come back to the same size, and press the button again.
        let query: String = url::form_urlencoded::byte_serialize(wish.as_bytes()).collect();
        return Ok(Redirect::to(&format!("/login?next={query}")).into_response());
    };
    let wish = Wish {
        account: account.id,
        plan: plan.key.clone(),
        region: region.key.clone(),
        created_at: app.now(),
        told_at: None,
    };
    let mut tx = app.store.begin().await?;
    waiting_list::add(&mut tx, &wish).await?;
    tx.commit().await?;
    Ok(Redirect::to("/waiting-list").into_response())
}

/// `POST /waiting-list/leave`
pub(super) async fn leave(
    State(app): State<App>,
    who: SignedIn,
    PageForm(fields): PageForm<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let request = Configuration::from_fields(&fields).0;
    let mut tx = app.store.begin().await?;
    waiting_list::remove(&mut tx, &who.account.id, &request.plan, &request.region).await?;
    tx.commit().await?;
    Ok(Redirect::to("/waiting-list").into_response())
}
