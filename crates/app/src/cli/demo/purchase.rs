//! The demo's own purchase, made over HTTP as a customer with a browser would: sign in, choose, pay on the payment page, watch.

use crate::app::App;
use crate::transport;
use anyhow::Context;
use domain::ids::OrderId;
use domain::order::OrderState;
use domain::timeline::Happening;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::fmt::Write;
use std::net::SocketAddr;
use store::timeline::Entry;
use store::{orders, timeline};

/// What the demo's customer buys.
const PLAN: &str = "minecraft-paper-4g";
/// After this long the purchase counts as failed.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// A purchase and what happened.
pub(super) struct Bought {
    order: OrderId,
    entries: Vec<Entry>,
}

/// Buys a server, and waits until it is playable or the money went back.
pub(super) async fn make(app: &App, address: SocketAddr, told: &Value) -> anyhow::Result<Bought> {
    let http = transport::http_client()?;
    let base = format!("http://{address}");
    let credentials = json!({"email": told["customer"]["email"], "password": told["customer"]["password"]});
    let tokens: Value = http.post(format!("{base}/api/v1/auth/token")).json(&credentials).send().await?.json().await?;
    let access = tokens["access_token"].as_str().context("the customer could not sign in")?;
    let cart = json!({
        "cart_key": app.random.word(24), "plan_id": PLAN, "server_name": "Castle of the demo", "consents": ["minecraft-eula"],
    });
    let opened: Value =
        http.post(format!("{base}/api/v1/checkout")).bearer_auth(access).json(&cart).send().await?.json().await?;
    let page = opened["payment_url"].as_str().with_context(|| format!("no payment page: {opened}"))?;
    let paid = http.post(page).form(&[("outcome", "pay")]).send().await?;
    anyhow::ensure!(
        paid.status().is_redirection() || paid.status().is_success(),
        "the payment page said {}",
        paid.status()
    );
    let order = OrderId::parse(opened["order_id"].as_str().unwrap_or_default())?;
    watch(app, order).await
}

async fn watch(app: &App, order: OrderId) -> anyhow::Result<Bought> {
    let until = app.now() + PATIENCE;
    let mut changes = app.changes();
    loop {
        let mut db = app.store.read().await?;
        let purchase = orders::find(&mut db, &order).await?.context("the order is gone")?;
        let entries = timeline::list(&mut db, &order).await?;
        drop(db);
        match purchase.order.state {
            OrderState::Fulfilled { .. } => return Ok(Bought { order, entries }),
            OrderState::Expired { .. } | OrderState::Refunded { .. } => {
                anyhow::bail!("the order ended as {}:\n{}", purchase.order.state.key(), lines(&entries))
            }
            OrderState::Reserved { .. }
            | OrderState::CheckoutOpen { .. }
            | OrderState::Settling { .. }
            | OrderState::Paid { .. }
            | OrderState::RefundDue { .. } => {}
        }
        anyhow::ensure!(app.now() < until, "not playable after ten minutes:\n{}", lines(&entries));
        // A nudge, or a second at most.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(1), changes.changed()).await;
    }
}

impl Bought {
    pub(super) fn lines(&self) -> String {
        let seconds = self.seconds();
        format!("order {}\n{}\nplayable {seconds:.1} s after the payment", self.order, lines(&self.entries))
    }

    /// From payment to playable.
    fn seconds(&self) -> f64 {
        let find = |wanted: fn(&Happening) -> bool| {
            self.entries.iter().find(|entry| wanted(&entry.what)).map(|entry| entry.at)
        };
        let paid = find(|what| matches!(what, Happening::PaymentReceived { .. }));
        let playable = find(|what| matches!(what, Happening::Playable { .. }));
        paid.zip(playable).map_or(0.0, |(paid, playable)| playable.duration_since(paid).as_secs_f64())
    }

    pub(super) fn json(&self) -> Value {
        let entry = |entry: &Entry| json!({"at": entry.at.to_string(), "what": entry.what});
        json!({
            "ok": true, "order_id": self.order, "seconds": self.seconds(),
            "timeline": self.entries.iter().map(entry).collect::<Vec<_>>(),
        })
    }
}

fn lines(entries: &[Entry]) -> String {
    let mut text = String::new();
    let began: Option<Timestamp> = entries.first().map(|entry| entry.at);
    for entry in entries {
        let seconds = began.map_or(0.0, |began| entry.at.duration_since(began).as_secs_f64());
        let json = serde_json::to_value(&entry.what).unwrap_or_default();
        let kind = json["kind"].as_str().unwrap_or_default().replace('_', " ");
        let detail = if json["detail"].is_null() { String::new() } else { json["detail"].to_string() };
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {seconds:7.2} s  {kind:18} {detail}");
    }
    text
}
