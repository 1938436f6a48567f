//! Calls of ours to Stripe and to the panel: which, how they ended, how long they took; and, for those that were made for an order, what was
//! said, as far as it may be kept.

mod kept;

use crate::observe;
use crate::trusted_clock::Witness;
use bytes::Bytes;
use domain::call::{CallFailure, CallName};
use domain::ids::OrderId;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::calls::Call as Row;
use tracing::Span;

/// Calls that wait to be written down; of more, the oldest are lost.
const WAITING: usize = 2000;

/// A call that is under way.
pub struct Call {
    target: &'static str,
    name: &'static str,
    /// What is written down of it, if it is made for an order.
    begun: Option<Begun>,
}

struct Begun {
    order: OrderId,
    at: Timestamp,
    line: String,
    changes: bool,
    sent: Option<String>,
}

impl Call {
    /// A call that begins.
    pub fn of(other_side: Witness, request: &Request<Bytes>, now: Timestamp) -> Self {
        let target = match other_side {
            Witness::Stripe => "stripe",
            Witness::Panel => "panel",
        };
        let name = request.extensions().get::<CallName>().map_or("unnamed", |name| name.0);
        let begun = observe::order().map(|order| Begun {
            order,
            at: now,
            line: kept::line(request),
            changes: request.method() != Method::GET,
            sent: kept::sent(request),
        });
        Self { target, name, begun }
    }

    /// What is done while it is under way.
    pub fn span(&self) -> Span {
        tracing::error_span!("call", target = self.target, call = self.name)
    }

    /// Counts how it ended, and leaves it to be written down.
    pub fn ended(self, outcome: &Result<Response<Bytes>, CallFailure>, took: Duration, made: &Made) {
        let (target, call, word) = (self.target, self.name, word(outcome));
        metrics::counter!("givr_calls_total", "target" => target, "call" => call, "outcome" => word).increment(1);
        metrics::histogram!("givr_call_seconds", "target" => target, "call" => call).record(took);
        let Some(begun) = self.begun else { return };
        let answer = outcome.as_ref().ok();
        made.add(Row {
            order: begun.order,
            at: begun.at,
            number: 0,
            target: target.to_owned(),
            line: begun.line,
            outcome: word.to_owned(),
            status: answer.map(|answer| answer.status().as_u16()),
            took_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            request_id: answer.and_then(kept::request_id),
            sent: begun.sent,
            said: kept::said(outcome, begun.changes),
        });
    }
}

/// Calls for orders that are not written down yet. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Made(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    calls: VecDeque<Row>,
    number: i64,
    lost: u64,
}

impl Made {
    fn add(&self, call: Row) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.number += 1;
        let number = waiting.number;
        waiting.calls.push_back(Row { number, ..call });
        waiting.shed();
    }

    /// Takes the oldest ones out, with how many were lost since the last time.
    pub fn take(&self, most: usize) -> (Vec<Row>, u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.calls.len().min(most);
        (waiting.calls.drain(..count).collect(), std::mem::take(&mut waiting.lost))
    }

    /// Puts back what could not be written.
    pub fn put_back(&self, calls: Vec<Row>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.into_iter().rev().for_each(|call| waiting.calls.push_front(call));
        waiting.shed();
    }
}

impl Waiting {
    fn shed(&mut self) {
        while self.calls.len() > WAITING {
            self.calls.pop_front();
            self.lost += 1;
        }
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

    #[tokio::test]
    async fn what_the_database_does_not_take_is_bounded_and_keeps_its_order() {
        let order = "ord_01a21f94afda70008c947d5f53ab6661".parse().unwrap();
        let made = Made::default();
        let request = Request::get("https://panel.example/api").body(Bytes::new()).unwrap();
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let call = async |second: i64| {
            let call = Call::of(Witness::Panel, &request, at(second));
            call.ended(&Err(CallFailure::NoAnswer("cut".into())), Duration::ZERO, &made);
        };

        call(0).await;
        assert_eq!(made.take(10).0, [], "it is for no order");
        observe::about(Span::none(), Some(order), async {
            for second in 0..2 {
                call(second).await;
            }
            let (first, _) = made.take(1);
            made.put_back(first);
            for second in 2..2003 {
                call(second).await;
            }
        })
        .await;

        let (calls, lost) = made.take(5);
        assert_eq!((calls[0].at, calls[4].at, lost), (at(3), at(7), 3));
    }
}
