//! Servers at the panel, and the services that they are for.

use super::{Found, Law, Runbook};
use crate::alerts::Rule;
use crate::verify::Moment;
use crate::verify::books::Books;
use domain::order::OrderState;
use domain::provision::{AttemptOutcome, Waits};
use jiff::SignedDuration;
use panel::PanelServer;
use std::collections::BTreeMap;
use store::operations::OperationKind;
use store::services::{Service, UNPAID};
use store::verify::{CreateCall, Job};

/// Services that were handed over and that nobody is working on, with what the panel has of them.
fn delivered<'a>(books: &Books<'a>) -> impl Iterator<Item = (&'a Service, Vec<&'a PanelServer>)> {
    let services = books.evidence.ours.services.iter();
    let standing = services.filter(|service| {
        let handed_over = service.fulfilled_at.is_some_and(|at| !books.is_younger(at));
        handed_over && service.terminated_at.is_none() && books.unfinished_of(service.id.as_str()).next().is_none()
    });
    standing.map(|service| (service, servers_of(books, service)))
}

/// Delivered services with the one server that each of them has.
pub(super) fn standing<'a>(books: &Books<'a>) -> impl Iterator<Item = (&'a Service, &'a PanelServer)> {
    delivered(books).filter_map(|(service, servers)| match servers.as_slice() {
        [server] => Some((service, *server)),
        _ => None,
    })
}

/// What the panel has of a service: by its name, and by the uuid that we know, for somebody may have taken the name off.
fn servers_of<'a>(books: &Books<'a>, service: &Service) -> Vec<&'a PanelServer> {
    let mut servers = books.servers_named(&service.external_id).to_vec();
    let known = service.server.as_ref().and_then(|server| books.server_by_uuid(&server.uuid));
    servers.extend(known.filter(|known| servers.iter().all(|server| server.uuid != known.uuid)));
    servers
}

/// A server with our mark has its service; a service that was handed over has its server, and the same one.
pub(super) fn s1(books: &Books<'_>, found: &mut Found) {
    for server in &books.evidence.panel.servers {
        let Some(external_id) = server.external_id.as_deref().filter(|id| books.is_marked(id)) else { continue };
        if books.service_of_server(external_id).is_none() {
            let text = format!(
                "The panel has a server {external_id} with our mark, and no service of ours has that name. Nobody pays for it, \
                 and it uses capacity. Make sure that nobody uses it, then delete it on the panel."
            );
            found.add(Law::S1, &server.uuid, Runbook::ServerOrphaned, text);
        }
    }
    for (service, servers) in delivered(books) {
        match servers.as_slice() {
            [] => missing(books, service, found),
            [server] => changed(books, service, server, found),
            // More than one is S3's.
            [_, _, ..] => {}
        }
    }
    let mut owners: BTreeMap<&str, &Service> = BTreeMap::new();
    for service in &books.evidence.ours.services {
        let Some(server) = &service.server else { continue };
        if let Some(other) = owners.insert(&server.uuid, service) {
            let text = format!("Server {} is said to be {}'s and {}'s.", server.uuid, other.id, service.id);
            found.add(Law::S1, &service.id, Runbook::BooksDiffer, text);
        }
    }
}

fn missing(books: &Books<'_>, service: &Service, found: &mut Found) {
    let told = books.is_told(Rule::ServerMissing, service.id.as_str()) || books.is_told(Rule::ServersMissing, "sweep");
    let reported = match books.moment {
        // It may vanish at any instant, and the next sweep tells.
        Moment::Anytime => false,
        Moment::Running(_) => true,
        Moment::Decided => !told,
    };
    if reported {
        let text = format!(
            "The customer pays for a server that is not on the panel ({}). {} It is never made again by itself: restore it from a \
             backup of the panel, or end the service and give the money back.",
            service.external_id,
            if told { "An alert is open." } else { "Nobody was told yet." }
        );
        found.add(Law::S1, &service.id, Runbook::ServerMissing, text);
    }
}

fn changed(books: &Books<'_>, service: &Service, server: &PanelServer, found: &mut Found) {
    if server.external_id.as_deref() != Some(&service.external_id) {
        // Somebody may edit it at any instant.
        if !books.moment.is_anytime() {
            let text = format!(
                "The server {} stands, but its external id {} was taken off: we take it for gone. Set it again on the panel.",
                server.uuid, service.external_id
            );
            found.add(Law::S1, &service.id, Runbook::ServerDrifted, text);
        }
    } else if service.server.as_ref().is_none_or(|known| known.uuid != server.uuid)
        && !books.is_told(Rule::DeliveryParked, service.id.as_str())
    {
        let known = service.server.as_ref().map_or("none", |known| known.uuid.as_str());
        let text = format!(
            "Under its name {} stands another server ({}) than the one that was handed over ({known}). The customer's data may be \
             on the other one. If this one is the customer's by now, `givr service adopt` links it.",
            service.external_id, server.uuid
        );
        found.add(Law::S1, &service.id, Runbook::ServerDrifted, text);
    }
}

