//! Looks after delivered services for as long as they live: reads the subscription and what banks say, asks what should be, and starts the
//! job that brings it about.
//!
//! A pass accepts no hint: events, clicks and dates only make a service due. Not here: deciding (`domain::standing`), suspending at the
//! panel (`suspend`), deleting (`terminate`); both of these judge once more, on a reading of their own, before they act (M7).

use crate::alerts::{self, Rule};
use crate::app::App;
use crate::mail;
use crate::work::{Report, about, disputes, each, subscriptions};
use anyhow::Context;
use billing::SubscriptionStatus;
use domain::ids::ServiceId;
use domain::standing::{self, Desired, Dispute, Facts, Paying, Suspension, Why};
use domain::timeline::Happening;
use jiff::{SignedDuration, Timestamp};
use store::operations::{self, OperationKind};
use store::services::{self, Service};
use store::{StoreError, incidents, timeline};

/// Services judged in one pass.
const BATCH: i64 = 50;
/// Services judged at the same time.
const CONCURRENT: usize = 4;
/// How long until a service whose subscription could not be read is tried again.
const AFTER_SILENCE: SignedDuration = SignedDuration::from_mins(5);
/// After this long without a reading a person is told.
const SILENCE: SignedDuration = SignedDuration::from_hours(24);
/// How often a subscription in good standing is read, whatever events say (M9).
const IN_ORDER: SignedDuration = SignedDuration::from_hours(6);
/// How often one is read that is not.
const NOT_IN_ORDER: SignedDuration = SignedDuration::from_hours(1);

/// A service, and what should be with it according to a reading of this moment.
pub(super) struct Judged {
    /// The service as it was when it was judged.
    pub(super) service: Service,
    /// What should be.
    pub(super) desired: Desired,
    /// When Stripe was asked for what this rests on.
    pub(super) read_at: Timestamp,
    /// Whether something of ours does not work that it needs: then nothing of it waits in the queue.
    pub(super) incident: bool,
    /// Whether the subscription may still charge.
    live_contract: bool,
    facts: Facts,
}

/// Judges the services that are due.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let next = store::standing::next_judgement(&mut *app.store.read().await?).await?;
    if next.is_none_or(|next| next > now) {
        return Ok(Report { next, ..Report::default() });
    }
    let mut tx = app.store.begin().await?;
    let due = store::standing::claim_to_judge(&mut tx, now, now + AFTER_SILENCE, BATCH).await?;
    tx.commit().await?;
    let taken = due.len();
    let failed = each(due, CONCURRENT, |service| async move {
        let judged = async {
            let Err(error) = look(app, &service.id).await else { return true };
            // Nothing is known, so nothing happens (M7).
            tracing::warn!(service.id = %service.id, "Service {} stays as it is: {error:#}", service.id);
            tell_if_silent(app, &service, &error).await;
            false
        };
        about(&service.id, judged).await
    })
    .await;
    let next = store::standing::next_judgement(&mut *app.store.read().await?).await?;
    Ok(Report { taken, failed, next })
}

/// A subscription that cannot be read for a day may run out unseen: a person is told.
async fn tell_if_silent(app: &App, service: &Service, error: &anyhow::Error) {
    let Some(since) = service.standing.read_at.or(service.fulfilled_at) else { return };
    if app.now().duration_since(since) > SILENCE {
        let text = format!(
            "Subscription {} of {} could not be read since {since}: {error:#}. The server stays as it is meanwhile, paid or not.",
            service.subscription, service.id
        );
        alerts::raise_alone(app, Rule::StripeTrouble, service.id.as_str(), &text).await;
    }
}

/// Reads everything afresh, writes it down, and says what should be.
///
/// # Errors
/// Stripe or the database did not answer: nothing is concluded.
pub(super) async fn judge(app: &App, id: &ServiceId) -> anyhow::Result<Judged> {
    let service = services::find(&mut *app.store.read().await?, id).await?.context("the service is gone")?;
    let reading = match subscriptions::read(app, &service.subscription).await {
        Ok(reading) => reading,
        // What we suspend by our own will waits for nobody.
        Err(_) if service.standing.hold.is_some() && service.standing.suspension.is_none() => {
            return Ok(unread(app, service));
        }
        Err(error) => return Err(error).context("the subscription cannot be read"),
    };
    let open = store::disputes::list_open(&mut *app.store.read().await?, &service.order).await?;
    for dispute in open {
        disputes::refresh(app, &dispute).await.context("a dispute cannot be read")?;
    }
    let mut tx = app.store.begin().await?;
    let service = subscriptions::note(app, &mut tx, &reading).await?.context("the service is gone")?;
    let dispute = store::disputes::of_order(&mut tx, &service.order).await?;
    let incident = incidents::list_open(&mut tx).await?.iter().any(|incident| incident.reaches(&service.region));
    tx.commit().await?;
    let now = app.now();
    let read_at = reading.read_at;
    let paying = paying(&service, &reading.seen, now);
    let facts = Facts { dispute, read_at: Some(read_at), incident, ..what_we_said(&service, paying) };
    let desired = standing::desired(&facts, &service.standing.policy, now);
    Ok(Judged { desired, read_at, incident, live_contract: reading.seen.is_live_contract(), facts, service })
}

/// What follows from our own word alone.
fn unread(app: &App, service: Service) -> Judged {
    let (facts, now) = (what_we_said(&service, Paying::Unclear), app.now());
    let desired = standing::desired(&facts, &service.standing.policy, now);
    Judged { desired, read_at: now, incident: false, live_contract: false, facts, service }
}

