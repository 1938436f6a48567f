//! Pages on which customers show a server to everybody.

use crate::row::{Columns, micros};
use crate::services::{self, Service};
use crate::{Db, Result};
use domain::ids::{AccountId, ServiceId};
use domain::public_page::{Channel, DiscordInvite};
use jiff::Timestamp;
use sqlx::any::AnyRow;

/// What such a page says beside what is known of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicPage {
    /// About which service.
    pub service: ServiceId,
    /// The word in its address.
    pub slug: String,
    /// Who plays there; may be empty.
    pub host: String,
    /// A text; may be empty.
    pub about: String,
    /// Where they stream.
    pub channel: Option<Channel>,
    /// Where they talk.
    pub discord: Option<DiscordInvite>,
    /// Since when it is shown.
    pub created_at: Timestamp,
    /// Since when nobody sees it because we took it down, and why.
    pub barred: Option<(Timestamp, String)>,
}

/// Shows a page, or changes it; `false` when it was taken down: it stays as it is.
///
/// # Errors
/// [`crate::StoreError::Taken`] when another page has its word.
pub async fn save(db: &mut Db, page: &PublicPage) -> Result<bool> {
    let done = sqlx::query(
        "insert into public_pages (service_id, slug, host, about, channel, discord, created_at) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (service_id) do update set slug = excluded.slug, host = excluded.host, about = excluded.about,
                channel = excluded.channel, discord = excluded.discord
          where public_pages.barred_at is null",
    )
    .bind(page.service.as_str())
    .bind(&page.slug)
    .bind(&page.host)
    .bind(&page.about)
    .bind(page.channel.as_ref().map(Channel::address))
    .bind(page.discord.as_ref().map(DiscordInvite::address))
    .bind(micros(page.created_at))
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Shows a page no longer. One that was taken down stays, so that it is not made anew.
pub async fn remove(db: &mut Db, service: &ServiceId) -> Result<()> {
    let sql = "delete from public_pages where service_id = $1 and barred_at is null";
    sqlx::query(sql).bind(service.as_str()).execute(db).await?;
    Ok(())
}

/// Takes a page down; `false` when there is none, or it is down.
pub async fn bar(db: &mut Db, service: &ServiceId, why: &str, now: Timestamp) -> Result<bool> {
    let sql = "update public_pages set barred_at = $2, barred_why = $3 where service_id = $1 and barred_at is null";
    let done = sqlx::query(sql).bind(service.as_str()).bind(micros(now)).bind(why).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// Takes that back; `false` when it is not down.
pub async fn unbar(db: &mut Db, service: &ServiceId) -> Result<bool> {
    let sql =
        "update public_pages set barred_at = null, barred_why = null where service_id = $1 and barred_at is not null";
    Ok(sqlx::query(sql).bind(service.as_str()).execute(db).await?.rows_affected() > 0)
}

/// The page of a service.
pub async fn find_of(db: &mut Db, service: &ServiceId) -> Result<Option<PublicPage>> {
    let sql = "select * from public_pages where service_id = $1";
    sqlx::query(sql).bind(service.as_str()).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// The pages of a customer.
pub async fn list_of_customer(db: &mut Db, account: &AccountId, limit: i64) -> Result<Vec<PublicPage>> {
    let sql = "select p.* from public_pages p join services s on s.id = p.service_id
                where s.customer_id = $1 order by p.created_at, p.slug limit $2";
    let rows = sqlx::query(sql).bind(account.as_str()).bind(limit).fetch_all(db).await?;
    rows.iter().map(read).collect()
}

/// The page with this word and its service, as long as that is delivered and not over, and the page was not taken down.
pub async fn find(db: &mut Db, slug: &str) -> Result<Option<(PublicPage, Service)>> {
    let sql = "select * from public_pages where slug = $1 and barred_at is null";
    let found = sqlx::query(sql).bind(slug).fetch_optional(&mut *db).await?;
    let Some(page) = found.as_ref().map(read).transpose()? else { return Ok(None) };
    let service = services::find(db, &page.service).await?;
    let shown = service.filter(|service| service.fulfilled_at.is_some() && service.terminated_at.is_none());
    Ok(shown.map(|service| (page, service)))
}

fn read(row: &AnyRow) -> Result<PublicPage> {
    Ok(PublicPage {
        service: row.parsed("service_id")?,
        slug: row.text("slug")?,
        host: row.text("host")?,
        about: row.text("about")?,
        channel: row.opt_word("channel", Channel::read)?,
        discord: row.opt_word("discord", DiscordInvite::read)?,
        created_at: row.at("created_at")?,
        barred: row.opt_at("barred_at")?.zip(row.opt_text("barred_why")?),
    })
}
