//! Removes what is past its time, once an hour. `docs/privacy.md` lists what is kept and for how long.

use crate::app::App;
use crate::privacy::erasure;
use crate::web::viewing;
use crate::work::Report;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use store::retention::{self, Perishable};
use store::{StoreError, accounts, erasures, marks};

/// Of each kind in one pass; when there are more, the next pass follows at once.
const BATCH: i64 = 500;
/// How often.
const EVERY: SignedDuration = SignedDuration::from_hours(1);
/// The mark of the last pass that left nothing.
const MARK: &str = "retention";

/// Removes what is past its time.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let before = marks::find(&mut *app.store.read().await?, MARK).await?;
    let due = before.map_or(now, |mark| mark.at + EVERY);
    if due > now {
        return Ok(Report { next: Some(due), ..Report::default() });
    }
    let mut removed: BTreeMap<&str, u64> = BTreeMap::new();
    let mut tx = app.store.begin().await?;
    viewing::end_due(app, &mut tx, now, BATCH).await?;
    tx.commit().await?;
    let mut tx = app.store.begin().await?;
    let withdrawn = retention::withdraw_unsent(&mut tx, now - app.config.retention.mail, BATCH, now).await?;
    tx.commit().await?;
    removed.insert("unsent_mails", withdrawn);
    for what in Perishable::ALL {
        let mut tx = app.store.begin().await?;
        let count = retention::remove(&mut tx, what, kept_since(app, what, now), BATCH).await?;
        tx.commit().await?;
        removed.insert(what.key(), count);
    }
    let (accounts, failed) = remove_accounts(app, now).await?;
    removed.insert("unverified_accounts", accounts);
    removed.insert("smoke_accounts", erase_smoke(app, now).await?);
    tell(&removed);
    let more = removed.values().any(|count| *count >= BATCH.unsigned_abs());
    if !more {
        let mut tx = app.store.begin().await?;
        marks::set(&mut tx, MARK, "", now).await?;
        tx.commit().await?;
    }
    let taken = usize::try_from(removed.values().sum::<u64>()).unwrap_or(usize::MAX);
    Ok(Report { taken: taken + failed, failed, next: Some(if more { now } else { now + EVERY }) })
}

fn kept_since(app: &App, what: Perishable, now: Timestamp) -> Timestamp {
    let kept = &app.config.retention;
    now - match what {
        Perishable::RefreshTokens | Perishable::Sessions | Perishable::ApiKeys | Perishable::Invitations => {
            kept.sessions
        }
        Perishable::Proofs => kept.proofs,
        // Of no use to anybody from the moment of its end.
        Perishable::OperatorTokens | Perishable::Usage | Perishable::PublicPages | Perishable::EmailChanges => {
            SignedDuration::ZERO
        }
        Perishable::MailTexts => kept.mail,
        Perishable::Notifications => kept.notifications,
        Perishable::StatusDays => kept.status,
        Perishable::Calls => kept.calls,
        Perishable::EventBodies => kept.events,
        Perishable::TicketMessages | Perishable::Tickets => kept.tickets,
    }
}

/// One account that something still names stops no others.
async fn remove_accounts(app: &App, now: Timestamp) -> Result<(u64, usize), StoreError> {
    let before = now - app.config.retention.unverified;
    let found = retention::list_unproven(&mut *app.store.read().await?, before, now, BATCH).await?;
    let (mut removed, mut failed) = (0, 0);
    for account in found {
        let mut tx = app.store.begin().await?;
        match retention::remove_unproven(&mut tx, &account).await {
            Ok(true) => {
                tx.commit().await?;
                removed += 1;
            }
            // Proven at this moment: everything stays.
            Ok(false) => {}
            Err(error) => {
                failed += 1;
                tracing::warn!(account.id = %account, "Account {account} could not be removed: {error}");
            }
        }
    }
    Ok((removed, failed))
}

/// What smoke tests left behind: servers, subscriptions, logins at the panel and customers at Stripe go with the account.
async fn erase_smoke(app: &App, now: Timestamp) -> Result<u64, StoreError> {
    let mut db = app.store.read().await?;
    let mut asked = 0;
    for id in erasures::list_old_smoke(&mut db, now - app.config.retention.smoke, BATCH).await? {
        let Some(account) = accounts::find(&mut db, &id).await? else { continue };
        erasure::request(app, &account, true, "system").await?;
        asked += 1;
    }
    Ok(asked)
}

fn tell(removed: &BTreeMap<&'static str, u64>) {
    let mut words = Vec::new();
    for (what, count) in removed.iter().filter(|(_, count)| **count > 0) {
        metrics::counter!("givr_retention_removed_total", "what" => *what).increment(*count);
        words.push(format!("{count} {}", what.replace('_', " ")));
    }
    if !words.is_empty() {
        tracing::info!("Removed what was past its time: {}", words.join(", "));
    }
}
