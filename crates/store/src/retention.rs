//! Removing what is past its time, in bounded batches.

use crate::row::{Columns, micros};
use crate::{Db, Result};
use domain::ids::AccountId;
use jiff::Timestamp;

/// Something that is not kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Perishable {
    /// Refresh tokens that ended, or whose sign-in did.
    RefreshTokens,
    /// Sign-ins that ended.
    Sessions,
    /// Codes and links that were used or have ended.
    Proofs,
    /// Personal keys that ended or were revoked.
    ApiKeys,
    /// Invitations that were accepted, taken back or never answered.
    Invitations,
    /// Tokens for programs that have ended.
    OperatorTokens,
    /// Texts of messages that were sent or withdrawn. The rows stay: the same message is never sent twice (N1).
    MailTexts,
    /// Bodies of events that were processed. The rows stay: the same event is never applied twice (O2).
    EventBodies,
    /// What servers used, once no chart goes back that far.
    Usage,
    /// Pages about servers that are over.
    PublicPages,
    /// Other addresses that nobody proved in time.
    EmailChanges,
    /// What operators were told, or were not because nobody needed to know. Alerts themselves stay.
    Notifications,
    /// Days of the status page.
    StatusDays,
    /// Calls that were made for orders.
    Calls,
    /// Messages of tickets that were closed.
    TicketMessages,
    /// Tickets that were closed.
    Tickets,
}

impl Perishable {
    /// Everything, in the order in which it can be removed: what names something before the thing named.
    pub const ALL: [Self; 16] = [
        Self::RefreshTokens,
        Self::Sessions,
        Self::Proofs,
        Self::ApiKeys,
        Self::Invitations,
        Self::OperatorTokens,
        Self::MailTexts,
        Self::EventBodies,
        Self::Usage,
        Self::PublicPages,
        Self::EmailChanges,
        Self::Notifications,
        Self::StatusDays,
        Self::Calls,
        Self::TicketMessages,
        Self::Tickets,
    ];

    /// The word in logs and metrics.
    pub fn key(self) -> &'static str {
        match self {
            Self::RefreshTokens => "refresh_tokens",
            Self::Sessions => "sessions",
            Self::Proofs => "proofs",
            Self::ApiKeys => "api_keys",
            Self::Invitations => "invitations",
            Self::OperatorTokens => "operator_tokens",
            Self::MailTexts => "mail_texts",
            Self::EventBodies => "event_bodies",
            Self::Usage => "usage",
            Self::PublicPages => "public_pages",
            Self::EmailChanges => "email_changes",
            Self::Notifications => "notifications",
            Self::StatusDays => "status_days",
            Self::Calls => "calls",
            Self::TicketMessages => "ticket_messages",
            Self::Tickets => "tickets",
        }
    }

    /// `$1` is the instant before which it has to have ended, `$2` how many at most.
    fn sql(self) -> &'static str {
        match self {
            Self::RefreshTokens => {
                "delete from refresh_tokens where token_hash in (
                    select t.token_hash from refresh_tokens t join sessions s on s.id = t.session_id
                     where t.expires_at < $1 or s.expires_at < $1 or s.revoked_at < $1 limit $2)"
            }
            Self::Sessions => {
                "delete from sessions where id in (
                    select id from sessions s where (expires_at < $1 or revoked_at < $1)
                       and not exists (select 1 from refresh_tokens t where t.session_id = s.id) limit $2)"
            }
            Self::Proofs => {
                "delete from email_proofs where id in (
                    select id from email_proofs where expires_at < $1 or used_at < $1 limit $2)"
            }
            Self::ApiKeys => {
                "delete from api_keys where id in (
                    select id from api_keys where expires_at < $1 or revoked_at < $1 limit $2)"
            }
            Self::Invitations => {
                "delete from invitations where id in (
                    select id from invitations where expires_at < $1 or accepted_at < $1 or revoked_at < $1 limit $2)"
            }
            Self::OperatorTokens => {
                "delete from operator_tokens where token_hash in (
                    select token_hash from operator_tokens where expires_at < $1 limit $2)"
            }
            Self::MailTexts => {
                "update outbox set body = '{}', last_error = null where id in (
                    select id from outbox where body <> '{}' and created_at < $1
                       and (sent_at is not null or cancelled_at is not null) limit $2)"
            }
            Self::EventBodies => {
                "update webhook_events set body = '' where id in (
                    select id from webhook_events where processed_at is not null and body <> '' and processed_at < $1 limit $2)"
            }
            Self::Usage => {
                "delete from usage_steps where (service_id, span, step_at) in (
                    select service_id, span, step_at from usage_steps where kept_until < $1 limit $2)"
            }
            Self::PublicPages => {
                "delete from public_pages where service_id in (
                    select p.service_id from public_pages p join services s on s.id = p.service_id
                     where s.terminated_at < $1 limit $2)"
            }
            Self::EmailChanges => {
                "delete from email_changes where account_id in (
                    select account_id from email_changes where expires_at < $1 limit $2)"
            }
            Self::Notifications => {
                "delete from notifications where id in (
                    select n.id from notifications n where (sent_at is not null or withdrawn_at is not null) and created_at < $1
                       and not exists (select 1 from alerts a where a.id = n.subject and a.cleared_at is null) limit $2)"
            }
            Self::StatusDays => {
                "delete from status_days where (component, region, day_at) in (
                    select component, region, day_at from status_days where day_at < $1 limit $2)"
            }
            Self::Calls => {
                "delete from calls where (order_id, at, number) in (
                    select order_id, at, number from calls where at < $1 limit $2)"
            }
            Self::TicketMessages => {
                "delete from ticket_messages where id in (
                    select m.id from ticket_messages m join tickets t on t.id = m.ticket_id
                     where t.state = 'closed' and t.state_at < $1 limit $2)"
            }
            Self::Tickets => {
                "delete from tickets where id in (
                    select id from tickets t where state = 'closed' and state_at < $1
                       and not exists (select 1 from ticket_messages m where m.ticket_id = t.id) limit $2)"
            }
        }
    }
}

