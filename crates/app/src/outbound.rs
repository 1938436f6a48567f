//! Where calls of ours may lead: to public addresses, and to what the settings name. Names are resolved here, checked here, and the
//! connection goes to the checked address; nobody asks a second time.

mod addresses;

pub use addresses::Kind;

use crate::config::{Config, MailTarget, contain};
use futures_util::future::BoxFuture;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use url::{Host, Url};

/// How long a name may take to be resolved.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for the addresses of a name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Lets calls out, or not. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    allowed: Arc<[IpNet]>,
    lookup: Lookup,
}

/// An address that we do not connect to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` leads to {address}, {kind}; {}", self.hint("it should lead there"))]
pub struct Refused {
    /// What was asked for.
    pub host: String,
    /// What it leads to.
    pub address: IpAddr,
    /// What that is.
    pub kind: Kind,
}

impl Refused {
    /// What to do, if `so`.
    fn hint(&self, so: &str) -> String {
        format!("add {} to security.allowed_networks if {so}", IpNet::from(self.address))
    }
}

/// Why a name gave no address.
#[derive(Debug, thiserror::Error)]
pub enum NoAddress {
    /// The name does not resolve, or not now.
    #[error("`{host}` cannot be resolved")]
    Unknown {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// It resolves to what we do not connect to.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl Guard {
    /// Lets calls out to public addresses and to these networks.
    pub fn new(allowed: &[IpNet]) -> Self {
        Self::with_lookup(allowed, Arc::new(|host| Box::pin(ask_the_system(host))))
    }

    /// Lets everything out: for commands whose address was typed by the person at the keyboard.
    pub fn anywhere() -> Self {
        let everything = [IpAddr::from([0; 4]), IpAddr::from([0; 16])].map(|address| IpNet::new_assert(address, 0));
        Self::new(&everything)
    }

    /// Like [`Guard::new`], with a resolver of the caller's choice.
    pub fn with_lookup(allowed: &[IpNet], lookup: Lookup) -> Self {
        Self { allowed: allowed.into(), lookup }
    }

    /// Whether `host` may be reached at `address`. An allowed network counts for every form in which the address can be written.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let address = address.to_canonical();
        let allowed = contain(&self.allowed, address)
            || addresses::embedded(address).is_some_and(|inner| contain(&self.allowed, inner.into()));
        match addresses::kind(address) {
            Some(kind) if !allowed => Err(Refused { host: host.to_owned(), address, kind }),
            Some(_) | None => Ok(()),
        }
    }

    /// The addresses of a host, in the resolver's order, at least one. One address that may not be reached spoils all: a name that
    /// leads in two worlds is a mistake or a trick.
    ///
    /// # Errors
    /// The name does not resolve, or leads where we do not go.
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, NoAddress> {
        let unknown = |source| NoAddress::Unknown { host: host.to_owned(), source };
        let asked = timeout(PATIENCE, (self.lookup)(host.to_owned())).await;
        let found = asked.map_err(|_| unknown(io::ErrorKind::TimedOut.into()))?.map_err(unknown)?;
        if found.is_empty() {
            return Err(unknown(io::ErrorKind::NotFound.into()));
        }
        for address in &found {
            self.check(host, *address)?;
        }
        Ok(found)
    }

    /// Checks an address that is written as such; names are checked when they are resolved.
    ///
    /// # Errors
    /// It may not be reached.
    pub fn check_literal(&self, url: &Url) -> Result<(), Refused> {
        match url.host() {
            Some(Host::Ipv4(address)) => self.check(&address.to_string(), address.into()),
            Some(Host::Ipv6(address)) => self.check(&address.to_string(), address.into()),
            Some(Host::Domain(_)) | None => Ok(()),
        }
    }
}

async fn ask_the_system(host: String) -> io::Result<Vec<IpAddr>> {
    // The port is no part of the question.
    Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect())
}

/// For `reqwest`, which asks once for each connection and connects to what it is told.
impl reqwest::dns::Resolve for Guard {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let found = Guard::resolve(&guard, name.as_str()).await?;
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as reqwest::dns::Addrs)
        })
    }
}

/// Addresses in the settings that lead where we do not go, as (what is wrong, what to do). A name that does not resolve now may
/// do so later: that is said in the log only.
pub async fn check_settings(config: &Config, guard: &Guard) -> Vec<(String, String)> {
    let mail = match &config.mail.target {
        MailTarget::Smtp(url) => Url::parse(url.expose_secret()).ok(),
        MailTarget::Folder(_) | MailTarget::Log => None,
    };
    let secret = |url: Option<&SecretString>| Url::parse(url?.expose_secret()).ok();
    let alerts = &config.alerts;
    let discord = secret(alerts.discord_url.as_ref());
    let slack = secret(alerts.slack_url.as_ref());
    let webhook = secret(alerts.webhook.as_ref().map(|webhook| &webhook.url));
    let heartbeat = secret(alerts.heartbeat.as_ref().map(|heartbeat| &heartbeat.url));
    let traces = secret(config.traces.otlp_url.as_ref());
    let log_discord = secret(config.logs.discord_url.as_ref());
    let log_slack = secret(config.logs.slack_url.as_ref());
    let urls = [
        ("logs.discord_url", "Discord", log_discord.as_ref()),
        ("traces.otlp_url", "the collector", traces.as_ref()),
        ("logs.slack_url", "Slack", log_slack.as_ref()),
        ("alerts.discord_url", "Discord", discord.as_ref()),
        ("alerts.slack_url", "Slack", slack.as_ref()),
        ("alerts.webhook_url", "your program", webhook.as_ref()),
        ("alerts.heartbeat_url", "your watchdog", heartbeat.as_ref()),
        ("stripe.api_base", "Stripe's API", Some(&config.stripe.api_base)),
        ("panel.url", "your panel", Some(&config.panel.url)),
        ("mail.url", "your mail server", mail.as_ref()),
    ];
    let mut problems = Vec::new();
    for (setting, what, url) in urls {
        let Some(host) = url.and_then(Url::host_str) else { continue };
        match guard.resolve(host.trim_matches(['[', ']'])).await {
            Ok(_) => {}
            Err(NoAddress::Unknown { host, source }) => {
                tracing::warn!("{setting}: `{host}` cannot be resolved now: {source}");
            }
            Err(NoAddress::Refused(refused)) => problems.push((
                format!("{setting} leads to {}, {}", refused.address, refused.kind),
                refused.hint(&format!("that is where {what} is")),
            )),
        }
    }
    problems
}

#[cfg(test)]
mod tests;