/// The name of every server is the one that its service gives it.
pub(super) fn s2(books: &Books<'_>, found: &mut Found) {
    let prefix = &books.evidence.ours.installation.prefix;
    for service in &books.evidence.ours.services {
        let expected = format!("{prefix}-svc-{}", service.id.as_str().trim_start_matches("svc_"));
        if service.external_id != expected {
            let text = format!(
                "Its server is called {} and should be called {expected}: it can be mistaken for another one.",
                service.external_id
            );
            found.add(Law::S2, &service.id, Runbook::BooksDiffer, text);
        }
    }
}

/// The panel itself refuses a second server of the same name; this looks all the same.
pub(super) fn s3(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        let servers = servers_of(books, service);
        if servers.len() > 1 {
            let uuids: Vec<&str> = servers.iter().map(|server| server.uuid.as_str()).collect();
            let text = format!(
                "It has {} servers, and one was paid for: {}. Find out which one the customer uses before you delete the other.",
                servers.len(),
                uuids.join(", ")
            );
            found.add(Law::S3, &service.id, Runbook::ServerOrphaned, text);
        }
    }
}

/// Every call that may create a server was written down first, on a delivery that was paid for; after a call whose end nobody knows,
/// the next one waits until that is settled.
pub(super) fn s4(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        let jobs = books.jobs_of(service.id.as_str());
        let mut calls: Vec<(&Job, &CreateCall)> = Vec::new();
        for job in jobs {
            calls.extend(books.create_calls_of(job.id.as_str()).iter().map(|call| (*job, *call)));
        }
        if calls.is_empty()
            && !books.servers_named(&service.external_id).is_empty()
            && !made_in_lost_time(books, service)
        {
            let text = format!(
                "The server {} stands on the panel, and no call of ours made it. Look who did, before the customer uses it.",
                service.external_id
            );
            found.add(Law::S4, &service.id, Runbook::ServerOrphaned, text);
        }
        let paid = books.order(service.order.as_str()).is_some_and(|purchase| purchase.order.state.payment().is_some());
        if !paid {
            let text = format!("Order {} is not paid, and a server is made for it.", service.order);
            found.add(Law::S4, &service.id, Runbook::WorkMissing, text);
        }
        for (job, call) in &calls {
            if job.kind != OperationKind::Create {
                let text = format!("Call {} may have created a server, for a job that removes one.", call.id);
                found.add(Law::S4, &service.id, Runbook::ServerOrphaned, text);
            }
        }
        calls.sort_by_key(|(_, call)| call.started_at);
        for (before, after) in calls.iter().zip(calls.iter().skip(1)).map(|((_, before), (_, after))| (before, after)) {
            if is_hasty(before, after, &books.evidence.waits) {
                let text = format!(
                    "Call {} was made before the end of {} could be known: two servers may have been made. Look at the panel.",
                    after.id, before.id
                );
                found.add(Law::S4, &service.id, Runbook::ServerOrphaned, text);
            }
        }
    }
}

/// Whether the call that made its server may be lost with what the database knew before it was restored.
fn made_in_lost_time(books: &Books<'_>, service: &Service) -> bool {
    let order = books.order(service.order.as_str());
    order.is_some_and(|purchase| books.lost_time().any(|lost| purchase.created_at <= lost.ended_at))
}

/// Whether a call came too early after one whose end nobody knows.
fn is_hasty(before: &CreateCall, after: &CreateCall, waits: &Waits) -> bool {
    let unknown = match before.outcome {
        None | Some(AttemptOutcome::Lost) => true,
        Some(
            AttemptOutcome::Created
            | AttemptOutcome::Found
            | AttemptOutcome::RolledBack
            | AttemptOutcome::Refused
            | AttemptOutcome::HeldBack,
        ) => false,
    };
    // No call goes on for longer than this, however late somebody who stood still writes down how it ended.
    let at_last = before.started_at + waits.create_call;
    let ended = before.finished_at.map_or(at_last, |finished| finished.min(at_last));
    unknown && after.started_at.duration_since(ended) < waits.settle
}

