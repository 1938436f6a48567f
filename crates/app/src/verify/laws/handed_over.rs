//! Servers that were handed over: whether that was right, and whether they still are what was sold.

use super::servers::standing;
use super::{Found, Law, Runbook};
use crate::verify::books::{Books, number};
use domain::order::OrderState;
use jiff::{SignedDuration, Timestamp};
use panel::ServerStatus;
use store::operations::{OperationKind, Outcome};
use store::services::Service;
use store::verify::Job;

/// Handed over means seen: the game answered twice, far enough apart, or the server ran for a minute and the game cannot be asked.
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
    if !books.moment.is_decided() {
        return;
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
    let apart = |from: Option<Timestamp>, to: Option<Timestamp>, time: SignedDuration| {
        from.zip(to).is_some_and(|(from, to)| to.duration_since(from) >= time)
    };
    let (gap, minute) = (books.evidence.waits.answer_gap, SignedDuration::from_mins(1));
    match service.verified {
        None => Some("nobody wrote down whether the game answered".to_owned()),
        Some(true) if apart(progress.answered_at, progress.confirmed_at, gap) => None,
        Some(true) => Some(format!("the game did not answer twice, {} seconds apart", gap.as_secs())),
        Some(false) if apart(progress.running_since, service.fulfilled_at, minute) => None,
        Some(false) => Some("the game cannot be asked, and the server did not run for a minute".to_owned()),
    }
}

/// What is suspended on the panel is suspended by us, and the other way round.
pub(super) fn s6(books: &Books<'_>, found: &mut Found) {
    if books.moment.is_anytime() {
        return;
    }
    for (service, server) in standing(books) {
        let changed = |job: &&Job| job.finished_at.is_some_and(|at| books.is_younger(at));
        if books.jobs_of(service.id.as_str()).iter().any(changed) {
            continue;
        }
        let text = match (service.standing.suspension, server.suspended) {
            (None, false) | (Some(_), true) => continue,
            (None, true) => format!(
                "The customer pays for {}, and it is suspended on the panel. Lift that there, or end the service.",
                server.uuid
            ),
            (Some(suspension), false) => format!(
                "{} was suspended at {} ({}), and on the panel it is not: it can be used without being paid for. Suspend it there again.",
                server.uuid,
                suspension.at,
                suspension.why.key()
            ),
        };
        found.add(Law::S6, &service.id, Runbook::ServerDrifted, text);
    }
}

/// The panel gives a server what was bought.
pub(super) fn s11(books: &Books<'_>, found: &mut Found) {
    if books.moment.is_anytime() {
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

/// A server's owner at the panel is its customer's login, and that is nobody else's.
pub(super) fn s12(books: &Books<'_>, found: &mut Found) {
    let prefix = &books.evidence.ours.installation.prefix;
    for (service, server) in standing(books) {
        let login = books.holder(service.customer.as_str()).and_then(|holder| holder.panel_user);
        let owner = number(server.owner.get());
        let mark = format!("{prefix}-acc-{}", service.customer.as_str().trim_start_matches("acc_"));
        let known = books.login(owner);
        let problem = if login != Some(owner) {
            let login = login.map_or_else(|| "unknown".to_owned(), |login| login.to_string());
            format!("Its server belongs to login {owner} at the panel, and the customer's login is {login}")
        // An operator may change a login at any instant.
        } else if books.moment.is_anytime() {
            continue;
        } else if known.is_some_and(|login| login.admin) {
            format!("The customer's login {owner} administers the panel")
        } else if known.is_some_and(|login| login.external_id.as_deref() != Some(&mark)) {
            format!("The customer's login {owner} does not carry the mark {mark} at the panel")
        } else {
            continue;
        };
        let text = format!(
            "{problem}: somebody may enter what is not theirs, or the customer cannot. Set it right on the panel."
        );
        found.add(Law::S12, &service.id, Runbook::ServerDrifted, text);
    }
}
