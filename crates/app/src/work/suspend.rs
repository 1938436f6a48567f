//! Suspends a server at the panel, or lifts that: judges the service on a reading of its own, looks at the panel, brings the server into
//! the state that should be, and believes it when the panel shows it (S7).

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::work::provision::Next;
use crate::work::standing::{self, Judged};
use crate::work::{retry_at, terminate};
use anyhow::Context;
use domain::standing::{Desired, Suspension, Why};
use domain::timeline::Happening;
use jiff::{SignedDuration, Timestamp};
use panel::{PanelError, PanelServer, ServerKey, ServerStatus};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::operations::{self, Claim, OperationKind, Outcome};
use store::{audit, timeline};

/// Looks at the panel in one pass.
const LOOKS: usize = 3;
/// A job that takes longer than this is told to a person, and goes on.
const SLOW: SignedDuration = SignedDuration::from_mins(30);

/// What a job has done so far.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sent {
    /// Whether the panel was asked to suspend the server: what we did, we take back.
    #[serde(default)]
    suspend: bool,
}

pub(super) async fn advance(app: &App, claim: &Claim) -> anyhow::Result<Next> {
    let advanced = bring_about(app, claim).await;
    if !matches!(advanced, Ok(Next::Ended)) && app.now() >= claim.created_at + SLOW {
        let why = match &advanced {
            Err(error) => format!("{error:#}"),
            Ok(_) => "the panel does not show it".to_owned(),
        };
        let text =
            format!("Job {} on the server of {} has taken half an hour: {why}.", claim.kind.key(), claim.service);
        alerts::raise_alone(app, Rule::SuspensionStuck, claim.service.as_str(), &text).await;
    }
    advanced
}

async fn bring_about(app: &App, claim: &Claim) -> anyhow::Result<Next> {
    // In the same step as what follows from it (M7): whoever has paid meanwhile is not suspended, and whoever owes is not let go.
    let judged = standing::judge(app, &claim.service).await?;
    let wanted = match judged.desired {
        // Dates stand still, and it stays as suspended as it was.
        Desired::AsItIs if judged.incident => {
            judged.service.standing.suspension.map(|suspension| (suspension.why, suspension.delete_on))
        }
        Desired::AsItIs => return Ok(Next::At(app.now() + SignedDuration::from_mins(5))),
        Desired::Present => None,
        Desired::Suspended { why, delete_on, .. } => Some((why, delete_on)),
        // The next look begins the removal; until then it stands suspended.
        Desired::Absent { why, promised } => Some((why, Some(promised))),
    };
    let mut sent: Sent = serde_json::from_str(&claim.progress).context("the job's progress cannot be read")?;
    let key = ServerKey::new(&app.installation.prefix, &claim.service).context("cannot name the server")?;
    for _ in 0..LOOKS {
        let Some(server) =
            terminate::find(app, &key, &judged.service).await.context("the panel did not show the server")?
        else {
            // Nobody can start what is not there; that it is missing, a sweep tells.
            return finish(app, claim, &judged, wanted).await;
        };
        let known = judged.service.server.as_ref().map(|server| server.uuid.as_str());
        anyhow::ensure!(
            known == Some(server.uuid.as_str()),
            "another server stands under our external id; `givr service adopt` links it"
        );
        let ours = sent.suspend || judged.service.standing.suspension.is_some();
        let step = match (wanted, server.suspended) {
            (Some(_), true) | (None, false) => return finish(app, claim, &judged, wanted).await,
            // Somebody else's doing: the sweep tells, and nobody is fought.
            (None, true) if !ours => return finish(app, claim, &judged, None).await,
            (None, true) => false,
            // A suspension in the middle of an installation would hide how that ends.
            (Some(_), false) if server.status == ServerStatus::Installing => {
                return Ok(Next::At(app.now() + SignedDuration::from_secs(30)));
            }
            (Some(_), false) => true,
        };
        sent.suspend |= step;
        let mut tx = app.store.begin().await?;
        operations::renew(&mut tx, claim, app.now() + app.config.waits.lease).await?;
        operations::save_progress(&mut tx, claim, &sent).await?;
        tx.commit().await?;
        match ask(app, &server, step).await {
            // The next look says whether it is so.
            Ok(()) | Err(PanelError::OutcomeUnknown { .. }) => {}
            // It is being transferred, for example.
            Err(error) if error.is_conflict() => return Ok(Next::At(app.now() + SignedDuration::from_secs(15))),
            Err(PanelError::NotNow { until, .. }) => return Ok(Next::At(until)),
            Err(error) => return Err(error).context("the panel did not do it"),
        }
    }
    Ok(Next::At(retry_at(app.now(), claim.passes)))
}

async fn ask(app: &App, server: &PanelServer, suspend: bool) -> panel::Result<()> {
    if suspend { app.panel.suspend_server(server.id).await } else { app.panel.unsuspend_server(server.id).await }
}

/// What was seen at the panel is written down, with the message to the customer (N1).
async fn finish(
    app: &App,
    claim: &Claim,
    judged: &Judged,
    wanted: Option<(Why, Option<Timestamp>)>,
) -> anyhow::Result<Next> {
    let now = app.now();
    let (service, before) = (&judged.service, judged.service.standing.suspension);
    let mut tx = app.store.begin().await?;
    let happened = match (wanted, before) {
        (Some((why, delete_on)), None) => {
            let suspension = Suspension { at: now, why, read_at: judged.read_at, delete_on, noticed_at: None };
            store::standing::set_suspension(&mut tx, &service.id, Some(&suspension)).await?;
            mail::server_suspended(app, &mut tx, service, &suspension).await?;
            Some((Happening::Suspended { why, delete_on }, "service.suspend", json!({"why": why.key()})))
        }
        (None, Some(before)) => {
            store::standing::set_suspension(&mut tx, &service.id, None).await?;
            mail::server_back(app, &mut tx, service, before.at).await?;
            Some((Happening::Unsuspended, "service.unsuspend", json!({"was": before.why.key()})))
        }
        (Some(_), Some(_)) | (None, None) => None,
    };
    if let Some((happening, act, detail)) = happened {
        timeline::add(&mut tx, &app.id(), &service.order, &happening, now).await?;
        audit::record(&mut tx, &app.id(), "system", act, service.id.as_str(), &detail, now).await?;
        tracing::info!(service.id = %service.id, "{act} {}: {detail}", service.id);
    }
    let done = wanted.is_some() == (claim.kind == OperationKind::Suspend);
    alerts::clear(app, &mut tx, Rule::SuspensionStuck, service.id.as_str()).await?;
    operations::finish(&mut tx, claim, if done { Outcome::Done } else { Outcome::GivenUp }, now).await?;
    store::standing::judge_now(&mut tx, &service.id).await?;
    tx.commit().await?;
    metrics::counter!("givr_suspensions_total", "what" => claim.kind.key()).increment(1);
    app.nudge();
    Ok(Next::Ended)
}
