//! Sends what is in the outbox. A mail server that is down delays messages, never an order (N4).

use crate::app::App;
use crate::mail::{self, Message};
use crate::texts;
use crate::work::{Report, retry_at};
use domain::ids::AccountId;
use store::outbox::{self, Message as Row};
use store::services;
use store::sessions;
use store::{accounts, email_changes, erasures, tickets};
use tracing::Instrument;

/// Messages sent in one pass.
const BATCH: i64 = 20;

/// Sends the messages that are due.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let next = outbox::next_wake(&mut *app.store.read().await?).await?;
    if next.is_none_or(|next| next > app.now()) {
        return Ok(Report { next, ..Report::default() });
    }
    let mut tx = app.store.begin().await?;
    let due = outbox::claim_due(&mut tx, now, now + app.config.waits.lease, BATCH).await?;
    tx.commit().await?;
    let taken = due.len();
    let mut failed = 0;
    for row in due {
        let span = tracing::error_span!("message", message.id = %row.id);
        if let Err(error) = send(app, &row).instrument(span).await {
            failed += 1;
            tracing::warn!(message.id = %row.id, message.kind = %row.kind, "Message {} waits: {error:#}", row.id);
            let mut tx = app.store.begin().await?;
            outbox::mark_failed(&mut tx, &row.id, &format!("{error:#}"), retry_at(app.now(), row.tries)).await?;
            tx.commit().await?;
        }
    }
    let next = outbox::next_wake(&mut *app.store.read().await?).await?;
    Ok(Report { taken, failed, next })
}

async fn send(app: &App, row: &Row) -> anyhow::Result<()> {
    let message = mail::unseal(app, &row.id, &row.body).await?;
    let mut db = app.store.read().await?;
    let stale = stale(app, &mut db, &message, (&row.subject, &row.recipient)).await?;
    let account = accounts::find(&mut db, &row.recipient).await?;
    drop(db);
    let language = account.as_ref().and_then(|account| account.language).unwrap_or(app.config.site.language);
    let (stale, address) = match account {
        Some(account) if account.smoke => (Some("nobody reads the mail of a smoke test"), String::new()),
        Some(account) if erasures::is_pseudonym(&account.email) => (Some("the account is erased"), String::new()),
        Some(account) if !mail::is_wanted(&account, message.kind()) => {
            (Some("the recipient does not want such mails"), String::new())
        }
        Some(account) => (stale, message.own_address().map_or(account.email, str::to_owned)),
        None => (Some("the account is gone"), String::new()),
    };
    let now = app.now();
    if let Some(why) = stale {
        let mut tx = app.store.begin().await?;
        outbox::cancel(&mut tx, &row.id, why, now).await?;
        return Ok(tx.commit().await?);
    }
    let written = texts::speaking(language, || message.write(mail::sender(app)))?;
    app.mailer.send(row.id.as_str(), &address, &written).await?;
    let mut tx = app.store.begin().await?;
    outbox::mark_sent(&mut tx, &row.id, app.now()).await?;
    Ok(tx.commit().await?)
}

/// Why a message should no longer be sent, if its fact does not hold any more (N3).
///
/// # Errors
/// The database did not answer.
pub(crate) async fn stale(
    app: &App,
    db: &mut store::Db,
    message: &Message,
    (subject, recipient): (&str, &AccountId),
) -> anyhow::Result<Option<&'static str>> {
    match message {
        // The subject names the code or link.
        Message::VerifyEmail { .. } | Message::ResetPassword { .. } => {
            let good = sessions::is_proof_good(db, subject, app.now()).await?;
            Ok((!good).then_some("the code or link was used or has ended"))
        }
        Message::ChangeEmail { email, .. } => {
            let wanted = email_changes::find(db, recipient, app.now()).await?;
            Ok(wanted.is_none_or(|change| change.email != *email).then_some("another address is wanted, or none"))
        }
        Message::ServerReady { .. } => {
            let service = services::find(db, &subject.parse()?).await?;
            let gone = service.is_none_or(|service| service.terminated_at.is_some());
            Ok(gone.then_some("the server is gone"))
        }
        Message::ServerMissing { .. } => {
            let service = services::find(db, &subject.parse()?).await?;
            let found = service.is_none_or(|service| !service.missing);
            Ok(found.then_some("the server is there again"))
        }
        Message::PaymentFailed { .. } => {
            let service = services::find(db, &subject.parse()?).await?;
            let paid = service.is_none_or(|service| {
                service.standing.overdue_since.is_none() || service.standing.suspension.is_some() || service.is_over()
            });
            Ok(paid.then_some("it was paid, or more has happened since"))
        }
        Message::ServerSuspended { .. } | Message::SoonDeleted { .. } => {
            let service = services::find(db, &subject.parse()?).await?;
            let lifted = service.is_none_or(|service| service.standing.suspension.is_none() || service.is_over());
            Ok(lifted.then_some("it is not suspended any more"))
        }
        Message::ServerDeleted { .. } | Message::ServerEnded { .. } => {
            let service = services::find(db, &subject.parse()?).await?;
            let stands = service.is_none_or(|service| service.terminated_at.is_none());
            Ok(stands.then_some("the server stands"))
        }
        Message::ServerBack { .. } => {
            let service = services::find(db, &subject.parse()?).await?;
            let gone = service.is_none_or(|service| service.standing.suspension.is_some() || service.is_over());
            Ok(gone.then_some("it is suspended again, or gone"))
        }
        Message::TicketReply { .. } => {
            let gone = tickets::find(db, &subject.parse()?).await?.is_none();
            Ok(gone.then_some("the ticket is gone"))
        }
        Message::Welcome { .. }
        | Message::KnownAddress { .. }
        | Message::PaymentReceived { .. }
        | Message::Trouble { .. }
        | Message::RefundMade { .. }
        | Message::RoomAgain { .. }
        | Message::SecurityNotice { .. }
        | Message::AddressChanged { .. } => Ok(None),
    }
}
