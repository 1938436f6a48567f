//! The published contract, always on: every request is checked before it runs, every answer and event before it leaves.
//!
//! Not here: what an operation does (`objects`, `billing`).

mod coerce;
mod document;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub(crate) use document::{Operation, find_operation, nullable_members};

use super::error::ApiError;
use super::form::Node;

/// How many violations a report keeps; more than this and the first ones already tell the story.
const KEPT: usize = 200;

/// What the contract check saw since the simulator was built.
#[derive(Debug, Clone, Default)]
pub struct ContractReport {
    /// Requests that reached a known operation and were compared with its schema.
    pub requests_checked: u64,
    /// Answers and events that were compared with their schema.
    pub answers_checked: u64,
    /// Answers and events of ours that broke the contract; must stay empty.
    pub violations: Vec<String>,
    /// Requests the schema refused (answered 400); empty when every client speaks correctly.
    pub refused_requests: Vec<String>,
    /// Which statuses each operation answered with.
    pub pairs: BTreeMap<String, BTreeSet<u16>>,
}

impl ContractReport {
    fn note(kept: &mut Vec<String>, line: String) {
        if kept.len() < KEPT {
            kept.push(line);
        }
    }

    /// Decodes and checks the parameters of one request.
    pub(crate) fn check_request(&mut self, operation: &Operation, form: &Node) -> Result<Value, ApiError> {
        self.requests_checked += 1;
        let checked = coerce::parameters(operation, form).and_then(|params| {
            let flaw = operation.request.as_ref().and_then(|name| document::first_error(name, &params));
            flaw.map_or(Ok(params), |flaw| Err(ApiError::invalid(format!("Invalid request: {flaw}"))))
        });
        if let Err(refusal) = &checked {
            Self::note(&mut self.refused_requests, format!("{}: {}", operation.id, refusal.body()["error"]));
        }
        checked
    }

    /// Checks one answer of an operation.
    pub(crate) fn check_answer(&mut self, operation: &Operation, status: u16, body: &Value) {
        self.pairs.entry(operation.id.clone()).or_default().insert(status);
        let schema = if status == 200 { operation.answer.as_str() } else { "error_envelope" };
        self.check(schema, &format!("{} {status}", operation.id), body);
    }

    /// Checks the body of one error answer that belongs to no operation.
    pub(crate) fn check_error(&mut self, status: u16, body: &Value) {
        self.check("error_envelope", &format!("error {status}"), body);
    }

    /// Checks one event as it is stored and delivered.
    pub(crate) fn check_event(&mut self, body: &Value) {
        self.check("event", body["type"].as_str().unwrap_or("event"), body);
    }

    fn check(&mut self, schema: &str, what: &str, body: &Value) {
        self.answers_checked += 1;
        if let Some(flaw) = document::first_error(schema, body) {
            Self::note(&mut self.violations, format!("{what}: {flaw}"));
        }
    }
}
