//! Acts on the command line, beside a shop that runs: said first, done with a yes, once, and audited.

use crate::installation::{Installation, wait_for};
use rstest::rstest;
use serde_json::Value;
use std::process::Output;
use store::Engine;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What every act does on the command line, whichever it is.
async fn is_done_once(shop: &Installation, words: &[&str], happens: &str) {
    let with = |more: &[&str]| -> Vec<String> { words.iter().chain(more).map(|word| (*word).to_owned()).collect() };
    let run = async |words: Vec<String>| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        shop.command(&words).await
    };
    let dry = run(with(&["--dry-run"])).await;
    assert!(dry.status.success() && said(&dry).contains(happens), "{words:?}: {}", said(&dry));
    assert_eq!(run(with(&["--yes"])).await.status.code(), Some(2), "{words:?} asks for a reason");
    let unasked = run(with(&["--reason", "a test"])).await;
    assert_eq!(unasked.status.code(), Some(1), "{words:?}: nobody said yes: {}", said(&unasked));
    assert!(said(&unasked).contains("nothing was done") && said(&unasked).contains("hint: "), "{}", said(&unasked));
    let again = run(with(&["--dry-run"])).await;
    assert!(said(&again).contains(happens), "{words:?}: nothing was changed so far: {}", said(&again));
    let done = run(with(&["--reason", "a test", "--yes"])).await;
    assert!(done.status.success() && said(&done).contains("done"), "{words:?}: {}", said(&done));
    let twice = run(with(&["--reason", "a test", "--yes"])).await;
    assert!(twice.status.success() && said(&twice).contains("Nothing was done"), "{words:?}: {}", said(&twice));
}

#[rstest]
#[tokio::test]
async fn every_act_has_its_command(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let shop = Installation::new(engine).await;
    let _program = shop.start().await;
    let bought = shop.buys().await;
    shop.happened(&bought, "playable").await;
    let list = shop.command(&["order", "list", "--json"]).await;
    let orders: Value = serde_json::from_slice(&list.stdout).unwrap();
    let order = orders[0]["id"].as_str().unwrap().to_owned();
    let nodes: Value = serde_json::from_slice(&shop.command(&["node", "list", "--json"]).await.stdout).unwrap();
    let node = nodes[0]["name"].as_str().unwrap().to_owned();

    let nothing = shop.command(&["order", "paid-otherwise", &order, "--dry-run"]).await;
    assert!(said(&nothing).contains("Nothing was to go back for this order"), "{}", said(&nothing));
    is_done_once(&shop, &["sales", "pause", "--region", "us-east"], "nothing is sold").await;
    assert!(said(&shop.command(&["sales", "list"]).await).contains("us-east"));
    is_done_once(&shop, &["sales", "resume", "--region", "us-east"], "sold again").await;
    assert_eq!(shop.command(&["sales", "pause", "--region", "the-moon", "--dry-run"]).await.status.code(), Some(1));
    is_done_once(&shop, &["node", "drain", &node], "Nothing new is placed").await;
    assert!(said(&shop.command(&["node", "list"]).await).contains("drained since"));
    is_done_once(&shop, &["node", "undrain", &node], "placed on").await;
    is_done_once(&shop, &["incident", "begin", "--title", "Slow", "--text", "We are on it."], "The status page").await;
    let lasts = said(&shop.command(&["incident", "list"]).await);
    let incident = lasts.split_whitespace().next().unwrap().to_owned();
    is_done_once(&shop, &["incident", "end", &incident], "ends now").await;
    assert!(said(&shop.command(&["incident", "end", "--dry-run"]).await).contains("no incident lasts"));
    is_done_once(&shop, &["service", "extend", &order, "--days", "3"], "runs until").await;
    is_done_once(&shop, &["service", "cancel", &order], "The subscription ends on").await;
    is_done_once(&shop, &["service", "suspend", &order], "The server stops").await;
    let suspended = async || {
        let shown = said(&shop.command(&["order", "show", &order]).await);
        shown.contains("suspended_why").then_some(())
    };
    wait_for("the server to be suspended", suspended).await;
    is_done_once(&shop, &["service", "unsuspend", &order], "can be started again").await;
    let lifted = async || {
        let shown = said(&shop.command(&["order", "show", &order]).await);
        (!shown.contains("suspended_why")).then_some(())
    };
    wait_for("the server to be back", lifted).await;
    let letters = said(&shop.command(&["mail", "list", &order]).await);
    let ready = letters.lines().find(|line| line.contains("server_ready")).unwrap();
    let ready = ready.split_whitespace().next().unwrap().to_owned();
    is_done_once(&shop, &["mail", "resend", &ready], "written once more").await;
    let same = shop.command(&["customer", "sync-panel", "ada@example.test", "--dry-run"]).await;
    assert!(said(&same).contains("We know this login already"), "{}", said(&same));
    let linked = shop.command(&["service", "adopt", &order, "--dry-run"]).await;
    assert!(linked.status.success() && said(&linked).contains("points at this server already"), "{}", said(&linked));
    let none = shop.command(&["service", "adopt", &order, "--server", "99999", "--dry-run"]).await;
    assert!(said(&none).contains("no server with the number 99999"), "{}", said(&none));
    is_done_once(&shop, &["order", "refund", &order], "goes back in full").await;
    wait_for("the server to be gone", async || (shop.servers() == 0).then_some(())).await;

    let lines = shop.command(&["audit", "list", "--json"]).await;
    let lines: Value = serde_json::from_slice(&lines.stdout).unwrap();
    let by_hand: Vec<&str> = lines
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["actor"] == "cli")
        .map(|line| line["act"].as_str().unwrap())
        .collect();
    for act in [
        "sales.pause",
        "sales.resume",
        "node.drain",
        "node.undrain",
        "incident.begin",
        "incident.end",
        "service.extend",
        "service.cancel",
        "service.hold",
        "service.end-hold",
        "mail.resend",
        "order.refund",
    ] {
        assert_eq!(by_hand.iter().filter(|one| **one == act).count(), 1, "{act}: {by_hand:?}");
    }
}
