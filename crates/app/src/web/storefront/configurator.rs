//! The configurator: the form that shows what a visitor chose, with what is free and what it costs.

use crate::app::App;
use crate::sales::cart::NAME_LENGTH;
use crate::sales::checkout::CheckoutError;
use crate::sales::room::Openings;
use crate::texts::{self, t};
use crate::web::storefront::configuration::Configuration;
use crate::web::storefront::{games, wording};
use domain::catalogue::{
    AddOn, Blueprint, Catalogue, Game, InputRule, Plan, Region, RegionKey, Sale, ServerShape, Term,
};
use domain::money::Money;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use store::{Db, StoreError};

/// Why a form was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The field that it is about.
    pub(super) field: &'static str,
    /// What is wrong and what to do.
    pub(super) text: String,
}

impl Problem {
    /// The problem, if the error is about something that the form can be changed in.
    pub(super) fn of(error: &CheckoutError) -> Option<Self> {
        match error {
            CheckoutError::Field { field, problem } => Some(Self { field, text: problem.clone() }),
            CheckoutError::SoldOut { plan, region, elsewhere } => {
                Some(Self { field: "region", text: sold_out(plan, region, elsewhere) })
            }
            CheckoutError::NotSelling { region, elsewhere } => {
                Some(Self { field: "region", text: not_selling(region, elsewhere) })
            }
            CheckoutError::NotForSale(_) => {
                Some(Self { field: "plan", text: t("configurator-size-gone").into_owned() })
            }
            CheckoutError::TooManyOpen(_)
            | CheckoutError::AlreadyPaid(_)
            | CheckoutError::Unverified
            | CheckoutError::Stripe(_)
            | CheckoutError::Elsewhere { .. }
            | CheckoutError::Paused(_)
            | CheckoutError::Store(_)
            | CheckoutError::EarlierPage(_) => None,
        }
    }
}

/// That there is no room, and where there is.
pub(super) fn sold_out(plan: &str, region: &str, elsewhere: &[String]) -> String {
    let (key, places) = match elsewhere {
        [] => ("sold-out-everywhere", String::new()),
        places => ("sold-out-here", places.join(", ")),
    };
    texts::with(key, &[("plan", plan.into()), ("region", region.into()), ("places", places.into())])
}

/// That nothing is sold there at the moment, and where something is.
pub(super) fn not_selling(region: &str, elsewhere: &[String]) -> String {
    let (key, places) = match elsewhere {
        [] => ("not-selling-everywhere", String::new()),
        places => ("not-selling-here", places.join(", ")),
    };
    texts::with(key, &[("region", region.into()), ("places", places.into())])
}

/// The form as it is shown.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) currency: String,
    pub(super) cart_key: String,
    pub(super) server_name: String,
    pub(super) name_length: usize,
    pub(super) per: Cow<'static, str>,
    pub(super) groups: Vec<Group>,
    pub(super) terms: Vec<TermChoice>,
    pub(super) regions: Vec<RegionChoice>,
    /// Whether what was chosen is sold out where it was chosen, so that one can wait for it.
    pub(super) waits: bool,
    /// Whether nothing is sold there at the moment.
    pub(super) paused: bool,
    pub(super) add_ons: Vec<AddOnChoice>,
    pub(super) consent: Option<ConsentBox>,
    pub(super) inputs: Vec<InputField>,
    pub(super) bill: Bill,
    /// Whether any plan can be bought.
    pub(super) open: bool,
    pub(super) problem: Option<Problem>,
}

impl Form {
    /// What is wrong with a field, if anything.
    pub(super) fn problem_at(&self, field: &str) -> Option<&str> {
        self.problem.as_ref().filter(|problem| problem.field == field).map(|problem| problem.text.as_str())
    }
}

/// The plans of one type of a game.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: Option<String>,
    /// Its smallest price, or that there is none now.
    pub(super) from: String,
    /// Whether the chosen plan is one of them.
    pub(super) chosen: bool,
    pub(super) plans: Vec<PlanChoice>,
}

#[derive(Debug)]
pub(super) struct PlanChoice {
    pub(super) key: String,
    /// Game, type and size.
    pub(super) name: String,
    pub(super) size: String,
    pub(super) players: Option<String>,
    pub(super) cpu: String,
    pub(super) disk: String,
    /// The price of each term in minor units, in the order of the terms.
    pub(super) prices: String,
    /// The price of the chosen term.
    pub(super) price: String,
    /// `region=places` for every region.
    pub(super) room: String,
    pub(super) recommended: bool,
    pub(super) chosen: bool,
    /// Why it cannot be bought.
    pub(super) off: Option<String>,
}

#[derive(Debug)]
pub(super) struct TermChoice {
    pub(super) key: &'static str,
    pub(super) index: usize,
    pub(super) label: Cow<'static, str>,
    pub(super) per: Cow<'static, str>,
    /// What is paid again and how often, with `#` for the amount.
    pub(super) renews: String,
    pub(super) saving: Option<String>,
    pub(super) total: String,
    pub(super) chosen: bool,
}

