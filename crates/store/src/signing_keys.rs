//! The keys that sign access tokens.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A key that signs, or signed, access tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The `kid` of its tokens.
    pub id: String,
    /// Counts the keys of this installation.
    pub number: i64,
    /// The private key, sealed.
    pub sealed: String,
    /// The public key in hex.
    pub public_key: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs; it is published before.
    pub signs_from: Timestamp,
    /// Until when what it signed is good, once a later key took over.
    pub verifies_until: Option<Timestamp>,
}

/// Remembers a key. `false` when another process just made the one with this number.
pub async fn save(db: &mut Db, key: &SigningKey) -> Result<bool> {
    let done = sqlx::query(
        "insert into signing_keys (id, number, sealed, public_key, created_at, signs_from)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
    )
    .bind(&key.id)
    .bind(key.number)
    .bind(&key.sealed)
    .bind(&key.public_key)
    .bind(micros(key.created_at))
    .bind(micros(key.signs_from))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets what earlier keys than `number` signed be good until `until` and no longer.
pub async fn retire_before(db: &mut Db, number: i64, until: Timestamp) -> Result<()> {
    sqlx::query(
        "update signing_keys set verifies_until = $2
          where number < $1 and (verifies_until is null or verifies_until > $2)",
    )
    .bind(number)
    .bind(micros(until))
    .execute(db)
    .await?;
    Ok(())
}

/// The keys whose tokens may still be good, oldest first.
pub async fn list(db: &mut Db, now: Timestamp) -> Result<Vec<SigningKey>> {
    let rows =
        sqlx::query("select * from signing_keys where verifies_until is null or verifies_until > $1 order by number")
            .bind(micros(now))
            .fetch_all(db)
            .await?;
    rows.iter().map(read).collect()
}

/// Removes keys whose tokens have all lapsed.
pub async fn remove_lapsed(db: &mut Db, now: Timestamp) -> Result<u64> {
    let done = sqlx::query("delete from signing_keys where verifies_until <= $1").bind(micros(now)).execute(db).await?;
    Ok(done.rows_affected())
}

fn read(row: &AnyRow) -> Result<SigningKey> {
    Ok(SigningKey {
        id: row.text("id")?,
        number: row.int("number")?,
        sealed: row.text("sealed")?,
        public_key: row.text("public_key")?,
        created_at: row.at("created_at")?,
        signs_from: row.at("signs_from")?,
        verifies_until: row.opt_at("verifies_until")?,
    })
}
