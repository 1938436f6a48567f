//! Servers at the panel, and the services that they are for.

use super::{Found, Law, Runbook};
use crate::alerts::Rule;
use crate::verify::Moment;
use crate::verify::books::Books;
use domain::order::OrderState;
use jiff::SignedDuration;
use panel::{PanelServer, ServerStatus};
use std::collections::BTreeMap;
use store::operations::{OperationKind, Outcome};
use store::services::Service;
use store::verify::Job;

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
        if *books.moment != Moment::Anytime {
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
             on the other one.",
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

/// Every call that may create a server was written down first, on a delivery that was paid for.
pub(super) fn s4(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        let jobs = books.jobs_of(service.id.as_str());
        let calls =
            jobs.iter().flat_map(|job| books.create_calls_of(job.id.as_str()).iter().map(move |call| (job, call)));
        let calls: Vec<_> = calls.collect();
        if calls.is_empty() && !books.servers_named(&service.external_id).is_empty() {
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
        for (job, call) in calls {
            if job.kind != OperationKind::Create {
                let text = format!("Call {} may have created a server, for a job that removes one.", call.id);
                found.add(Law::S4, &service.id, Runbook::ServerOrphaned, text);
            }
        }
    }
}

/// Handed over means seen: the game answered twice, ten seconds apart, or the server ran for a minute and the game cannot be asked.
pub(super) fn s5(books: &Books<'_>, found: &mut Found) {
    for purchase in &books.evidence.ours.orders {
        let id = purchase.order.id.as_str();
        let service = books.service_of_order(id);
        let handed_over = service.is_some_and(|service| service.fulfilled_at.is_some());
        let fulfilled = match purchase.order.state {
            OrderState::Fulfilled { .. } => true,
            OrderState::Reserved { .. }
            | OrderState::CheckoutOpen { .. }
            | OrderState::Settling { .. }
            | OrderState::Expired { .. }
            | OrderState::Paid { .. }
            | OrderState::RefundDue { .. }
            | OrderState::Refunded { .. } => false,
        };
        let problem = match service.filter(|_| fulfilled && handed_over) {
            Some(service) => unseen(books, service),
            None if fulfilled == handed_over => None,
            None if fulfilled => {
                Some("the order counts as fulfilled, and its service was never handed over".to_owned())
            }
            None => Some(format!("its server was handed over, and the order is {}", purchase.order.state.key())),
        };
        if let Some(problem) = problem {
            let text =
                format!("The customer may have paid for a server that does not work: {problem}. Try it, then decide.");
            found.add(Law::S5, id, Runbook::DeliveryUnproven, text);
        }
    }
    match books.moment {
        Moment::Decided => {}
        Moment::Anytime | Moment::Running(_) => return,
    }
    for (service, server) in standing(books) {
        if server.status != ServerStatus::Ready && !server.suspended {
            let text = format!(
                "The panel says that its server is {:?}: it was handed over, and cannot be played on.",
                server.status
            );
            found.add(Law::S5, &service.order, Runbook::DeliveryUnproven, text);
        }
    }
}

/// What of the proof is missing that a delivered server works.
fn unseen(books: &Books<'_>, service: &Service) -> Option<String> {
    let done = |job: &&&Job| job.kind == OperationKind::Create && job.outcome == Some(Outcome::Done);
    let Some(job) = books.jobs_of(service.id.as_str()).iter().find(done) else {
        return Some("no delivery of it was ever finished".to_owned());
    };
    let progress = &job.progress;
    if progress.installed_at.is_none() || progress.server.is_none() {
        return Some("its server was never seen installed".to_owned());
    }
    let apart = |from: Option<jiff::Timestamp>, to: Option<jiff::Timestamp>, seconds: i64| {
        from.zip(to).is_some_and(|(from, to)| to.duration_since(from) >= SignedDuration::from_secs(seconds))
    };
    match service.verified {
        None => Some("nobody wrote down whether the game answered".to_owned()),
        Some(true) if apart(progress.answered_at, progress.confirmed_at, 10) => None,
        Some(true) => Some("the game did not answer twice, ten seconds apart".to_owned()),
        Some(false) if apart(progress.running_since, service.fulfilled_at, 60) => None,
        Some(false) => Some("the game cannot be asked, and the server did not run for a minute".to_owned()),
    }
}

/// We suspend nothing yet, so a suspended server is somebody else's doing.
pub(super) fn s6(books: &Books<'_>, found: &mut Found) {
    if *books.moment == Moment::Anytime {
        return;
    }
    for (service, server) in standing(books) {
        if server.suspended {
            let text = format!(
                "The customer pays for {}, and it is suspended on the panel. Lift that there, or end the service.",
                server.uuid
            );
            found.add(Law::S6, &service.id, Runbook::ServerDrifted, text);
        }
    }
}

/// What ended leaves nothing behind, and what has to end is being ended.
pub(super) fn s9(books: &Books<'_>, found: &mut Found) {
    for service in &books.evidence.ours.services {
        let id = service.id.as_str();
        if service.terminated_at.is_none() {
            abandoned(books, service, found);
            continue;
        }
        if books.held_for(service.order.as_str()).next().is_some() {
            let text = "Its server is gone, and its place is still held: others could buy it.".to_owned();
            found.add(Law::S9, id, Runbook::CapacityWrong, text);
        }
        let gone = service.terminated_at.is_some_and(|at| !books.is_younger(at));
        if gone && *books.moment != Moment::Anytime {
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

/// The panel gives a server what was bought.
pub(super) fn s11(books: &Books<'_>, found: &mut Found) {
    if *books.moment == Moment::Anytime {
        return;
    }
    for (service, server) in standing(books) {
        let (bought, has) = (service.spec.shape, &server.limits);
        let sizes = [
            ("MiB of memory", i64::from(bought.memory_mib), has.memory_mib),
            ("MiB of disk", i64::from(bought.disk_mib), has.disk_mib),
            ("percent of a core", i64::from(bought.cpu_percent), has.cpu_percent),
            ("MiB of swap", i64::from(bought.swap_mib), has.swap_mib),
            ("databases", i64::from(bought.databases), server.feature_limits.databases.unwrap_or(i64::MAX)),
            ("backups", i64::from(bought.backups), server.feature_limits.backups.unwrap_or(0)),
        ];
        let differ = sizes.iter().filter(|(_, bought, has)| bought != has);
        let differ: Vec<String> =
            differ.map(|(what, bought, has)| format!("{has} {what} instead of {bought}")).collect();
        if !differ.is_empty() {
            let text = format!(
                "Its server has {}. The customer gets other things than were paid for: set them right on the panel.",
                differ.join(", ")
            );
            found.add(Law::S11, &service.id, Runbook::ServerDrifted, text);
        }
    }
}

/// A server's owner at the panel is its customer's login.
pub(super) fn s12(books: &Books<'_>, found: &mut Found) {
    for (service, server) in standing(books) {
        let login = books.holder(service.customer.as_str()).and_then(|holder| holder.panel_user);
        let owner = i64::try_from(server.owner.get()).ok();
        if owner != login {
            let text = format!(
                "Its server belongs to login {} at the panel, and the customer's login is {}: somebody else can enter it, or the \
                 customer cannot. Set the owner on the panel.",
                server.owner,
                login.map_or_else(|| "unknown".to_owned(), |login| login.to_string())
            );
            found.add(Law::S12, &service.id, Runbook::ServerDrifted, text);
        }
    }
}
