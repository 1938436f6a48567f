//! Keeps signing in tidy: writes down who was seen when, learns of keys that another process made, replaces old keys, forgets what is
//! over.

use crate::app::App;
use crate::web::last_seen::Used;
use crate::web::tokens;
use crate::work::Report;
use jiff::SignedDuration;
use store::{api_keys, factors, idempotency, sessions, throttles};

/// Rows removed in one pass.
const BATCH: i64 = 500;
/// How long answers to repeated requests are kept.
const ANSWERS: SignedDuration = SignedDuration::from_hours(24);
/// How long tries are remembered; longer than every patience forgets.
const TRIES: SignedDuration = SignedDuration::from_hours(48);

/// Makes a pass.
///
/// # Errors
/// The database did not answer.
pub(super) async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let seen = app.last_seen.take();
    let taken = seen.len();
    if taken > 0 {
        let mut tx = app.store.begin().await?;
        for (used, at) in seen {
            match used {
                Used::Session(id) => sessions::touch(&mut tx, &id, at).await?,
                Used::Key(id) => api_keys::touch(&mut tx, &id, at).await?,
            }
        }
        tx.commit().await?;
    }
    // Keys of a secret that this process was not given stop nothing else.
    match app.vault.reload(&app.store, now).await {
        Ok(()) => {
            let resealed = app.vault.reseal(&app.store, &app.random, now).await?;
            if resealed > 0 {
                tracing::info!("{resealed} values are sealed with the present key now");
            }
        }
        Err(error) => tracing::error!("The keys of the vault could not be read: {error}; is security.old_secrets set?"),
    }
    app.token_keys.reload(&app.store, &app.vault, now).await?;
    if app.token_keys.is_due(now) {
        let mut tx = app.store.begin().await?;
        let key = tokens::rotate(app, &mut tx).await?;
        tx.commit().await?;
        app.token_keys.reload(&app.store, &app.vault, now).await?;
        tracing::info!("Key {key} signs access tokens from now on");
    }
    app.limiter.forget_idle();
    app.control.forget_idle();
    let (open, watching) = app.control.consoles.counts();
    metrics::gauge!("givr_consoles_open").set(open as f64);
    metrics::gauge!("givr_console_viewers").set(watching as f64);
    let mut tx = app.store.begin().await?;
    factors::remove_old_ceremonies(&mut tx, now).await?;
    idempotency::remove_old(&mut tx, now - ANSWERS, BATCH).await?;
    throttles::remove_old(&mut tx, now - TRIES, BATCH).await?;
    tx.commit().await?;
    Ok(Report { taken, failed: 0, next: None })
}
