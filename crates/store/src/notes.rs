//! What staff write down about a customer.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::{AccountId, NoteId};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// A note about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Whom it is about.
    pub account: AccountId,
    /// Who wrote it.
    pub author: AccountId,
    /// What was written.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Writes a note down.
pub async fn add(db: &mut Db, note: &Note) -> Result<()> {
    sqlx::query("insert into customer_notes (id, account_id, author_id, text, at) values ($1, $2, $3, $4, $5)")
        .bind(note.id.as_str())
        .bind(note.account.as_str())
        .bind(note.author.as_str())
        .bind(&note.text)
        .bind(micros(note.at))
        .execute(db)
        .await?;
    Ok(())
}

/// The notes about a customer, newest first, each with the name of whoever wrote it.
pub async fn list_of(db: &mut Db, account: &AccountId, limit: i64) -> Result<Vec<(Note, String)>> {
    let rows = sqlx::query(
        "select n.*, a.display_name as author_name from customer_notes n join accounts a on a.id = n.author_id
          where n.account_id = $1 order by n.at desc, n.id desc limit $2",
    )
    .bind(account.as_str())
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| Ok((read(row)?, row.text("author_name")?))).collect()
}

fn read(row: &AnyRow) -> Result<Note> {
    Ok(Note {
        id: row.parsed("id")?,
        account: row.parsed("account_id")?,
        author: row.parsed("author_id")?,
        text: row.text("text")?,
        at: row.at("at")?,
    })
}
