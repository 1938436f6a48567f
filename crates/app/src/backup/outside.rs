//! What happened outside since a backup was made, as far as Stripe and the panel can show it. Everything here only reads.

use crate::app::App;
use anyhow::Context;
use billing::{EventCursor, HANDLED_EVENTS, MAX_EVENT_TYPES, StripeEvent};
use domain::ids::OrderId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::{orders, services};

/// Pages of one list that are read at most: two hundred thousand rows.
const PAGES: usize = 2_000;
/// Stripe keeps its events for thirty days.
const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Something that the database does not know, or knows otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Since {
    /// Of which kind: `events`, `payment page`, `subscription`, `server`, or `unread` for a list that could not be read.
    pub kind: &'static str,
    /// What it is about: an id, or a kind of event.
    pub subject: String,
    /// What differs.
    pub text: String,
}

/// Everything that differs since then. What cannot be read is said as well, for it may differ, too.
pub async fn differences(app: &App, since: Timestamp) -> Vec<Since> {
    let (events, pages) = (events(app, since).await, pages(app, since).await);
    let (subscriptions, servers) = (subscriptions(app, since).await, servers(app).await);
    let named = [("events", events), ("payment pages", pages), ("subscriptions", subscriptions), ("servers", servers)];
    let mut all = Vec::new();
    for (what, read) in named {
        match read {
            Ok(found) => all.extend(found),
            Err(error) => {
                all.push(Since {
                    kind: "unread",
                    subject: what.to_owned(),
                    text: format!("could not be read: {error:#}"),
                });
            }
        }
    }
    all
}

/// Stripe's events of the kinds that the shop acts on.
pub(super) async fn list_events(app: &App, since: Timestamp) -> anyhow::Result<Vec<StripeEvent>> {
    let mut all = Vec::new();
    for types in HANDLED_EVENTS.chunks(MAX_EVENT_TYPES) {
        let mut cursor = Some(EventCursor::Since(since));
        for _ in 0..PAGES {
            let Some(at) = cursor.take() else { break };
            let page = app.stripe.list_events(&at, types).await.context("Stripe did not show its events")?;
            all.extend(page.events);
            cursor = page.next;
        }
        anyhow::ensure!(cursor.is_none(), "Stripe has more events since {since} than are read here");
    }
    Ok(all)
}

async fn events(app: &App, since: Timestamp) -> anyhow::Result<Vec<Since>> {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for event in list_events(app, since).await? {
        *kinds.entry(event.kind).or_default() += 1;
    }
    let mut lines: Vec<Since> = kinds
        .into_iter()
        .map(|(subject, count)| Since { kind: "events", subject, text: format!("{count} since then") })
        .collect();
    if app.now().duration_since(since) > EVENTS_KEPT {
        let text = "Stripe keeps events for thirty days, and the data is older: compare the rest in Stripe's dashboard";
        lines.push(Since { kind: "events", subject: "too old".to_owned(), text: text.to_owned() });
    }
    Ok(lines)
}

/// Whether something at Stripe was made by this installation.
fn is_ours(app: &App, metadata: &BTreeMap<String, String>) -> bool {
    metadata.get("installation") == Some(&app.installation.id)
}

async fn pages(app: &App, since: Timestamp) -> anyhow::Result<Vec<Since>> {
    let sessions = app.stripe.list_sessions(since, None).await.context("Stripe did not show its payment pages")?;
    let mut db = app.store.read().await?;
    let mut lines = Vec::new();
    for session in sessions.into_iter().filter(|session| is_ours(app, &session.metadata)) {
        let order = session.client_reference.as_deref().and_then(|text| OrderId::parse(text).ok());
        let known = match &order {
            Some(order) => orders::find(&mut db, order).await?,
            None => None,
        };
        let paid = if session.is_settled() { "paid" } else { "not paid" };
        let text = match known {
            None => format!("of an order that the database does not have ({paid})"),
            Some(purchase) if session.is_settled() && purchase.order.state.payment().is_none() => {
                format!("of order {} is paid; the database does not know yet", purchase.order.id)
            }
            Some(_) => continue,
        };
        lines.push(Since { kind: "payment page", subject: session.id, text });
    }
    Ok(lines)
}

async fn subscriptions(app: &App, since: Timestamp) -> anyhow::Result<Vec<Since>> {
    let mut lines = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..PAGES {
        let page = app.stripe.list_subscriptions(after.as_deref(), Some(since)).await;
        let page = page.context("Stripe did not show its subscriptions")?;
        let mut db = app.store.read().await?;
        for subscription in page.items.into_iter().filter(|one| is_ours(app, &one.metadata)) {
            if orders::find_by_subscription(&mut db, &subscription.id).await?.is_none() {
                let text = format!("{}, of no order that the database has as paid", subscription.status.as_str());
                lines.push(Since { kind: "subscription", subject: subscription.id, text });
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(lines),
        }
    }
    anyhow::bail!("Stripe has more subscriptions since {since} than are read here")
}

async fn servers(app: &App) -> anyhow::Result<Vec<Since>> {
    let servers = app.panel.list_servers().await.context("the panel did not show its servers")?;
    let prefix = format!("{}-svc-", app.installation.prefix);
    let standing: BTreeSet<String> =
        servers.into_iter().filter_map(|server| server.external_id).filter(|id| id.starts_with(&prefix)).collect();
    let mut db = app.store.read().await?;
    let known: BTreeSet<String> = services::list_external_ids(&mut db).await?.into_iter().map(|(_, id)| id).collect();
    let delivered = services::list_delivered(&mut db, app.now()).await?;
    let unknown = standing.difference(&known).map(|id| Since {
        kind: "server",
        subject: id.clone(),
        text: "stands on the panel, and no service that the database has needs it".to_owned(),
    });
    let missing = delivered.into_iter().filter(|one| !standing.contains(&one.external_id)).map(|one| Since {
        kind: "server",
        subject: one.external_id,
        text: format!("of {} is not on the panel", one.id),
    });
    Ok(unknown.chain(missing).collect())
}
