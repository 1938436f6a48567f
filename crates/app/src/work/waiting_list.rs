//! Tells whoever waits for a plan that there is room again: the first in line first, and no more of them than there are places.

use crate::app::App;
use crate::mail;
use crate::sales::room::Openings;
use crate::work::Report;
use domain::catalogue::{PlanKey, RegionKey, ServerShape};
use jiff::SignedDuration;
use store::waiting_list;

/// How long a place is left to those who were told of it, before it is told to others.
const HEAD_START: SignedDuration = SignedDuration::from_hours(2);

/// Tells whoever is next, for each plan and region that somebody waits for.
///
/// # Errors
/// The database did not answer.
pub async fn pass(app: &App) -> anyhow::Result<Report> {
    let wanted = waiting_list::list_wanted(&mut *app.store.read().await?).await?;
    let mut told = 0;
    for (plan, region) in wanted {
        told += tell(app, &plan, &region).await?;
    }
    if told > 0 {
        app.nudge();
    }
    Ok(Report { taken: told, failed: 0, next: None })
}

/// How many places are free for a plan in a region, as far as it is sold at all.
async fn places(app: &App, plan: &PlanKey, region: &RegionKey) -> anyhow::Result<usize> {
    let offer = app.offer();
    let plan = app.catalogue.find_plan(plan.as_str()).filter(|plan| offer.sells(&plan.key));
    let Some(plan) = plan else { return Ok(0) };
    let Some(blueprint) = app.catalogue.find_blueprint(&plan.blueprint) else { return Ok(0) };
    let open = Openings::look(app, &mut *app.store.read().await?).await?.of(app, ServerShape::of(plan, blueprint, []));
    Ok(open.into_iter().find(|(one, _)| one.key == *region).map_or(0, |(_, places)| places))
}

async fn tell(app: &App, plan: &PlanKey, region: &RegionKey) -> anyhow::Result<usize> {
    let places = i64::try_from(places(app, plan, region).await?).unwrap_or(i64::MAX);
    // Nothing is written while nothing is free.
    if places == 0 {
        return Ok(0);
    }
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let lately = waiting_list::count_told(&mut tx, plan, region, now - HEAD_START).await?;
    let first = waiting_list::list_first(&mut tx, plan, region, (places - lately).max(0)).await?;
    let mut told = 0;
    for wish in &first {
        if waiting_list::mark_told(&mut tx, wish, now).await? {
            mail::room_again(app, &mut tx, wish).await?;
            told += 1;
        }
    }
    tx.commit().await?;
    Ok(told)
}
