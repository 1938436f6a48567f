//! Replacing what says who somebody is. Amounts, dates and the provider's ids stay, and so does every row that the ledger needs.

use crate::accounts::{Account, email_key};
use crate::erasures::pseudonym;
use crate::row::{Columns, micros, senseless, to_json};
use crate::{Db, Result, timeline};
use domain::ids::AccountId;
use domain::snapshot::Snapshot;
use jiff::Timestamp;

/// What a name is replaced by.
const NOBODY: &str = "Erased";

/// One statement per table, for `$1`, the account.
const STATEMENTS: [&str; 23] = [
    "delete from email_proofs where account_id = $1",
    "delete from email_changes where account_id = $1",
    "delete from totp_secrets where account_id = $1",
    "delete from recovery_codes where account_id = $1",
    "delete from passkeys where account_id = $1",
    "delete from ceremonies where account_id = $1",
    "delete from api_keys where account_id = $1",
    "delete from idempotency_keys where account_id = $1",
    "delete from waiting_list where account_id = $1",
    "delete from ticket_messages where ticket_id in (select id from tickets where account_id = $1)",
    "delete from tickets where account_id = $1",
    "delete from customer_notes where account_id = $1",
    "delete from views where customer_id = $1",
    "delete from calls where order_id in (select id from orders where customer_id = $1)",
    "delete from public_pages where service_id in (select id from services where customer_id = $1)",
    "delete from refresh_tokens where session_id in (select id from sessions where account_id = $1)",
    // The text may hold names; what the recipient's mail server said may hold the address.
    "update outbox set body = '{}', last_error = null where recipient = $1",
    "update checkout_attempts set parameters = '', url = null
      where order_id in (select id from orders where customer_id = $1)",
    // What Stripe and the panel said about a call may repeat what was sent.
    "update refunds set last_error = null where order_id in (select id from orders where customer_id = $1)",
    "update operations set last_error = null, parked_why = null
      where service_id in (select id from services where customer_id = $1)",
    "update provisioning_attempts set detail = '' where operation_id in
        (select o.id from operations o join services s on s.id = o.service_id where s.customer_id = $1)",
    "update services set address = null, stop_reason = null, held_why = null where customer_id = $1",
    "update orders set cart_key = id where customer_id = $1",
];

/// Replaces everything about a customer that says who it is. `password_hash` is one that no password opens, `events` those whose
/// bodies name the customer ([`list_events`]).
pub async fn replace(
    db: &mut Db,
    account: &Account,
    password_hash: &str,
    events: &[String],
    now: Timestamp,
) -> Result<()> {
    let id = &account.id;
    for sql in STATEMENTS {
        sqlx::query(sql).bind(id.as_str()).execute(&mut *db).await?;
    }
    end_sign_ins(db, id, now).await?;
    replace_snapshots(db, id).await?;
    replace_timelines(db, id).await?;
    for event in events {
        forget_event(db, event).await?;
    }
    sqlx::query("update invitations set email = $2, email_key = $2 where email_key = $1")
        .bind(email_key(&account.email))
        .bind(NOBODY)
        .execute(&mut *db)
        .await?;
    for word in [Some(&account.email), account.panel_username.as_ref()].into_iter().flatten() {
        sqlx::query("update alerts set text = replace(text, $1, $2) where text like $3 escape '\\'")
            .bind(word)
            .bind(NOBODY)
            .bind(anywhere(word))
            .execute(&mut *db)
            .await?;
    }
    sqlx::query(
        "update accounts set email = $2, email_key = $2, email_verified_at = null, password_hash = $3, display_name = $4,
                stripe_customer = null, stripe_customers = stripe_customers + 1, panel_user = null, panel_username = null
          where id = $1",
    )
    .bind(id.as_str())
    .bind(pseudonym(id))
    .bind(password_hash)
    .bind(NOBODY)
    .execute(db)
    .await?;
    Ok(())
}

/// Sign-ins end, messages that wait are withdrawn.
async fn end_sign_ins(db: &mut Db, account: &AccountId, now: Timestamp) -> Result<()> {
    for sql in [
        "update sessions set user_agent = '', address = '', revoked_at = coalesce(revoked_at, $2) where account_id = $1",
        "update outbox set cancelled_at = $2, cancelled_why = 'the account is erased'
          where recipient = $1 and sent_at is null and cancelled_at is null",
    ] {
        sqlx::query(sql).bind(account.as_str()).bind(micros(now)).execute(&mut *db).await?;
    }
    Ok(())
}

