//! Every setting, read once: from `givr.toml`, with `GIVR_SECTION__KEY` variables on top. All problems are reported together,
//! each with its line.

mod alerts;
mod logs;
mod networks;
mod retention;
mod smoke;
mod source;
mod traces;
mod waits;

pub use alerts::{Alerts, Heartbeat, Webhook};
pub use logs::Logs;
pub use networks::contain;
pub use retention::Retention;
pub use smoke::Smoke;
pub use source::{ConfigError, Problem};
pub use traces::Traces;
pub use waits::Waits;

use age::x25519::Recipient;
use domain::language::Language;
use ipnet::IpNet;
use jiff::SignedDuration;
use secrecy::SecretString;
use source::Source;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[site]`
    pub site: Site,
    /// `[server]`
    pub server: Server,
    /// `[database]`: `sqlite://path` or `postgres://…`.
    pub database_url: DatabaseUrl,
    /// `[stripe]`
    pub stripe: StripeConfig,
    /// `[panel]`
    pub panel: PanelConfig,
    /// `[mail]`
    pub mail: MailConfig,
    /// `[policy]`
    pub policy: Policy,
    /// `[alerts]`
    pub alerts: Alerts,
    /// `[logs]`
    pub logs: Logs,
    /// `[traces]`
    pub traces: Traces,
    /// `[retention]`
    pub retention: Retention,
    /// `[smoke]`
    pub smoke: Smoke,
    /// `[waits]`
    pub waits: Waits,
    /// `[backup] recipient`: the key that backups are encrypted to; `None` makes none.
    pub backup_recipient: Option<Recipient>,
    /// `[catalogue]`: the folder with the shop's files; `None` takes the shipped ones.
    pub catalogue_folder: Option<PathBuf>,
    /// `[security] secret`: at least 32 characters; wraps the keys with which the database's secrets are sealed.
    pub secret: SecretString,
    /// `[security] old_secrets`: what `secret` was before, until `givr secrets rotate` has run.
    pub old_secrets: Vec<SecretString>,
    /// `[security] allowed_networks`: where calls of ours may lead besides the internet.
    pub allowed_networks: Vec<IpNet>,
}

/// The address of a database. A password may stand in it, so `Debug` shows the kind of database alone.
#[derive(Clone)]
pub struct DatabaseUrl(String);

impl std::ops::Deref for DatabaseUrl {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://…", self.0.split(':').next().unwrap_or_default())
    }
}

/// Who the shop is.
#[derive(Debug, Clone)]
pub struct Site {
    /// The shop's name.
    pub name: String,
    /// The address under which customers reach it, without a slash at the end.
    pub url: Url,
    /// Where customers write to for help.
    pub support_email: String,
    /// In which language it speaks to whoever asks for none that it knows.
    pub language: Language,
    /// The folder with the shop's own texts, which come before those of the program.
    pub texts: Option<PathBuf>,
    /// The file with the shop's own look.
    pub theme: Option<PathBuf>,
    /// Whether browsers are told that every host below the site's own is encrypted as well.
    pub https_for_subdomains: bool,
}

/// How it listens.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where pages and the API are served.
    pub listen: SocketAddr,
    /// Where `/metrics` is served, if at all.
    pub metrics_listen: Option<SocketAddr>,
    /// Whose word counts about the client's address.
    pub trusted_proxies: Vec<IpNet>,
    /// Requests a minute from one address; 0 does not count them.
    pub requests_per_minute: u32,
    /// Requests a minute of one account on the API; 0 does not count them.
    pub api_requests_per_minute: u32,
    /// Connections at a time.
    pub max_connections: usize,
    /// Connections at a time from one client.
    pub max_connections_per_client: usize,
    /// How long a connection is kept without a request.
    pub idle_timeout: Duration,
}

/// Stripe.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// The secret or restricted key; its prefix says whether real money moves.
    pub secret_key: SecretString,
    /// All signing secrets that are active, during a rotation more than one.
    pub webhook_secrets: Vec<SecretString>,
    /// Where the API is.
    pub api_base: Url,
    /// Where the payment page is: a form on our pages may lead there.
    pub checkout_origin: String,
    /// Calls a minute that we allow ourselves; Stripe allows 1500 in test mode and 6000 in live mode.
    pub calls_per_minute: u32,
}

