//! What a process does with settings that lead inside, and how it ends.

use crate::installation::{GIVR, Installation};
use rstest::rstest;
use std::process::Stdio;
use store::Engine;
use tokio::process::Command;

#[tokio::test]
async fn serving_with_a_panel_inside_says_what_to_set() {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        r#"
        [site]
        url = "https://shop.example"
        support_email = "help@shop.example"
        [database]
        url = "sqlite://{}/givr.db"
        [stripe]
        secret_key = "sk_test_x"
        webhook_secrets = ["whsec_x"]
        api_base = "https://[2606:4700::1111]"
        [panel]
        url = "https://10.0.0.5"
        application_key = "x"
        client_key = "x"
        [mail]
        url = "log:"
        from = "Shop <shop@shop.example>"
        [security]
        secret = "0123456789abcdef0123456789abcdef"
        "#,
        folder.path().display()
    );
    std::fs::write(folder.path().join("givr.toml"), settings).unwrap();
    let output = Command::new(GIVR).arg("serve").current_dir(folder.path()).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("panel.url leads to 10.0.0.5, a private address"), "{said}");
    assert!(
        said.contains("hint: add 10.0.0.5/32 to security.allowed_networks if that is where your panel is"),
        "{said}"
    );
}

#[rstest]
#[tokio::test]
async fn a_signal_ends_the_program_well(#[values("TERM", "INT")] signal: &str) {
    let installation = Installation::new(Engine::Sqlite).await;
    let mut serving = installation.start().await;
    let process = serving.id().unwrap().to_string();
    let sent = Command::new("kill").args(["-s", signal, &process]).stderr(Stdio::null()).status().await.unwrap();
    assert!(sent.success());
    let ended = serving.wait().await.unwrap();
    assert_eq!(ended.code(), Some(0), "{ended}");
}
