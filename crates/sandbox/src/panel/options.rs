//! How a simulated panel behaves: time, limits, addresses.

use crate::clock::SandboxClock;
use jiff::SignedDuration;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// How long something takes for an egg, by the egg's name, at speed 1.
pub type TimeByEgg = Arc<dyn Fn(&str) -> SignedDuration + Send + Sync>;

/// Calls a minute and user; `None` lifts the limit (the answers then carry no limit headers).
#[derive(Debug, Clone, Copy)]
pub struct RateLimits {
    /// Application API, 240 by default.
    pub application: Option<u32>,
    /// Client API, 720 by default.
    pub client: Option<u32>,
}

/// Settings of a [`PanelSim`](super::PanelSim).
#[derive(Clone)]
pub struct PanelOptions {
    /// The time that everything follows.
    pub clock: SandboxClock,
    /// Ids, uuids and choices are drawn from it.
    pub seed: u64,
    /// Divides install, start and stop times.
    pub speed: f64,
    /// From create to the installer's report.
    pub install_time: TimeByEgg,
    /// From start to running.
    pub start_time: TimeByEgg,
    /// Rate limits.
    pub limits: RateLimits,
    /// Address of the panel in links; no slash at the end.
    pub panel_url: String,
    /// Address of the daemons for consoles and files, no slash at the end; `None` is the panel's own.
    pub daemon_url: Option<String>,
    /// Origins besides the panel's that the daemons let open consoles.
    pub allowed_origins: Vec<String>,
    /// Whether customers may add ports, up to their servers' limit. Panels ship with this switched off.
    pub auto_allocation: bool,
    /// `Some`: running games listen on real sockets, on their allocation's own address if that is a loopback one, else on this
    /// address. `None`: no socket is opened, and [`PanelSim::game_at`](super::PanelSim::game_at) tells what would answer.
    pub game_bind: Option<IpAddr>,
}

impl PanelOptions {
    /// Default times and limits on `clock`, seed 1, speed 1, no sockets.
    pub fn new(clock: SandboxClock) -> Self {
        Self {
            clock,
            seed: 1,
            speed: 1.0,
            install_time: Arc::new(usual_install_time),
            start_time: Arc::new(usual_start_time),
            limits: RateLimits { application: Some(240), client: Some(720) },
            panel_url: "http://panel.sandbox.example".to_owned(),
            daemon_url: None,
            allowed_origins: Vec::new(),
            auto_allocation: false,
            game_bind: None,
        }
    }

    /// Without rate limits.
    #[must_use]
    pub fn without_limits(mut self) -> Self {
        self.limits = RateLimits { application: None, client: None };
        self
    }

    pub(super) fn daemon_address(&self) -> &str {
        self.daemon_url.as_deref().unwrap_or(&self.panel_url)
    }

    pub(super) fn installs_for(&self, egg: &str) -> SignedDuration {
        self.scaled((self.install_time)(egg))
    }

    pub(super) fn starts_for(&self, egg: &str) -> SignedDuration {
        self.scaled((self.start_time)(egg))
    }

    /// A time at speed 1, as it is at this panel's speed.
    pub(super) fn scaled(&self, time: SignedDuration) -> SignedDuration {
        let speed = if self.speed.is_finite() && self.speed > 0.0 { self.speed } else { 1.0 };
        SignedDuration::try_from_secs_f64(time.as_secs_f64() / speed).unwrap_or(time)
    }
}

impl fmt::Debug for PanelOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PanelOptions")
            .field("seed", &self.seed)
            .field("speed", &self.speed)
            .field("limits", &self.limits)
            .field("panel_url", &self.panel_url)
            .field("game_bind", &self.game_bind)
            .finish_non_exhaustive()
    }
}

/// Minecraft and the light games under a minute, Steam's games minutes, Counter-Strike 2 most of an hour.
fn usual_install_time(egg: &str) -> SignedDuration {
    let seconds = match egg {
        "Counter-Strike 2" => 2_400,
        "Rust" | "ARK: Survival Ascended" | "Ark: Survival Evolved" => 900,
        "Palworld" | "Enshrouded" => 480,
        "Forge Minecraft" | "tModLoader" => 90,
        _ => 40,
    };
    SignedDuration::from_secs(seconds)
}

fn usual_start_time(egg: &str) -> SignedDuration {
    let seconds = match egg {
        "ARK: Survival Ascended" | "Ark: Survival Evolved" => 600,
        "Rust" => 420,
        "Palworld" | "Enshrouded" | "Counter-Strike 2" | "Forge Minecraft" => 60,
        _ => 12,
    };
    SignedDuration::from_secs(seconds)
}