#[derive(Debug)]
pub(super) struct RegionChoice {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) places: String,
    pub(super) is_full: bool,
    /// Whether nothing is sold there at the moment, full or not.
    pub(super) paused: bool,
    pub(super) tone: &'static str,
    pub(super) chosen: bool,
}

#[derive(Debug)]
pub(super) struct AddOnChoice {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) summary: String,
    pub(super) prices: String,
    pub(super) price: String,
    pub(super) chosen: bool,
}

#[derive(Debug)]
pub(super) struct ConsentBox {
    pub(super) key: String,
    pub(super) text: String,
    pub(super) url: String,
    pub(super) given: bool,
}

#[derive(Debug)]
pub(super) struct InputField {
    pub(super) key: String,
    pub(super) label: String,
    pub(super) help: String,
    pub(super) length: usize,
    pub(super) value: String,
}

/// What is due.
#[derive(Debug, Clone)]
pub(super) struct Bill {
    pub(super) lines: Vec<(String, String)>,
    pub(super) today: String,
    pub(super) renewal: String,
}

/// What a configuration costs; add-ons that are not sold do not count.
pub(super) fn bill(catalogue: &Catalogue, game: &Game, plan: &Plan, configuration: &Configuration) -> Bill {
    let term = configuration.term();
    let price = |monthly_minor: i64| Money::new(term.price_minor(monthly_minor), catalogue.currency);
    let mut lines = vec![(format!("{} {}", game.name, plan.label()), price(plan.monthly_minor))];
    let chosen =
        catalogue.add_ons.iter().filter(|add_on| add_on.sale == Sale::OnSale && configuration.has_add_on(add_on));
    lines.extend(chosen.map(|add_on| (texts::said(&add_on.name).into_owned(), price(add_on.monthly_minor))));
    let total = Money::new(lines.iter().map(|(_, price)| price.minor).sum(), catalogue.currency);
    Bill {
        lines: lines.into_iter().map(|(name, price)| (name, texts::price(price))).collect(),
        today: texts::price(total),
        renewal: wording::renews(term, &texts::price(total)),
    }
}

/// The form of a game with what was chosen. `staff` also sees what is not sold, and why.
pub(super) async fn form(
    app: &App,
    db: &mut Db,
    game: &Game,
    configuration: &Configuration,
    staff: bool,
    problem: Option<Problem>,
) -> Result<Form, StoreError> {
    let catalogue = &app.catalogue;
    let offer = app.offer();
    let shown: Vec<&Plan> = catalogue.plans_of(&game.key).filter(|plan| staff || plan.sale == Sale::OnSale).collect();
    let openings = Openings::look(app, db).await?;
    let rooms = rooms(app, &openings, &shown);
    let term = configuration.term();
    let sold: Vec<&Plan> = games::sold(catalogue, &offer, game).collect();
    let chosen_plan = sold.iter().find(|plan| plan.key.as_str() == configuration.0.plan).copied();
    let mut groups: Vec<Group> = Vec::new();
    for plan in &shown {
        let off = offer.off_sale.get(&plan.key).map(|why| match staff {
            true => texts::with("configurator-not-sold", &[("why", why.to_string().into())]),
            false => t("not-available").into_owned(),
        });
        let choice = PlanChoice {
            key: plan.key.to_string(),
            name: format!("{} {}", game.name, plan.label()),
            size: format!("{} GB", plan.memory_gib()),
            players: wording::players(plan),
            cpu: texts::cpu(plan.cpu_percent),
            disk: texts::with("disk", &[("size", plan.disk_gib().to_string().into())]),
            prices: prices(plan.monthly_minor),
            price: texts::price(plan.price(term, catalogue.currency)),
            room: rooms.get(&size_of(plan)).map(room_text).unwrap_or_default(),
            recommended: plan.recommended,
            chosen: off.is_none() && plan.key.as_str() == configuration.0.plan,
            off,
        };
        match groups.last_mut().filter(|group| group.name == plan.variant) {
            Some(group) => {
                group.chosen |= choice.chosen;
                group.plans.push(choice);
            }
            None => {
                let of_type = sold.iter().filter(|sold| sold.variant == plan.variant).copied();
                let from = games::from_words(catalogue, of_type);
                groups.push(Group { name: plan.variant.clone(), from, chosen: choice.chosen, plans: vec![choice] });
            }
        }
    }
    let blueprint = chosen_plan.or(sold.first().copied()).and_then(|plan| catalogue.find_blueprint(&plan.blueprint));
    let size = chosen_plan.map(size_of).unwrap_or_default();
    let regions = regions(rooms.get(&size), &openings.paused, configuration);
    Ok(Form {
        waits: regions.iter().any(|region| region.chosen && region.is_full),
        paused: !regions.is_empty() && regions.iter().all(|region| region.paused),
        currency: catalogue.currency.to_string(),
        cart_key: configuration.0.cart_key.clone(),
        server_name: configuration.0.server_name.clone(),
        name_length: NAME_LENGTH,
        per: wording::per(term),
        groups,
        terms: terms(catalogue, game, chosen_plan, configuration),
        regions,
        add_ons: add_ons(catalogue, configuration),
        consent: game.consent.as_ref().map(|consent| ConsentBox {
            key: consent.key.clone(),
            text: texts::said(&consent.text).into_owned(),
            url: consent.url.clone(),
            given: configuration.0.consents.contains(&consent.key),
        }),
        inputs: blueprint.map(|blueprint| inputs(blueprint, configuration)).unwrap_or_default(),
        bill: match chosen_plan {
            Some(plan) => bill(catalogue, game, plan, configuration),
            None => Bill { lines: vec![], today: "–".to_owned(), renewal: "–".to_owned() },
        },
        open: !sold.is_empty(),
        problem,
    })
}