/// The panel.
#[derive(Debug, Clone)]
pub struct PanelConfig {
    /// Its address, without a slash at the end.
    pub url: Url,
    /// Where customers open it, if that differs.
    pub public_url: Url,
    /// The application key.
    pub application_key: SecretString,
    /// An administrator's client key, for power, files and state.
    pub client_key: SecretString,
    /// Calls a minute that we allow ourselves on the application API.
    pub calls_per_minute: u32,
    /// Calls a minute that we allow ourselves on the client API.
    pub client_calls_per_minute: u32,
}

/// Mail.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// Where it goes.
    pub target: MailTarget,
    /// Whom it comes from.
    pub from: String,
}

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum MailTarget {
    /// To a mail server: `smtp://`, `smtps://`, with name and password in the address.
    Smtp(SecretString),
    /// Into a folder, one file per message.
    Folder(PathBuf),
    /// Into the log, without the body.
    Log,
}

/// Rules of the business that an owner may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How long a payment page stays open; Stripe allows 30 minutes to 24 hours.
    pub checkout: SignedDuration,
    /// How long unpaid capacity is held at least.
    pub reservation: SignedDuration,
    /// Memory kept free on each node, in MiB.
    pub headroom_mib: u32,
    /// Unpaid orders that one customer may have at a time.
    pub open_orders_per_customer: u32,
    /// Whether payment methods that take days are offered.
    pub delayed_payment_methods: bool,
    /// What is copied to a service when it is bought: how long it runs unpaid, and how long its data stays then.
    pub standing: domain::standing::Policy,
}

impl Config {
    /// Reads the settings. `file` is the text of `givr.toml` with its name, `env` the process's variables.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn read(file: Option<(&str, &str)>, env: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut source = Source::new(file, env);
        let config = Self::take(&mut source);
        source.finish(config)
    }

    /// The same settings over another database.
    #[must_use]
    pub fn over(self, database_url: String) -> Self {
        Self { database_url: DatabaseUrl(database_url), ..self }
    }

    fn take(source: &mut Source<'_>) -> Option<Self> {
        let site = Site::take(source);
        let server = Server::take(source);
        let database_url = source.text("database.url", None);
        let database_url = source.check("database.url", database_url, |url| {
            let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
            if known { Ok(DatabaseUrl(url)) } else { Err("must begin with sqlite:// or postgres://".to_owned()) }
        });
        let stripe = StripeConfig::take(source);
        let panel = PanelConfig::take(source);
        let mail = MailConfig::take(source);
        let alerts = Alerts::take(source, site.as_ref().map(|site| &site.support_email));
        let logs = Logs::take(source);
        let traces = Traces::take(source);
        let policy = Policy::take(source);
        let retention = Retention::take(source);
        let smoke = Smoke::take(source, stripe.as_ref());
        let waits = Waits::take(source, stripe.as_ref());
        let recipient = source.optional_text("backup.recipient");
        let backup_recipient = source.check("backup.recipient", recipient, |key| parse_recipient(&key));
        let catalogue_folder = source.optional_text("catalogue.folder").map(PathBuf::from);
        let secret = source.text("security.secret", None);
        let secret = source.check("security.secret", secret, |secret| match secret.len() {
            0..32 => Err("must have at least 32 characters; `openssl rand -hex 32` makes one".to_owned()),
            _ => Ok(SecretString::from(secret)),
        });
        let old_secrets = source.optional_texts("security.old_secrets").unwrap_or_default();
        let allowed_networks = networks::take(source, "security.allowed_networks");
        Some(Self {
            site: site?,
            server: server?,
            database_url: database_url?,
            stripe: stripe?,
            panel: panel?,
            mail: mail?,
            alerts: alerts?,
            logs: logs?,
            traces: traces?,
            policy: policy?,
            retention: retention?,
            smoke: smoke?,
            waits: waits?,
            backup_recipient,
            catalogue_folder,
            secret: secret?,
            old_secrets: old_secrets.into_iter().map(SecretString::from).collect(),
            allowed_networks: allowed_networks?,
        })
    }
}

