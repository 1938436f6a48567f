//! The wrapped keys with which the database's secrets are sealed. What is in them is known outside this crate only.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::DataKeyId;
use jiff::Timestamp;

/// What a data key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Keys of ours are derived from it; there is one for the life of the installation.
    Root,
    /// Seals values; the newest one seals, all of them open.
    Seal,
}

impl Purpose {
    /// The word in rows.
    pub fn key(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Seal => "seal",
        }
    }

    fn find(key: &str) -> Option<Self> {
        [Self::Root, Self::Seal].into_iter().find(|purpose| purpose.key() == key)
    }
}

/// A data key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Its id.
    pub id: DataKeyId,
    /// Counts the keys of this installation, whatever the clock says; 0 is the root.
    pub number: i64,
    /// What it is for.
    pub purpose: Purpose,
    /// Hex, under the master key.
    pub wrapped: String,
    /// Fingerprint of the master key that wraps it.
    pub master: String,
    /// From when on it seals; it opens as soon as it is known.
    pub seals_from: Timestamp,
}

/// Remembers a key. `false` when another process just made the one with this number.
pub async fn save(db: &mut Db, key: &WrappedKey, now: Timestamp) -> Result<bool> {
    let done = sqlx::query(
        "insert into data_keys (id, number, purpose, wrapped, master, created_at, seals_from)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
    )
    .bind(key.id.as_str())
    .bind(key.number)
    .bind(key.purpose.key())
    .bind(&key.wrapped)
    .bind(&key.master)
    .bind(micros(now))
    .bind(micros(key.seals_from))
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// All keys, oldest first.
pub async fn list(db: &mut Db) -> Result<Vec<WrappedKey>> {
    let rows = sqlx::query("select * from data_keys order by number").fetch_all(db).await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(WrappedKey {
            id: row.parsed("id")?,
            number: row.int("number")?,
            purpose: row.word("purpose", Purpose::find)?,
            wrapped: row.text("wrapped")?,
            master: row.text("master")?,
            seals_from: row.at("seals_from")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Replaces the wrapping of a key.
pub async fn rewrap(db: &mut Db, key: &WrappedKey) -> Result<()> {
    sqlx::query("update data_keys set wrapped = $2, master = $3 where id = $1")
        .bind(key.id.as_str())
        .bind(&key.wrapped)
        .bind(&key.master)
        .execute(db)
        .await?;
    Ok(())
}

/// The columns with sealed values that live long. Names are constants of this crate, never input.
pub const SEALED: [Sealed; 3] = [
    Sealed { table: "totp_secrets", id: "account_id", column: "sealed", context: "totp" },
    Sealed { table: "signing_keys", id: "id", column: "sealed", context: "signing_key" },
    Sealed { table: "outbox", id: "id", column: "body", context: "mail" },
];

/// A column with sealed values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// The table.
    pub table: &'static str,
    /// The column that names the row, and that the seal is bound to.
    pub id: &'static str,
    /// The column with the sealed value.
    pub column: &'static str,
    /// The word that the seal is bound to.
    pub context: &'static str,
}

/// Rows of a sealed column that are not sealed with `current`, at most `limit`: their ids and values.
pub async fn list_sealed(db: &mut Db, place: Sealed, current: &DataKeyId, limit: i64) -> Result<Vec<(String, String)>> {
    let Sealed { table, id, column, .. } = place;
    let sql = format!(
        "select {id} as id, {column} as value from {table}
          where {column} like 'v1.%' and {column} not like $1 order by {id} desc limit $2"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(format!("v1.{current}.%")).bind(limit).fetch_all(db).await?;
    rows.iter().map(|row| Ok((row.text("id")?, row.text("value")?))).collect()
}

/// Replaces a sealed value, unless somebody else just did.
pub async fn reseal(db: &mut Db, place: Sealed, id: &str, before: &str, after: &str) -> Result<bool> {
    let Sealed { table, id: key, column, .. } = place;
    let sql = format!("update {table} set {column} = $3 where {key} = $1 and {column} = $2");
    let done = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).bind(before).bind(after).execute(db).await?;
    Ok(done.rows_affected() == 1)
}
