//! Everything that is known about something, as one document: for the command line and for the console.

use crate::app::App;
use domain::redact::{change_texts, without_addresses};
use serde_json::{Value, json};
use store::calls::{self, Call};
use store::checkout as attempts;
use store::operations;
use store::orders::Purchase;
use store::{accounts, ledger, refunds, services, timeline};

/// Calls that are shown of an order, the last ones.
const CALLS: i64 = 200;

/// An order in a line of a list.
pub fn summary(purchase: &Purchase) -> Value {
    json!({
        "id": purchase.order.id, "state": purchase.order.state.key(), "plan": purchase.plan, "term": purchase.term.key(),
        "region": purchase.region, "amount_minor": purchase.order.price.minor, "currency": purchase.order.price.currency,
        "customer": purchase.order.customer, "created_at": purchase.created_at.to_string(),
    })
}

/// Everything that is known about an order, as one document.
///
/// # Errors
/// The database did not answer.
pub async fn of_order(app: &App, purchase: &Purchase) -> anyhow::Result<Value> {
    let mut db = app.store.read().await?;
    let id = &purchase.order.id;
    let mut story = summary(purchase);
    let account = accounts::find(&mut db, &purchase.order.customer).await?;
    story["email"] = json!(account.map(|account| account.email));
    story["stripe"] = json!(purchase.order.state.payment());
    let pages = attempts::list_of_order(&mut db, id).await?;
    story["payment_pages"] = pages
        .iter()
        .map(|page| json!({"number": page.number, "session": page.session, "closed_at": page.closed_at.map(|at| at.to_string())}))
        .collect();
    let entries = timeline::list(&mut db, id).await?;
    story["timeline"] = entries.iter().map(|entry| json!({"at": entry.at.to_string(), "what": entry.what})).collect();
    let ledger = ledger::list_of_order(&mut db, id).await?;
    story["ledger"] = ledger
        .iter()
        .map(|entry| json!({"at": entry.at.to_string(), "kind": entry.kind.key(), "object": entry.object, "amount": entry.amount.to_string()}))
        .collect();
    let refunds = refunds::list_of_order(&mut db, id).await?;
    story["refunds"] = refunds
        .iter()
        .map(|refund| {
            json!({"id": refund.id, "reason": refund.reason.key(), "amount": refund.amount.to_string(), "tries": refund.tries,
                   "stripe": refund.stripe_refund, "done_at": refund.done_at.map(|at| at.to_string()),
                   "paid_otherwise_at": refund.paid_otherwise_at.map(|at| at.to_string()), "problem": refund.last_error})
        })
        .collect();
    if let Some(service) = services::find_by_order(&mut db, id).await? {
        let (standing, suspension) = (&service.standing, service.standing.suspension);
        story["service"] = json!({
            "id": service.id, "external_id": service.external_id, "address": service.address,
            "panel_id": service.server.as_ref().map(|server| server.id), "subscription": service.subscription_state,
            "fulfilled_at": service.fulfilled_at.map(|at| at.to_string()),
            "terminated_at": service.terminated_at.map(|at| at.to_string()),
            "read_at": standing.read_at.map(|at| at.to_string()), "paid_until": standing.paid_until.map(|at| at.to_string()),
            "ends_at": service.ends_at.map(|at| at.to_string()),
            "overdue_since": standing.overdue_since.map(|at| at.to_string()),
            "suspended_at": suspension.map(|one| one.at.to_string()), "suspended_why": suspension.map(|one| one.why.key()),
            "delete_on": suspension.and_then(|one| one.delete_on).map(|on| on.to_string()),
            "deletion_announced_at": suspension.and_then(|one| one.noticed_at).map(|at| at.to_string()),
            "stop_reason": standing.stop_reason,
            "held_since": standing.hold.as_ref().map(|hold| hold.since.to_string()),
            "held_why": standing.hold.as_ref().map(|hold| &hold.why),
            "extended_until": standing.extended_until.map(|at| at.to_string()),
        });
        let mut jobs = Vec::new();
        for job in operations::list_of_service(&mut db, &service.id).await? {
            let attempts = operations::list_attempts(&mut db, &job.id).await?;
            let attempts: Vec<Value> = attempts
                .iter()
                .map(|record| {
                    json!({"at": record.attempt.started_at.to_string(), "node": record.attempt.node,
                           "outcome": record.attempt.outcome.map(domain::provision::AttemptOutcome::key), "cause": record.detail})
                })
                .collect();
            jobs.push(json!({
                "id": job.id, "kind": job.kind.key(), "passes": job.passes, "next_at": job.wake_at.to_string(),
                "problem": job.last_error, "parked": job.parked_why, "attempts": attempts,
                "finished_at": job.finished_at.map(|at| at.to_string()),
            }));
        }
        story["jobs"] = Value::from(jobs);
    }
    let calls = calls::list_of_order(&mut db, id, CALLS).await?;
    story["calls"] = calls.chunk_by(is_repeated).map(together).collect();
    Ok(story)
}

/// The same for those who may not see customers: without addresses, and without the login's name at the panel, which is made of one.
pub fn without_customer(story: &Value, login: Option<&str>) -> Value {
    let mut names: Vec<&str> = login.into_iter().collect();
    find_names(story, &mut names);
    // Shorter ones would be found in the middle of other words.
    names.retain(|name| name.len() >= 3);
    change_texts(story, &|text| names.iter().fold(without_addresses(text), |text, name| text.replace(name, "(login)")))
}

const LOGIN: &str = "username";

fn find_names<'s>(value: &'s Value, names: &mut Vec<&'s str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_names(item, names)),
        Value::Object(fields) => {
            names.extend(fields.get(LOGIN).and_then(Value::as_str));
            fields.values().for_each(|field| find_names(field, names));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether the second call is the same look as the first, with the same answer.
fn is_repeated(one: &Call, next: &Call) -> bool {
    let same = |call: &Call| (call.line.clone(), call.outcome.clone(), call.status, call.said.clone());
    one.line.starts_with("GET ") && same(one) == same(next)
}

/// Calls that are alike, as one.
fn together(calls: &[Call]) -> Value {
    let [first, .., last] = calls else { return calls.first().map(written).unwrap_or_default() };
    let mut told = written(first);
    told["times"] = json!(calls.len());
    told["until"] = json!(last.at.to_string());
    told
}

fn written(call: &Call) -> Value {
    json!({"at": call.at.to_string(), "call": call.line, "target": call.target, "outcome": call.outcome, "status": call.status,
           "took_ms": call.took_ms, "request_id": call.request_id, "sent": call.sent, "said": call.said})
}
