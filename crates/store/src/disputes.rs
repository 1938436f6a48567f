//! What banks say about charges: one row per dispute, as it was last read.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::OrderId;
use domain::standing::Dispute;
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeState {
    /// The bank has taken the money and not decided.
    Open,
    /// The money is gone for good.
    Lost,
    /// The money is ours, or none was taken.
    Closed,
}

impl DisputeState {
    const ALL: [Self; 3] = [Self::Open, Self::Lost, Self::Closed];

    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Lost => "lost",
            Self::Closed => "closed",
        }
    }

    fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }
}

/// A dispute as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenDispute<'a> {
    /// Stripe's id.
    pub id: &'a str,
    /// Whose charge it is about, if it is one of ours.
    pub order: Option<&'a OrderId>,
    /// Which charge.
    pub charge: &'a str,
    /// Where it stands.
    pub state: DisputeState,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it was asked for.
    pub read_at: Timestamp,
}

/// Writes down a dispute. What was read earlier than what is known changes nothing.
pub async fn save(db: &mut Db, seen: &SeenDispute<'_>) -> Result<()> {
    sqlx::query(
        "insert into disputes (id, order_id, charge, state, opened_at, read_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set state = excluded.state, read_at = excluded.read_at,
                order_id = coalesce(disputes.order_id, excluded.order_id)
          where disputes.read_at <= excluded.read_at",
    )
    .bind(seen.id)
    .bind(seen.order.map(|order| order.as_str()))
    .bind(seen.charge)
    .bind(seen.state.key())
    .bind(micros(seen.opened_at))
    .bind(micros(seen.read_at))
    .execute(db)
    .await?;
    Ok(())
}

/// Where a dispute stood when it was last read; `None` when nobody has heard of it.
pub async fn find_state(db: &mut Db, id: &str) -> Result<Option<DisputeState>> {
    let row = sqlx::query("select state from disputes where id = $1").bind(id).fetch_optional(db).await?;
    row.map(|row| row.word("state", DisputeState::find)).transpose()
}

/// Ids of the disputes about the charges of an order that nobody has decided, also those that we heard of before the charge.
pub async fn list_open(db: &mut Db, order: &OrderId) -> Result<Vec<String>> {
    let rows = sqlx::query(
        "select id from disputes where state = 'open'
            and (order_id = $1 or charge in (select charge from ledger where order_id = $1)) order by opened_at, id limit 50",
    )
    .bind(order.as_str())
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// The newest dispute about a charge, with where it stands; `None` when nobody disputes it.
pub async fn find_of_charge(db: &mut Db, charge: &str) -> Result<Option<(String, DisputeState)>> {
    let row = sqlx::query("select id, state from disputes where charge = $1 order by opened_at desc, id desc limit 1")
        .bind(charge)
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok((row.text("id")?, row.word("state", DisputeState::find)?))).transpose()
}

/// What banks say about an order: what is lost outweighs what is open.
pub async fn of_order(db: &mut Db, order: &OrderId) -> Result<Dispute> {
    let rows = sqlx::query(
        "select state from disputes
          where order_id = $1 or charge in (select charge from ledger where order_id = $1)",
    )
    .bind(order.as_str())
    .fetch_all(db)
    .await?;
    let read = |row: &AnyRow| row.word("state", DisputeState::find);
    let states = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(if states.contains(&DisputeState::Lost) {
        Dispute::Lost
    } else if states.contains(&DisputeState::Open) {
        Dispute::Open
    } else {
        Dispute::None
    })
}
