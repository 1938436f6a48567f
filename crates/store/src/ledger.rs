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
    /// Money that was to go back, and is in the shop's balance again.
    RefundFailed,
    /// Money that the cardholder's bank took back.
    Dispute,
    /// Money that the bank returned, because the dispute was won.
    DisputeWon,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Charge, Self::Refund, Self::RefundFailed, Self::Dispute, Self::DisputeWon];

    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::RefundFailed => "refund_failed",
            Self::Dispute => "dispute",
            Self::DisputeWon => "dispute_won",
        }
    }

    pub(crate) fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
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

/// Whether money of this charge went back and stayed there, by anybody's decision.
pub async fn has_refund(db: &mut Db, charge: &str) -> Result<bool> {
    let row = sqlx::query(
        "select coalesce(sum(case when kind = 'refund' then 1 else -1 end), 0) as refunds from ledger
          where charge = $1 and kind in ('refund', 'refund_failed')",
    )
    .bind(charge)
    .fetch_one(db)
    .await?;
    Ok(row.int("refunds")? > 0)
}

/// The refunds of a charge, by the provider's id, that were recorded when nobody knew its order.
pub async fn list_unexplained_refunds(db: &mut Db, charge: &str) -> Result<Vec<String>> {
    let rows =
        sqlx::query("select object from ledger where charge = $1 and kind = 'refund' and order_id is null limit 500")
            .bind(charge)
            .fetch_all(db)
            .await?;
    rows.iter().map(|row| row.text("object")).collect()
}

/// Whether a fact of this kind is recorded about an object of the provider.
pub async fn knows(db: &mut Db, object: &str, kind: EntryKind) -> Result<bool> {
    let row = sqlx::query("select count(*) as n from ledger where provider = 'stripe' and object = $1 and kind = $2")
        .bind(object)
        .bind(kind.key())
        .fetch_one(db)
        .await?;
    Ok(row.int("n")? > 0)
}

/// Whether money was booked that moved in this mode of the provider.
pub async fn has_of_mode(db: &mut Db, live: bool) -> Result<bool> {
    let row = sqlx::query("select mode from ledger where mode = $1 limit 1")
        .bind(if live { "live" } else { "test" })
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// Lets one transaction at a time book what concerns a charge, until it ends. Two facts of one charge that arrive at the same moment
/// would not see each other on PostgreSQL, and each would leave it to the other to tell somebody. On SQLite there is one writer anyway.
pub async fn lock_charge(db: &mut Db, charge: &str) -> Result<()> {
    if db.backend_name() == "PostgreSQL" {
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0)) is null as taken")
            .bind(charge)
            .execute(db)
            .await?;
    }
    Ok(())
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

/// Money of one kind that moved since the shop began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// What it is.
    pub kind: EntryKind,
    /// All of it, signed.
    pub amount: Money,
}

/// All money that moved in this mode, per kind and currency.
pub async fn sums(db: &mut Db, live: bool) -> Result<Vec<Moved>> {
    let rows = sqlx::query(
        "select kind, currency, cast(sum(amount) as bigint) as amount from ledger where mode = $1
          group by kind, currency order by kind, currency",
    )
    .bind(if live { "live" } else { "test" })
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok(Moved { kind: row.word("kind", EntryKind::find)?, amount: row.money()? })).collect()
}