/// Plans of the same size find the same room.
fn size_of(plan: &Plan) -> (u32, u32) {
    (plan.memory_mib, plan.disk_mib)
}

type Room = Vec<(Region, usize)>;

fn rooms(app: &App, openings: &Openings, plans: &[&Plan]) -> BTreeMap<(u32, u32), Room> {
    let mut rooms = BTreeMap::new();
    for plan in plans {
        let Some(blueprint) = app.catalogue.find_blueprint(&plan.blueprint) else { continue };
        rooms.entry(size_of(plan)).or_insert_with(|| openings.of(app, ServerShape::of(plan, blueprint, [])));
    }
    rooms
}

fn room_text(room: &Room) -> String {
    let places: Vec<String> = room.iter().map(|(region, places)| format!("{}={places}", region.key)).collect();
    places.join(" ")
}

fn prices(monthly_minor: i64) -> String {
    Term::ALL.map(|term| term.price_minor(monthly_minor).to_string()).join(" ")
}

fn terms(catalogue: &Catalogue, game: &Game, plan: Option<&Plan>, configuration: &Configuration) -> Vec<TermChoice> {
    let choice = |(index, term): (usize, Term)| {
        let mut with_term = configuration.clone();
        with_term.0.term = term.key().to_owned();
        TermChoice {
            key: term.key(),
            index,
            label: wording::term(term),
            per: wording::per(term),
            renews: wording::renews(term, "#"),
            saving: (term.discount_percent() > 0)
                .then(|| texts::with("term-saving", &[("percent", term.discount_percent().to_string().into())])),
            total: plan.map(|plan| bill(catalogue, game, plan, &with_term).today).unwrap_or_default(),
            chosen: term == configuration.term(),
        }
    };
    Term::ALL.into_iter().enumerate().map(choice).collect()
}

/// The regions; the one that was chosen, or the first with room, is marked.
fn regions(room: Option<&Room>, paused: &BTreeSet<RegionKey>, configuration: &Configuration) -> Vec<RegionChoice> {
    let Some(room) = room else { return vec![] };
    let known = room.iter().any(|(region, _)| region.key.as_str() == configuration.0.region);
    let first_open = room.iter().find(|(_, places)| *places > 0).or(room.first()).map(|(region, _)| region.key.clone());
    let choice = |(region, count): &(Region, usize)| {
        let paused = paused.contains(&region.key);
        let (places, tone) = wording::places_here(paused, *count);
        let chosen = match known {
            true => region.key.as_str() == configuration.0.region,
            false => Some(&region.key) == first_open.as_ref(),
        };
        RegionChoice {
            key: region.key.to_string(),
            name: texts::said(&region.name).into_owned(),
            places,
            is_full: *count == 0,
            paused,
            tone,
            chosen,
        }
    };
    room.iter().map(choice).collect()
}

fn add_ons(catalogue: &Catalogue, configuration: &Configuration) -> Vec<AddOnChoice> {
    let sold = catalogue.add_ons.iter().filter(|add_on| add_on.sale == Sale::OnSale);
    let choice = |add_on: &AddOn| AddOnChoice {
        key: add_on.key.to_string(),
        name: texts::said(&add_on.name).into_owned(),
        summary: texts::said(&add_on.summary).into_owned(),
        prices: prices(add_on.monthly_minor),
        price: texts::price(Money::new(configuration.term().price_minor(add_on.monthly_minor), catalogue.currency)),
        chosen: configuration.has_add_on(add_on),
    };
    sold.map(choice).collect()
}

fn inputs(blueprint: &Blueprint, configuration: &Configuration) -> Vec<InputField> {
    let field = |input: &domain::catalogue::CustomerInput| InputField {
        key: input.key.clone(),
        label: texts::said(&input.label).into_owned(),
        help: texts::said(&input.help).into_owned(),
        length: match input.rule {
            InputRule::Alphanumeric { length } => length,
        },
        value: configuration.0.inputs.get(&input.key).cloned().unwrap_or_default(),
    };
    blueprint.inputs.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sold_out_names_the_places_that_have_room() {
        let text = sold_out("Minecraft Paper 4 GB", "US East", &["EU".to_owned(), "US West".to_owned()]);
        assert_eq!(
            text,
            "Minecraft Paper 4 GB is sold out in US East. You were not charged. It is free in: EU, US West."
        );
        assert!(sold_out("A", "B", &[]).contains("No other region"));
    }
}