impl Site {
    fn take(source: &mut Source<'_>) -> Option<Self> {
        let name = source.text("site.name", Some("GIVRwrld"));
        let url = source.text("site.url", None);
        let url = source.check("site.url", url, |url| {
            let url = parse_url(&url)?;
            // Cookies with the __Host- prefix need https; plain http works on this machine only.
            let secure = url.scheme() == "https" || is_loopback(&url);
            if secure { Ok(url) } else { Err("must be an https address (http only on this machine)".to_owned()) }
        });
        let support_email = source.text("site.support_email", None);
        let support_email = source.check("site.support_email", support_email, |email| {
            if is_email(&email) { Ok(email) } else { Err(format!("`{email}` is not an e-mail address")) }
        });
        let https_for_subdomains = source.flag("site.https_for_subdomains", false);
        let language = source.text("site.language", Some(Language::default().key()));
        let language = source.check("site.language", language, |tag| {
            Language::find(&tag).ok_or_else(|| {
                let known = Language::ALL.map(Language::key).join(", ");
                format!("`{tag}` is not a language of this program; it speaks {known}")
            })
        });
        let texts = source.optional_text("site.texts").map(PathBuf::from);
        Some(Self {
            name: name?,
            url: url?,
            support_email: support_email?,
            language: language?,
            texts,
            theme: source.optional_text("site.theme").map(PathBuf::from),
            https_for_subdomains: https_for_subdomains?,
        })
    }
}

impl Server {
    fn take(source: &mut Source<'_>) -> Option<Self> {
        let listen = source.text("server.listen", Some("127.0.0.1:8080"));
        let listen = source.check("server.listen", listen, |listen| parse_listen(&listen));
        let metrics = source.optional_text("server.metrics_listen");
        let metrics_listen = match metrics {
            Some(listen) => {
                source.check("server.metrics_listen", Some(listen), |listen| parse_listen(&listen)).map(Some)
            }
            None => Some(None),
        };
        let trusted_proxies = networks::take(source, "server.trusted_proxies");
        let requests = source.number("server.requests_per_minute", 600, 0..=1_000_000);
        let api_requests = source.number("server.api_requests_per_minute", 300, 0..=1_000_000);
        let connections = source.number("server.max_connections", 2000, 10..=100_000);
        let per_client = source.number("server.max_connections_per_client", 100, 1..=100_000);
        let idle = source.number("server.idle_timeout_seconds", 75, 5..=3600);
        Some(Self {
            listen: listen?,
            metrics_listen: metrics_listen?,
            trusted_proxies: trusted_proxies?,
            requests_per_minute: requests?,
            api_requests_per_minute: api_requests?,
            max_connections: connections? as usize,
            max_connections_per_client: per_client? as usize,
            idle_timeout: Duration::from_secs(idle?.into()),
        })
    }
}

impl StripeConfig {
    fn take(source: &mut Source<'_>) -> Option<Self> {
        let secret_key = source.text("stripe.secret_key", None);
        let secret_key = source.check("stripe.secret_key", secret_key, |key| {
            let known = ["sk_test_", "sk_live_", "rk_test_", "rk_live_"].iter().any(|prefix| key.starts_with(prefix));
            if known {
                Ok(SecretString::from(key))
            } else {
                Err("must begin with sk_ or rk_, and test_ or live_".to_owned())
            }
        });
        let secrets = source.texts("stripe.webhook_secrets");
        let webhook_secrets = source.check("stripe.webhook_secrets", secrets, |secrets| {
            let odd = secrets.iter().any(|secret| !secret.starts_with("whsec_"));
            match secrets.len() {
                0 => Err("needs at least one signing secret (whsec_…)".to_owned()),
                1..=8 if !odd => Ok(secrets.into_iter().map(SecretString::from).collect()),
                1..=8 => Err("every signing secret begins with whsec_".to_owned()),
                _ => Err("more than eight signing secrets cannot be active at once".to_owned()),
            }
        });
        let api_base = source.text("stripe.api_base", Some("https://api.stripe.com"));
        let api_base = source.check("stripe.api_base", api_base, |url| {
            let url = parse_url(&url)?;
            let safe = url.scheme() == "https" || is_loopback(&url);
            if safe { Ok(url) } else { Err("must be an https address: your key would travel in the clear".to_owned()) }
        });
        let origin = source.text("stripe.checkout_origin", Some("https://checkout.stripe.com"));
        let checkout_origin =
            source.check("stripe.checkout_origin", origin, |url| Ok(parse_url(&url)?.origin().ascii_serialization()));
        let calls = source.number("stripe.calls_per_minute", 1200, 1..=1_000_000);
        Some(Self {
            secret_key: secret_key?,
            webhook_secrets: webhook_secrets?,
            api_base: api_base?,
            checkout_origin: checkout_origin?,
            calls_per_minute: calls?,
        })
    }
}

