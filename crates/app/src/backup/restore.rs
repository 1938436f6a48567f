//! Bringing a backup back. What was restored is frozen from its first moment (R3): the world outside went on, and only a person can
//! say that nobody else acts on it.

use crate::alerts::Rule;
use crate::app::App;
use crate::backup::{BackupError, Contents, Manifest, Source, Sum};
use crate::clock::Random;
use crate::epoch_mark;
use crate::work::{panel_sync, stripe_events};
use anyhow::Context;
use domain::freeze::{Reach, Reason};
use domain::timeline::Happening;
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;
use store::alerts::{self, NewAlert};
use store::copies::{self, Column, TABLES};
use store::freezes::{self, Freeze};
use store::operations::{self, OperationKind};
use store::{Access, Store, StoreError, Tx, audit, marks, services, sessions, timeline};

/// The key of the alert about a frozen installation.
const ALERT: &str = "installation";

/// Reads a backup in full, and then writes it into an empty database, in one transaction.
///
/// # Errors
/// [`BackupError`]: the database holds nothing that it did not hold before, but perhaps empty tables.
pub async fn restore(
    source: &Source<'_>,
    url: &str,
    random: &Random,
    now: Timestamp,
) -> Result<(Store, Manifest), BackupError> {
    // Whatever is wrong with the file shows before the database is so much as opened.
    let (manifest, sum) = source.check()?;
    let store = Store::connect(url, Access::Exclusive).await?;
    if let Err(error) = fill(&store, source, (&manifest, &sum), random, now).await {
        store.close().await;
        return Err(error);
    }
    Ok((store, manifest))
}

async fn fill(
    store: &Store,
    source: &Source<'_>,
    (manifest, sum): (&Manifest, &Sum),
    random: &Random,
    now: Timestamp,
) -> Result<(), BackupError> {
    store.migrate_to(manifest.schema).await?;
    let mut tx = store.begin().await?;
    for table in TABLES {
        let there = !copies::columns(&mut tx, store.engine(), table).await?.is_empty();
        if there && copies::count(&mut tx, table).await? > 0 {
            return Err(BackupError::NotEmpty(table));
        }
    }
    let mut contents = Contents::open(source)?;
    while let Some(batch) = contents.next_batch()? {
        let there = copies::columns(&mut tx, store.engine(), &batch.table).await?;
        let columns = in_order(&batch.columns, there)?;
        copies::insert(&mut tx, &batch.table, &columns, &batch.rows).await?;
    }
    // Between the two readings somebody may have put another file there.
    if contents.sum.as_ref() != Some(sum) {
        return Err(BackupError::Damaged("the file changed while it was read".to_owned()));
    }
    freeze(&mut tx, manifest, random, now).await?;
    tx.commit().await?;
    Ok(store.migrate_to(store::LATEST_SCHEMA).await?)
}

