//! Every metric by its name, with what it says; and those whose labels are known beforehand with 0, so that the first occurrence of
//! something is an increase that can be seen.

use crate::work::JOBS;
use domain::alert::Severity;
use store::watch::Queue;

/// Where bad requests, calls and deliveries fall, in seconds.
pub(super) const REQUEST_SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Calls of ours wait for others.
pub(super) const CALL_SECONDS: [f64; 10] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];
/// From Stripe's event to our row.
pub(super) const LAG_SECONDS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0];
/// From payment to playable: a minute for most games, an hour for those that install for long.
pub(super) const DELIVERY_SECONDS: [f64; 12] =
    [15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, 1200.0, 2400.0, 4800.0];

/// The word for a queue that [`Queue`] does not have, for its pieces are rows of another shape.
pub(super) const NOTIFICATIONS: &str = "notifications";

/// Tells the recorder of this process, or of this thread, about every metric.
pub fn describe() {
    http();
    outside();
    work();
    business();
    machine();
}

fn http() {
    metrics::describe_counter!("givr_http_requests_total", "Answered requests by route, verb and class of status");
    metrics::describe_histogram!(
        "givr_http_request_seconds",
        "From a request's head to the answer's, by route and verb"
    );
    metrics::describe_gauge!("givr_connections", "Open connections");
    metrics::describe_counter!("givr_connections_refused_total", "Connections that were turned away, by reason");
    for reason in ["overall", "client", "system"] {
        metrics::counter!("givr_connections_refused_total", "reason" => reason).increment(0);
    }
    metrics::describe_counter!(
        "givr_connections_cut_total",
        "Connections that were cut because nothing came from them for too long, or at the program's end"
    );
    metrics::counter!("givr_connections_cut_total").increment(0);
    metrics::gauge!("givr_connections").increment(0.0);
    metrics::describe_counter!("givr_throttled_total", "What was refused because there was too much of it");
    for what in ["requests", "password", "factor", "code", "panel_password", "mail", "ticket", "ticket_message"] {
        metrics::counter!("givr_throttled_total", "what" => what).increment(0);
    }
    metrics::describe_gauge!("givr_consoles_open", "Consoles of servers that this process listens to");
    metrics::describe_gauge!("givr_console_viewers", "Browsers that watch a console");
    metrics::gauge!("givr_consoles_open").increment(0.0);
    metrics::gauge!("givr_console_viewers").increment(0.0);
    metrics::describe_counter!("givr_server_actions_total", "What customers did with their servers, by outcome");
    for outcome in ["done", "failed"] {
        metrics::counter!("givr_server_actions_total", "outcome" => outcome).increment(0);
    }
}

fn outside() {
    metrics::describe_counter!("givr_calls_total", "Calls to Stripe and to the panel by name and outcome");
    metrics::describe_histogram!("givr_call_seconds", "How long calls took, with the wait for our own allowance");
    metrics::describe_counter!("givr_webhooks_total", "Webhooks of Stripe's by what became of them");
    for result in ["stored", "refused", "failed", "no_secret"] {
        metrics::counter!("givr_webhooks_total", "result" => result).increment(0);
    }
    metrics::describe_histogram!("givr_webhook_lag_seconds", "From Stripe's event to our row, and to its end");
    for stage in ["stored", "applied"] {
        let _ = metrics::histogram!("givr_webhook_lag_seconds", "stage" => stage);
    }
}

