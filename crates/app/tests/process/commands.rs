//! The commands as people and scripts use them: `givr demo`, and `givr smoke` against it.

use crate::installation::{GIVR, Installation, wait_for};
use app::transport;
use domain::ids::LedgerEntryId;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};
use std::process::{Output, Stdio};
use store::ledger::{self, EntryKind, NewEntry};
use store::testing::TestDatabase;
use store::{Access, Engine, Store};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A demo that goes on after its own purchase.
struct Demo {
    told: Value,
    http: reqwest::Client,
    _child: Child,
    _folder: tempfile::TempDir,
}

impl Demo {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(GIVR)
            .args(["demo", "--json", "--listen", "127.0.0.1:0", "--speed", "40", "--data"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        // The second line is the demo's own purchase; what comes later is read so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { told, http: transport::http_client().unwrap(), _child: child, _folder: folder }
    }

    async fn smoke(&self) -> (Output, Value) {
        let output = Command::new(GIVR).args(["smoke", "--json", "--url", self.url("shop")]).output().await.unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output, report)
    }

    fn url(&self, what: &str) -> &str {
        self.told[what].as_str().unwrap()
    }

    async fn control(&self, at: &str, path: &str, body: Value) {
        let answer = self.http.post(format!("{}/__sandbox/{path}", self.url(at))).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    async fn state(&self, at: &str) -> Value {
        self.http.get(format!("{}/__sandbox/state", self.url(at))).send().await.unwrap().json().await.unwrap()
    }
}

#[rstest]
#[tokio::test]
async fn the_demo_buys_a_playable_server_by_itself(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (folder, database) = (tempfile::tempdir().unwrap(), TestDatabase::new(engine));
    let demo = Command::new(GIVR)
        .args(["demo", "--once", "--json", "--listen", "127.0.0.1:0", "--speed", "40", "--database", &database.url])
        .arg("--data")
        .arg(folder.path())
        .output()
        .await
        .unwrap();
    let lines: Vec<Value> =
        demo.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    assert_eq!(lines.len(), 2, "where everything is, and the purchase");
    assert_eq!(lines[1]["ok"], true);
    let last = lines[1]["timeline"].as_array().unwrap().last().unwrap();
    assert_eq!(last["what"]["kind"], "playable", "{last}");
}

#[tokio::test]
async fn a_smoke_test_walks_the_whole_path_and_cleans_up() {
    let demo = Demo::start().await;
    let (output, report) = demo.smoke().await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let steps: Vec<&str> =
        report["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    let whole =
        ["sign-up", "e-mail", "checkout", "payment", "order", "panel account", "server", "playable", "clean-up"];
    assert_eq!(steps, whole);
    assert!(report["steps"].as_array().unwrap().iter().all(|step| step["seconds"].is_number()), "{report}");
}

#[tokio::test]
async fn a_smoke_test_on_a_panel_that_refuses_every_create_fails_and_the_money_goes_back() {
    let demo = Demo::start().await;
    let own = async || {
        let told: Value =
            demo.http.get(format!("{}/__sandbox/demo", demo.url("shop"))).send().await.ok()?.json().await.ok()?;
        (told["purchase"] == "playable").then_some(())
    };
    wait_for("the demo's own purchase", own).await;
    let refuse =
        json!({"kind": "refuse", "status": 422, "match": {"method": "POST", "path": "/api/application/servers"}});
    demo.control("panel", "faults", refuse).await;
    let (output, report) = demo.smoke().await;
    assert_eq!(output.status.code(), Some(1), "{report}");
    let failed = report["steps"].as_array().unwrap().iter().find(|step| step["ok"] == false).unwrap();
    assert!(failed["detail"].as_str().unwrap().contains("the money went back"), "{failed}");
    let subscriptions = |state: &Value, status: &str| {
        state["subscriptions"].as_array().unwrap().iter().filter(|one| one["status"] == status).count()
    };
    let state = demo.state("stripe_api").await;
    assert_eq!(state["refunds"].as_array().unwrap().len(), 1, "{state}");
    assert_eq!((subscriptions(&state, "active"), subscriptions(&state, "canceled")), (1, 1));
    assert_eq!(state["charges"].as_array().unwrap().len(), 2);
    // A month and more later the demo's own server has renewed, and nothing else.
    demo.control("stripe_api", "advance", json!({"seconds": 40 * 24 * 3600})).await;
    let later = demo.state("stripe_api").await;
    assert_eq!(later["charges"].as_array().unwrap().len(), 3, "{later}");
    assert_eq!(later["refunds"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn serving_with_wrong_settings_names_every_mistake_and_ends_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("givr.toml"), "[site]\nurl = \"ftp://shop\"\n[server]\nlisten = \"8080\"\n")
        .unwrap();
    let output = Command::new(GIVR).arg("serve").current_dir(folder.path()).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in ["line 2, site.url", "line 4, server.listen", "stripe.secret_key", "hint: "] {
        assert!(said.contains(part), "{part} is not in: {said}");
    }
}

#[tokio::test]
async fn nothing_of_the_sandbox_listens_beyond_this_machine() {
    let output = Command::new(GIVR).args(["demo", "--once", "--listen", "0.0.0.0:0"]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("this machine only"));
}

#[tokio::test]
async fn a_live_key_starts_nothing_on_a_database_with_test_sales() {
    let installation = Installation::new(Engine::Sqlite).await;
    let store = Store::open(&installation.database.url, Access::Shared).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let amount = Money::new(1399, Currency::USD);
    let paid = NewEntry { live: false, object: "pi_1", kind: EntryKind::Charge, charge: "pi_1", order: None, amount };
    let id = LedgerEntryId::parse(&format!("{}{:032x}", LedgerEntryId::PREFIX, 1)).unwrap();
    ledger::record(&mut tx, &id, &paid, Timestamp::UNIX_EPOCH).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;

    let key = [("GIVR_STRIPE__SECRET_KEY", "rk_live_0123456789abcdefghijklmn")];
    let refused = installation.command_with(&["serve"], &key).await;

    let says = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && says.contains("sales of Stripe's test mode"), "{says}");
    assert!(says.contains("a database of its own"), "{says}");
}

#[tokio::test]
async fn root_makes_no_files_beside_the_database_of_somebody_else() {
    // Arrange: only root could.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let shop = Installation::new(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::chown(folder.path(), Some(65_534), Some(65_534)).unwrap();
    let url = format!("sqlite://{}/givr.db", folder.path().display());
    // Act
    let refused = shop.command_with(&["migrate"], &[("GIVR_DATABASE__URL", &url)]).await;
    // Assert
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("and this is root") && said.contains("hint: as that user: runuser -u"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_command_without_settings_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let lost = Command::new(GIVR)
        .args(["--config", "givr.toml", "migrate"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&lost.stderr).into_owned();
    assert_eq!(lost.status.code(), Some(1), "{said}");
    assert!(said.contains("there is no file givr.toml: name yours with --config"), "{said}");
    // The shipped catalogue needs none.
    let checked = Command::new(GIVR)
        .args(["--config", "givr.toml", "catalogue", "lint"])
        .current_dir(folder.path())
        .env_clear()
        .output();
    let checked = checked.await.unwrap();
    assert!(checked.status.success());
    assert!(String::from_utf8_lossy(&checked.stdout).starts_with("no mistakes in the shipped catalogue: 15 games"));
}
