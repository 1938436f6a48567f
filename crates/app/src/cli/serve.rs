//! `givr serve`: the shop and the work behind it, until a signal.

use crate::cli::{ExitCode, Outcome, assemble, complain};
use crate::{observe, web, work};
use anyhow::Context;
use std::path::Path;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(super) async fn run(config: &Path) -> Outcome {
    let config = assemble::config(config)?;
    observe::start_logging();
    observe::serve_metrics(config.server.metrics_listen).await?;
    assemble::check_outbound(&config).await?;
    let listen = config.server.listen;
    let app = assemble::app(config, true).await?;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    let address = listener.local_addr()?;
    complain(&format!("givr serves {} on {address}", app.config.site.url));
    let stop = CancellationToken::new();
    let work = tokio::spawn(work::run(app.clone(), stop.clone()));
    let server = tokio::spawn(web::serve(app.clone(), listener, stop.clone()));
    signal().await;
    complain("stopping: what has begun is finished first");
    stop.cancel();
    server.await.context("the server ended badly")?;
    work.await.context("the work ended badly")?;
    app.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits until somebody wants us to end.
pub(super) async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
