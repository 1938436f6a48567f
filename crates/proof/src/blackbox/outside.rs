//! Stripe and the panel, simulated in this process and served over real connections, with games that answer on real sockets.

use crate::blackbox::proxy::Proxy;
use crate::blackbox::settings::{STRIPE_KEY, WEBHOOK_SECRET};
use app::clock::{Clock, SystemClock};
use app::transport;
use billing::{Stripe, StripeSettings};
use panel::{PanelDriver, Pterodactyl, PterodactylSettings};
use sandbox::clock::SandboxClock;
use sandbox::panel::{PanelOptions, PanelSeed, PanelSim};
use sandbox::stripe::{StripeOptions, StripeSim};
use secrecy::SecretString;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How much faster than in real life games install and start.
const SPEED: f64 = 40.0;
/// How often the simulators look at the time.
const TICK: Duration = Duration::from_millis(50);
/// Webhooks under way at once.
const DELIVERIES: usize = 32;

/// The outside, and the lines that lead to it.
pub(crate) struct Outside {
    pub(crate) stripe: StripeSim,
    /// Where customers' browsers find payment pages.
    pub(crate) stripe_address: SocketAddr,
    pub(crate) stripe_line: Proxy,
    pub(crate) panel: PanelSim,
    pub(crate) panel_line: Proxy,
}

impl Outside {
    /// Begins with nothing bought, and room for `servers`.
    ///
    /// # Errors
    /// No port is free.
    pub(crate) async fn begin(seed: u64, servers: usize, stop: &CancellationToken) -> anyhow::Result<Self> {
        let clock = SandboxClock::system();
        let (stripe_listener, panel_listener) = (listen().await?, listen().await?);
        let (stripe_address, panel_address) = (stripe_listener.local_addr()?, panel_listener.local_addr()?);
        let address = format!("http://{stripe_address}");
        let options = StripeOptions::new(clock.clone(), STRIPE_KEY, address);
        let stripe = StripeSim::new(StripeOptions { parallel_deliveries: DELIVERIES, seed, ..options });
        let options = PanelOptions {
            speed: SPEED,
            seed,
            panel_url: format!("http://{panel_address}"),
            game_bind: Some(Ipv4Addr::LOCALHOST.into()),
            ..PanelOptions::new(clock).without_limits()
        };
        // Half of all orders fit on each node.
        let room = u16::try_from(servers.div_ceil(2).max(20))?;
        let panel = PanelSim::new(options, PanelSeed::demo_for(seed, room));
        tokio::spawn(sandbox::serve::serve(stripe_listener, stripe.router(), stop.clone()));
        tokio::spawn(sandbox::serve::serve(panel_listener, panel.router(), stop.clone()));
        stripe.spawn_ticker(TICK, stop.clone());
        panel.spawn_ticker(TICK, stop.clone());
        let (stripe_line, panel_line) = (Proxy::to(vec![stripe_address]).await?, Proxy::to(vec![panel_address]).await?);
        Ok(Self { stripe, stripe_address, stripe_line, panel, panel_line })
    }

    /// Says where webhooks go.
    pub(crate) fn tell(&self, shop: SocketAddr) {
        let endpoint = format!("http://{shop}/webhooks/stripe");
        self.stripe.add_endpoint(&endpoint, WEBHOOK_SECRET, &billing::HANDLED_EVENTS);
    }

    /// Clients for the checker, past every line.
    ///
    /// # Errors
    /// The settings cannot work.
    pub(crate) fn clients(&self) -> anyhow::Result<(Stripe, Arc<dyn PanelDriver>)> {
        let settings = StripeSettings {
            api_base: format!("http://{}", self.stripe_address),
            secret_key: SecretString::from(STRIPE_KEY),
            retries: 0,
            sleep: Arc::new(|_| Box::pin(async {})),
        };
        let stripe = Stripe::new(transport::in_process(self.stripe.router(), Arc::new(SystemClock)), settings)?;
        let settings = PterodactylSettings {
            url: "http://panel.example".to_owned(),
            application_key: SecretString::from(self.panel.application_key()),
            client_key: SecretString::from(self.panel.client_key()),
            now: Arc::new(|| SystemClock.now()),
        };
        let line = || transport::in_process(self.panel.router(), Arc::new(SystemClock));
        Ok((stripe, Arc::new(Pterodactyl::new(line(), line(), settings)?)))
    }
}

pub(crate) async fn listen() -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}
