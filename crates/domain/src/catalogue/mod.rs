//! What is for sale: games, plans, terms, add-ons, regions, and the blueprint that turns a plan into a server.
//!
//! Loaded once from the files that the owner edits (`catalogue/`), checked as a whole, then never changed while running.
//! Not here: which eggs this panel has (`panel_eggs` in the store) and what is free (`capacity`).

mod binding;
mod blueprint;
mod environment;
mod load;
mod price;
pub mod rules;
mod shape;
mod template;

pub use binding::{Binding, BlueprintCheck, Egg, bind, check_blueprint, image_of};
pub use blueprint::{
    Blueprint, BlueprintKey, CarriedBy, CustomerInput, EggName, InputRule, Limits, PortSpec, PreStart, Probe, Protocol,
    Value,
};
pub use environment::{EggVariable, EnvProblem, server_environment};
pub use load::{Mistake, SourceFile};
pub use price::Term;
pub use shape::ServerShape;
pub use template::{FillContext, FillError, Placeholder, TemplateError};

use crate::ids::names;
use crate::money::{Currency, Money};
use serde::{Deserialize, Serialize};

names! {
    /// A game, for example `minecraft`.
    GameKey;
    /// A plan, for example `minecraft-paper-4g`.
    PlanKey;
    /// An add-on, for example `addon-extra-database`.
    AddOnKey;
    /// A region, for example `us-east`.
    RegionKey;
}

/// Everything that is for sale.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// The currency of all prices.
    pub currency: Currency,
    /// The terms that the shop offers, in its order.
    pub terms: Vec<Term>,
    /// In the order in which the shop shows them.
    pub games: Vec<Game>,
    /// Grouped by game, smallest first.
    pub plans: Vec<Plan>,
    /// In the order in which the shop shows them.
    pub add_ons: Vec<AddOn>,
    /// Where servers can stand.
    pub regions: Vec<Region>,
    /// How each kind of server is made.
    pub blueprints: Vec<Blueprint>,
}

impl Catalogue {
    /// The game with this key, if there is one.
    pub fn find_game(&self, key: &str) -> Option<&Game> {
        self.games.iter().find(|game| game.key.as_str() == key)
    }

    /// The plan with this key, if there is one, sold or not.
    pub fn find_plan(&self, key: &str) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.key.as_str() == key)
    }

    /// The region with this key, if there is one.
    pub fn find_region(&self, key: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.key.as_str() == key)
    }

    /// The add-on with this key, if there is one, sold or not.
    pub fn find_add_on(&self, key: &str) -> Option<&AddOn> {
        self.add_ons.iter().find(|add_on| add_on.key.as_str() == key)
    }

    /// The blueprint with this key, if there is one.
    pub fn find_blueprint(&self, key: &BlueprintKey) -> Option<&Blueprint> {
        self.blueprints.iter().find(|blueprint| &blueprint.key == key)
    }

    /// The plans of one game, smallest first, variant by variant.
    pub fn plans_of<'a>(&'a self, game: &'a GameKey) -> impl Iterator<Item = &'a Plan> {
        self.plans.iter().filter(move |plan| &plan.game == game)
    }
}

/// A game that servers are sold for.
#[derive(Debug, Clone, PartialEq)]
pub struct Game {
    /// Stands in addresses.
    pub key: GameKey,
    /// As people write it.
    pub name: String,
    /// One sentence for the card.
    pub summary: String,
    /// A paragraph for the game's page.
    pub description: String,
    /// Plans below this are not sold, in GiB.
    pub floor_memory_gib: u32,
    /// The size that suits most buyers, in GiB; a type may have its own, see [`Plan::recommended`].
    pub recommended_memory_gib: u32,
    /// What the buyer has to agree to before paying, if anything.
    pub consent: Option<Consent>,
    /// Questions and answers for the game's page.
    pub faq: Vec<Faq>,
}

