//! Bringing the catalogue's prices to Stripe: products by our own id, prices by lookup key. Doing it twice changes nothing; a
//! changed price makes a new one and retires the old one, which existing subscriptions keep.

use crate::app::App;
use crate::sales::offer::lookup_key;
use anyhow::Context;
use billing::{Interval, NewPrice, Price, ProductParams, Stripe};
use domain::catalogue::{Catalogue, Sale, Term};
use domain::money::Money;
use futures_util::StreamExt;
use futures_util::stream;
use std::collections::BTreeMap;
use store::prices::{self, StripePrice};

/// Prices made at the same time.
const CONCURRENT: usize = 6;

/// What was done at Stripe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// Prices that were there as they should be.
    pub unchanged: usize,
    /// Prices that were made.
    pub made: usize,
    /// Prices that were retired for a new one.
    pub replaced: usize,
}

/// Something with a price.
struct Item {
    key: String,
    name: String,
    description: String,
    monthly_minor: i64,
}

/// What there is to do about a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Our name for it.
    pub lookup_key: String,
    /// What it costs at Stripe, if it is there.
    pub at_stripe: Option<Money>,
    /// What the catalogue says.
    pub wanted: Money,
    /// What [`apply`] does about it.
    pub change: Change,
}

/// What [`apply`] would do, in the order of the catalogue. Changes nothing.
///
/// # Errors
/// Stripe or the database did not answer.
pub async fn plan(app: &App) -> anyhow::Result<Vec<Planned>> {
    let known = prices::list(&mut *app.store.read().await?).await?;
    plan_with(&app.stripe, &app.catalogue, &known).await
}

/// The same for a catalogue, an account at Stripe, and the prices that the shop knows there.
///
/// # Errors
/// Stripe did not answer.
pub async fn plan_with(stripe: &Stripe, catalogue: &Catalogue, known: &[StripePrice]) -> anyhow::Result<Vec<Planned>> {
    let items = items(catalogue);
    let there = read(stripe, &items).await?;
    let known: BTreeMap<&str, &str> =
        known.iter().map(|price| (price.lookup_key.as_str(), price.price_id.as_str())).collect();
    let planned = items.iter().flat_map(|item| Term::ALL.map(|term| (item, term))).map(|(item, term)| {
        let lookup_key = lookup_key(&item.key, term);
        let wanted = Money::new(term.price_minor(item.monthly_minor), catalogue.currency);
        let old = there.get(&lookup_key);
        let change = match change(old, wanted, term) {
            Change::None if old.map(|price| price.id.as_str()) != known.get(lookup_key.as_str()).copied() => {
                Change::Remembered
            }
            change => change,
        };
        Planned { at_stripe: old.and_then(|price| price.unit_amount), wanted, change, lookup_key }
    });
    Ok(planned.collect())
}

async fn read(stripe: &Stripe, items: &[Item]) -> anyhow::Result<BTreeMap<String, Price>> {
    let keys: Vec<String> = items.iter().flat_map(|item| Term::ALL.map(|term| lookup_key(&item.key, term))).collect();
    let there = stripe.find_prices_by_lookup_keys(&keys).await.context("cannot read the prices at Stripe")?;
    Ok(there.into_iter().filter_map(|price| Some((price.lookup_key.clone()?, price))).collect())
}

fn change(old: Option<&Price>, amount: Money, term: Term) -> Change {
    match old {
        Some(price) if fits(price, amount, term) => Change::None,
        Some(_) => Change::Replaced,
        None => Change::Made,
    }
}

/// Brings all prices of what is sold to Stripe.
///
/// # Errors
/// Stripe or the database did not answer: what was done stays done, run it again.
pub async fn apply(app: &App) -> anyhow::Result<Applied> {
    let items = items(&app.catalogue);
    let there = &read(&app.stripe, &items).await?;
    let results: Vec<anyhow::Result<Vec<(StripePrice, Change)>>> = stream::iter(items)
        .map(|item| async move { apply_item(app, &item, there).await })
        .buffer_unordered(CONCURRENT)
        .collect()
        .await;
    let mut applied = Applied::default();
    let mut failed = None;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    for result in results {
        match result {
            Ok(made) => {
                for (price, change) in made {
                    prices::save(&mut tx, &price, now).await?;
                    match change {
                        Change::None | Change::Remembered => applied.unchanged += 1,
                        Change::Made => applied.made += 1,
                        Change::Replaced => applied.replaced += 1,
                    }
                }
            }
            Err(error) => failed = Some(error),
        }
    }
    tx.commit().await?;
    app.refresh_offer().await?;
    failed.map_or(Ok(applied), Err)
}