/// Deliveries that were under way when the data was written, and whose subscription ended since: the customer has the money back, or
/// was to get it. They stop, so that no server is made; what Stripe shows as given back already is not given back again.
async fn stop_what_ended(app: &App) -> anyhow::Result<()> {
    let waiting = operations::list_unfinished(&mut *app.store.read().await?, OperationKind::Create).await?;
    for id in waiting {
        let service =
            services::find(&mut *app.store.read().await?, &id).await?.context("the service of a job is gone")?;
        let subscription = app.stripe.load_subscription(&service.subscription).await;
        let subscription =
            subscription.with_context(|| format!("Stripe has to show the subscription of {id} first"))?;
        if subscription.is_live_contract() {
            continue;
        }
        let now = app.now();
        let mut tx = app.store.begin().await?;
        if services::request_stop_of_delivery(&mut tx, &id, "its subscription ended before the restore", now).await? {
            timeline::add(&mut tx, &app.id(), &service.order, &Happening::StopRequested, now).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The columns of a backup with what they hold here. A database of the same schema has all of them, and no others.
fn in_order(names: &[String], there: Vec<Column>) -> Result<Vec<Column>, BackupError> {
    let strange = || BackupError::NotABackup("its columns are not those of its schema".to_owned());
    let known: BTreeSet<&str> = there.iter().map(|column| column.name.as_str()).collect();
    if names.len() != known.len() || names.iter().map(String::as_str).collect::<BTreeSet<_>>() != known {
        return Err(strange());
    }
    names.iter().map(|name| there.iter().find(|column| column.name == *name).cloned().ok_or_else(strange)).collect()
}

async fn freeze(tx: &mut Tx, manifest: &Manifest, random: &Random, now: Timestamp) -> Result<(), StoreError> {
    let detail = format!("restored from a backup of {} (release {})", manifest.at, manifest.release);
    let freeze = Freeze { reason: Reason::Restored, since: now, data_at: manifest.at, detail: detail.clone() };
    freezes::begin(tx, &freeze).await?;
    freezes::forget_home(tx).await?;
    // Some were ended since the backup, perhaps because somebody had stolen them: nobody is signed in until they sign in again.
    sessions::revoke_everybody(tx, now).await?;
    tell(
        tx,
        &format!("The installation was {detail} and does nothing outside until `givr restore confirm`."),
        random,
        now,
    )
    .await?;
    let detail = json!({"backup_at": manifest.at.to_string(), "epoch": manifest.epoch});
    audit::record(tx, &random.id(now), "cli", "installation.restore", &manifest.installation, &detail, now).await
}

/// Freezes an installation whose data may not be the latest, and tells a person.
///
/// # Errors
/// The database did not answer: nothing was changed.
pub async fn hold(app: &App, reason: Reason, detail: &str, text: &str) -> Result<(), StoreError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    // The last sweep is the last that the database knows of the world.
    let data_at = marks::find(&mut tx, panel_sync::MARK).await?.map_or(now, |mark| mark.at);
    freezes::begin(&mut tx, &Freeze { reason, since: now, data_at, detail: detail.to_owned() }).await?;
    tell(&mut tx, text, &app.random, now).await?;
    tx.commit().await
}

/// Opens the alert about a frozen installation.
async fn tell(tx: &mut Tx, text: &str, random: &Random, now: Timestamp) -> Result<(), StoreError> {
    let rule = Rule::RestoreFrozen;
    let alert = NewAlert { rule: rule.key(), key: ALERT, severity: rule.severity(), text };
    alerts::raise(tx, &random.id(now), &alert, now, now).await
}

/// Says that this installation is the one, and that whoever acted for it before does so no longer: the freeze ends, and a new epoch
/// begins, above every one that Stripe has heard of. The reconcilers make up for what happened since, beginning with Stripe's events from where the data stands.
///
/// Before that, and still without changing anything outside, the panel is swept and Stripe's events are fetched: nothing is decided on
/// rooms and ports of another time, and a panel that misses our servers is seen before anything is made there (S8).
///
/// # Errors
/// The panel, Stripe or the database did not answer, or somebody else confirmed at the same moment: it stays frozen.
pub async fn confirm(app: &App, by: &str) -> anyhow::Result<()> {
    panel_sync::pass(app).await.context("the panel has to be read first")?;
    stripe_events::pass(app).await.context("Stripe's events have to be read first")?;
    let known = epoch_mark::read(app).await.context("the epoch at Stripe has to be read first")?;
    stop_what_ended(app).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let standing = freezes::standing(&mut tx).await?;
    let epoch = standing.epoch.max(known) + 1;
    freezes::begin_epoch(&mut tx, standing.epoch, epoch).await?;
    for freeze in standing.freezes.iter().filter(|freeze| freeze.reason.reach() == Reach::Outside) {
        freezes::end(&mut tx, freeze.reason, now).await?;
    }
    // Wherever the database is started next is its place.
    freezes::forget_home(&mut tx).await?;
    alerts::clear(&mut tx, Rule::RestoreFrozen.key(), ALERT, now).await?;
    let reasons: Vec<&str> = standing.freezes.iter().map(|freeze| freeze.reason.key()).collect();
    let detail = json!({"epoch": epoch, "frozen": reasons});
    audit::record(&mut tx, &app.id(), by, "installation.confirm", &app.installation.id, &detail, now).await?;
    tx.commit().await?;
    app.look_whether_frozen().await?;
    if let Err(error) = epoch_mark::write(app, epoch).await {
        tracing::warn!("Epoch {epoch} does not stand at Stripe yet, the next look writes it: {error}");
    }
    app.nudge();
    Ok(())
}
