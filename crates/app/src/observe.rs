//! Logs and metrics.

use domain::redact::without_addresses;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::io::Write;
use std::net::SocketAddr;
use tracing_subscriber::EnvFilter;

/// Logs to stderr: readable on a terminal, JSON elsewhere. `GIVR_LOG` sets what is logged.
pub fn start_logging() {
    let filter = filter(&std::env::var("GIVR_LOG").unwrap_or_default());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Lines(std::io::stderr()));
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    // A second start in one process keeps the first.
    let _ = if terminal { builder.try_init() } else { builder.json().flatten_event(true).try_init() };
}

/// What `wanted` asks for, such as `info,app=debug`; `info` where it asks for nothing that can be understood.
///
/// A few libraries write requests down at their finest levels, with the secrets in them: these say no more than `info`.
pub fn filter(wanted: &str) -> EnvFilter {
    let filter = EnvFilter::try_new(wanted).ok().filter(|_| !wanted.trim().is_empty());
    let talkative = ["tower_http::csrf", "hyper", "h2", "lettre", "sqlx"];
    let quiet = talkative.iter().filter_map(|name| format!("{name}=info").parse().ok());
    quiet.fold(filter.unwrap_or_else(|| EnvFilter::new("info")), EnvFilter::add_directive)
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

/// Serves `/metrics` on a listener of its own, if one is wanted.
///
/// # Errors
/// The address cannot be listened on.
pub async fn serve_metrics(listen: Option<SocketAddr>) -> anyhow::Result<()> {
    let Some(listen) = listen else { return Ok(()) };
    let handle = PrometheusBuilder::new().install_recorder()?;
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let router = axum::Router::new().route(
        "/metrics",
        axum::routing::get(move || {
            let text = handle.render();
            async move { text }
        }),
    );
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
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
