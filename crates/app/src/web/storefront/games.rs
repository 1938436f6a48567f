//! All games, with a search.

use crate::app::App;
use crate::sales::offer::Offer;
use crate::texts::{self, filters, t};
use crate::web::access::Visitor;
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::catalogue::{Catalogue, Game, Plan, Sale, Term};
use domain::money::Money;
use serde::Deserialize;

/// A game in a grid.
#[derive(Debug, Clone)]
pub(super) struct GameCard {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) summary: String,
    /// The smallest price, or that there is none now.
    pub(super) from: String,
}

#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "web/storefront/games.html")]
struct GamesPage {
    frame: Frame,
    query: String,
    games: Vec<GameCard>,
    all: usize,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    PageQuery(search): PageQuery<Search>,
) -> Result<Response, PageError> {
    let query: String = search.q.trim().chars().take(60).collect();
    let found = app.catalogue.games.iter().filter(|game| matches(game, &query));
    let page = GamesPage {
        frame: Frame::new(&app, visitor.0.as_ref(), "/games", t("frame-games")).about(t("games-about")),
        games: found.map(|game| card(&app, game)).collect(),
        query,
        all: app.catalogue.games.len(),
    };
    frame::show(&page)
}

/// The card of a game.
pub(super) fn card(app: &App, game: &Game) -> GameCard {
    let from = from_words(&app.catalogue, sold(&app.catalogue, &app.offer(), game));
    GameCard {
        key: game.key.to_string(),
        name: game.name.clone(),
        summary: texts::said(&game.summary).into_owned(),
        from,
    }
}

/// The smallest monthly price of some plans, in words.
pub(super) fn from_words<'a>(catalogue: &Catalogue, plans: impl Iterator<Item = &'a Plan>) -> String {
    match plans.map(|plan| plan.price(Term::Monthly, catalogue.currency)).min_by_key(|price| price.minor) {
        Some(price) => texts::with("from-a-month", &[("price", texts::price(price).into())]),
        None => t("not-available").into_owned(),
    }
}

/// The plans of a game that can be bought now.
pub(super) fn sold<'a>(catalogue: &'a Catalogue, offer: &'a Offer, game: &'a Game) -> impl Iterator<Item = &'a Plan> {
    catalogue.plans_of(&game.key).filter(|plan| plan.sale == Sale::OnSale && offer.sells(&plan.key))
}

/// The smallest monthly price of a game, if any of its plans can be bought now.
pub(super) fn from_price(catalogue: &Catalogue, offer: &Offer, game: &Game) -> Option<Money> {
    let prices = sold(catalogue, offer, game).map(|plan| plan.price(Term::Monthly, catalogue.currency));
    prices.min_by_key(|price| price.minor)
}

/// Whether every word of the search stands somewhere in the game's name, key or summary.
fn matches(game: &Game, query: &str) -> bool {
    let text = format!("{} {} {} {}", game.name, game.key, game.summary, texts::said(&game.summary)).to_lowercase();
    query.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::catalogue::GameKey;

    fn game() -> Game {
        Game {
            key: GameKey::new("ark-asa"),
            name: "ARK: Survival Ascended".to_owned(),
            summary: "Tame dinosaurs.".to_owned(),
            description: String::new(),
            floor_memory_gib: 12,
            recommended_memory_gib: 12,
            consent: None,
            faq: vec![],
        }
    }

    #[test]
    fn a_search_finds_words_of_name_key_and_summary_in_any_order() {
        for query in ["", "ark", "ASCENDED ark", "asa", "dino tame", "  survival  "] {
            assert!(matches(&game(), query), "{query}");
        }
        assert!(!matches(&game(), "ark minecraft"));
    }
}
