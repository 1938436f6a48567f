//! A shop that has been open for years: every page of the console asks only what an index answers.

use crate::operators::sold;
use crate::world::{World, listen};
use domain::access::Role;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use store::Engine;
use store::crowd::{self, Crowd};
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// Tables that grow with the business.
const GROWING: [&str; 17] = [
    "accounts",
    "alerts",
    "audit_log",
    "checkout_attempts",
    "ledger",
    "operations",
    "orders",
    "outbox",
    "provisioning_attempts",
    "refunds",
    "reservations",
    "services",
    "sessions",
    "ticket_messages",
    "tickets",
    "timeline",
    "webhook_events",
];

/// What goes through a whole table all the same, for figures that are kept for ten seconds: what a month brings in, which adds up every server
/// that runs, and refunds of a span, where SQLite passes by the index.
const KNOWN: [&str; 2] = ["sum(o.amount)", "from refunds r join orders"];

/// Indexes that hold only what is open: there is never much of that.
const SMALL: [&str; 1] = ["alerts_standing"];

/// Statements as the database's client logs them.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<BTreeSet<String>>>);

#[derive(Default)]
struct Words {
    summary: String,
    statement: String,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "sqlx::query" {
            return;
        }
        let mut words = Words::default();
        event.record(&mut words);
        let text = if words.statement.trim().is_empty() { words.summary } else { words.statement };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.starts_with("select") || text.starts_with("with") {
            self.0.lock().unwrap().insert(text);
        }
    }
}

#[tokio::test]
async fn the_console_asks_nothing_that_no_index_answers_on_either_database() {
    // Arrange: years of business, on both.
    let world = World::new(Engine::Postgres).await;
    let (ada, bought, service) = sold(&world).await;
    let other = World::new(Engine::Sqlite).await;
    sold(&other).await;
    let crowd = Crowd { orders: 5000, services: 500 };
    for one in [&world, &other] {
        assert!(crowd::invent(&one.app.store, crowd).await.unwrap());
    }
    let (_, owner) = world.works_here(Role::Owner).await;
    let (event, alert, ticket) = ("evt_crowd_", "alr_", "tkt_");
    let id = |prefix: &str, number: i64| format!("{prefix}{:032x}", 0x2c_0000_0000_i64 + number);
    let (server, bought_by) = (service.server.unwrap(), service.customer);
    let pages = [
        "/console".to_owned(),
        "/console?span=7d".to_owned(),
        "/console/alerts".to_owned(),
        "/console/alerts?show=all".to_owned(),
        format!("/console/alerts/{}", id(alert, 505)),
        "/console/orders".to_owned(),
        "/console/orders?show=refunded".to_owned(),
        "/console/services".to_owned(),
        "/console/services?show=suspended".to_owned(),
        "/console/services?show=overdue".to_owned(),
        "/console/services?show=missing".to_owned(),
        "/console/services?show=gone".to_owned(),
        "/console/services?show=all".to_owned(),
        "/console/customers".to_owned(),
        format!("/console/customers/{}", bought_by),
        "/console/outbox".to_owned(),
        "/console/outbox?show=all".to_owned(),
        "/console/catalogue".to_owned(),
        "/console/settings".to_owned(),
        format!("/console/orders/{}", bought.order),
        "/console/nodes".to_owned(),
        "/console/events".to_owned(),
        "/console/events?show=all".to_owned(),
        format!("/console/events/{}", id(event, 1)),
        "/console/tickets".to_owned(),
        format!("/console/tickets/{}", id(ticket, 50)),
        "/console/audit".to_owned(),
        "/console/staff".to_owned(),
        "/console/doctor".to_owned(),
        "/console/letters".to_owned(),
    ];
    let looked_for = [
        ada.email,
        service.id.to_string(),
        service.subscription,
        bought.session,
        server.id.to_string(),
        server.uuid,
        service.address.unwrap(),
    ];

    // Act: somebody looks at everything.
    let statements = Statements::default();
    let subscriber = tracing_subscriber::registry().with(statements.clone());
    let listening = listen(subscriber);
    for page in &pages {
        world.page(page, &owner).await;
    }
    for text in looked_for {
        let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let request = http::Request::get(format!("/console/find?q={query}")).header(http::header::COOKIE, &owner);
        let answer = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert!(answer.status().is_redirection(), "{text}: {}", answer.status());
    }
    drop(listening);

    // Assert: no way through a whole table, except where a page of it is cut off.
    let statements: Vec<String> = statements.0.lock().unwrap().iter().cloned().collect();
    assert!(statements.len() > 30, "{statements:#?}");
    let mut whole = Vec::new();
    for (one, word) in [(&other, "SCAN "), (&world, "Seq Scan on ")] {
        for (sql, plan) in statements.iter().zip(one.database.plans(&statements).await) {
            for line in plan.lines() {
                let Some((_, rest)) = line.split_once(word) else { continue };
                let name = rest.split_whitespace().next().unwrap_or_default();
                let cut = rest.contains("INDEX") && sql.contains(" limit ");
                let small = SMALL.iter().any(|index| rest.contains(index));
                let known = KNOWN.iter().any(|words| sql.contains(words));
                if !cut && !small && !known && is_growing(sql, name) {
                    whole.push(format!("{line}\n    in {sql}"));
                }
            }
        }
    }
    assert!(whole.is_empty(), "{} of {}:\n{}", whole.len(), statements.len(), whole.join("\n"));
}

/// Whether a name in a plan is that of a growing table, or stands for one in the statement.
fn is_growing(sql: &str, name: &str) -> bool {
    let stands_for =
        |table: &&str| sql.contains(&format!(" {table} {name} ")) || sql.contains(&format!(" {table} as {name} "));
    GROWING.contains(&name) || GROWING.iter().any(stands_for)
}
