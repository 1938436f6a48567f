//! All prices, and all regions with what is free there.

use crate::app::App;
use crate::sales::room::Openings;
use crate::texts::{self, filters, t};
use crate::web::access::Visitor;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use crate::web::storefront::game::{self, PriceRow};
use crate::web::storefront::{games, wording};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::catalogue::{Region, ServerShape, Term};
use domain::money::Money;

struct GamePrices {
    key: String,
    name: String,
    rows: Vec<PriceRow>,
}

struct AddOnRow {
    name: String,
    summary: String,
    price: String,
}

#[derive(Template)]
#[template(path = "web/storefront/pricing.html")]
struct PricingPage {
    frame: Frame,
    games: Vec<GamePrices>,
    add_ons: Vec<AddOnRow>,
}

pub(super) async fn pricing(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let offer = app.offer();
    let catalogue = &app.catalogue;
    let sold = catalogue.add_ons.iter().filter(|add_on| add_on.sale == domain::catalogue::Sale::OnSale);
    let page = PricingPage {
        frame: Frame::new(&app, visitor.0.as_ref(), "/pricing", t("frame-pricing")).about(t("pricing-about")),
        games: catalogue
            .games
            .iter()
            .map(|game| GamePrices {
                key: game.key.to_string(),
                name: game.name.clone(),
                rows: games::sold(catalogue, &offer, game).map(|plan| game::price_row(&app, plan)).collect(),
            })
            .filter(|game| !game.rows.is_empty())
            .collect(),
        add_ons: sold
            .map(|add_on| AddOnRow {
                name: texts::said(&add_on.name).into_owned(),
                summary: texts::said(&add_on.summary).into_owned(),
                price: texts::price(Money::new(Term::Monthly.price_minor(add_on.monthly_minor), catalogue.currency)),
            })
            .collect(),
    };
    frame::show(&page)
}

struct SizeRow {
    name: String,
    /// What is free in each region.
    places: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "web/storefront/regions.html")]
struct RegionsPage {
    frame: Frame,
    regions: Vec<String>,
    sizes: Vec<SizeRow>,
}

/// Sizes for which the page of regions says what is free: memory and disk in GiB.
const SAMPLE_SIZES: [(u32, u32); 4] = [(2, 20), (4, 40), (8, 80), (12, 120)];

pub(super) async fn regions(State(app): State<App>, visitor: Visitor) -> Result<Response, PageError> {
    let mut sizes = Vec::new();
    let mut db = app.store.read().await?;
    let openings = Openings::look(&app, &mut db).await?;
    drop(db);
    for (memory_gib, disk_gib) in SAMPLE_SIZES {
        let shape = ServerShape {
            memory_mib: memory_gib * 1024,
            cpu_percent: 100,
            disk_mib: disk_gib * 1024,
            swap_mib: 0,
            io_weight: 500,
            oom_disabled: false,
            databases: 0,
            backups: 0,
            extra_ports: 0,
        };
        let open = openings.of(&app, shape);
        let here =
            |(region, count): (Region, usize)| wording::places_here(openings.paused.contains(&region.key), count);
        let places = open.into_iter().map(here).collect();
        sizes.push(SizeRow { name: format!("{memory_gib} GB"), places });
    }
    let page = RegionsPage {
        frame: Frame::new(&app, visitor.0.as_ref(), "", t("frame-regions")).about(t("regions-about")),
        regions: app.catalogue.regions.iter().map(|region| texts::said(&region.name).into_owned()).collect(),
        sizes,
    };
    frame::show(&page)
}
