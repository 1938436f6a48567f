//! Our own ledger: whole tables, read from one view of the database.

use anyhow::Context;
use billing::Mode;
use jiff::Timestamp;
use store::alerts::Alert;
use store::checkout::CheckoutAttempt;
use store::freezes::{self, PastFreeze};
use store::incidents::{self, Incident};
use store::marks::{self, Installation};
use store::mirror::Node;
use store::orders::Purchase;
use store::refunds::Refund;
use store::services::Service;
use store::verify::{self, Arrival, CreateCall, Holder, Holding, Job, LedgerEntry, Letter, NodePort};
use store::{Store, StoreError};

/// What our database holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Ours {
    /// Who this installation is.
    pub installation: Installation,
    /// Whether it moves real money.
    pub live: bool,
    /// All orders.
    pub orders: Vec<Purchase>,
    /// Whose they are.
    pub holders: Vec<Holder>,
    /// All services.
    pub services: Vec<Service>,
    /// All jobs.
    pub jobs: Vec<Job>,
    /// All calls that may have created a server.
    pub create_calls: Vec<CreateCall>,
    /// The whole ledger.
    pub ledger: Vec<LedgerEntry>,
    /// All decisions to give money back.
    pub refunds: Vec<Refund>,
    /// All capacity that is or was held.
    pub holdings: Vec<Holding>,
    /// All payment pages.
    pub pages: Vec<CheckoutAttempt>,
    /// The outbox.
    pub letters: Vec<Letter>,
    /// All alerts, cleared ones too.
    pub alerts: Vec<Alert>,
    /// The inbox.
    pub arrivals: Vec<Arrival>,
    /// The nodes that the last sweep showed.
    pub nodes: Vec<Node>,
    /// Times of which the database may know less than happened.
    pub past_freezes: Vec<PastFreeze>,
    /// Times in which something of ours did not work.
    pub incidents: Vec<Incident>,
    /// The ports of the nodes.
    pub ports: Vec<NodePort>,
}

/// Reads everything as it stands at one moment.
///
/// # Errors
/// The database did not answer.
pub async fn read(store: &Store, mode: Mode) -> anyhow::Result<Ours> {
    let mut db = store.snapshot().await?;
    let installation = marks::find_installation(&mut db).await?.context("no installation has begun here yet")?;
    let all = async {
        Ok::<_, StoreError>(Ours {
            installation,
            live: mode == Mode::Live,
            orders: verify::list_orders(&mut db).await?,
            holders: verify::list_holders(&mut db).await?,
            services: verify::list_services(&mut db).await?,
            jobs: verify::list_jobs(&mut db).await?,
            create_calls: verify::list_create_calls(&mut db).await?,
            ledger: verify::list_ledger(&mut db).await?,
            refunds: verify::list_refunds(&mut db).await?,
            holdings: verify::list_holdings(&mut db).await?,
            pages: verify::list_pages(&mut db).await?,
            letters: verify::list_letters(&mut db).await?,
            alerts: verify::list_alerts(&mut db).await?,
            arrivals: verify::list_arrivals(&mut db).await?,
            nodes: verify::list_nodes(&mut db).await?,
            past_freezes: freezes::list_past(&mut db).await?,
            incidents: incidents::list_since(&mut db, Timestamp::UNIX_EPOCH).await?,
            ports: verify::list_node_ports(&mut db).await?,
        })
    };
    Ok(all.await?)
}
