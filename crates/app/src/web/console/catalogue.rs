//! The catalogue as it is loaded: what is for sale, and why the rest is not.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::access::Staff;
use crate::web::console::list::{self, Choice, List, Row, Wish};
use crate::web::errors::PageError;
use crate::web::page_form::PageQuery;
use axum::extract::State;
use axum::response::Response;
use domain::catalogue::{Plan, Sale};

/// Where it is.
const HERE: &str = "/console/catalogue";

/// `GET /console/catalogue`
pub(super) async fn show(
    State(app): State<App>,
    staff: Staff,
    PageQuery(wish): PageQuery<Wish>,
) -> Result<Response, PageError> {
    let offer = app.offer();
    let catalogue = &app.catalogue;
    // Off sale by the owner's own word is one thing; not for sale although it should be is another.
    let wrong = |plan: &&Plan| plan.is_on_sale() && !offer.sells(&plan.key);
    let count = catalogue.plans.iter().filter(wrong).count();
    let word = ["all", "off"].into_iter().find(|word| *word == wish.show).unwrap_or("");
    let shown = catalogue.plans.iter().filter(|plan| match word {
        "all" => true,
        "off" => plan.sale != Sale::OnSale,
        _ => wrong(plan),
    });
    let row = |plan: &Plan| {
        let why = offer.off_sale.get(&plan.key);
        let badge = match (why, plan.is_on_sale()) {
            (None, _) => (t("catalogue-sold"), "good"),
            (Some(_), true) => (t("catalogue-wrong"), "bad"),
            (Some(_), false) => (t("catalogue-off"), "plain"),
        };
        Row {
            title: plan.key.to_string(),
            beside: vec![plan.label(), texts::price(domain::money::Money::new(plan.monthly_minor, catalogue.currency))],
            below: why.cloned().into_iter().collect(),
            badge: Some(badge),
            pick: None,
            ..Row::default()
        }
    };
    let choice =
        |one: &'static str, label| Choice { href: list::href(HERE, one, None), label: t(label), here: one == word };
    let sold = catalogue.plans.iter().filter(|plan| offer.sells(&plan.key)).count();
    let values = [("sold", sold.into()), ("all", catalogue.plans.len().into()), ("wrong", count.into())];
    let list = List {
        title: t("catalogue-title"),
        lead: Some(texts::with("catalogue-lead", &values).into()),
        which: t("catalogue-which"),
        choices: vec![
            choice("", "catalogue-show-wrong"),
            choice("off", "catalogue-show-off"),
            choice("all", "catalogue-show-all"),
        ],
        rows: shown.map(row).collect(),
        empty: t("catalogue-empty"),
        next: None,
        export: None,
        acts: Vec::new(),
    };
    list::show(&app, &staff, HERE, list)
}