impl PanelConfig {
    fn take(source: &mut Source<'_>) -> Option<Self> {
        let kind = source.text("panel.kind", Some("pterodactyl"));
        let kind = source.check("panel.kind", kind, |kind| match kind.as_str() {
            "pterodactyl" => Ok(()),
            other => Err(format!("`{other}` is not a panel that this release speaks to; it speaks to pterodactyl")),
        });
        let url = source.text("panel.url", None);
        let url = source.check("panel.url", url, |url| parse_url(&url));
        let public_url = match source.optional_text("panel.public_url") {
            Some(text) => source.check("panel.public_url", Some(text), |url| parse_url(&url)),
            None => url.clone(),
        };
        let application_key = source.secret("panel.application_key");
        let client_key = source.secret("panel.client_key");
        let calls = source.number("panel.calls_per_minute", 200, 1..=1_000_000);
        let client_calls = source.number("panel.client_calls_per_minute", 600, 1..=1_000_000);
        kind?;
        Some(Self {
            url: url?,
            public_url: public_url?,
            application_key: application_key?,
            client_key: client_key?,
            calls_per_minute: calls?,
            client_calls_per_minute: client_calls?,
        })
    }
}

impl MailConfig {
    fn take(source: &mut Source<'_>) -> Option<Self> {
        let target = source.text("mail.url", None);
        let target = source.check("mail.url", target, |url| match url.split_once(':') {
            Some(("smtp" | "smtps", _)) => Ok(MailTarget::Smtp(SecretString::from(url))),
            Some(("file", path)) if path.starts_with("//") && path.len() > 2 => {
                Ok(MailTarget::Folder(path[2..].into()))
            }
            Some(("log", _)) => Ok(MailTarget::Log),
            _ => Err("must begin with smtp://, smtps:// or file://, or be log:".to_owned()),
        });
        let from = source.text("mail.from", None);
        let from = source.check("mail.from", from, |from| match from.parse::<lettre::message::Mailbox>() {
            Ok(_) => Ok(from),
            Err(_) => Err(format!("`{from}` is not a sender such as `My Shop <shop@example.net>`")),
        });
        Some(Self { target: target?, from: from? })
    }
}

impl Policy {
    fn take(source: &mut Source<'_>) -> Option<Self> {
        let checkout = source.number("policy.checkout_minutes", 30, 30..=1430);
        let reservation = source.number("policy.reservation_minutes", 45, 35..=1500);
        let headroom_mib = source.number("policy.headroom_mib", 2048, 0..=1_000_000);
        let open_orders = source.number("policy.open_orders_per_customer", 3, 1..=100);
        let delayed = source.flag("policy.delayed_payment_methods", false);
        let days = |days: u32| SignedDuration::from_hours(24 * i64::from(days));
        let grace = source.number("policy.grace_days", 3, 1..=60);
        let retention = source.number("policy.retention_days", 14, 3..=365);
        Some(Self {
            checkout: SignedDuration::from_mins(i64::from(checkout?)),
            reservation: SignedDuration::from_mins(i64::from(reservation?)),
            headroom_mib: headroom_mib?,
            open_orders_per_customer: open_orders?,
            delayed_payment_methods: delayed?,
            standing: domain::standing::Policy {
                grace: days(grace?),
                retention: days(retention?),
                ..domain::standing::Policy::default()
            },
        })
    }
}

/// Whether text looks like an address that mail can be sent to.
pub fn is_email(text: &str) -> bool {
    // Addresses are read twice: by themselves here, and in front of a letter, where fewer are taken (none of `a@[127.0.0.1]`).
    let bare = |mailbox: lettre::message::Mailbox| mailbox.name.is_none() && mailbox.email.as_ref() as &str == text;
    text.len() <= 191
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        && text.parse::<lettre::Address>().is_ok()
        && text.parse().is_ok_and(bare)
}

fn parse_url(text: &str) -> Result<Url, String> {
    // A password in it would be shown wherever the address is.
    if text.contains('@') {
        return Err("must not have a name or a password in it".to_owned());
    }
    let url: Url = text.parse().map_err(|error| format!("`{text}` is not an address: {error}"))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(format!("`{text}` is not an http or https address")),
    }
}

fn parse_recipient(text: &str) -> Result<Recipient, String> {
    if text.to_uppercase().starts_with("AGE-SECRET-KEY-") {
        // Never shown, and of no use here: whoever reads the settings would read the backups.
        return Err("is a secret key; it belongs elsewhere. Put the public one here (age1…), and make a new pair, for this one was seen".to_owned());
    }
    text.parse().map_err(|_| format!("`{text}` is not an age public key (age1…); `givr backup keygen` makes a pair"))
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address with a port, such as 127.0.0.1:8080"))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
