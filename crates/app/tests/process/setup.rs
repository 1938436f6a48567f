//! `givr setup` makes a shop out of an empty folder; what cannot work is refused before anything is written.

use crate::installation::{GIVR, Installation, KEY, wait_for};
use sandbox::panel::{Fault, FaultSpec, On};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};
use store::Engine;
use tokio::net::TcpListener;
use tokio::process::Command;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The program in a folder, with nothing in its environment.
fn givr(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(GIVR);
    command.env_clear().current_dir(folder).args(words).kill_on_drop(true).stdin(Stdio::null());
    command
}

async fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string()
}

/// Everything that `setup` has to know.
fn words(outside: &Installation, address: &str) -> Vec<String> {
    let setting = |name| outside.setting(name);
    let pairs = [
        ("--site-url", format!("http://{address}")),
        ("--listen", address.to_owned()),
        ("--support-email", "help@shop.example".to_owned()),
        ("--stripe-key", KEY.to_owned()),
        ("--stripe-api", setting("GIVR_STRIPE__API_BASE")),
        ("--checkout-origin", setting("GIVR_STRIPE__CHECKOUT_ORIGIN")),
        ("--panel-url", setting("GIVR_PANEL__URL")),
        ("--application-key", setting("GIVR_PANEL__APPLICATION_KEY")),
        ("--client-key", setting("GIVR_PANEL__CLIENT_KEY")),
        ("--mail-url", format!("file://{}", outside.file("mail-of-setup").display())),
        ("--allowed-network", "127.0.0.0/8".to_owned()),
    ];
    std::iter::once("setup".to_owned())
        .chain(pairs.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]))
        .collect()
}

#[tokio::test]
async fn one_command_makes_a_shop_that_sells_delivers_and_has_nothing_wrong() {
    // Arrange: Stripe and a panel are there, and an empty folder.
    let outside = Installation::new(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let address = free_address().await;
    let words = words(&outside, &address);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // Act.
    let made = givr(folder.path(), &words).output().await.unwrap();
    // Assert: it sells, its secrets are nobody else's to read, and a second time changes nothing.
    assert!(made.status.success() && said(&made).contains("plans are for sale"), "{}", said(&made));
    let file = folder.path().join("givr.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let written = std::fs::read_to_string(&file).unwrap();
    let again = givr(folder.path(), &words).output().await.unwrap();
    assert!(again.status.code() == Some(1) && said(&again).contains("already"), "{}", said(&again));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    let planned = givr(folder.path(), &["catalogue", "plan"]).output().await.unwrap();
    assert!(planned.stdout.is_empty() && said(&planned).contains("are as the catalogue says"), "{}", said(&planned));
    // Act: it runs, and somebody buys.
    let mut serve = givr(folder.path(), &["serve"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for("the shop", async || tokio::net::TcpStream::connect(&address).await.ok().map(drop)).await;
    let healthy = async || {
        let found = givr(folder.path(), &["doctor", "--json"]).output().await.unwrap();
        let told: Value = serde_json::from_slice(&found.stdout).unwrap();
        (told["wrong"] == json!(0)).then_some(())
    };
    wait_for("nothing to be wrong", healthy).await;
    let token = givr(folder.path(), &["admin", "token", "--scope", "smoke"]).output().await.unwrap();
    let token = String::from_utf8(token.stdout).unwrap();
    let (url, api) = (format!("http://{address}"), outside.setting("GIVR_STRIPE__API_BASE"));
    let smoke = ["smoke", "--url", &url, "--stripe-key", KEY, "--stripe-api", &api, "--token", token.trim()];
    let smoke = givr(folder.path(), &smoke).output().await.unwrap();
    // Assert.
    assert!(smoke.status.success(), "{}", said(&smoke));
    serve.kill().await.unwrap();
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_everything_that_is_wrong_and_leaves_nothing_behind() {
    let outside = Installation::new(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let address = free_address().await;
    let right = words(&outside, &address);
    let with = |flag: &str, value: &str| -> Vec<String> {
        let place = right.iter().position(|word| word == flag).unwrap() + 1;
        let mut words = right.clone();
        value.clone_into(&mut words[place]);
        words
    };
    let run = async |words: &[String]| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        givr(folder.path(), &words).output().await.unwrap()
    };
    let endpoints = outside.stripe.objects("webhook_endpoint").len();
    // Nobody can be asked: what is missing is named at once.
    let nothing = run(&["setup".to_owned()]).await;
    for flag in ["--site-url", "--stripe-key", "--panel-url", "--client-key", "--mail-url", "hint: "] {
        assert!(nothing.status.code() == Some(1) && said(&nothing).contains(flag), "{flag}: {}", said(&nothing));
    }
    for (flag, value, names) in [
        ("--site-url", "http://shop.example", "site.url"),
        ("--support-email", "nobody", "site.support_email"),
        ("--stripe-key", "pk_test_1", "stripe.secret_key"),
        ("--stripe-key", "sk_test_of_somebody_else", "Stripe does not take the key"),
        ("--application-key", "ptla_of_somebody_else", "does not take the application key"),
        ("--client-key", "ptlc_of_somebody_else", "does not take the client key"),
        ("--panel-url", "http://127.0.0.1:9", "does not answer as a panel does"),
    ] {
        let refused = run(&with(flag, value)).await;
        let text = said(&refused);
        assert!(refused.status.code() == Some(1) && text.contains(names), "{flag} {value}: {text}");
        assert!(text.contains("hint: ") && !text.contains(KEY), "{flag} {value}: {text}");
    }
    // The address has an endpoint already, whose secret nobody can read.
    outside.stripe.add_endpoint(&format!("http://{address}/webhooks/stripe"), "whsec_lost", &["invoice.paid"]);
    let taken = run(&right).await;
    assert!(taken.status.code() == Some(1) && said(&taken).contains("--webhook-secret"), "{}", said(&taken));
    // The panel does not let anybody in any more.
    outside.panel.add_fault(FaultSpec::lasting(Fault::Forbidden).on(On::default()));
    let shut = run(&right).await;
    assert!(shut.status.code() == Some(1) && said(&shut).contains("does not read"), "{}", said(&shut));
    assert_eq!(outside.stripe.objects("webhook_endpoint").len(), endpoints + 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
}
