//! Work that is under way: events, jobs, and whether anybody was told where it stands still.

use super::{Found, Law, Runbook};
use crate::alerts::Rule;
use crate::verify::books::Books;
use crate::work::stripe_events::EVENTS;
use domain::order::OrderState;
use std::collections::BTreeMap;
use store::operations::OperationKind;
use store::services::Service;
use store::verify::Job;

/// Whatever stands at Stripe under our mark was written down before it was asked for.
pub(super) fn o1(books: &Books<'_>, found: &mut Found) {
    let mut written: BTreeMap<&str, usize> = BTreeMap::new();
    for page in &books.evidence.ours.pages {
        *written.entry(page.order.as_str()).or_default() += 1;
    }
    let mut opened: BTreeMap<&str, usize> = BTreeMap::new();
    for (order, _) in books.our_pages() {
        *opened.entry(order).or_default() += 1;
    }
    for (order, pages) in opened {
        let known = written.get(order).copied().unwrap_or_default();
        if pages > known {
            let text = format!(
                "Stripe has {pages} payment pages of it, and we wrote down {known}: somebody can pay on a page that nobody looks at. \
                 Was the database restored from a backup? Expire the page in Stripe's dashboard."
            );
            found.add(Law::O1, order, Runbook::PageOpen, text);
        }
    }
}

/// Every event was applied, or a person was told that it cannot be.
pub(super) fn o2(books: &Books<'_>, found: &mut Found) {
    for arrival in books.evidence.ours.arrivals.iter().filter(|arrival| arrival.processed_at.is_none()) {
        // While Stripe does not answer nothing can be applied, and that is told of once.
        let told = books.is_told(Rule::EventUnreadable, &arrival.id) || books.is_told(Rule::StripeTrouble, EVENTS);
        if !told && !books.may_wait(arrival.received_at, |deadlines| deadlines.event) {
            let text = format!(
                "The event {} about {} came at {} and is not applied. What it tells may be money.",
                arrival.kind,
                arrival.object.as_deref().unwrap_or("something unnamed"),
                arrival.received_at
            );
            found.add(Law::O2, &arrival.id, Runbook::EventWaiting, text);
        }
    }
}

/// One job works on a service at a time.
pub(super) fn o3(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        let jobs: Vec<&str> = books.unfinished_of(service.id.as_str()).map(|job| job.id.as_str()).collect();
        if jobs.len() > 1 {
            let text = format!("{} jobs work on it at once: {}.", jobs.len(), jobs.join(", "));
            found.add(Law::O3, &service.id, Runbook::WorkMissing, text);
        }
    }
}

/// Work ends, or a person was told; and what has to be worked on is.
pub(super) fn o6(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        for job in books.unfinished_of(service.id.as_str()) {
            if let Some(problem) = stands_still(books, service, job) {
                let text = format!("{problem} `givr order show {}` names the last error.", service.order);
                found.add(Law::O6, &service.id, Runbook::OrderStuck, text);
            }
        }
    }
    for purchase in &books.evidence.ours.orders {
        let OrderState::Paid { service, .. } = &purchase.order.state else { continue };
        let delivers = books.service(service.as_str()).is_some_and(|service| {
            books.unfinished_of(service.id.as_str()).any(|job| job.kind == OperationKind::Create)
        });
        if !delivers {
            let text = "The order is paid, and nothing delivers it: the customer waits for ever. Tell us, and give the money back."
                .to_owned();
            found.add(Law::O6, &purchase.order.id, Runbook::WorkMissing, text);
        }
    }
}

fn stands_still(books: &Books<'_>, service: &Service, job: &Job) -> Option<String> {
    let id = service.id.as_str();
    if let Some(why) = job.parked_why.as_ref().filter(|_| !books.is_told(Rule::DeliveryParked, id)) {
        return Some(format!("Its delivery waits for a person ({why}), and no alert is open."));
    }
    let told = [
        (Rule::DeliveryParked, id),
        (Rule::RemovalStuck, id),
        (Rule::SuspensionStuck, id),
        (Rule::OrderStuck, service.order.as_str()),
        (Rule::AccountClash, service.customer.as_str()),
        (Rule::BlueprintUnbound, service.blueprint.as_str()),
        (Rule::ServersMissing, "sweep"),
        (Rule::PanelTrouble, "sweep"),
    ];
    if told.into_iter().any(|(rule, key)| books.is_told(rule, key)) {
        return None;
    }
    match job.kind {
        OperationKind::Create => {
            let waits = books.may_wait(job.created_at, |deadlines| deadlines.delivery_of(&service.blueprint));
            let text = "It was paid for, it is neither playable nor given up, and nobody was told.";
            (!waits).then(|| format!("{text} It began at {}.", job.created_at))
        }
        OperationKind::Suspend | OperationKind::Unsuspend => {
            let waits = books.may_wait(job.created_at, |deadlines| deadlines.removal);
            let text = "Its server has to be suspended, or let go, is not, and nobody was told.";
            (!waits).then(|| format!("{text} It began at {}.", job.created_at))
        }
        OperationKind::Terminate => {
            let waits = books.may_wait(job.created_at, |deadlines| deadlines.removal);
            let text = "Its server has to go, does not, and nobody was told. It uses capacity that nobody pays for.";
            (!waits).then(|| format!("{text} It began at {}.", job.created_at))
        }
    }
}
