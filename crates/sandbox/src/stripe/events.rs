//! Events: one per change, kept for thirty days, queued for every endpoint that asked for its type.

use serde_json::{Value, json};

use super::API_VERSION;
use super::json::Read;
use super::state::{Kind, State};
use super::webhooks::Delivery;

/// How long an event can be read and listed.
pub(crate) const KEPT_SECONDS: i64 = 30 * 86_400;

impl State {
    /// Announces that something happened to an object, with its state as it is now.
    pub(crate) fn emit(&mut self, event: &str, kind: Kind, id: &str, previous: Option<Value>) {
        let snapshot = self.render(kind, id);
        self.emit_snapshot(event, snapshot, previous);
    }

    /// Announces with a snapshot taken earlier, or one of an object that has no id.
    pub(crate) fn emit_snapshot(&mut self, event: &str, snapshot: Value, previous: Option<Value>) {
        let endpoints = self.endpoints_for(event);
        let mut data = json!({ "object": snapshot });
        if let Some(previous) = previous {
            data["previous_attributes"] = previous;
        }
        let id = self.mint(Kind::Event);
        let origin = self.origin.as_ref();
        let event = json!({
            "id": id, "object": "event", "api_version": API_VERSION, "created": self.wall, "data": data,
            "pending_webhooks": endpoints.len(), "type": event,
            "request": {
                "id": origin.map(|origin| origin.request_id.clone()),
                "idempotency_key": origin.and_then(|origin| origin.idempotency_key.clone()),
            },
        });
        let event = self.insert(Kind::Event, event);
        self.contract.check_event(&event);
        if endpoints.is_empty() {
            return; // a fault waits for an event that somebody would receive
        }
        let faults = self.faults.strike_event(event.text("type").unwrap_or_default());
        let wall = self.wall;
        for endpoint in endpoints {
            self.outbox.queue(Delivery::first(&id, &endpoint, wall, &faults));
        }
    }

    fn endpoints_for(&self, event: &str) -> Vec<String> {
        let wants = |endpoint: &&Value| {
            endpoint.text("status") == Some("enabled")
                && endpoint.list("enabled_events").iter().any(|wanted| wanted == "*" || wanted == event)
        };
        self.oldest(Kind::WebhookEndpoint).filter(wants).map(|endpoint| endpoint.id().to_owned()).collect()
    }
}
