//! The settings of the shop under test: a `givr.toml` like everybody's.

use crate::blackbox::database::Database;
use crate::blackbox::outside::Outside;
use crate::blackbox::place::Place;
use domain::provision::Waits;
use jiff::SignedDuration;
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) const STRIPE_KEY: &str = "sk_test_of_the_black_box";
pub(crate) const WEBHOOK_SECRET: &str = "whsec_of_the_black_box";

/// How long a claim lasts in these runs; a shop's lasts 85 s.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(12);

/// What the simulators are given time for: they answer within a second.
pub(crate) fn waits() -> Waits {
    let seconds = SignedDuration::from_secs;
    Waits { settle: seconds(2), create_call: seconds(7), answer_gap: seconds(2) }
}

/// Writes the file that every process reads. `shop` is where customers find all of them.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(
    place: &Place,
    shop: SocketAddr,
    database: &Database,
    outside: &Outside,
) -> anyhow::Result<PathBuf> {
    let (waits, file) = (waits(), place.folder.join("givr.toml"));
    let sections = [
        ("site", vec![("url", format!("http://{shop}")), ("support_email", "help@shop.example".to_owned())]),
        (
            "server",
            vec![
                ("requests_per_minute", "0".to_owned()),
                ("api_requests_per_minute", "0".to_owned()),
                ("max_connections_per_client", "2000".to_owned()),
            ],
        ),
        ("database", vec![("url", database.url.clone())]),
        (
            "stripe",
            vec![
                ("secret_key", STRIPE_KEY.to_owned()),
                ("webhook_secrets", WEBHOOK_SECRET.to_owned()),
                ("api_base", format!("http://{}", outside.stripe_line.address)),
                ("checkout_origin", format!("http://{}", outside.stripe_address)),
                ("calls_per_minute", "1000000".to_owned()),
            ],
        ),
        (
            "panel",
            vec![
                ("url", format!("http://{}", outside.panel_line.address)),
                ("application_key", outside.panel.application_key()),
                ("client_key", outside.panel.client_key()),
                ("calls_per_minute", "1000000".to_owned()),
                ("client_calls_per_minute", "1000000".to_owned()),
            ],
        ),
        (
            "mail",
            vec![
                ("url", format!("file://{}", place.folder.join("mail").display())),
                ("from", "Shop <shop@shop.example>".to_owned()),
            ],
        ),
        (
            "waits",
            vec![
                ("settle_seconds", waits.settle.as_secs().to_string()),
                ("create_call_seconds", waits.create_call.as_secs().to_string()),
                ("answer_gap_seconds", waits.answer_gap.as_secs().to_string()),
                ("lease_seconds", LEASE.as_secs().to_string()),
            ],
        ),
        (
            "security",
            vec![
                ("secret", "0123456789abcdef0123456789abcdef".to_owned()),
                ("allowed_networks", "127.0.0.0/8".to_owned()),
            ],
        ),
    ];
    let mut text = String::new();
    for (section, settings) in sections {
        // Writing into a text does not fail.
        let _ = writeln!(text, "[{section}]");
        for (name, value) in settings {
            let _ = writeln!(text, "{name} = {value:?}");
        }
    }
    std::fs::write(&file, text)?;
    Ok(file)
}
