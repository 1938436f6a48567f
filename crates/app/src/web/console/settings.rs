//! The settings as they are in effect. Of secrets there is a fingerprint: enough to see whether two machines have the same.

use crate::app::App;
use crate::config::{Config, MailTarget};
use crate::texts::t;
use crate::web::access::Staff;
use crate::web::console::list::{self, List, Row};
use crate::web::errors::PageError;
use axum::extract::State;
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Where they are.
const HERE: &str = "/console/settings";

/// `GET /console/settings`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let rows = effective(&app.config).into_iter().map(|(name, value)| Row {
        title: name.to_owned(),
        below: vec![value],
        ..Row::default()
    });
    let list = List {
        title: t("settings-title"),
        lead: Some(t("settings-lead")),
        which: t("settings-title"),
        choices: Vec::new(),
        rows: rows.collect(),
        empty: t("order-nothing"),
        next: None,
        export: None,
        acts: Vec::new(),
    };
    list::show(&app, &staff, HERE, list)
}

/// The first figures of a keyed hash: a short secret cannot be found by trying.
fn fingerprint(config: &Config, secret: &SecretString) -> String {
    let mut hash = Sha256::new();
    hash.update(b"givr settings fingerprint");
    hash.update(config.secret.expose_secret());
    hash.update(secret.expose_secret());
    format!("fingerprint {}", &hex::encode(hash.finalize())[..12])
}

fn effective(config: &Config) -> Vec<(&'static str, String)> {
    let print = |secret: &SecretString| fingerprint(config, secret);
    let prints = |secrets: &[SecretString]| secrets.iter().map(print).collect::<Vec<_>>().join(", ");
    let folder =
        |path: Option<&std::path::PathBuf>| path.map_or_else(|| "–".to_owned(), |path| path.display().to_string());
    let days = |time: jiff::SignedDuration| format!("{} d", time.as_hours() / 24);
    let (site, server, stripe, panel) = (&config.site, &config.server, &config.stripe, &config.panel);
    let networks = |all: &[ipnet::IpNet]| {
        if all.is_empty() {
            "–".to_owned()
        } else {
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
    };
    let mail = match &config.mail.target {
        MailTarget::Smtp(url) => format!("a mail server, {}", print(url)),
        MailTarget::Folder(path) => format!("the folder {}", path.display()),
        MailTarget::Log => "log:".to_owned(),
    };
    let standing = config.policy.standing;
    vec![
        ("site.name", site.name.clone()),
        ("site.url", site.url.to_string()),
        ("site.support_email", site.support_email.clone()),
        ("site.language", site.language.key().to_owned()),
        ("site.texts", folder(site.texts.as_ref())),
        ("site.theme", folder(site.theme.as_ref())),
        ("server.listen", server.listen.to_string()),
        ("server.metrics_listen", server.metrics_listen.map_or_else(|| "–".to_owned(), |listen| listen.to_string())),
        ("server.trusted_proxies", networks(&server.trusted_proxies)),
        ("server.requests_per_minute", server.requests_per_minute.to_string()),
        ("server.max_connections", server.max_connections.to_string()),
        ("database.url", format!("{:?}", config.database_url)),
        ("stripe.secret_key", print(&stripe.secret_key)),
        ("stripe.webhook_secrets", prints(&stripe.webhook_secrets)),
        ("stripe.api_base", stripe.api_base.to_string()),
        ("stripe.checkout_origin", stripe.checkout_origin.clone()),
        ("panel.url", panel.url.to_string()),
        ("panel.public_url", panel.public_url.to_string()),
        ("panel.application_key", print(&panel.application_key)),
        ("panel.client_key", print(&panel.client_key)),
        ("mail.url", mail),
        ("mail.from", config.mail.from.clone()),
        ("policy.checkout_minutes", (config.policy.checkout.as_mins()).to_string()),
        ("policy.reservation_minutes", (config.policy.reservation.as_mins()).to_string()),
        ("policy.headroom_mib", config.policy.headroom_mib.to_string()),
        ("policy.grace_days", days(standing.grace)),
        ("policy.retention_days", days(standing.retention)),
        ("policy.delayed_payment_methods", config.policy.delayed_payment_methods.to_string()),
        ("backup.recipient", config.backup_recipient.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string)),
        ("catalogue.folder", folder(config.catalogue_folder.as_ref())),
        ("security.secret", print(&config.secret)),
        ("security.old_secrets", prints(&config.old_secrets)),
        ("security.allowed_networks", networks(&config.allowed_networks)),
    ]
}
