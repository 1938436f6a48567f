//! `givr serve`: the shop and the work behind it, until a signal.

use crate::app::App;
use crate::cli::{ExitCode, Outcome, assemble, complain};
use crate::{epoch_mark, observe, web, work};
use anyhow::Context;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long Stripe is waited for before the start.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(config: &Path) -> Outcome {
    let config = assemble::config(config)?;
    observe::start_logging();
    observe::serve_metrics(config.server.metrics_listen).await?;
    assemble::check_outbound(&config).await?;
    let listen = config.server.listen;
    let app = assemble::app(config, true).await?;
    look_elsewhere(&app).await;
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

/// A machine that everybody thought dead acts for nobody: whether the shop went on elsewhere is looked at before anything is done here. A
/// Stripe that does not answer holds nobody up; the work looks again.
async fn look_elsewhere(app: &App) {
    match timeout(PATIENCE, epoch_mark::check(app)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!("Whether this shop was restored elsewhere is not known yet: {error:#}"),
        Err(_) => tracing::warn!("Whether this shop was restored elsewhere is not known yet: Stripe does not answer"),
    }
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
