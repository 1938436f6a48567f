//! The start page.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Visitor;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::games::{self, GameCard};
use crate::web::storefront::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use store::orders;

#[derive(Template)]
#[template(path = "web/storefront/home.html")]
struct HomePage {
    frame: Frame,
    /// The smallest price of all, if anything is sold.
    from: Option<String>,
    delivery: String,
    games: Vec<GameCard>,
    regions: String,
}

pub(super) async fn show(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let delivery = delivery_time(&app).await?;
    let offer = app.offer();
    let prices = app.catalogue.games.iter().filter_map(|game| games::from_price(&app.catalogue, &offer, game));
    let regions: Vec<_> = app.catalogue.regions.iter().map(|region| texts::said(&region.name)).collect();
    let page = HomePage {
        frame: Frame::new(&app, visitor.0.as_ref(), "/", t("home-tab")),
        from: prices.min_by_key(|price| price.minor).map(texts::price),
        delivery,
        games: app.catalogue.games.iter().map(|game| games::card(&app, game)).collect(),
        regions: regions.join(", "),
    };
    frame::show(&page)
}

/// How long it takes from payment to playable on this installation.
pub(super) async fn delivery_time(app: &App) -> Result<String, store::StoreError> {
    Ok(wording::delivery_time(&orders::delivery_seconds(&mut *app.store.read().await?, 200).await?))
}
