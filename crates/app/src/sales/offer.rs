//! What is for sale at this moment: the catalogue, less what has no price at Stripe and what this panel cannot make (C7).

use crate::app::App;
use bytes::Bytes;
use domain::catalogue::{Plan, PlanKey, RegionKey, Sale, Term};
use domain::money::Money;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::prices::StripePrice;
use store::{Db, StoreError, mirror, prices, sales_pauses};
use utoipa::ToSchema;

/// What is for sale. Made anew after every sync; pages read it without asking the database.
#[derive(Debug, Default)]
pub struct Offer {
    /// Why a plan is not for sale, in words for the operator; plans without an entry are.
    pub off_sale: BTreeMap<PlanKey, String>,
    /// The prices at Stripe, by lookup key.
    pub prices: BTreeMap<String, StripePrice>,
    /// The list of plans as the API serves it.
    pub plans_json: Bytes,
}

/// Regions in which nothing is sold at the moment, because whoever looks after the shop said so. Read from the database each time: it holds
/// for all replicas from one moment to the next.
///
/// # Errors
/// The database did not answer.
pub async fn paused(app: &App, db: &mut Db) -> Result<BTreeSet<RegionKey>, StoreError> {
    let pauses = sales_pauses::list(db).await?;
    let here = |region: &RegionKey| pauses.iter().any(|pause| pause.region.as_ref().is_none_or(|one| one == region));
    Ok(app.catalogue.regions.iter().map(|region| region.key.clone()).filter(here).collect())
}

/// Our name at Stripe for the price of a plan or an add-on for a term.
pub fn lookup_key(key: &str, term: Term) -> String {
    format!("givr:{key}:{term}")
}

impl Offer {
    /// Whether a plan can be bought.
    pub fn sells(&self, plan: &PlanKey) -> bool {
        !self.off_sale.contains_key(plan)
    }

    /// The price at Stripe of a plan or an add-on for a term, if it is there with the amount that we ask.
    pub fn price(&self, key: &str, term: Term, amount: Money) -> Option<&StripePrice> {
        self.prices.get(&lookup_key(key, term)).filter(|price| price.amount == amount)
    }

    pub(crate) async fn load(app: &App) -> Result<Self, StoreError> {
        let mut db = app.store.read().await?;
        let listed = prices::list(&mut db).await?;
        let prices: BTreeMap<_, _> = listed.into_iter().map(|price| (price.lookup_key.clone(), price)).collect();
        let bindings = mirror::list_bindings(&mut db).await?;
        let mut offer = Self { prices, ..Self::default() };
        let catalogue = &app.catalogue;
        for plan in &catalogue.plans {
            let binding = bindings.iter().find(|binding| binding.blueprint == plan.blueprint);
            let problem = match (&plan.sale, binding) {
                (Sale::OffSale(why), _) => Some(why.clone()),
                (Sale::OnSale, None) => Some("the panel has not been read yet".to_owned()),
                (Sale::OnSale, Some(binding)) => {
                    binding.problem.clone().or_else(|| offer.missing_price(plan, catalogue.currency))
                }
            };
            if let Some(problem) = problem {
                offer.off_sale.insert(plan.key.clone(), problem);
            }
        }
        offer.plans_json = offer.to_json(app);
        Ok(offer)
    }

    fn missing_price(&self, plan: &Plan, currency: domain::money::Currency) -> Option<String> {
        let missing = |term: &Term| self.price(plan.key.as_str(), *term, plan.price(*term, currency)).is_none();
        let term = Term::ALL.into_iter().find(missing)?;
        Some(format!("its {term} price is not at Stripe: run `givr catalogue apply`"))
    }

    fn to_json(&self, app: &App) -> Bytes {
        let catalogue = &app.catalogue;
        let sold = catalogue.plans.iter().filter(|plan| self.sells(&plan.key));
        let plans = sold.map(|plan| {
            let price = |term: Term| PlanPrice { term: term.key(), minor: plan.price(term, catalogue.currency).minor };
            let (players_from, players_to) = plan.players.unzip();
            PlanEntry {
                id: plan.key.as_str(),
                game: plan.game.as_str(),
                variant: plan.variant.as_deref(),
                memory_gib: plan.memory_gib(),
                cpu_percent: plan.cpu_percent,
                disk_gib: plan.disk_gib(),
                players_from,
                players_to,
                consents: catalogue
                    .find_game(plan.game.as_str())
                    .and_then(|game| game.consent.as_ref())
                    .map(|consent| consent.key.as_str())
                    .into_iter()
                    .collect(),
                inputs: catalogue
                    .find_blueprint(&plan.blueprint)
                    .map(|blueprint| blueprint.inputs.iter().map(|input| input.key.as_str()).collect())
                    .unwrap_or_default(),
                currency: catalogue.currency.code(),
                prices: Vec::from(Term::ALL.map(price)),
            }
        });
        let list = PlanList { plans: plans.collect() };
        // Our own types always have a JSON form.
        serde_json::to_vec(&list).unwrap_or_default().into()
    }
}

/// The plans that can be bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanList<'a> {
    /// Grouped by game, smallest first.
    pub plans: Vec<PlanEntry<'a>>,
}

/// A plan that can be bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanEntry<'a> {
    /// Names it in a checkout.
    pub id: &'a str,
    /// The game that it runs.
    pub game: &'a str,
    /// The type within the game.
    pub variant: Option<&'a str>,
    /// Memory.
    pub memory_gib: u32,
    /// CPU in percent of one core.
    pub cpu_percent: u32,
    /// Disk.
    pub disk_gib: u32,
    /// Fewest players that it is meant for.
    pub players_from: Option<u32>,
    /// Most players that it is meant for.
    pub players_to: Option<u32>,
    /// Keys of consents that a checkout has to carry.
    pub consents: Vec<&'a str>,
    /// Keys of inputs that a checkout has to carry.
    pub inputs: Vec<&'a str>,
    /// The currency of the prices.
    #[schema(pattern = "^[a-z]{3}$")]
    pub currency: &'a str,
    /// What each term costs.
    pub prices: Vec<PlanPrice>,
}

/// What a term costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanPrice {
    /// `monthly`, `quarterly`, `semiannual` or `yearly`.
    #[schema(pattern = "^(monthly|quarterly|semiannual|yearly)$")]
    pub term: &'static str,
    /// In minor units of the currency.
    #[schema(minimum = 0)]
    pub minor: i64,
}
