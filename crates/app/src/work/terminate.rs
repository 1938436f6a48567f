//! Takes a server away for good: the subscription ends, the server is deleted and seen to be gone, then its place is free (S9).
//!
//! What goes because nobody pays is judged anew before every step, on a reading of that moment (M7): whoever pays before the deletion is
//! sent keeps the server, and what is paid after it goes back.

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::work::provision::Next;
use crate::work::{retry_at, standing, subscriptions};
use anyhow::Context;
use domain::provision::Attempt;
use domain::removal::{self, Found, Seen, Step};
use domain::standing::Desired;
use domain::timeline::Happening;
use jiff::SignedDuration;
use panel::{PanelError, PanelServer, ServerId, ServerKey};
use serde_json::json;
use store::operations::{self, Claim, Outcome};
use store::services::{self, ENDED_BY_HAND, GIVEN_BACK, Service, UNPAID};
use store::{Tx, audit, refunds, reservations, timeline};

/// Steps in one pass.
const STEPS: usize = 6;

/// A removal that takes longer than this is told to a person, and goes on.
const SLOW: SignedDuration = SignedDuration::from_mins(30);

pub(super) async fn advance(app: &App, claim: &Claim) -> anyhow::Result<Next> {
    let advanced = remove(app, claim).await;
    if !matches!(advanced, Ok(Next::Ended)) && app.now() >= claim.created_at + SLOW {
        let why = match &advanced {
            Err(error) => format!("{error:#}"),
            Ok(_) => "the panel does not say that it is gone".to_owned(),
        };
        let text = format!("The server of {} could not be removed for half an hour: {why}.", claim.service);
        alerts::raise_alone(app, Rule::RemovalStuck, claim.service.as_str(), &text).await;
    }
    advanced
}

/// By external id, and by the number that the panel gave it: somebody may have taken our mark off.
pub(super) async fn find(app: &App, key: &ServerKey, service: &Service) -> panel::Result<Option<PanelServer>> {
    if let Some(server) = app.panel.find_server(key).await? {
        return Ok(Some(server));
    }
    let Some(known) = &service.server else { return Ok(None) };
    let Ok(number) = u64::try_from(known.id) else { return Ok(None) };
    let found = app.panel.find_server_by_number(ServerId::new(number)).await?;
    Ok(found.filter(|server| server.uuid == known.uuid))
}

async fn remove(app: &App, claim: &Claim) -> anyhow::Result<Next> {
    let key = ServerKey::new(&app.installation.prefix, &claim.service).context("cannot name the server")?;
    for _ in 0..STEPS {
        let service = services::find(&mut *app.store.read().await?, &claim.service).await?;
        let mut service = service.context("the service of the job is gone")?;
        // Nobody asked for it, and the delivery was not given up: it goes because nobody pays.
        let unpaid = service.stop_requested_at.is_none() && service.fulfilled_at.is_some();
        if unpaid {
            let judged = standing::judge(app, &service.id).await?;
            service = judged.service;
            match judged.desired {
                Desired::Absent { .. } => {}
                // It is judged anew when the incident is over.
                Desired::AsItIs if judged.incident => return call_off(app, claim, &service).await,
                Desired::AsItIs => return Ok(Next::At(app.now() + SignedDuration::from_mins(5))),
                Desired::Present | Desired::Suspended { .. } => return call_off(app, claim, &service).await,
            }
        }
        let attempts = attempts(&mut *app.store.read().await?, &service).await?;
        let (found, server) = match find(app, &key, &service).await {
            Ok(Some(server)) => (Found::Server, Some(server)),
            Ok(None) => (Found::Nothing, None),
            Err(error) => {
                tracing::warn!(service.id = %service.id, "The panel did not show {key}: {error}");
                (Found::Unknown, None)
            }
        };
        let subscription_ended = has_ended(app, &service).await?;
        let seen = Seen { subscription_ended, found, attempts: &attempts, waits: app.config.waits.delivery };
        match (removal::next_step(&seen, app.now()), server) {
            (Step::Wait(until), _) => return Ok(Next::At(until)),
            (Step::EndSubscription, _) => {
                subscriptions::end_and_note(app, &service.subscription, &service.order).await?.commit().await?;
            }
            (Step::Delete, Some(server)) => {
                let mut tx = app.store.begin().await?;
                operations::renew(&mut tx, claim, app.now() + app.config.waits.lease).await?;
                if unpaid && !point_of_no_return(app, &mut tx, &service).await? {
                    continue;
                }
                tx.commit().await?;
                delete(app, &key, &server).await?;
            }
            (Step::Delete, None) => return Ok(Next::At(app.now() + SignedDuration::from_secs(5))),
            (Step::Finish, _) => {
                let mut tx = app.store.begin().await?;
                if unpaid && !point_of_no_return(app, &mut tx, &service).await? {
                    continue;
                }
                finish(app, tx, claim, &service, unpaid).await?;
                return Ok(Next::Ended);
            }
        }
    }
    Ok(Next::At(retry_at(app.now(), claim.passes)))
}

