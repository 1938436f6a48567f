//! The ledger: append-only, signed, one entry per fact of the provider.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::{LedgerEntryId, OrderId};
use domain::money::Money;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Money that arrived.
    Charge,
    /// Money that went back.
    Refund,
    /// Money that the cardholder's bank took back.
    Dispute,
}

impl EntryKind {
    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
        }
    }

    fn find(key: &str) -> Option<Self> {
        [Self::Charge, Self::Refund, Self::Dispute].into_iter().find(|kind| kind.key() == key)
    }
}

/// A fact to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry<'a> {
    /// Whether real money moved.
    pub live: bool,
    /// The provider's id of the charge, refund or dispute.
    pub object: &'a str,
    /// What it is.
    pub kind: EntryKind,
    /// The payment intent that it belongs to.
    pub charge: &'a str,
    /// The order that it explains; `None` is money that we cannot explain.
    pub order: Option<&'a OrderId>,
    /// Signed.
    pub amount: Money,
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The provider's id of the charge, refund or dispute.
    pub object: String,
    /// What it is.
    pub kind: EntryKind,
    /// The payment intent that it belongs to.
    pub charge: String,
    /// Signed.
    pub amount: Money,
    /// When we learned of it.
    pub at: Timestamp,
}

/// Records a fact once; `false` when it was known.
pub async fn record(db: &mut Db, id: &LedgerEntryId, entry: &NewEntry<'_>, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "insert into ledger (id, provider, mode, object, kind, charge, order_id, amount, currency, at)
         values ($1, 'stripe', $2, $3, $4, $5, $6, $7, $8, $9) on conflict (provider, mode, object, kind) do nothing",
    )
    .bind(id.as_str())
    .bind(if entry.live { "live" } else { "test" })
    .bind(entry.object)
    .bind(entry.kind.key())
    .bind(entry.charge)
    .bind(entry.order.map(OrderId::as_str))
    .bind(entry.amount.minor)
    .bind(entry.amount.currency.code())
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The entries that belong to an order, oldest first.
pub async fn list_of_order(db: &mut Db, order: &OrderId) -> Result<Vec<Entry>> {
    let rows = sqlx::query("select * from ledger where order_id = $1 order by at, id limit 500")
        .bind(order.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// The order that a charge was recorded for, if it was.
pub async fn find_order_of_charge(db: &mut Db, charge: &str) -> Result<Option<OrderId>> {
    let row = sqlx::query("select order_id from ledger where charge = $1 and kind = 'charge' and order_id is not null")
        .bind(charge)
        .fetch_optional(db)
        .await?;
    row.map(|row| row.parsed("order_id")).transpose()
}

fn read(row: &AnyRow) -> Result<Entry> {
    Ok(Entry {
        object: row.text("object")?,
        kind: row.word("kind", EntryKind::find)?,
        charge: row.text("charge")?,
        amount: row.money()?,
        at: row.at("at")?,
    })
}
