//! A game's page: what it is, what is included, all prices, and the configurator.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Visitor;
use crate::web::assets;
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use crate::web::storefront::configuration::Configuration;
use crate::web::storefront::configurator::{self, Form, Problem};
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::{games, home, wording};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::catalogue::{Blueprint, Game, Plan, Probe, Term};
use domain::money::Money;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use store::accounts::Account;

/// Choices that a link to the page may bring along.
#[derive(Deserialize)]
pub(super) struct Wish {
    plan: Option<String>,
}

/// A plan with its four prices.
pub(super) struct PriceRow {
    pub(super) plan: String,
    pub(super) key: String,
    pub(super) players: String,
    pub(super) prices: Vec<String>,
}

#[derive(Template)]
#[template(path = "web/storefront/game.html")]
struct GamePage<'a> {
    frame: Frame,
    game: &'a Game,
    from: String,
    included: Vec<String>,
    delivery: String,
    prices: Vec<PriceRow>,
    form: Form,
    /// What the page says, for search engines (schema.org).
    facts: Value,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(game): Path<String>,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let game = app.catalogue.find_game(&game).ok_or_else(PageError::not_found)?;
    let configuration = Configuration::fresh(&app, game, wish.plan.as_deref());
    render(&app, visitor.0.as_ref(), game, &configuration, None, StatusCode::OK).await
}

/// The page with what was chosen, and with what is wrong with it, if anything.
pub(super) async fn render(
    app: &App,
    visitor: Option<&Account>,
    game: &Game,
    configuration: &Configuration,
    problem: Option<Problem>,
    status: StatusCode,
) -> Result<Response, PageError> {
    let staff = visitor.is_some_and(|account| account.role.is_staff());
    let delivery = home::delivery_time(app).await?;
    let form = configurator::form(app, &mut *app.store.read().await?, game, configuration, staff, problem).await?;
    let offer = app.offer();
    let sold: Vec<&Plan> = games::sold(&app.catalogue, &offer, game).collect();
    let blueprint = sold.first().and_then(|plan| app.catalogue.find_blueprint(&plan.blueprint));
    let page = GamePage {
        frame: Frame::new(app, visitor, "/games", texts::with("game-title", &[("game", game.name.as_str().into())]))
            .about(texts::said(&game.summary))
            .of_game(format!("/games/{}", game.key), game.key.as_str()),
        from: games::card(app, game).from,
        included: blueprint.map(included).unwrap_or_default(),
        delivery,
        prices: sold.iter().map(|plan| price_row(app, plan)).collect(),
        facts: facts(app, game, &sold),
        form,
        game,
    };
    frame::show_private(status, &page)
}

/// The game's page as a product with its prices, and its questions with their answers.
fn facts(app: &App, game: &Game, sold: &[&Plan]) -> Value {
    let site = app.config.site.url.as_str().trim_end_matches('/');
    let monthly = |plan: &&Plan| plan.price(Term::Monthly, app.catalogue.currency);
    let amount = |money: Money| {
        let decimals = money.currency.decimals();
        let unit = 10_i64.pow(decimals);
        match decimals as usize {
            0 => money.minor.to_string(),
            width => format!("{}.{:0width$}", money.minor / unit, money.minor % unit),
        }
    };
    let lowest = sold.iter().map(monthly).min_by_key(|price| price.minor);
    let highest = sold.iter().map(monthly).max_by_key(|price| price.minor);
    let offers = lowest.zip(highest).map(|(lowest, highest)| {
        json!({
            "@type": "AggregateOffer", "lowPrice": amount(lowest), "highPrice": amount(highest),
            "priceCurrency": lowest.currency.to_string(), "offerCount": sold.len(),
            "availability": "https://schema.org/InStock",
        })
    });
    let questions: Vec<Value> = game
        .faq
        .iter()
        .map(|entry| {
            json!({
                "@type": "Question", "name": texts::said(&entry.question),
                "acceptedAnswer": {"@type": "Answer", "text": texts::said(&entry.answer)},
            })
        })
        .collect();
    let mut graph = Vec::new();
    if let Some(offers) = offers {
        graph.push(json!({
            "@type": "Product", "name": texts::with("game-title", &[("game", game.name.as_str().into())]),
            "description": texts::said(&game.summary), "url": format!("{site}/games/{}", game.key),
            "image": format!("{site}{}", assets::picture(game.key.as_str())),
            "brand": {"@type": "Brand", "name": app.config.site.name}, "offers": offers,
        }));
    }
    if !questions.is_empty() {
        graph.push(json!({"@type": "FAQPage", "mainEntity": questions}));
    }
    json!({"@context": "https://schema.org", "@graph": graph})
}

/// A plan with its four prices in words.
pub(super) fn price_row(app: &App, plan: &Plan) -> PriceRow {
    PriceRow {
        plan: plan.label(),
        key: plan.key.to_string(),
        players: wording::player_range(plan).unwrap_or_else(|| "–".to_owned()),
        prices: Term::ALL.map(|term| texts::price(plan.price(term, app.catalogue.currency))).to_vec(),
    }
}

/// What every server of this kind has, as far as its blueprint says.
fn included(blueprint: &Blueprint) -> Vec<String> {
    let counted = |key, count: i64| texts::with(key, &[("count", count.into())]);
    let limits = &blueprint.limits;
    let ports = i64::try_from(blueprint.ports.len()).unwrap_or(i64::MAX);
    let mut included = vec![counted("included-address", ports), t("included-panel").into_owned()];
    if limits.backups > 0 {
        included.push(counted("included-backups", limits.backups.into()));
    }
    if limits.databases > 0 {
        included.push(counted("included-databases", limits.databases.into()));
    }
    let proof = match blueprint.probe {
        Probe::None => "included-watched",
        Probe::MinecraftPing { .. }
        | Probe::A2s { .. }
        | Probe::Terraria { .. }
        | Probe::Mindustry { .. }
        | Probe::Teeworlds { .. }
        | Probe::TcpConnect { .. } => "included-asked",
    };
    included.push(t(proof).into_owned());
    included
}