/// Nothing is asked of the panel after the job was over: whoever lost the claim writes nothing.
pub(super) fn o4(books: &Books<'_>, found: &mut Found) {
    for job in &books.evidence.ours.jobs {
        let Some(ended) = job.finished_at else { continue };
        for call in books.create_calls_of(job.id.as_str()).iter().filter(|call| call.started_at > ended) {
            let text = format!(
                "Call {} may have created a server at {}, and its job had ended at {ended}. Look at the panel for a second server.",
                call.id, call.started_at
            );
            found.add(Law::O4, &job.service, Runbook::ServerOrphaned, text);
        }
    }
}

/// What ended leaves nothing behind, and what has to end is being ended.
pub(super) fn s9(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        let id = service.id.as_str();
        if service.terminated_at.is_none() {
            abandoned(books, service, found);
            overstayed(books, service, found);
            continue;
        }
        if books.held_for(service.order.as_str()).next().is_some() {
            let text = "Its server is gone, and its place is still held: others could buy it.".to_owned();
            found.add(Law::S9, id, Runbook::CapacityWrong, text);
        }
        let gone = service.terminated_at.is_some_and(|at| !books.is_younger(at));
        if gone && !books.moment.is_anytime() {
            for server in servers_of(books, service) {
                let text = format!(
                    "It counts as gone, and its server {} stands on the panel. Nobody pays for it. Make sure that nobody uses it, \
                     then delete it there.",
                    server.uuid
                );
                found.add(Law::S9, id, Runbook::ServerOrphaned, text);
            }
        }
    }
}

/// The money goes back, and nothing removes the server.
fn abandoned(books: &Books<'_>, service: &Service, found: &mut Found) {
    let ends = books.order(service.order.as_str()).is_some_and(|purchase| match purchase.order.state {
        OrderState::RefundDue { .. } | OrderState::Refunded { .. } => true,
        OrderState::Reserved { .. }
        | OrderState::CheckoutOpen { .. }
        | OrderState::Settling { .. }
        | OrderState::Expired { .. }
        | OrderState::Paid { .. }
        | OrderState::Fulfilled { .. } => false,
    });
    let leaving = books.unfinished_of(service.id.as_str()).any(|job| job.kind == OperationKind::Terminate);
    if ends && !leaving {
        let text = format!("The money of order {} goes back, and nothing removes its server.", service.order);
        found.add(Law::S9, &service.id, Runbook::WorkMissing, text);
    }
}

/// The promised date is over, and the server still stands.
fn overstayed(books: &Books<'_>, service: &Service, found: &mut Found) {
    let id = service.id.as_str();
    let Some(promised) = service.standing.suspension.and_then(|suspension| suspension.delete_on) else { return };
    let leaving = books.unfinished_of(id).any(|job| job.kind == OperationKind::Terminate);
    let Some(due) = books.after_incidents(service, promised) else { return };
    if !leaving && !books.may_wait(due, |deadlines| deadlines.removal) {
        let text = format!(
            "Nobody pays for it, its data was promised until {promised}, and it still stands: it uses capacity. Look whether Stripe and the \
             panel answer."
        );
        found.add(Law::S9, id, Runbook::ServiceUnpaid, text);
    }
}

/// What was deleted because nobody paid was announced, and kept until the date that was promised.
pub(super) fn s10(books: &Books<'_>, found: &mut Found) {
    const NOTICE: SignedDuration = SignedDuration::from_hours(48);
    for service in &books.evidence.ours.services {
        let id = service.id.as_str();
        if service.terminated_at.is_none() && books.was_written("server_deleted", id, "deleted") {
            let text = "The customer was told that it is deleted, and it is not.".to_owned();
            found.add(Law::S10, id, Runbook::DeletedEarly, text);
        }
        let Some(sent) = service.stop_requested_at.filter(|_| service.standing.stop_reason.as_deref() == Some(UNPAID))
        else {
            continue;
        };
        let suspension = service.standing.suspension;
        let promised = suspension.and_then(|suspension| suspension.delete_on);
        let noticed = suspension.and_then(|suspension| suspension.noticed_at);
        let problem = match (promised, noticed) {
            (Some(promised), _) if sent < promised => format!("it was promised until {promised}"),
            (None, _) => "no date was ever promised".to_owned(),
            (_, Some(noticed)) if sent.duration_since(noticed) < NOTICE => format!("the notice went out at {noticed}"),
            (_, None) => "no notice went out".to_owned(),
            (Some(_), Some(_)) => continue,
        };
        let text = format!(
            "Its data was deleted at {sent}, and {problem}. Tell the customer; if the panel has a backup, offer it."
        );
        found.add(Law::S10, id, Runbook::DeletedEarly, text);
    }
}