/// What was bought stays; what the customer called it and typed in for the game does not.
async fn replace_snapshots(db: &mut Db, account: &AccountId) -> Result<()> {
    let nameless = |mut snapshot: Snapshot| {
        NOBODY.clone_into(&mut snapshot.server_name);
        snapshot.inputs.values_mut().for_each(String::clear);
        to_json("snapshot", &snapshot)
    };
    let orders = sqlx::query("select id, snapshot from orders where customer_id = $1")
        .bind(account.as_str())
        .fetch_all(&mut *db);
    for row in orders.await? {
        sqlx::query("update orders set snapshot = $2 where id = $1")
            .bind(row.text("id")?)
            .bind(nameless(row.json("snapshot")?)?)
            .execute(&mut *db)
            .await?;
    }
    let services =
        sqlx::query("select id, spec from services where customer_id = $1").bind(account.as_str()).fetch_all(&mut *db);
    for row in services.await? {
        sqlx::query("update services set spec = $2, name = $3, version = version + 1 where id = $1")
            .bind(row.text("id")?)
            .bind(nameless(row.json("spec")?)?)
            .bind(NOBODY)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

async fn replace_timelines(db: &mut Db, account: &AccountId) -> Result<()> {
    let rows = sqlx::query(
        "select id, at, kind, detail from timeline where order_id in (select id from orders where customer_id = $1)",
    )
    .bind(account.as_str())
    .fetch_all(&mut *db)
    .await?;
    for row in rows {
        let before = timeline::read(&row)?.what;
        let after = before.clone().for_nobody();
        if before != after {
            let json = serde_json::to_value(&after).map_err(|error| senseless("detail", &error))?;
            sqlx::query("update timeline set detail = $2 where id = $1")
                .bind(row.text("id")?)
                .bind(json["detail"].to_string())
                .execute(&mut *db)
                .await?;
        }
    }
    Ok(())
}

/// Events whose bodies name a customer, by address or by Stripe's id. Looked for before the transaction: it takes a look at every body.
pub async fn list_events(db: &mut Db, account: &Account) -> Result<Vec<String>> {
    let customer = account.stripe_customer.as_deref().unwrap_or(&account.email);
    let rows = sqlx::query(
        "select id from webhook_events where body <> '' and (lower(body) like $1 escape '\\' or body like $2 escape '\\')",
    )
    .bind(anywhere(&account.email.to_lowercase()))
    .bind(anywhere(customer))
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// Forgets what an event said; its id stays, so that it is not applied twice.
pub async fn forget_event(db: &mut Db, id: &str) -> Result<()> {
    sqlx::query("update webhook_events set body = '', last_error = null where id = $1").bind(id).execute(db).await?;
    Ok(())
}

/// How many messages to an account are still on their way. One that was tried often does not count: it may never arrive.
pub async fn count_unsent(db: &mut Db, account: &AccountId) -> Result<i64> {
    let row = sqlx::query(
        "select count(*) as n from outbox where recipient = $1 and sent_at is null and cancelled_at is null and tries < 5",
    )
    .bind(account.as_str())
    .fetch_one(db)
    .await?;
    row.int("n")
}

/// How many rows each kind of thing has that an erasure touches, for people.
pub async fn count(db: &mut Db, account: &AccountId) -> Result<Vec<(&'static str, i64)>> {
    let mut counts = Vec::new();
    for (what, sql) in [
        ("sign-ins", "select count(*) as n from sessions where account_id = $1"),
        ("passkeys", "select count(*) as n from passkeys where account_id = $1"),
        ("API keys", "select count(*) as n from api_keys where account_id = $1"),
        ("codes and links", "select count(*) as n from email_proofs where account_id = $1"),
        ("messages", "select count(*) as n from outbox where recipient = $1"),
        ("tickets", "select count(*) as n from tickets where account_id = $1"),
        ("notes", "select count(*) as n from customer_notes where account_id = $1"),
        ("orders", "select count(*) as n from orders where customer_id = $1"),
        ("servers", "select count(*) as n from services where customer_id = $1"),
    ] {
        let row = sqlx::query(sql).bind(account.as_str()).fetch_one(&mut *db).await?;
        counts.push((what, row.int("n")?));
    }
    Ok(counts)
}

/// A pattern for `like … escape '\'` that finds a word anywhere.
fn anywhere(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
