//! `givr serve`: the shop and the work behind it, until a signal.

use crate::app::App;
use crate::cli::{ExitCode, Failure, Outcome, assemble, complain};
use crate::clock::{Random, SystemClock};
use crate::config::Config;
use crate::observe::{self, Drain, Exporter, NotServed, Tracer};
use crate::{epoch_mark, web, work};
use anyhow::Context;
use billing::Mode;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::Access;
use store::ledger;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long Stripe is waited for before the start.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) async fn run(config: &Path) -> Outcome {
    let config = assemble::config(config)?;
    let drain = Drain::new(&config.logs);
    let (tracer, traced) = Tracer::new(&config.traces, Arc::new(SystemClock), Random::system()).unzip();
    observe::start_logging(drain.as_ref().map(|(drain, _)| drain), tracer);
    let metrics = listen_for_metrics(&config).await?;
    assemble::check_outbound(&config).await?;
    let (lines, lines_stop) = (TaskTracker::new(), CancellationToken::new());
    if let Some((_, drained)) = drain {
        lines.spawn(drained.run(assemble::voice(&config)?, lines_stop.clone()));
    }
    if let Some(traced) = traced {
        lines.spawn(traced.run(assemble::voice(&config)?.transport, lines_stop.clone()));
    }
    let outcome = go_on(config, metrics).await;
    // What the end itself logged goes out, too.
    lines_stop.cancel();
    lines.close();
    lines.wait().await;
    outcome
}

async fn go_on(config: Config, metrics: Option<Exporter>) -> Outcome {
    let listen = config.server.listen;
    let app = assemble::app(config, Access::Exclusive).await?;
    check_mode(&app).await?;
    if let Some(metrics) = metrics {
        metrics.serve(app.clone());
    }
    look_elsewhere(&app).await;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen} (server.listen); `ss -ltnp sport = :{}` shows who does", listen.port())
    })?;
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

/// An address that is taken is said at once, and what to do about it.
async fn listen_for_metrics(config: &Config) -> Result<Option<Exporter>, Failure> {
    let Some(address) = config.server.metrics_listen else { return Ok(None) };
    match Exporter::listen(address).await {
        Ok(exporter) => Ok(Some(exporter)),
        Err(error @ NotServed::Listen { .. }) => Err(Failure::fixable(
            error,
            format!(
                "`ss -ltnp sport = :{}` shows who listens there; give the metrics a port of their own",
                address.port()
            ),
        )),
        Err(error @ NotServed::Recorder(_)) => Err(error.into()),
    }
}

/// What was sold with play money has no payments that a live key could see, and the other way round: its servers would stand for ever.
async fn check_mode(app: &App) -> Result<(), Failure> {
    let live = app.stripe.mode() == Mode::Live;
    if !ledger::has_of_mode(&mut *app.store.read().await?, !live).await? {
        return Ok(());
    }
    let word = |live| if live { "live" } else { "test" };
    let problem = format!(
        "the database has sales of Stripe's {} mode, and stripe.secret_key is of {} mode: nothing was started",
        word(!live),
        word(live)
    );
    let hint = "give each mode a database of its own (database.url), then `givr migrate` and `givr catalogue apply`; or put the other key back";
    Err(Failure::fixable(problem, hint))
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