/// From here on the deletion counts as sent: whatever is paid later goes back. `false` when something happened since the service was
/// judged, a payment perhaps.
async fn point_of_no_return(app: &App, tx: &mut Tx, service: &Service) -> anyhow::Result<bool> {
    let now = app.now();
    let begun = store::standing::begin_deletion(tx, service, UNPAID, now).await?;
    if begun {
        let detail = json!({"why": service.standing.suspension.map(|suspension| suspension.why.key())});
        audit::record(tx, &app.id(), "system", "service.delete", service.id.as_str(), &detail, now).await?;
    }
    Ok(begun)
}

/// Somebody paid before anything was deleted, or something of ours does not work: the server stays.
async fn call_off(app: &App, claim: &Claim, service: &Service) -> anyhow::Result<Next> {
    let mut tx = app.store.begin().await?;
    alerts::clear(app, &mut tx, Rule::RemovalStuck, service.id.as_str()).await?;
    operations::finish(&mut tx, claim, Outcome::GivenUp, app.now()).await?;
    store::standing::judge_now(&mut tx, &service.id).await?;
    tx.commit().await?;
    app.nudge();
    Ok(Next::Ended)
}

/// The calls of all jobs of the service that may have created a server.
async fn attempts(db: &mut store::Db, service: &Service) -> anyhow::Result<Vec<Attempt>> {
    let mut attempts = Vec::new();
    for operation in operations::list_of_service(db, &service.id).await? {
        let records = operations::list_attempts(db, &operation.id).await?;
        attempts.extend(records.into_iter().map(|record| record.attempt));
    }
    Ok(attempts)
}

/// Whether the end of the subscription was confirmed: by the refund that ended it, or by Stripe's own word.
async fn has_ended(app: &App, service: &Service) -> anyhow::Result<bool> {
    let mut db = app.store.read().await?;
    let refunds = refunds::list_of_order(&mut db, &service.order).await?;
    let by_refund = |refund: &refunds::Refund| {
        refund.subscription == service.subscription && refund.subscription_ended_at.is_some()
    };
    if refunds.iter().any(by_refund) {
        return Ok(true);
    }
    let state = services::find(&mut db, &service.id).await?.map(|service| service.subscription_state);
    Ok(matches!(state.as_deref(), Some("canceled" | "incomplete_expired")))
}

async fn delete(app: &App, key: &ServerKey, server: &PanelServer) -> anyhow::Result<()> {
    match app.panel.delete_server(&server.handle(key)).await {
        // The next look says whether it is gone.
        Ok(()) | Err(PanelError::OutcomeUnknown { .. }) => Ok(()),
        Err(error) => Err(error).context("the panel did not delete the server"),
    }
}

async fn finish(app: &App, mut tx: Tx, claim: &Claim, service: &Service, unpaid: bool) -> anyhow::Result<()> {
    let now = app.now();
    reservations::release(&mut tx, &service.order, "the server is gone", now).await?;
    services::set_terminated(&mut tx, &service.id, now).await?;
    timeline::add(&mut tx, &app.id(), &service.order, &Happening::ServerRemoved, now).await?;
    let why = service.standing.stop_reason.as_deref();
    if unpaid || why == Some(UNPAID) {
        mail::server_deleted(app, &mut tx, service).await?;
    } else if matches!(why, Some(GIVEN_BACK | ENDED_BY_HAND)) {
        mail::server_ended(app, &mut tx, service).await?;
    }
    for rule in [Rule::RemovalStuck, Rule::SuspensionStuck, Rule::SuspensionDrifted, Rule::StripeTrouble] {
        alerts::clear(app, &mut tx, rule, service.id.as_str()).await?;
    }
    alerts::clear(app, &mut tx, Rule::ServerMissing, service.id.as_str()).await?;
    alerts::clear(app, &mut tx, Rule::ServerOrphaned, &service.external_id).await?;
    operations::finish(&mut tx, claim, Outcome::Done, now).await?;
    tx.commit().await?;
    tracing::info!(service.id = %service.id, "The server of {} is gone for good", service.id);
    Ok(())
}