/// What happens to a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is as it should be.
    None,
    /// It is as it should be at Stripe, and this shop does not know its id yet.
    Remembered,
    /// It is made.
    Made,
    /// Another one is made and this one retired; whoever pays it goes on paying it.
    Replaced,
}

impl Change {
    /// The word in answers.
    pub fn key(self) -> &'static str {
        match self {
            Self::None => "unchanged",
            Self::Remembered => "remembered",
            Self::Made => "made",
            Self::Replaced => "replaced",
        }
    }
}

fn items(catalogue: &Catalogue) -> Vec<Item> {
    let plans = catalogue.plans.iter().filter(|plan| plan.sale == Sale::OnSale).map(|plan| {
        let game = catalogue.find_game(plan.game.as_str()).map_or(plan.game.as_str(), |game| &game.name);
        Item {
            key: plan.key.to_string(),
            name: format!("{game} {}", plan.label()),
            description: format!("{} GB memory, {} GB disk", plan.memory_gib(), plan.disk_gib()),
            monthly_minor: plan.monthly_minor,
        }
    });
    let add_ons = catalogue.add_ons.iter().filter(|add_on| add_on.sale == Sale::OnSale).map(|add_on| Item {
        key: add_on.key.to_string(),
        name: add_on.name.clone(),
        description: add_on.summary.clone(),
        monthly_minor: add_on.monthly_minor,
    });
    plans.chain(add_ons).collect()
}

async fn apply_item(
    app: &App,
    item: &Item,
    there: &BTreeMap<String, Price>,
) -> anyhow::Result<Vec<(StripePrice, Change)>> {
    let mut done = Vec::new();
    let mut product = None;
    for term in Term::ALL {
        let key = lookup_key(&item.key, term);
        let amount = Money::new(term.price_minor(item.monthly_minor), app.catalogue.currency);
        let old = there.get(&key);
        let (price, change) = match (old, change(old, amount, term)) {
            (Some(price), change @ (Change::None | Change::Remembered)) => (price.clone(), change),
            (old, change) => {
                if product.is_none() {
                    product = Some(ensure_product(app, item).await?);
                }
                let product = product.clone().unwrap_or_default();
                let made = make(app, &product, &key, amount, term, old).await?;
                (made, change)
            }
        };
        let row = StripePrice {
            lookup_key: key,
            price_id: price.id,
            product_id: price.product.unwrap_or_default(),
            amount,
            months: i64::from(term.months()),
        };
        done.push((row, change));
    }
    Ok(done)
}

fn interval(term: Term) -> (Interval, u32) {
    match term {
        Term::Monthly | Term::Quarterly | Term::Semiannual => (Interval::Month, term.months()),
        Term::Yearly => (Interval::Year, 1),
    }
}

fn fits(price: &Price, amount: Money, term: Term) -> bool {
    let (wanted, count) = interval(term);
    price.active
        && price.unit_amount == Some(amount)
        && price.interval.as_ref() == Some(&wanted)
        && price.interval_count == count
}

async fn ensure_product(app: &App, item: &Item) -> anyhow::Result<String> {
    let params = ProductParams {
        name: item.name.clone(),
        description: Some(item.description.clone()),
        active: true,
        metadata: BTreeMap::from([("key".to_owned(), item.key.clone())]),
    };
    let product = app.stripe.create_product(&format!("givr_{}", item.key), &params).await;
    Ok(product.with_context(|| format!("cannot make the product {}", item.key))?.id)
}

async fn make(
    app: &App,
    product: &str,
    key: &str,
    amount: Money,
    term: Term,
    old: Option<&Price>,
) -> anyhow::Result<Price> {
    let (interval, interval_count) = interval(term);
    let new = NewPrice {
        product: product.to_owned(),
        lookup_key: key.to_owned(),
        unit_amount: amount,
        interval,
        interval_count,
        tax_behavior: None,
        metadata: BTreeMap::new(),
    };
    // The same step of the same change: repeated, it is the same price.
    let step = old.map_or("first", |old| &old.id);
    let made = app.stripe.create_price(&new, &format!("price:{key}:{}:{step}", amount.minor)).await;
    let made = made.with_context(|| format!("cannot make the price {key}"))?;
    if let Some(old) = old {
        app.stripe.archive_price(&old.id).await.with_context(|| format!("cannot retire the price {}", old.id))?;
    }
    Ok(made)
}
