//! The commands for a customer's data and for the audit log, beside a shop that runs.

use crate::installation::{Installation, wait_for};
use rstest::rstest;
use serde_json::Value;
use std::process::Output;
use store::Engine;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[rstest]
#[tokio::test]
async fn a_customer_is_copied_and_erased_and_the_audit_log_proves_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let shop = Installation::new(engine).await;
    let _program = shop.start().await;
    shop.signs_up().await;
    let file = shop.file("ada.zip").display().to_string();
    let export = ["customer", "export", "ada@example.test", "--to", file.as_str()];
    let copied = shop.command(&export).await;
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    assert!(std::fs::read(&file).unwrap().starts_with(b"PK"));
    assert_eq!(shop.command(&export).await.status.code(), Some(1), "a copy is not overwritten");

    let dry = shop.command(&["customer", "erase", "ada@example.test"]).await;
    let told = said(&dry);
    assert!(dry.status.success() && told.contains("kept") && told.contains("tax law"), "{told}");
    let erase = ["customer", "erase", "Ada@example.test", "--yes"];
    let erased = shop.command(&erase).await;
    // Whoever is faster: the command, or the shop that runs.
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
    let gone = async || (shop.command(&erase).await.status.code() == Some(1)).then_some(());
    wait_for("the customer to be gone", gone).await;

    let list = shop.command(&["audit", "list", "--json"]).await;
    let lines: Value = serde_json::from_slice(&list.stdout).unwrap();
    let acts: Vec<&str> = lines.as_array().unwrap().iter().map(|line| line["act"].as_str().unwrap()).collect();
    assert!(acts.contains(&"customer.erase") && acts.contains(&"customer.export"), "{lines}");
    assert!(!said(&list).contains("ada@"), "{lines}");
    let head = async || {
        let verified = shop.command(&["audit", "verify", "--json"]).await;
        assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stderr));
        let verdict: Value = serde_json::from_slice(&verified.stdout).unwrap();
        let head = verdict["head"].as_str()?.to_owned();
        (head.split(':').next() == Some(acts.len().to_string().as_str())).then_some(head)
    };
    let head = wait_for("the lines to be sealed", head).await;
    assert_eq!(shop.command(&["audit", "verify", "--anchor", &head]).await.status.code(), Some(0));
    let other = head.replace(['a', '1'], "0");
    for (anchor, code) in [(other.as_str(), 1), ("no anchor", 2)] {
        assert_eq!(shop.command(&["audit", "verify", "--anchor", anchor]).await.status.code(), Some(code), "{anchor}");
    }
    shop.database
        .run(match engine {
            Engine::Sqlite => "drop trigger audit_log_unchanged",
            Engine::Postgres => "drop trigger audit_log_kept on audit_log",
        })
        .await;
    shop.database.run("update audit_log set actor = 'nobody' where act = 'customer.erase'").await;
    let broken = shop.command(&["audit", "verify"]).await;
    let complaint = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert_eq!(broken.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("was changed") && complaint.contains("hint: "), "{complaint}");
}