/// The facts that are ours, beside what the subscription says.
fn what_we_said(service: &Service, paying: Paying) -> Facts {
    Facts {
        paying,
        dispute: Dispute::None,
        read_at: None,
        suspension: service.standing.suspension,
        held: service.standing.hold.is_some(),
        extended_until: service.standing.extended_until,
        incident: false,
    }
}

/// What Stripe's word means for a delivered server.
fn paying(service: &Service, seen: &billing::Subscription, now: Timestamp) -> Paying {
    match seen.status {
        SubscriptionStatus::Active | SubscriptionStatus::Trialing => Paying::Current,
        SubscriptionStatus::PastDue | SubscriptionStatus::Unpaid => {
            Paying::Overdue { since: service.standing.overdue_since.unwrap_or(now) }
        }
        SubscriptionStatus::Paused => Paying::Paused,
        SubscriptionStatus::Canceled => {
            Paying::Ended { paid_until: service.standing.paid_until.or(seen.ended_at).unwrap_or(now) }
        }
        SubscriptionStatus::Incomplete | SubscriptionStatus::IncompleteExpired | SubscriptionStatus::Other(_) => {
            Paying::Unclear
        }
    }
}

/// Looks at one service, and takes the step that follows.
async fn look(app: &App, id: &ServiceId) -> anyhow::Result<()> {
    let judged = judge(app, id).await?;
    let service = &judged.service;
    if judged.facts.dispute == Dispute::Lost && judged.live_contract {
        // The bank gave the money back for good: nothing more is charged for a server that nobody may use.
        subscriptions::end_and_note(app, &service.subscription, &service.order).await?.commit().await?;
    }
    let mut tx = app.store.begin().await?;
    if judged.facts.read_at.is_some() {
        alerts::clear(app, &mut tx, Rule::StripeTrouble, id.as_str()).await?;
    }
    let current = store::standing::lock_by_subscription(&mut tx, &service.subscription).await?;
    if current.is_none_or(|current| current.standing.version != service.standing.version + 1) {
        // Something changed since it was read: what was concluded may be wrong by now.
        store::standing::judge_now(&mut tx, id).await?;
    } else if !operations::is_busy(&mut tx, id).await? {
        let job = match (judged.desired, service.standing.suspension) {
            (Desired::AsItIs, _) | (Desired::Present, None) => None,
            (Desired::Present, Some(_)) => Some(OperationKind::Unsuspend),
            (Desired::Suspended { .. }, None) => Some(OperationKind::Suspend),
            (Desired::Suspended { why, delete_on, announce }, Some(before)) => {
                let noticed_at = match delete_on {
                    None => None,
                    Some(_) => before.noticed_at.or(announce.then(|| app.now())),
                };
                let suspension = Suspension { why, delete_on, noticed_at, ..before };
                keep(app, &mut tx, service, &before, &suspension).await?;
                None
            }
            (Desired::Absent { .. }, _) => Some(OperationKind::Terminate),
        };
        if let Some(kind) = job {
            match operations::create(&mut tx, &app.id(), id, kind, app.now()).await {
                // Somebody else was faster, and judges too.
                Err(StoreError::Taken { .. }) => return Ok(()),
                made => made?,
            }
        }
        store::standing::judge_at(&mut tx, id, again_at(app.now(), &judged)).await?;
    }
    tx.commit().await?;
    app.nudge();
    Ok(())
}

/// A suspension that stands: its reason or its date may have changed, and its customer may have to be told.
async fn keep(
    app: &App,
    tx: &mut store::Tx,
    service: &Service,
    before: &Suspension,
    after: &Suspension,
) -> anyhow::Result<()> {
    if before == after {
        return Ok(());
    }
    let now = app.now();
    store::standing::set_suspension(tx, &service.id, Some(after)).await?;
    if let Some(on) = after.delete_on.filter(|_| before.noticed_at.is_none() && after.noticed_at.is_some()) {
        timeline::add(tx, &app.id(), &service.order, &Happening::DeletionAnnounced { on }, now).await?;
        mail::soon_deleted(app, tx, service, after.why, on).await?;
    } else if (after.delete_on.is_some() && before.delete_on.is_none())
        || (after.why == Why::ByHand && before.why != Why::ByHand)
    {
        // What was undecided is decided, and there is a date now; or somebody paid, and it stays suspended because we said so.
        let happening = Happening::Suspended { why: after.why, delete_on: after.delete_on };
        timeline::add(tx, &app.id(), &service.order, &happening, now).await?;
        mail::server_suspended(app, tx, service, after).await?;
    }
    Ok(())
}

/// When the service is judged again if nothing happens.
fn again_at(now: Timestamp, judged: &Judged) -> Timestamp {
    let service = &judged.service;
    let in_order = judged.facts.paying == Paying::Current
        && judged.facts.dispute == Dispute::None
        && service.standing.suspension.is_none();
    let usual = now + if in_order { IN_ORDER } else { NOT_IN_ORDER };
    let change = standing::next_change(&judged.facts, &service.standing.policy, now);
    // A moment later than the moment itself: Stripe's clock may be a little behind ours.
    let soon = change.into_iter().chain(service.ends_at).map(|at| at + SignedDuration::from_secs(2));
    soon.filter(|at| *at > now).min().map_or(usual, |at| at.min(usual))
}
