//! Looks at delivered servers and writes down what they do, so that pages never have to ask the panel.

use crate::app::App;
use crate::control;
use crate::work::{Report, each};
use domain::provision::Power;
use jiff::SignedDuration;
use store::reservations;
use store::services::{self, Sample, Service};
use store::usage::{self, Look};

/// Servers looked at in one pass.
const BATCH: i64 = 50;
/// Servers looked at at the same time.
const CONCURRENT: usize = 8;
/// How long until the next look at the same server: the panel itself keeps its answer for 20 s.
const AGAIN: SignedDuration = SignedDuration::from_secs(30);

/// Looks at the servers that are due.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let due = services::claim_to_sample(&mut tx, now, now + AGAIN, BATCH).await?;
    tx.commit().await?;
    let taken = due.len();
    let failed = each(due, CONCURRENT, |service| async move {
        let Err(error) = look(app, &service).await else { return true };
        tracing::debug!(service.id = %service.id, "Service {} was not seen: {error:#}", service.id);
        false
    })
    .await;
    if taken > failed {
        app.nudge();
    }
    Ok(Report { taken, failed, next: None })
}

/// A look that failed writes nothing: the last one stays, with its age.
async fn look(app: &App, service: &Service) -> anyhow::Result<()> {
    let Some(server) = &service.server else { return Ok(()) };
    let resources = app.panel.resources(&server.identifier.parse()?).await?;
    let power = control::power_of(&resources.state);
    let answer = match power {
        Some(Power::Running) => ask(app, service).await?,
        Some(Power::Offline | Power::Starting | Power::Stopping) | None => None,
    };
    let sample = Sample {
        power,
        players_online: answer.as_ref().and_then(|answer| answer.players_online).map(i64::from),
        players_max: answer.as_ref().and_then(|answer| answer.players_max).map(i64::from),
        memory_bytes: i64::try_from(resources.memory_bytes).ok(),
        cpu_percent: Some(resources.cpu_percent),
        disk_bytes: i64::try_from(resources.disk_bytes).ok(),
        received_bytes: i64::try_from(resources.received_bytes).ok(),
        sent_bytes: i64::try_from(resources.sent_bytes).ok(),
        at: Some(app.now()),
    };
    let mut tx = app.store.begin().await?;
    services::save_sample(&mut tx, &service.id, &sample).await?;
    if let Some(look) = look_of(&service.sample, &sample) {
        usage::add(&mut tx, &service.id, &look).await?;
    }
    Ok(tx.commit().await?)
}

/// What a look adds to the charts, after the look before it.
fn look_of(before: &Sample, now: &Sample) -> Option<Look> {
    Some(Look {
        at: now.at?,
        cpu_percent: now.cpu_percent.filter(|percent| percent.is_finite())?,
        memory_bytes: now.memory_bytes?,
        disk_bytes: now.disk_bytes?,
        players: now.players_online,
        received_bytes: moved(before.received_bytes, now.received_bytes),
        sent_bytes: moved(before.sent_bytes, now.sent_bytes),
    })
}

/// What went over the network between two looks. A counter that is lower than before began anew in between; what a server had moved before
/// anybody looked belongs to no step.
fn moved(before: Option<i64>, now: Option<i64>) -> i64 {
    match (before, now) {
        (Some(before), Some(now)) if now >= before => now - before,
        (Some(_), Some(now)) => now,
        (None, _) | (_, None) => 0,
    }
}

async fn ask(app: &App, service: &Service) -> anyhow::Result<Option<query::Answer>> {
    let Some(blueprint) = app.catalogue.find_blueprint(&service.blueprint) else { return Ok(None) };
    let reservation = reservations::find_of_order(&mut *app.store.read().await?, &service.order).await?;
    let (Some(reservation), Some(place)) = (reservation, blueprint.probe_port()) else { return Ok(None) };
    let Some(chosen) = reservation.ports.get(place) else { return Ok(None) };
    let bought = (chosen.port.alias.as_deref().unwrap_or(&chosen.port.ip), chosen.port.port);
    // Customers may make another port the default one.
    let (host, port) = default_port(service).filter(|_| place == 0).unwrap_or(bought);
    Ok(app.games.ask(&blueprint.probe, host, port).await.ok())
}

fn default_port(service: &Service) -> Option<(&str, u16)> {
    let (host, port) = service.address.as_deref()?.rsplit_once(':')?;
    Some((host, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_that_began_anew_counts_from_its_beginning() {
        assert_eq!(moved(Some(100), Some(130)), 30);
        assert_eq!(moved(Some(100), Some(20)), 20);
        assert_eq!(moved(None, Some(5000)), 0);
        assert_eq!(moved(Some(100), None), 0);
    }
}