/// A question that buyers ask, with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faq {
    /// The question as a buyer would put it.
    pub question: String,
    /// The answer in plain words.
    pub answer: String,
}

/// Terms of somebody else that the buyer has to accept, such as Minecraft's EULA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Names the consent in the order's record, for example `minecraft-eula`.
    pub key: String,
    /// The sentence next to the tick box.
    pub text: String,
    /// Where the terms stand.
    pub url: String,
}

/// A size of a game's server, at a monthly price.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Stands in addresses and at Stripe.
    pub key: PlanKey,
    /// The game it runs.
    pub game: GameKey,
    /// The type within the game, such as `Paper`; `None` where a game has one type.
    pub variant: Option<String>,
    /// How the server is made.
    pub blueprint: BlueprintKey,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// CPU in percent of one core.
    pub cpu_percent: u32,
    /// Disk in MiB.
    pub disk_mib: u32,
    /// Price of one month in minor units of the catalogue's currency.
    pub monthly_minor: i64,
    /// How many players it is honest to promise, from and to.
    pub players: Option<(u32, u32)>,
    /// Whether it is the size preselected among those of its type; one of each type that is sold.
    pub recommended: bool,
    /// Values for egg variables that differ from the blueprint's.
    pub env: std::collections::BTreeMap<String, Value>,
    /// Whether it can be bought.
    pub sale: Sale,
}

/// Whether something is sold, as far as the catalogue alone can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sale {
    /// It is.
    OnSale,
    /// It is not, and why, in words for the operator.
    OffSale(String),
}

impl Plan {
    /// Memory in GiB, as the shop writes it.
    pub fn memory_gib(&self) -> u32 {
        self.memory_mib / 1024
    }

    /// Whether the catalogue sells it; whether this panel can make it is another question.
    pub fn is_on_sale(&self) -> bool {
        self.sale == Sale::OnSale
    }

    /// Disk in GiB, as the shop writes it.
    pub fn disk_gib(&self) -> u32 {
        self.disk_mib / 1024
    }

    /// What one term costs.
    pub fn price(&self, term: Term, currency: Currency) -> Money {
        Money::new(term.price_minor(self.monthly_minor), currency)
    }

    /// The game's type and size in a few words, for example `Paper 4 GB`.
    pub fn label(&self) -> String {
        match &self.variant {
            Some(variant) => format!("{variant} {} GB", self.memory_gib()),
            None => format!("{} GB", self.memory_gib()),
        }
    }
}

/// Something that can be bought with a plan and changes its server.
#[derive(Debug, Clone, PartialEq)]
pub struct AddOn {
    /// Stands in addresses and at Stripe.
    pub key: AddOnKey,
    /// As people read it.
    pub name: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// Price of one month in minor units of the catalogue's currency.
    pub monthly_minor: i64,
    /// What it changes on the server.
    pub effect: Option<AddOnEffect>,
    /// Whether it can be bought. An add-on without an effect never is.
    pub sale: Sale,
}

/// What an add-on changes on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum AddOnEffect {
    /// More CPU, in percent of one core.
    Cpu {
        /// Percent of one core.
        percent: u32,
    },
    /// More disk.
    Disk {
        /// In GiB.
        gib: u32,
    },
    /// A higher share of the disk's time when many want it; the panel's weight, 10 to 1000.
    IoWeight {
        /// The weight instead of 500.
        weight: u32,
    },
    /// More backups kept.
    Backups {
        /// How many more.
        count: u32,
    },
    /// More databases.
    Databases {
        /// How many more.
        count: u32,
    },
    /// More ports.
    Ports {
        /// How many more.
        count: u32,
    },
}

/// A place where servers stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Stands in addresses.
    pub key: RegionKey,
    /// As people read it, for example `US East (Virginia)`.
    pub name: String,
    /// Short codes of the panel's locations that belong to it.
    pub locations: Vec<String>,
}
