//! Tells Stripe and the panel of an account's address after it was changed: receipts and the panel's own letters must not go to a mailbox
//! that the customer gave up.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::work::Report;
use billing::CustomerParams;
use jiff::SignedDuration;
use panel::{AccountKey, PanelError};
use store::accounts::Account;
use store::{email_changes, erasures};

/// Accounts in one pass.
const BATCH: i64 = 20;
/// How long until the next try after one that failed.
const AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// Tells of the addresses that are due.
///
/// # Errors
/// The database did not answer.
pub(super) async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let due = email_changes::claim_contacts(&mut tx, now, now + AGAIN, BATCH).await?;
    tx.commit().await?;
    let taken = due.len();
    let mut failed = 0;
    for account in due {
        if let Err(error) = tell(app, &account).await {
            failed += 1;
            tracing::warn!(account.id = %account.id, "The address of account {} is not told yet: {error:#}", account.id);
        }
    }
    Ok(Report { taken, failed, next: (failed > 0).then(|| now + AGAIN) })
}

async fn tell(app: &App, account: &Account) -> anyhow::Result<()> {
    if !erasures::is_pseudonym(&account.email) {
        if let Some(customer) = &account.stripe_customer {
            let params = CustomerParams { email: Some(account.email.clone()), ..CustomerParams::default() };
            app.stripe.update_customer(customer, &params).await?;
        }
        if account.panel_user.is_some() {
            tell_panel(app, account).await?;
        }
    }
    let mut tx = app.store.begin().await?;
    email_changes::told(&mut tx, account).await?;
    Ok(tx.commit().await?)
}

async fn tell_panel(app: &App, account: &Account) -> anyhow::Result<()> {
    let key = AccountKey::new(&app.installation.prefix, &account.id)?;
    match app.panel.set_account_email(&key, &account.email).await {
        // Trying again changes nothing: a person has to look.
        Err(error) if is_final(&error) => {
            let text = format!(
                "Account {} has another address now, and the panel does not take it for the customer's login ({error}). Change it there \
                 by hand.",
                account.id
            );
            alerts::raise_alone(app, Rule::AccountClash, account.id.as_str(), &text).await;
            Ok(())
        }
        outcome => Ok(outcome?),
    }
}

fn is_final(error: &PanelError) -> bool {
    match error {
        PanelError::Refused { status, .. } => *status != 429,
        PanelError::Unreachable { .. } | PanelError::NotNow { .. } | PanelError::OutcomeUnknown { .. } => false,
    }
}
