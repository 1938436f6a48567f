//! Seals the audit log, so that nobody can change it unnoticed; and looks at the whole chain once a day.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::audit::{Anchor, End, Key, SETTLE, late, verify};
use crate::work::Report;
use jiff::SignedDuration;
use store::{StoreError, audit, marks};

/// Lines sealed in one pass.
const BATCH: i64 = 500;
/// How often the whole chain is looked at, and its end is told to the log.
const CHECK: SignedDuration = SignedDuration::from_hours(24);
/// The mark of the last check: the end that it found.
const MARK: &str = "audit.checked";

/// Seals the lines that have settled.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let key = Key::of(&app.vault);
    let taken = match seal(app, &key).await {
        // Another process sealed at this moment: the chain is as long as it should be.
        Err(StoreError::Taken { .. }) => 0,
        sealed => sealed?,
    };
    check(app, &key).await?;
    let more = i64::try_from(taken).is_ok_and(|taken| taken == BATCH);
    Ok(Report { taken, failed: 0, next: more.then(|| app.now()) })
}

async fn seal(app: &App, key: &Key) -> Result<usize, StoreError> {
    let now = app.now();
    let until = (now - SETTLE).as_microsecond();
    let mut db = app.store.read().await?;
    let after = audit::sealed_through(&mut db).await?.map_or(i64::MIN, late);
    if audit::list_unsealed(&mut db, after, until, 1).await?.is_empty() {
        return Ok(0);
    }
    drop(db);
    let mut tx = app.store.begin().await?;
    // The place behind the end is unique: of two processes that read the same end, one adds its seals.
    let mut end = audit::find_head(&mut tx).await?.map_or_else(|| End::of_nothing(&app.installation.id), End::behind);
    let lines = audit::list_unsealed(&mut tx, after, until, BATCH).await?;
    for line in &lines {
        audit::add_seal(&mut tx, &end.seal(key, line, now.as_microsecond())).await?;
    }
    tx.commit().await?;
    metrics::counter!("givr_audit_sealed_total").increment(lines.len() as u64);
    Ok(lines.len())
}

async fn check(app: &App, key: &Key) -> anyhow::Result<()> {
    let now = app.now();
    let before = marks::find(&mut *app.store.read().await?, MARK).await?;
    if before.as_ref().is_some_and(|mark| now.duration_since(mark.at) < CHECK) {
        return Ok(());
    }
    let kept: Option<Anchor> = before.and_then(|mark| mark.value.parse().ok());
    let verdict = verify(&app.store, &app.installation.id, key, kept.as_ref()).await?;
    let Some(head) = verdict.head.clone().or(kept.clone()) else { return Ok(()) };
    let mut tx = app.store.begin().await?;
    match &verdict.broken {
        None => {
            alerts::clear(app, &mut tx, Rule::AuditBroken, "chain").await?;
            marks::set(&mut tx, MARK, &head.to_string(), now).await?;
        }
        Some(broken) => {
            let text = format!("The audit log is not as it was left: {broken}. `givr audit verify` says more.");
            alerts::raise(app, &mut tx, Rule::AuditBroken, "chain", &text).await?;
            // The place that was kept stays, so that the next look finds the same.
            marks::set(&mut tx, MARK, &kept.unwrap_or(head.clone()).to_string(), now).await?;
        }
    }
    tx.commit().await?;
    if verdict.broken.is_none() {
        tracing::info!(audit.head = %head, "The audit log is in order up to {head}; keep this where nobody can change it");
    }
    Ok(())
}
