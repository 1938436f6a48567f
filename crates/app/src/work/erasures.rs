//! Carries out erasures: what stands ends first, then the login at the panel and the customer at Stripe go, then the data.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::privacy::erasure::{Obstacle, obstacles};
use crate::sales::cancel;
use crate::web::secrets;
use crate::work::{Report, retry_at};
use anyhow::Context;
use domain::ids::ServiceId;
use domain::timeline::Happening;
use jiff::SignedDuration;
use panel::{AccountKey, PanelError};
use serde_json::json;
use store::accounts::{self, Account};
use store::erasures::{self, Erasure};
use store::operations::{self, OperationKind};
use store::{audit, orders, pseudonyms, services, timeline};

/// Erasures worked on in one pass, one after the other.
const BATCH: i64 = 10;
/// One that takes longer is told to a person. The law gives a month.
const SLOW: SignedDuration = SignedDuration::from_hours(24 * 3);

/// Works on the erasures that are due.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let next = erasures::next_wake(&mut *app.store.read().await?).await?;
    if next.is_none_or(|next| next > now) {
        return Ok(Report { next, ..Report::default() });
    }
    let mut tx = app.store.begin().await?;
    let due = erasures::claim_due(&mut tx, now, now + app.config.waits.lease, BATCH).await?;
    tx.commit().await?;
    let (taken, mut failed) = (due.len(), 0);
    for erasure in due {
        let id = &erasure.account;
        let waits_for = match advance(app, &erasure).await {
            Ok(Step::Done) => continue,
            Ok(Step::WaitsFor(what)) => what,
            Err(error) => {
                failed += 1;
                tracing::warn!(account.id = %id, "The erasure of {id} waits: {error:#}");
                format!("{error:#}")
            }
        };
        postpone(app, &erasure, &waits_for).await?;
    }
    if taken > failed {
        app.nudge();
    }
    let next = erasures::next_wake(&mut *app.store.read().await?).await?;
    Ok(Report { taken, failed, next })
}

async fn postpone(app: &App, erasure: &Erasure, waits_for: &str) -> anyhow::Result<()> {
    let (id, now) = (&erasure.account, app.now());
    let mut tx = app.store.begin().await?;
    erasures::postpone(&mut tx, id, waits_for, retry_at(now, erasure.tries)).await?;
    if now >= erasure.asked_at + SLOW {
        let text = format!("The erasure of account {id} has waited for three days: {waits_for}.");
        alerts::raise(app, &mut tx, Rule::ErasureUnfinished, id.as_str(), &text).await?;
    }
    Ok(tx.commit().await?)
}

/// How far an erasure got.
enum Step {
    Done,
    WaitsFor(String),
}

async fn advance(app: &App, erasure: &Erasure) -> anyhow::Result<Step> {
    let mut db = app.store.read().await?;
    let account = accounts::find(&mut db, &erasure.account).await?.context("the account is gone")?;
    let standing = obstacles(&mut db, &account.id).await?;
    drop(db);
    if !standing.is_empty() {
        if erasure.end_servers {
            for obstacle in &standing {
                end(app, obstacle).await?;
            }
        }
        let words: Vec<String> = standing.iter().map(Obstacle::to_string).collect();
        return Ok(Step::WaitsFor(words.join("; ")));
    }
    // What is outside goes first: afterwards nobody would know any more what to look for.
    let left = remove_login(app, &account).await?;
    if let Some(customer) = &account.stripe_customer {
        app.stripe.delete_customer(customer).await.context("Stripe did not delete the customer")?;
    }
    erase(app, &account, left.as_deref()).await
}

/// Ends what stands in the way, if it is not ending already.
async fn end(app: &App, obstacle: &Obstacle) -> anyhow::Result<()> {
    match obstacle {
        Obstacle::Order(order) => {
            let purchase = orders::find(&mut *app.store.read().await?, order).await?.context("the order is gone")?;
            cancel::cancel(app, &purchase).await.map(drop)
        }
        Obstacle::Server(service) => end_server(app, service).await,
        Obstacle::Payment(_) | Obstacle::Refund(_) | Obstacle::Messages(_) => Ok(()),
    }
}

