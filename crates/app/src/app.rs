//! What every part of the program shares: the database, the clients of the outside, the catalogue, clock and chance.

use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::control::Control;
use crate::desk::overview;
use crate::freeze::Gate;
use crate::games::Games;
use crate::mail::Mailer;
use crate::sales::offer::Offer;
use crate::transport::Transport;
use crate::vault::Vault;
use crate::watchers::Watchers;
use crate::web::Inbox;
use crate::web::last_seen::LastSeen;
use crate::web::limits::Limiter;
use crate::web::passwords::Hashers;
use crate::web::tokens::KeyRing;
use anyhow::Context;
use billing::Stripe;
use domain::catalogue::Catalogue;
use domain::ids::{Id, OrderId};
use jiff::Timestamp;
use panel::Panel;
use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use store::Store;
use store::marks::{self, Installation};
use tokio::sync::watch;

/// The program. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What the program consists of.
pub struct Parts {
    /// Every setting.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// Stripe.
    pub stripe: Stripe,
    /// The panel.
    pub panel: Arc<dyn Panel>,
    /// What is for sale.
    pub catalogue: Catalogue,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Secrets and ids.
    pub random: Random,
    /// Where mail goes.
    pub mailer: Mailer,
    /// The way to Discord, Slack and whatever else is told of alerts.
    pub sinks: Transport,
    /// The way to the shop's own address, as customers go it.
    pub site: Transport,
    /// Where games are asked.
    pub games: Games,
    /// Who this installation is.
    pub installation: Installation,
    /// Whether this process may act.
    pub gate: Gate,
    /// Since when this process is there.
    pub started_at: Timestamp,
    /// Names this process in leases, for people.
    pub worker: String,
    /// Names the machine that it runs on, for people; in a container it is the container's name.
    pub machine: String,
    /// Password hashing, bounded.
    pub hashers: Hashers,
    /// Seals what the database must keep secret.
    pub vault: Vault,
    /// What API tokens are signed with.
    pub token_keys: KeyRing,
    /// Who used what last, until it is written down.
    pub last_seen: LastSeen,
    /// How much anybody may ask.
    pub limiter: Limiter,
    /// What is known of servers in their customers' hands.
    pub control: Control,
    /// How the shop is doing, as somebody last looked.
    pub overview: overview::Kept,
    /// Where webhooks leave their events.
    pub inbox: Inbox,
    /// Who watches an order.
    pub order_watchers: Watchers,
    offer: RwLock<Arc<Offer>>,
    node_turns: Mutex<HashMap<i64, Arc<tokio::sync::Mutex<()>>>>,
    hints: Mutex<BTreeSet<OrderId>>,
    changes: watch::Sender<u64>,
}

/// Orders that may be hinted at between two passes; more are found by the poll anyway.
const HINTS: usize = 500;

/// How many orders one account may watch at a time, in this process.
const ORDER_WATCHERS_OF_ONE: usize = 8;

/// What has to be given to make an [`App`].
pub struct Ingredients {
    /// Every setting.
    pub config: Config,
    /// The database, with its schema up to date.
    pub store: Store,
    /// Stripe.
    pub stripe: Stripe,
    /// The panel.
    pub panel: Arc<dyn Panel>,
    /// What is for sale.
    pub catalogue: Catalogue,
    /// Secrets and ids.
    pub random: Random,
    /// Where mail goes.
    pub mailer: Mailer,
    /// The way to Discord, Slack and whatever else is told of alerts.
    pub sinks: Transport,
    /// The way to the shop's own address, as customers go it.
    pub site: Transport,
    /// Where games are asked.
    pub games: Games,
    /// The gate, with its clock, that the clients of Stripe and of the panel were built behind.
    pub gate: Gate,
}

impl App {
    /// Puts the program together and learns who this installation is.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn new(given: Ingredients) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(given.gate.clock.clone());
        let now = clock.now();
        let fresh =
            Installation { id: format!("ins_{}", given.random.word(16)), prefix: format!("g{}", given.random.word(6)) };
        let mut tx = given.store.begin().await.context("cannot begin a transaction")?;
        let installation =
            marks::installation(&mut tx, &fresh, now).await.context("cannot read the installation's id")?;
        tx.commit().await?;
        let changes = watch::channel(0).0;
        let secrets: Vec<_> = std::iter::once(&given.config.secret).chain(&given.config.old_secrets).collect();
        let vault = Vault::open(&given.store, &secrets, &given.random, now).await?;
        let token_keys = KeyRing::open(&given.store, &vault, &given.random, now).await?;
        let app = Self(Arc::new(Parts {
            vault,
            token_keys,
            last_seen: LastSeen::default(),
            limiter: Limiter::new(&given.config.server),
            control: Control::new(&given.config),
            overview: overview::Kept::default(),
            inbox: Inbox::start(given.store.clone(), clock.clone(), changes.clone()),
            // Half of the connections stay free for everybody else, and for Stripe.
            order_watchers: Watchers::new(given.config.server.max_connections / 2, ORDER_WATCHERS_OF_ONE),
            started_at: now,
            worker: format!("{}-{}", std::process::id(), given.random.word(6)),
            machine: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            config: given.config,
            store: given.store,
            stripe: given.stripe,
            panel: given.panel,
            catalogue: given.catalogue,
            clock,
            random: given.random,
            mailer: given.mailer.behind(given.gate.clone()),
            sinks: given.sinks,
            site: given.site,
            gate: given.gate,
            games: given.games,
            installation,
            hashers: Hashers::new(),
            offer: RwLock::new(Arc::new(Offer::default())),
            node_turns: Mutex::default(),
            hints: Mutex::default(),
            changes,
        }));
        app.look_whether_frozen().await.context("cannot read whether the installation is frozen")?;
        app.refresh_offer().await.context("cannot work out what is for sale")?;
        Ok(app)
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id.
    pub fn id<T: Id>(&self) -> T {
        self.random.id(self.now())
    }

    /// What is for sale at this moment, as of the last look at prices and bindings.
    pub fn offer(&self) -> Arc<Offer> {
        self.offer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whose turn it is, within this process, to create on a node. Between processes the attempts' rows decide.
    pub fn node_turn(&self, node: i64) -> Arc<tokio::sync::Mutex<()>> {
        self.node_turns.lock().unwrap_or_else(PoisonError::into_inner).entry(node).or_default().clone()
    }

    /// Works out anew what is for sale.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn refresh_offer(&self) -> Result<(), store::StoreError> {
        let offer = Offer::load(self).await?;
        *self.offer.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(offer);
        Ok(())
    }

    /// Tells the reconcilers and the open pages that something changed. Only sooner, never instead of their own looks (M9).
    pub fn nudge(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Says that somebody waits for the payment of an order. Kept in memory only: nothing rests on it.
    pub fn hint(&self, order: &OrderId) {
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        if hints.len() < HINTS && hints.insert(order.clone()) {
            drop(hints);
            self.nudge();
        }
    }

    /// Takes what was hinted at.
    pub fn take_hints(&self) -> BTreeSet<OrderId> {
        std::mem::take(&mut self.hints.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Hears of changes made by this process.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// An address of ours under the site's address; `path` begins with a slash.
    pub fn site_url(&self, path: &str) -> String {
        format!("{}{path}", self.config.site.url.as_str().trim_end_matches('/'))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
