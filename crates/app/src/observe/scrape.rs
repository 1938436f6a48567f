//! `/metrics`, on a listener of its own.

use super::describe::{self, CALL_SECONDS, DELIVERY_SECONDS, LAG_SECONDS, REQUEST_SECONDS};
use super::gauges::Gauges;
use crate::app::App;
use crate::health::Part;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use store::StoreError;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::time::{interval, timeout};

/// How long the database may take; then its figures are those of before.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often samples are put into their buckets, so that they do not pile up while nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Why metrics are not served.
#[derive(Debug, thiserror::Error)]
pub enum NotServed {
    /// Something else listens there, or the address is not this machine's.
    #[error("server.metrics_listen: cannot listen on {address}: {problem}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the machine says.
        problem: std::io::Error,
    },
    /// The recorder is there already, or was told nonsense.
    #[error("the metrics cannot be kept")]
    Recorder(#[from] BuildError),
}

/// A recorder of all metrics, with their buckets.
///
/// # Errors
/// The buckets make no sense.
pub fn recorder() -> Result<PrometheusRecorder, BuildError> {
    Ok(builder()?.build_recorder())
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    let buckets: [(&str, &[f64]); 4] = [
        ("givr_http_request_seconds", &REQUEST_SECONDS),
        ("givr_call_seconds", &CALL_SECONDS),
        ("givr_webhook_lag_seconds", &LAG_SECONDS),
        ("givr_provisioning_seconds", &DELIVERY_SECONDS),
    ];
    buckets.into_iter().try_fold(PrometheusBuilder::new(), |builder, (name, buckets)| {
        builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)
    })
}

/// A listener for those who ask for metrics, and what they are told.
pub struct Exporter {
    listener: TcpListener,
    handle: PrometheusHandle,
}

/// What the handler needs.
#[derive(Clone)]
struct Scraped {
    app: App,
    handle: PrometheusHandle,
    gauges: Arc<Mutex<Gauges>>,
}

impl Exporter {
    /// Listens, and keeps metrics from now on.
    ///
    /// # Errors
    /// [`NotServed`].
    pub async fn listen(address: SocketAddr) -> Result<Self, NotServed> {
        let listener = TcpListener::bind(address).await.map_err(|problem| NotServed::Listen { address, problem })?;
        let handle = builder()?.install_recorder()?;
        describe::describe();
        Ok(Self { listener, handle })
    }

    /// Answers from now on, until the process ends.
    pub fn serve(self, app: App) {
        let upkeep = self.handle.clone();
        tokio::spawn(async move {
            let mut again = interval(UPKEEP);
            loop {
                again.tick().await;
                upkeep.run_upkeep();
            }
        });
        let scraped = Scraped { app, handle: self.handle, gauges: Arc::default() };
        let router = Router::new().route("/metrics", get(metrics)).with_state(scraped);
        tokio::spawn(async move { axum::serve(self.listener, router).await });
    }
}

async fn metrics(State(scraped): State<Scraped>) -> String {
    // Two who ask at once read once.
    let mut gauges = scraped.gauges.lock().await;
    read_within(PATIENCE, gauges.refresh(&scraped.app)).await;
    drop(gauges);
    scraped.handle.render()
}

/// Lets figures be read for as long as `patience` lasts.
async fn read_within(patience: Duration, read: impl Future<Output = Result<(), StoreError>>) {
    match timeout(patience, read).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("The figures of the database are those of before: {error}"),
        Err(_) => {
            // The look whether it is well hangs with it, and what was seen last would stay.
            metrics::gauge!("givr_ready", "part" => Part::Database.key()).set(0.0);
            let waited = patience.as_secs();
            tracing::warn!("The figures of the database are those of before: it takes longer than {waited} s");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_hangs_is_not_said_to_be_well() {
        let recorder = recorder().unwrap();
        let _heard = metrics::set_default_local_recorder(&recorder);
        metrics::gauge!("givr_ready", "part" => "database").set(1.0);
        read_within(Duration::ZERO, std::future::pending()).await;
        let text = recorder.handle().render();
        let said = text.lines().find_map(|line| line.strip_prefix("givr_ready{part=\"database\"} "));
        assert_eq!(said.map(str::parse::<f64>), Some(Ok(0.0)), "{text}");
    }
}