/// Removes up to `limit` of what ended before `before`. Returns how many there were.
pub async fn remove(db: &mut Db, what: Perishable, before: Timestamp, limit: i64) -> Result<u64> {
    let done = sqlx::query(what.sql()).bind(micros(before)).bind(limit).execute(db).await?;
    Ok(done.rows_affected())
}

/// Withdraws up to `limit` messages that became due before `before` and could not be sent since.
pub async fn withdraw_unsent(db: &mut Db, before: Timestamp, limit: i64, now: Timestamp) -> Result<u64> {
    let done = sqlx::query(
        "update outbox set cancelled_at = $3, cancelled_why = 'it could not be sent in time' where id in (
            select id from outbox where sent_at is null and cancelled_at is null and created_at < $1 limit $2)",
    )
    .bind(micros(before))
    .bind(limit)
    .bind(micros(now))
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Customers' accounts that were made before `before` and that nobody proved, ordered with or tries to prove at this moment.
pub async fn list_unproven(db: &mut Db, before: Timestamp, now: Timestamp, limit: i64) -> Result<Vec<AccountId>> {
    let rows = sqlx::query(
        "select id from accounts a where email_verified_at is null and created_at < $1 and role = 'customer'
            and not exists (select 1 from orders o where o.customer_id = a.id)
            and not exists (select 1 from erasures e where e.account_id = a.id)
            and not exists (select 1 from email_proofs p where p.account_id = a.id and p.used_at is null and p.expires_at > $2)
          order by created_at limit $3",
    )
    .bind(micros(before))
    .bind(micros(now))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// Removes an account that nobody proved, with its codes and sign-ins: its address is free again. `false` when it was proven since.
pub async fn remove_unproven(db: &mut Db, account: &AccountId) -> Result<bool> {
    for sql in [
        "delete from refresh_tokens where session_id in (select id from sessions where account_id = $1)",
        "delete from sessions where account_id = $1",
        "delete from email_proofs where account_id = $1",
        "delete from email_changes where account_id = $1",
        "delete from acceptances where account_id = $1",
    ] {
        sqlx::query(sql).bind(account.as_str()).execute(&mut *db).await?;
    }
    let done = sqlx::query("delete from accounts where id = $1 and email_verified_at is null")
        .bind(account.as_str())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}
