//! Logs and metrics.

pub mod calls;
mod describe;
mod drain;
mod gauges;
pub mod requests;
mod scrape;
mod traces;

pub use describe::describe;
pub use drain::{Drain, Drained, Voice};
pub use gauges::Gauges;
pub use scrape::{Exporter, NotServed, recorder};
pub use traces::{Traced, Tracer, note_whole};

use domain::ids::OrderId;
use domain::redact::without_addresses;
use std::cell::RefCell;
use std::io::Write;
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, Span};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultFields, Writer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Logs to stderr: readable on a terminal, JSON elsewhere. `GIVR_LOG` sets what is logged there. What is bad goes into `drain` as well, and
/// what is done for orders to `tracer`, if there is one, whatever `GIVR_LOG` says.
pub fn start_logging(drain: Option<&Drain>, tracer: Option<Tracer>) {
    let filter = filter(&std::env::var("GIVR_LOG").unwrap_or_default());
    let lines = fmt::layer().with_writer(|| Lines(std::io::stderr()));
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = if terminal {
        lines.with_filter(filter).boxed()
    } else {
        lines.json().flatten_event(true).with_filter(filter).boxed()
    };
    // A second start in one process keeps the first.
    let _ =
        tracing_subscriber::registry().with(lines).with(drain.map(layer)).with(tracer.map(Tracer::layer)).try_init();
}

/// What puts lines of the log into a drain: readable ones, without colours and times.
pub fn layer<S>(drain: &Drain) -> impl Layer<S> + Send + Sync + use<S>
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    let (level, drain) = (drain.level(), drain.clone());
    let lines = fmt::layer().fmt_fields(Plain).with_ansi(false).without_time().with_writer(move || drain.writer());
    lines.with_filter(LevelFilter::from_level(level))
}

/// Fields as they are usually written, under a type of their own: layers that share one share what each of them wrote, colours included.
struct Plain;

impl<'writer> FormatFields<'writer> for Plain {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> std::fmt::Result {
        DefaultFields::new().format_fields(writer, fields)
    }
}

/// What `wanted` asks for, such as `info,app=debug`; `info` where it asks for nothing that can be understood.
///
/// A few libraries write requests down at their finest levels, with the secrets in them: these say no more than `info`.
pub fn filter(wanted: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(wanted).ok().filter(|_| !wanted.trim().is_empty());
    let talkative = ["tower_http::csrf", "hyper", "lettre", "sqlx"];
    let quiet = talkative.iter().filter_map(|name| format!("{name}=info").parse().ok());
    quiet.fold(filter.unwrap_or_else(|| EnvFilter::new("info")), EnvFilter::add_directive)
}

tokio::task_local! {
    /// The order that something is done for, as far as that is known.
    static ORDER: RefCell<Option<OrderId>>;
}

/// Does something for an order, or for one that is found out meanwhile ([`note_order`]): lines of the log have the fields of `span` before
/// them, and calls to Stripe and to the panel are written down with the order.
pub async fn about<T>(span: Span, order: Option<OrderId>, what: impl Future<Output = T>) -> T {
    ORDER.scope(RefCell::new(order), what).instrument(span).await
}

/// Lines of the log and calls from here on are about this order, if there is one. A span that has no place for it stays as it is.
pub fn note_order(order: Option<&OrderId>) {
    if let Some(order) = order {
        Span::current().record("order.id", order.as_str());
        // Outside of what is done for orders there is nothing to note it in.
        let _ = ORDER.try_with(|known| known.replace(Some(order.clone())));
    }
}

/// The order that something is done for at this moment.
fn order() -> Option<OrderId> {
    ORDER.try_with(|order| order.borrow().clone()).ok().flatten()
}

/// Leaves e-mail addresses out of log lines. Nothing of ours writes one; what lies below may.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    /// Called once for each whole line.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        match std::str::from_utf8(line) {
            Ok(text) if line.contains(&b'@') => self.0.write_all(without_addresses(text).as_bytes())?,
            Ok(_) | Err(_) => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_have_no_addresses_in_them() {
        let mut written = Vec::new();
        let line = "{\"level\":\"WARN\",\"message\":\"550 <ada@example.test> is unknown\"}\n";
        Lines(&mut written).write_all(line.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "{\"level\":\"WARN\",\"message\":\"550 <…> is unknown\"}\n");
    }
}
