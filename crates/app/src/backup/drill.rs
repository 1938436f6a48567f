//! A restore drill: what was brought back is held against Stripe and the panel of today by the check of everything (`crate::verify`),
//! as of the moment that the backup shows. A backup counts only after it passed one (R5).

use crate::app::App;
use crate::backup::outside;
use crate::backup::{Manifest, Since, differences};
use crate::verify::{self, Deadlines, Evidence, Finding, Moment, Ours, Sources};
use anyhow::Context;
use billing::StripeEvent;
use domain::ids::OrderId;
use domain::order::OrderState;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a drill found.
#[derive(Debug, Serialize)]
pub struct Drill {
    /// The backup.
    pub manifest: Manifest,
    /// What came after it, as far as Stripe and the panel show it.
    pub since: Vec<Since>,
    /// Differences about what is newer than the backup, was under way in it, or moved on since: a restore makes up for them, or tells.
    pub newer: Vec<Finding>,
    /// Differences that the backup itself does not explain.
    pub unexplained: Vec<Finding>,
}

impl Drill {
    /// Whether the backup is good.
    pub fn passed(&self) -> bool {
        self.unexplained.is_empty()
    }
}

/// Checks what was restored. `app` stands over the restored database, which is frozen: everything outside is read only.
///
/// # Errors
/// Stripe, the panel or the database did not answer in full: nothing can be said.
pub async fn drill(app: &App, manifest: Manifest) -> anyhow::Result<Drill> {
    let events = outside::list_events(app, manifest.at).await.context("what happened since cannot be read")?;
    let mut evidence = verify::read(&Sources::of(app), app.now()).await?;
    evidence.waits = app.config.waits.delivery;
    // As of the backup: what is younger may be missing on one side or the other, and is not judged.
    evidence.at = manifest.at;
    let found = verify::check(&evidence, &Moment::Running(Deadlines::of(&app.catalogue)));
    let moved = moved(&evidence, &events, manifest.at);
    let is_newer = |subject: &str| moved.contains(subject) || born(subject).is_some_and(|at| at >= manifest.at);
    let (newer, unexplained) = found.into_iter().partition(|finding| is_newer(&finding.subject));
    let since = differences(app, manifest.at).await;
    Ok(Drill { manifest, since, newer, unexplained })
}

/// Ids of everything that belongs to an order which was under way at the backup, or which something happened to since.
fn moved(evidence: &Evidence, events: &[StripeEvent], at: Timestamp) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for event in events {
        named.insert(event.id.clone());
        collect(&serde_json::from_str(&event.body).unwrap_or_default(), &mut named);
    }
    let stripe = &evidence.stripe;
    named.extend(stripe.charges.iter().filter(|charge| charge.created >= at).map(|charge| charge.id.clone()));
    named.extend(stripe.refunds.iter().filter(|refund| refund.created >= at).map(|refund| refund.id.clone()));
    named.extend(stripe.subscriptions.iter().filter(|one| one.created >= at).map(|one| one.id.clone()));
    named.extend(stripe.sessions.iter().filter(|session| session.created >= at).map(|session| session.id.clone()));
    for group in groups(&evidence.ours) {
        if group.under_way || group.ids.iter().any(|id| named.contains(*id)) {
            named.extend(group.ids.into_iter().map(str::to_owned));
        }
    }
    // A server is made under its order's name, also under that of an order which is younger than the backup.
    for server in &evidence.panel.servers {
        let Some(external_id) = &server.external_id else { continue };
        let order = external_id.rsplit_once('-').map(|(_, suffix)| format!("{}{suffix}", OrderId::PREFIX));
        let is_newer = born(external_id).is_some_and(|drawn| drawn >= at);
        if is_newer || order.is_some_and(|order| named.contains(&order)) {
            named.extend([server.uuid.clone(), external_id.clone()]);
        }
    }
    named
}

/// An order with all that belongs to it.
#[derive(Default)]
struct Group<'a> {
    under_way: bool,
    ids: BTreeSet<&'a str>,
}

/// The orders, each with all that belongs to it.
fn groups(ours: &Ours) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for purchase in &ours.orders {
        let group = groups.entry(purchase.order.id.as_str()).or_default();
        group.under_way = is_under_way(&purchase.order.state);
        group.ids.insert(purchase.order.id.as_str());
    }
    for page in &ours.pages {
        let group = groups.entry(page.order.as_str()).or_default();
        group.ids.extend(page.session.as_deref());
    }
    for entry in &ours.ledger {
        if let Some(order) = &entry.order {
            let group = groups.entry(order.as_str()).or_default();
            group.ids.extend([entry.charge.as_str(), entry.object.as_str()]);
        }
    }
    for refund in &ours.refunds {
        let group = groups.entry(refund.order.as_str()).or_default();
        group.ids.extend([refund.id.as_str(), refund.subscription.as_str()]);
        group.ids.extend(refund.stripe_refund.as_deref());
    }
    let orders: BTreeMap<&str, &str> =
        ours.services.iter().map(|service| (service.id.as_str(), service.order.as_str())).collect();
    for service in &ours.services {
        let group = groups.entry(service.order.as_str()).or_default();
        group.ids.extend([service.id.as_str(), service.external_id.as_str(), service.subscription.as_str()]);
        group.ids.extend(service.server.as_ref().map(|server| server.uuid.as_str()));
    }
    for job in &ours.jobs {
        if let Some(order) = orders.get(job.service.as_str()) {
            let group = groups.entry(order).or_default();
            group.under_way |= job.finished_at.is_none();
            group.ids.insert(job.id.as_str());
        }
    }
    groups.into_values().collect()
}

fn is_under_way(state: &OrderState) -> bool {
    match state {
        OrderState::Reserved { .. }
        | OrderState::CheckoutOpen { .. }
        | OrderState::Settling { .. }
        | OrderState::Paid { .. }
        | OrderState::RefundDue { .. } => true,
        OrderState::Expired { .. } | OrderState::Fulfilled { .. } | OrderState::Refunded { .. } => false,
    }
}

/// Every text that may be an id.
fn collect(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() <= 128 => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(members) => members.values().for_each(|member| collect(member, into)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// When an id of ours was drawn: the time stands in it. A server's external id has its service's, and that its order's.
fn born(id: &str) -> Option<Timestamp> {
    let (_, hex) = id.rsplit_once(['_', '-'])?;
    let (seconds, nanos) = Uuid::try_parse(hex).ok()?.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Random;
    use domain::ids::ServiceId;

    #[test]
    fn ids_tell_when_they_were_drawn() {
        let at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let order: OrderId = Random::seeded(1).id(at);
        assert_eq!(born(order.as_str()), Some(at));
        let service = ServiceId::of_order(&order);
        assert_eq!(born(&format!("gabc-svc-{}", service.suffix())), Some(at));
        assert_eq!(born("sub_1234"), None);
        assert_eq!(born("pi_3Nabc"), None);
    }
}
