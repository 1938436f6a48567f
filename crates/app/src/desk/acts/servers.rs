//! Servers that we suspend ourselves, and days that we give.

use super::{ActError, Looked, MOST_DAYS, Step, not, plan, service};
use crate::app::App;
use crate::texts::{self, day_and_time, one, t};
use domain::ids::{OrderId, ServiceId};
use domain::standing::Why;
use domain::timeline::Happening;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::services::Service;
use store::{Db, Tx, standing, timeline};

/// Why a server is suspended, in a sentence.
fn because(why: Why) -> String {
    t(&format!("suspended-because-{}", why.key())).into_owned()
}

pub(super) async fn suspend(db: &mut Db, id: &ServiceId) -> Result<Looked, ActError> {
    let service = service(db, id).await?;
    if service.is_over() {
        return not("act-service-over");
    }
    if service.fulfilled_at.is_none() {
        return not("act-undelivered");
    }
    if let Some(hold) = &service.standing.hold {
        return Ok(Looked::Not(one("act-suspend-held", "date", day_and_time(hold.since))));
    }
    let mut says = Vec::new();
    says.push(match service.standing.suspension {
        Some(suspension) => one("act-suspend-standing", "why", because(suspension.why)),
        None => t("act-suspend-stops").into_owned(),
    });
    for key in ["act-suspend-kept", "act-suspend-payment", "act-suspend-mail"] {
        says.push(t(key).into_owned());
    }
    plan(says, service.id.to_string(), json!({}), Step::Hold(service.id))
}

pub(super) async fn unsuspend(db: &mut Db, id: &ServiceId) -> Result<Looked, ActError> {
    let service = service(db, id).await?;
    let suspension = service.standing.suspension;
    if service.standing.hold.is_none() {
        return Ok(Looked::Not(match suspension {
            Some(suspension) if suspension.why == Why::ByHand => t("act-unsuspend-comes").into_owned(),
            Some(suspension) => one("act-unsuspend-money", "why", because(suspension.why)),
            None => t("act-unsuspend-not").into_owned(),
        }));
    }
    let why = service.standing.hold.map(|hold| hold.why);
    // Whoever lifts many at once would let go of what somebody else suspended for another reason.
    let mut says: Vec<String> = why.iter().map(|why| one("act-unsuspend-was", "why", why.as_str())).collect();
    match suspension.filter(|suspension| suspension.why != Why::ByHand) {
        Some(suspension) => says.push(one("act-unsuspend-stays", "why", because(suspension.why))),
        None => says.extend([t("act-unsuspend-lifts").into_owned(), t("act-unsuspend-mail").into_owned()]),
    }
    plan(says, service.id.to_string(), json!({ "was": why }), Step::EndHold(service.id))
}

/// Whether Stripe's subscription goes on, and no bill of it is overdue.
fn contract_runs(service: &Service) -> bool {
    matches!(service.subscription_state.as_str(), "active" | "trialing")
}

/// From when given days count: the end of what is paid or borne with, or now if that is over. Days that were given before do not count, so
/// that the same number twice is the same day.
fn counted_from(service: &Service, now: Timestamp) -> Timestamp {
    let standing = &service.standing;
    let borne = match standing.overdue_since {
        Some(since) => Some(since + standing.policy.grace),
        None if contract_runs(service) => standing.paid_until.max(service.period_end),
        // Stripe's period moves on before its bill is paid.
        None => standing.paid_until,
    };
    borne.map_or(now, |end| end.max(now))
}

/// The same day within an hour: whoever sends it twice means the same.
const SAME: SignedDuration = SignedDuration::from_hours(1);

pub(super) async fn extend(db: &mut Db, id: &ServiceId, days: i64, now: Timestamp) -> Result<Looked, ActError> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(ActError::Typed(one("act-extend-days", "most", MOST_DAYS)));
    }
    let service = service(db, id).await?;
    if service.is_over() {
        return not("act-service-over");
    }
    if service.fulfilled_at.is_none() {
        return not("act-undelivered");
    }
    let suspension = service.standing.suspension;
    let helps = suspension.is_none_or(|suspension| match suspension.why {
        Why::NotPaid | Why::Ended => true,
        // Without our hold it is being lifted.
        Why::ByHand => service.standing.hold.is_none(),
        Why::Paused | Why::Disputed | Why::DisputeLost => false,
    });
    if let Some(suspension) = suspension.filter(|_| !helps) {
        return Ok(Looked::Not(one("act-extend-helps-not", "why", because(suspension.why))));
    }
    let from = counted_from(&service, now);
    let until = from + SignedDuration::from_hours(24 * days);
    if let Some(already) = service.standing.extended_until.filter(|already| *already + SAME > until) {
        let values = [("date", day_and_time(already).into()), ("from", day_and_time(from).into())];
        return Ok(Looked::Not(texts::with("act-extend-already", &values)));
    }
    let mut says = Vec::new();
    match suspension {
        Some(_) => {
            says.push(one("act-extend-lifts", "date", day_and_time(until)));
            says.push(t("act-unsuspend-mail").into_owned());
        }
        None => says.push(one("act-extend-until", "date", day_and_time(until))),
    }
    says.push(one("act-extend-from", "from", day_and_time(from)));
    says.push(t("act-extend-money").into_owned());
    plan(
        says,
        service.id.to_string(),
        json!({"days": days, "until": until.to_string()}),
        Step::Extend { service: service.id, order: service.order, until },
    )
}

/// Gives the days, and says so in the timeline.
pub(super) async fn give(
    app: &App,
    tx: &mut Tx,
    service: &ServiceId,
    order: &OrderId,
    until: Timestamp,
) -> Result<bool, ActError> {
    if !standing::extend(tx, service, until).await? {
        return Ok(false);
    }
    timeline::add(tx, &app.id(), order, &Happening::DaysGiven { until }, app.now()).await?;
    Ok(true)
}