/// Ends a service: the job ends the subscription, sees that it has ended, and removes the server (M10).
async fn end_server(app: &App, id: &ServiceId) -> anyhow::Result<()> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let jobs = operations::list_of_service(&mut tx, id).await?;
    if jobs.iter().any(|job| job.finished_at.is_none()) {
        return Ok(());
    }
    let service = services::find(&mut tx, id).await?.context("the service is gone")?;
    if services::request_stop(&mut tx, id, "the customer is erased", now).await? {
        timeline::add(&mut tx, &app.id(), &service.order, &Happening::StopRequested, now).await?;
        audit::record(&mut tx, &app.id(), "system", "service.stop", id.as_str(), &json!({"why": "erasure"}), now)
            .await?;
    }
    operations::create(&mut tx, &app.id(), id, OperationKind::Terminate, now).await?;
    tx.commit().await?;
    app.nudge();
    Ok(())
}

/// Removes the login at the panel. Returns why it is still there, if only a person can remove it.
async fn remove_login(app: &App, account: &Account) -> anyhow::Result<Option<String>> {
    let key = AccountKey::new(&app.installation.prefix, &account.id)?;
    let found = app.panel.find_account(&key).await.context("the panel did not show the login")?;
    let Some(user) = found else {
        // Gone, by an earlier try perhaps; or somebody took our mark off.
        let same =
            app.panel.find_accounts_by_email(&account.email).await.context("the panel did not show its logins")?;
        let ours = same.iter().find(|user| i64::try_from(user.id.get()).ok() == account.panel_user);
        return Ok(ours.map(|user| format!("login {} does not carry this account's mark any more", user.id)));
    };
    match app.panel.delete_account(&user, &key).await {
        Ok(()) => Ok(None),
        // An administrator's, or it owns servers that are not ours.
        Err(error @ PanelError::Refused { .. }) => Ok(Some(format!("login {} cannot be removed: {error}", user.id))),
        Err(error) => Err(error).context("the panel did not delete the login"),
    }
}

/// Replaces the data, in one transaction with its line in the audit log.
async fn erase(app: &App, account: &Account, left: Option<&str>) -> anyhow::Result<Step> {
    let id = &account.id;
    // A password that nobody has: whoever tries to sign in is refused in the usual way.
    let hash = app.hashers.hash(&secrets::fresh(app), app.random.bytes()).await?;
    let mut db = app.store.read().await?;
    let events = pseudonyms::list_events(&mut db, account).await?;
    let counts = pseudonyms::count(&mut db, id).await?;
    drop(db);
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if !erasures::finish(&mut tx, id, now).await? {
        return Ok(Step::Done);
    }
    pseudonyms::replace(&mut tx, account, &hash, &events, now).await?;
    // Something may have begun since the look: then nothing of this is kept, and it ends first.
    let standing = obstacles(&mut tx, id).await?;
    if let Some(obstacle) = standing.first() {
        return Ok(Step::WaitsFor(obstacle.to_string()));
    }
    let mut detail: serde_json::Map<_, _> =
        counts.into_iter().map(|(what, count)| (what.to_owned(), json!(count))).collect();
    detail.insert("panel_login_left".to_owned(), json!(left));
    audit::record(&mut tx, &app.id(), "system", "customer.erase", id.as_str(), &detail.into(), now).await?;
    match left {
        Some(why) => {
            let text = format!("Account {id} is erased, but at the panel {why}. Remove it there by hand.");
            alerts::raise(app, &mut tx, Rule::ErasureUnfinished, id.as_str(), &text).await?;
        }
        None => alerts::clear(app, &mut tx, Rule::ErasureUnfinished, id.as_str()).await?,
    }
    tx.commit().await?;
    metrics::counter!("givr_erasures_total").increment(1);
    tracing::info!(account.id = %id, "Account {id} is erased");
    Ok(Step::Done)
}
