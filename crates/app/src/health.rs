//! Whether the shop can sell and deliver: one look at our own rows and at what the outside last answered. Nobody outside is asked for it.
//! Load balancers, metrics, the status page and its history all read the same look.

use crate::alerts::Rule;
use crate::app::App;
use crate::sales::checkout::ADDRESS_OF_PAGES;
use crate::trusted_clock::Witness;
use crate::work::{panel_sync, stripe_events};
use domain::catalogue::RegionKey;
use domain::freeze::{Frozen, Reach};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use store::watch::Queue;
use store::{Db, StoreError, alerts, marks, mirror, sales_pauses};
use tokio::time::timeout;

/// Without a complete look at the panel for this long nothing can be promised.
pub const PANEL_AGE: SignedDuration = SignedDuration::from_mins(10);
/// Stripe is asked for its events every minute: after this long without an answer nobody could pay.
pub const STRIPE_AGE: SignedDuration = SignedDuration::from_mins(10);
/// How long the database may take to let somebody write.
const PATIENCE: Duration = Duration::from_secs(3);

/// Something that selling and delivering needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The database takes what is written.
    Database,
    /// The panel was read lately.
    Panel,
    /// Stripe answered lately.
    Stripe,
    /// Some plan is for sale.
    Offer,
    /// Nothing stands still on purpose.
    Unfrozen,
}

impl Part {
    /// Everything.
    pub const ALL: [Self; 5] = [Self::Database, Self::Panel, Self::Stripe, Self::Offer, Self::Unfrozen];

    /// The word in metrics.
    pub fn key(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Panel => "panel",
            Self::Stripe => "stripe",
            Self::Offer => "offer",
            Self::Unfrozen => "unfrozen",
        }
    }
}

/// What was seen.
#[derive(Debug, Clone)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Whether something can be written; taken for granted where nobody tried.
    pub writable: bool,
    /// When the panel was last read completely.
    pub panel_read: Option<Timestamp>,
    /// When Stripe last answered.
    pub stripe_answered: Option<Timestamp>,
    /// How many plans are for sale.
    pub plans: usize,
    /// Whether somebody paused all sales.
    pub sales_paused: bool,
    /// Why something stands still.
    pub frozen: Frozen,
    /// Whether Stripe's answers fit, as far as anybody was told.
    pub payments_well: bool,
    /// Whether deliveries get on, as far as anybody was told.
    pub deliveries_well: bool,
    /// Regions, and whether a machine there is in service at the panel. One that is drained is: only nothing new is placed on it.
    pub regions: Vec<(RegionKey, bool)>,
}

impl Look {
    /// Whether the panel was read lately.
    pub fn panel_is_fresh(&self) -> bool {
        fresh(self.panel_read, self.at, PANEL_AGE)
    }

    /// Whether Stripe answered lately.
    pub fn stripe_is_fresh(&self) -> bool {
        fresh(self.stripe_answered, self.at, STRIPE_AGE)
    }

    /// Whether this part is well.
    pub fn is_well(&self, part: Part) -> bool {
        match part {
            Part::Database => self.writable,
            Part::Panel => self.panel_is_fresh(),
            Part::Stripe => self.stripe_is_fresh(),
            Part::Offer => self.plans > 0,
            Part::Unfrozen => self.frozen.stops(Reach::Outside).is_none(),
        }
    }

    /// Whether somebody can buy, and gets what they buy.
    pub fn is_ready(&self) -> bool {
        Part::ALL.into_iter().all(|part| self.is_well(part))
    }
}

fn fresh(last: Option<Timestamp>, now: Timestamp, age: SignedDuration) -> bool {
    last.is_some_and(|last| now.duration_since(last) < age)
}

/// Looks, and tries whether something can be written: that makes writers wait for a moment.
///
/// # Errors
/// The database cannot even be read.
pub async fn try_out(app: &App) -> Result<Look, StoreError> {
    let look = look(app).await?;
    let writable = matches!(timeout(PATIENCE, app.store.try_writing()).await, Ok(Ok(())));
    Ok(Look { writable, ..look })
}

/// Looks.
///
/// # Errors
/// The database cannot even be read.
pub async fn look(app: &App) -> Result<Look, StoreError> {
    let at = app.now();
    let mut db = app.store.read().await?;
    let panel_read = marks::find(&mut db, panel_sync::MARK).await?.map(|mark| mark.at);
    // Another process may be the one that asks.
    let polled = marks::find(&mut db, stripe_events::FIRST_MARK).await?.map(|mark| mark.at);
    let payments_well = payments(&mut db).await?;
    let deliveries_well = deliveries(&mut db).await?;
    let regions = regions(app, &mut db).await?;
    let sales_paused = sales_pauses::list(&mut db).await?.iter().any(|pause| pause.region.is_none());
    drop(db);
    let frozen = app.look_whether_frozen().await?;
    let offer = app.offer();
    Ok(Look {
        at,
        writable: true,
        panel_read,
        stripe_answered: polled.max(app.gate.answered_at(Witness::Stripe)),
        sales_paused,
        plans: app.catalogue.plans.iter().filter(|plan| offer.sells(&plan.key)).count(),
        frozen,
        payments_well,
        deliveries_well,
        regions,
    })
}

/// Stripe is read and opens pages. That the subscription of one service cannot be read is not everybody's trouble.
async fn payments(db: &mut Db) -> Result<bool, StoreError> {
    let open = alerts::list_open_of(db, &[Rule::StripeTrouble.key()]).await?;
    Ok(!open.iter().any(|alert| [stripe_events::EVENTS, ADDRESS_OF_PAGES].contains(&alert.key.as_str())))
}

/// Several at once fail, or nobody works on them.
async fn deliveries(db: &mut Db) -> Result<bool, StoreError> {
    let rules = [Rule::DeliveriesFailing, Rule::ProvisioningFailing, Rule::WorkStalled].map(Rule::key);
    let open = alerts::list_open_of(db, &rules).await?;
    let concerns =
        |alert: &alerts::Alert| alert.rule != Rule::WorkStalled.key() || alert.key == Queue::Operations.key();
    Ok(!open.iter().any(concerns))
}

async fn regions(app: &App, db: &mut Db) -> Result<Vec<(RegionKey, bool)>, StoreError> {
    let nodes = mirror::list_nodes(db).await?;
    let takes = |locations: &[String]| {
        nodes.iter().any(|node| node.public && !node.maintenance && locations.contains(&node.location))
    };
    // Where the panel has no machine at all, nothing is promised.
    let there = |locations: &[String]| nodes.iter().any(|node| locations.contains(&node.location));
    let known = app.catalogue.regions.iter().filter(|region| there(&region.locations));
    Ok(known.map(|region| (region.key.clone(), takes(&region.locations))).collect())
}