fn work() {
    metrics::describe_counter!(
        "givr_passes_total",
        "Passes of the work by outcome; held: frozen, or unsure of the time"
    );
    metrics::describe_counter!("givr_pieces_total", "Pieces of work that passes took up, by outcome");
    metrics::describe_gauge!("givr_last_good_pass_timestamp_seconds", "When the last good pass ended");
    for job in JOBS {
        let name = job.name;
        for outcome in ["good", "failed", "held"] {
            metrics::counter!("givr_passes_total", "work" => name, "outcome" => outcome).increment(0);
        }
        for outcome in ["done", "failed"] {
            metrics::counter!("givr_pieces_total", "work" => name, "outcome" => outcome).increment(0);
        }
    }
    metrics::describe_gauge!("givr_queue_waiting", "Pieces that are not done, by queue");
    metrics::describe_gauge!("givr_queue_due", "Pieces that are due and nobody has in hand, by queue");
    metrics::describe_gauge!("givr_queue_overdue_seconds", "For how long the oldest piece is due, by queue");
    for queue in Queue::ALL.map(Queue::key).into_iter().chain([NOTIFICATIONS]) {
        metrics::gauge!("givr_queue_waiting", "queue" => queue).set(0.0);
        metrics::gauge!("givr_queue_due", "queue" => queue).set(0.0);
        metrics::gauge!("givr_queue_overdue_seconds", "queue" => queue).set(0.0);
    }
    metrics::describe_gauge!("givr_operations_parked", "Jobs on servers that wait for a person");
    metrics::gauge!("givr_operations_parked").set(0.0);
    metrics::describe_counter!("givr_events_total", "Events of Stripe's that were worked off, by outcome");
    for outcome in ["applied", "unchanged", "ignored", "kept"] {
        metrics::counter!("givr_events_total", "outcome" => outcome).increment(0);
    }
    metrics::describe_counter!("givr_notifications_total", "What those who look after the shop were told, by outcome");
    for outcome in ["sent", "withdrawn", "failed"] {
        metrics::counter!("givr_notifications_total", "outcome" => outcome).increment(0);
    }
    metrics::describe_counter!("givr_suspensions_total", "Servers that were suspended, and lifted");
    for what in ["suspend", "unsuspend"] {
        metrics::counter!("givr_suspensions_total", "what" => what).increment(0);
    }
    metrics::describe_counter!("givr_acts_total", "Acts by hand of those who look after the shop, by act");
    for act in crate::desk::acts::Kind::ALL {
        metrics::counter!("givr_acts_total", "act" => act.key()).increment(0);
    }
    metrics::describe_counter!("givr_erasures_total", "Customers who were erased");
    metrics::counter!("givr_erasures_total").increment(0);
    metrics::describe_counter!("givr_retention_removed_total", "What was removed because it was past its time");
    metrics::describe_counter!("givr_audit_sealed_total", "Lines of the audit log that were sealed");
    metrics::counter!("givr_audit_sealed_total").increment(0);
}

fn business() {
    metrics::describe_histogram!("givr_provisioning_seconds", "From payment to playable, by game");
    metrics::describe_counter!("givr_orders_paid_total", "Orders that were paid since the shop began");
    metrics::describe_counter!("givr_money_minor_total", "Money that moved since the shop began, in minor units");
    metrics::counter!("givr_orders_paid_total").absolute(0);
    metrics::describe_gauge!("givr_node_memory_mib", "Memory of a node: sellable, and sold");
    metrics::describe_gauge!("givr_node_disk_mib", "Disk of a node: sellable, and sold");
    metrics::describe_gauge!("givr_node_ports", "Ports of a node: sellable, and sold");
    metrics::describe_gauge!("givr_alerts_open", "Alerts that are open, by severity");
    for severity in [Severity::Critical, Severity::Warning].map(Severity::key) {
        metrics::gauge!("givr_alerts_open", "severity" => severity).set(0.0);
    }
}

fn machine() {
    metrics::describe_gauge!("givr_ready", "Whether a part of what selling and delivering needs is well: 1 or 0");
    metrics::describe_counter!("givr_trace_spans_total", "Spans of orders' traces for the collector, by outcome");
    for outcome in ["sent", "dropped"] {
        metrics::counter!("givr_trace_spans_total", "outcome" => outcome).increment(0);
    }
    metrics::describe_counter!("givr_log_lines_total", "Warnings and errors for the channel of the log, by outcome");
    for outcome in ["sent", "dropped"] {
        metrics::counter!("givr_log_lines_total", "outcome" => outcome).increment(0);
    }
    metrics::describe_gauge!("givr_build_info", "Always 1; its label says which release this is");
    let version = env!("CARGO_PKG_VERSION");
    metrics::gauge!("givr_build_info", "version" => version).set(1.0);
}
