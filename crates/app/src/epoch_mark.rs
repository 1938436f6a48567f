//! The installation's epoch as it stands at Stripe (R7): the one place that a database restored elsewhere, a machine that was rolled back
//! and the machine that everybody thought dead all look at.
//!
//! A product that is never for sale carries it. Whoever confirms a restore begins an epoch above every one that was, and writes it there;
//! a process that finds a higher one than its database's is of the past and freezes itself. What has the same epoch cannot be told apart
//! this way: a clone of a machine must never be started beside it (`docs/decisions/0007-copies-and-restores.md`).

use crate::app::App;
use crate::backup;
use billing::{ProductParams, StripeError};
use domain::freeze::Reason;
use std::collections::BTreeMap;
use store::freezes;

/// Under which word the product carries the epoch.
const EPOCH: &str = "givr_epoch";

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Stripe knows this epoch, an earlier one, or none.
    Ours {
        /// Whether the mark says less than it should.
        behind: bool,
    },
    /// Stripe knows a later one: this installation is frozen now.
    Later,
}

/// The epoch that Stripe knows; 0 if it knows none.
///
/// # Errors
/// Stripe did not answer, or the key may not read products.
pub async fn read(app: &App) -> Result<i64, StripeError> {
    match app.stripe.load_product(&product(app)).await {
        Ok(product) => Ok(product.metadata.get(EPOCH).and_then(|epoch| epoch.parse().ok()).unwrap_or(0)),
        Err(error) if error.is_missing() => Ok(0),
        Err(error) => Err(error),
    }
}

/// Compares the epochs, and freezes the installation if its own is of the past.
///
/// # Errors
/// Stripe or the database did not answer.
pub async fn check(app: &App) -> anyhow::Result<Found> {
    let there = read(app).await?;
    let ours = freezes::standing(&mut *app.store.read().await?).await?.epoch;
    if there <= ours {
        return Ok(Found::Ours { behind: there < ours });
    }
    let what = format!("Stripe knows epoch {there} of this shop, and this database is of epoch {ours}");
    let text = format!(
        "{what}: it was restored and confirmed elsewhere. Nothing is done outside here. If this is the right one, stop the other and \
         run `givr restore confirm`."
    );
    backup::hold(app, Reason::Moved, &what, &text).await?;
    app.look_whether_frozen().await?;
    Ok(Found::Later)
}

/// Writes the epoch down at Stripe.
///
/// # Errors
/// Stripe did not answer, the key may not write products, or the installation is frozen.
pub async fn write(app: &App, epoch: i64) -> Result<(), StripeError> {
    let params = ProductParams {
        name: "givr: who runs this shop (keep)".to_owned(),
        description: None,
        active: false,
        metadata: BTreeMap::from([(EPOCH.to_owned(), epoch.to_string())]),
    };
    let id = product(app);
    let made = app.stripe.create_product(&id, &params).await?;
    if made.metadata.get(EPOCH) != params.metadata.get(EPOCH) {
        app.stripe.update_product(&id, &params).await?;
    }
    Ok(())
}

fn product(app: &App) -> String {
    format!("givr_epoch_{}", app.installation.id)
}
