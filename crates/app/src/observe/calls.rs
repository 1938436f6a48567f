//! Calls of ours to Stripe and to the panel: which, how they ended, how long they took.

use crate::trusted_clock::Witness;
use bytes::Bytes;
use domain::call::{CallFailure, CallName};
use http::{Request, Response, StatusCode};
use std::time::Duration;
use tracing::Span;

/// A call that is under way.
pub struct Call {
    target: &'static str,
    name: &'static str,
}

impl Call {
    /// A call that begins.
    pub fn of(other_side: Witness, request: &Request<Bytes>) -> Self {
        let target = match other_side {
            Witness::Stripe => "stripe",
            Witness::Panel => "panel",
        };
        let name = request.extensions().get::<CallName>().map_or("unnamed", |name| name.0);
        Self { target, name }
    }

    /// What is done while it is under way.
    pub fn span(&self) -> Span {
        tracing::error_span!("call", target = self.target, call = self.name)
    }

    /// Counts how it ended.
    pub fn ended(&self, outcome: &Result<Response<Bytes>, CallFailure>, took: Duration) {
        let (target, call, word) = (self.target, self.name, word(outcome));
        metrics::counter!("givr_calls_total", "target" => target, "call" => call, "outcome" => word).increment(1);
        metrics::histogram!("givr_call_seconds", "target" => target, "call" => call).record(took);
    }
}

/// Whether somebody answered, be it with a refusal; what something in between says is no answer.
pub fn answers(outcome: &Result<Response<Bytes>, CallFailure>) -> bool {
    outcome.as_ref().is_ok_and(|answer| !answer.status().is_server_error())
}

fn word(outcome: &Result<Response<Bytes>, CallFailure>) -> &'static str {
    match outcome {
        Ok(answer) if answer.status().is_success() => "good",
        Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => "too_many",
        Ok(answer) if answer.status().is_server_error() => "failed",
        // What is not there, too: the panel is asked for servers before they are made.
        Ok(_) => "refused",
        Err(CallFailure::NeverSent(_)) => "unreachable",
        Err(CallFailure::NoAnswer(_)) => "unanswered",
        Err(CallFailure::HeldBack { .. }) => "held_back",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_answer_and_a_gateway_is_not() {
        let answer = |status: u16| Ok(Response::builder().status(status).body(Bytes::new()).unwrap());
        assert_eq!([200, 404, 429, 502].map(|status| word(&answer(status))), ["good", "refused", "too_many", "failed"]);
        assert_eq!([200, 404, 429, 502].map(|status| answers(&answer(status))), [true, true, true, false]);
        let cut = Err(CallFailure::NoAnswer("cut".into()));
        assert_eq!((word(&cut), answers(&cut)), ("unanswered", false));
    }
}
