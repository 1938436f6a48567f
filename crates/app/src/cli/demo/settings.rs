//! The demo's settings: read the same way as everybody's, from text that was made for this run.

use super::Sandbox;
use crate::clock::Random;
use crate::config::Config;
use anyhow::Context;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

/// What is drawn anew for every run.
pub(super) struct Secrets {
    pub(super) stripe_key: String,
    pub(super) webhook: String,
    pub(super) customer_password: String,
    pub(super) operator_password: String,
    pub(super) seed: u64,
    own: String,
}

impl Secrets {
    pub(super) fn draw(random: &Random) -> Self {
        Self {
            stripe_key: format!("sk_test_{}", random.word(32)),
            webhook: format!("whsec_{}", random.word(32)),
            customer_password: format!("{}-{}-{}", random.word(5), random.word(5), random.word(5)),
            operator_password: format!("{}-{}-{}-{}", random.word(5), random.word(5), random.word(5), random.word(5)),
            seed: u64::from_le_bytes(random.bytes()),
            own: random.word(48),
        }
    }
}

pub(super) fn config(
    secrets: &Secrets,
    (address, site): (SocketAddr, &str),
    sandbox: &Sandbox,
    folder: &Path,
    database: &str,
) -> anyhow::Result<Config> {
    let values = [
        ("site.url", site.to_owned()),
        ("site.support_email", "help@givrwrld.example".to_owned()),
        ("server.listen", address.to_string()),
        // Everybody here comes from one address.
        ("server.requests_per_minute", "0".to_owned()),
        ("server.api_requests_per_minute", "0".to_owned()),
        // Everybody is on this machine: that is not one client.
        ("server.max_connections_per_client", "2000".to_owned()),
        ("database.url", database.to_owned()),
        ("stripe.secret_key", secrets.stripe_key.clone()),
        ("stripe.webhook_secrets", secrets.webhook.clone()),
        ("stripe.api_base", format!("http://{}", sandbox.stripe_address)),
        ("stripe.checkout_origin", format!("http://{}", sandbox.stripe_address)),
        // The simulator does not mind, and somebody is waiting for the whole price list.
        ("stripe.calls_per_minute", "1000000".to_owned()),
        ("panel.url", format!("http://{}", sandbox.panel_address)),
        ("panel.application_key", sandbox.panel.application_key()),
        ("panel.client_key", sandbox.panel.client_key()),
        ("mail.url", format!("file://{}", folder.join("mail").display())),
        ("mail.from", "GIVRwrld <shop@givrwrld.example>".to_owned()),
        ("security.secret", secrets.own.clone()),
        // The simulators are on this machine.
        ("security.allowed_networks", "127.0.0.0/8".to_owned()),
    ];
    let variable = |(name, value): (&str, String)| {
        let (section, key) = name.split_once('.').unwrap_or((name, ""));
        (format!("GIVR_{}__{}", section.to_uppercase(), key.to_uppercase()), value)
    };
    let env: BTreeMap<String, String> = values.into_iter().map(variable).collect();
    Config::read(None, &env).context("the demo's own settings")
}

/// What there is to try, for people.
pub(super) fn invitation(told: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!(
        "\nTry it:\n  shop      {}\n  customer  {}  password {}\n  operator  {}  password {} (sets up a second factor first)\n  \
         panel     {} (simulated; faults: POST /__sandbox/faults)\n  \
         stripe    {} (simulated; faults: POST /__sandbox/faults)\n  \
         mails     {}\n  smoke     givr smoke --url {}\n\nCtrl-C ends it.",
        text(&told["shop"]),
        text(&told["customer"]["email"]),
        text(&told["customer"]["password"]),
        text(&told["operator"]["email"]),
        text(&told["operator"]["password"]),
        text(&told["panel"]),
        text(&told["stripe_api"]),
        text(&told["mail"]),
        text(&told["shop"]),
    )
}
