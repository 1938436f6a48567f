//! Logs and metrics.

use metrics_exporter_prometheus::PrometheusBuilder;
use std::net::SocketAddr;
use tracing_subscriber::EnvFilter;

/// Logs to stderr: readable on a terminal, JSON elsewhere. `GIVR_LOG` sets what is logged.
pub fn start_logging() {
    let filter = EnvFilter::try_from_env("GIVR_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    // A second start in one process keeps the first.
    let _ = if terminal { builder.try_init() } else { builder.json().flatten_event(true).try_init() };
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
