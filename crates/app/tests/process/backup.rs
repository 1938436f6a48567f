//! Backups of a shop that runs, restored elsewhere; and whatever can be wrong with a file.

use crate::installation::{Installation, wait_for};
use age::x25519::Identity;
use rstest::rstest;
use serde_json::Value;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Output;
use store::Engine;
use store::testing::TestDatabase;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A pair of keys, the secret one in the installation's folder. Returns the public one.
async fn keygen(installation: &Installation) -> String {
    let made = installation.command(&["backup", "keygen"]).await;
    assert!(made.status.success(), "{}", said(&made));
    std::fs::write(installation.file("key"), &made.stdout).unwrap();
    let text = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(said(&made).contains("[backup]\nrecipient = \"age1"), "{}", said(&made));
    text.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap().to_owned()
}

async fn backup(installation: &Installation, recipient: &str, to: &str) -> Value {
    let made =
        installation.command_with(&["backup", "--json", "--to", to], &[("GIVR_BACKUP__RECIPIENT", recipient)]).await;
    assert!(made.status.success(), "{}", said(&made));
    serde_json::from_slice(&made.stdout).unwrap()
}

fn plain(backup: &Path, key: &Path) -> Vec<u8> {
    let key: Identity = std::fs::read_to_string(key).unwrap().lines().last().unwrap().parse().unwrap();
    let packed = age::decrypt(&key, &std::fs::read(backup).unwrap()).unwrap();
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut text).unwrap();
    text
}

#[rstest]
#[tokio::test]
async fn a_shop_comes_back_elsewhere_from_a_backup_that_was_made_while_it_sold(
    #[values((Engine::Sqlite, Engine::Postgres), (Engine::Postgres, Engine::Sqlite))] engines: (Engine, Engine),
) {
    // Arrange: a delivery is under way while the backup is made; then it is finished, and the machine is lost.
    let installation = Installation::new(engines.0).await;
    let recipient = keygen(&installation).await;
    installation.hold_create_answers(true);
    let mut program = installation.start().await;
    let bought = installation.buys().await;
    installation.happened(&bought, "payment_received").await;
    let told = backup(&installation, &recipient, "shop.age").await;
    assert_eq!(told["manifest"]["rows"]["orders"], 1, "{told}");
    let twice =
        installation.command_with(&["backup", "--to", "shop.age"], &[("GIVR_BACKUP__RECIPIENT", &recipient)]).await;
    assert!(said(&twice).contains("is there already"), "{}", said(&twice));
    wait_for("the create", async || (installation.servers() == 1).then_some(())).await;
    program.kill().await.unwrap();
    installation.hold_create_answers(false);
    // Neither customers nor secrets can be read from the file; and what is sealed in the database is sealed within it.
    let file = std::fs::read(installation.file("shop.age")).unwrap();
    let text = plain(&installation.file("shop.age"), &installation.file("key"));
    let holds = |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).any(|part| part == wanted);
    assert!(holds(&text, b"ada@example.test") && !holds(&file, b"ada@example.test"));
    assert!(!holds(&text, b"0123456789abcdef0123456789abcdef") && !holds(&text, b"sk_test_of_the_processes"));
    // Act: a drill, and then the restore into the other engine.
    let files = ["--from", "shop.age", "--identity", "key"];
    let drill = installation.command(&[&["drill", "--json"], files.as_slice()].concat()).await;
    let report: Value = serde_json::from_slice(&drill.stdout).unwrap_or_default();
    assert_eq!(drill.status.code(), Some(0), "{report:#} {}", said(&drill));
    let elsewhere = TestDatabase::new(engines.1);
    let there = [("GIVR_DATABASE__URL", elsewhere.url.as_str())];
    let restored = installation.command_with(&[&["restore"], files.as_slice()].concat(), &there).await;
    assert!(restored.status.success(), "{}", said(&restored));
    let again = installation.command_with(&[&["restore"], files.as_slice()].concat(), &there).await;
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("holds data already") && said(&again).contains("hint: "), "{}", said(&again));
    // Assert: it stands still, …
    let mut program = installation.start_over(&elsewhere.url);
    assert_eq!(installation.readiness().await["frozen"], "restored");
    let looked = installation.command_with(&["restore", "confirm"], &there).await;
    assert_eq!(looked.status.code(), Some(1), "{}", said(&looked));
    assert!(String::from_utf8_lossy(&looked.stdout).contains("restored from a backup"));
    assert_eq!(installation.readiness().await["frozen"], "restored");
    // … and goes on when a person says so, without being started again, with the server that was made.
    let confirmed = installation.command_with(&["restore", "confirm", "--yes"], &there).await;
    assert!(confirmed.status.success(), "{}", said(&confirmed));
    let bought = installation.signs_in(bought).await;
    installation.happened(&bought, "playable").await;
    assert_eq!(installation.servers(), 1);
    assert!(installation.stripe.objects("refund").is_empty());
    program.kill().await.unwrap();
}

#[tokio::test]
async fn whatever_is_wrong_with_a_backup_is_said_and_nothing_is_written() {
    let installation = Installation::new(Engine::Sqlite).await;
    let recipient = keygen(&installation).await;
    backup(&installation, &recipient, "good.age").await;
    let file = |name: &str| installation.file(name);
    let good = std::fs::read(file("good.age")).unwrap();
    std::fs::write(file("cut.age"), &good[..good.len() - 100]).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    std::fs::write(file("flipped.age"), flipped).unwrap();
    std::fs::write(file("other.age"), b"PK\x03\x04 a zip, perhaps").unwrap();
    let text = String::from_utf8(plain(&file("good.age"), &file("key"))).unwrap();
    let schema = store::LATEST_SCHEMA;
    pack(&file("newer.age"), &recipient, &text.replace(&format!("\"schema\":{schema},"), "\"schema\":9999,"));
    // Whoever knows the public key can encrypt to it, with a right sum even; the seal they cannot make.
    pack(&file("forged.age"), &recipient, &forged(&text));
    let stranger = installation.command(&["backup", "keygen"]).await;
    std::fs::write(file("stranger"), stranger.stdout).unwrap();
    std::fs::write(file("empty"), "# nothing\n").unwrap();
    for (from, identity, wanted) in [
        ("good.age", "stranger", "was made for another one"),
        ("good.age", "empty", "holds no secret key"),
        ("cut.age", "key", "damaged"),
        ("flipped.age", "key", "damaged"),
        ("other.age", "key", "not a backup"),
        ("missing.age", "key", "missing.age"),
        ("newer.age", "key", "does not know"),
        ("forged.age", "key", "or forged"),
    ] {
        let url = format!("sqlite://{}", file("new.db").display());
        let words = ["restore", "--from", from, "--identity", identity];
        let refused = installation.command_with(&words, &[("GIVR_DATABASE__URL", &url)]).await;
        assert_eq!(refused.status.code(), Some(1), "{from}: {}", said(&refused));
        assert!(said(&refused).contains(wanted) && said(&refused).contains("hint: "), "{from}: {}", said(&refused));
        assert!(!file("new.db").exists(), "{from}");
    }
    // The shop of another secret does not take it, either; and without a key nothing is written in clear.
    let url = format!("sqlite://{}", file("new.db").display());
    let settings =
        [("GIVR_DATABASE__URL", url.as_str()), ("GIVR_SECURITY__SECRET", "another secret, 32 characters long")];
    let refused = installation.command_with(&["restore", "--from", "good.age", "--identity", "key"], &settings).await;
    assert!(said(&refused).contains("security.secret"), "{}", said(&refused));
    let refused = installation.command(&["backup", "--to", "clear.age"]).await;
    assert!(
        said(&refused).contains("backup.recipient is not set") && !file("clear.age").exists(),
        "{}",
        said(&refused)
    );
}

fn pack(to: &Path, recipient: &str, text: &str) {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).unwrap();
    let recipient: age::x25519::Recipient = recipient.parse().unwrap();
    std::fs::write(to, age::encrypt(&recipient, &packer.finish().unwrap()).unwrap()).unwrap();
}

/// The same with another prefix, and a sum that fits it.
fn forged(text: &str) -> String {
    use sha2::Digest;
    let (lines, end) = text.trim_end().rsplit_once('\n').unwrap();
    let lines = format!("{lines}\n").replacen("\"epoch\":1,", "\"epoch\":7,", 1);
    let mut end: Value = serde_json::from_str(end).unwrap();
    end["end"]["sha256"] = Value::from(hex::encode(sha2::Sha256::digest(&lines)));
    format!("{lines}{end}\n")
}

#[tokio::test]
async fn a_database_file_that_was_copied_or_put_back_starts_frozen_and_a_confirmation_is_the_way_out() {
    let installation = Installation::new(Engine::Sqlite).await;
    let mut program = installation.start().await;
    program.kill().await.unwrap();
    let here = installation.database.url.strip_prefix("sqlite://").unwrap().to_owned();
    let copy = |from: &str, to: &str| {
        for suffix in ["", "-wal", "-shm", ".home"] {
            let _ = std::fs::copy(format!("{from}{suffix}"), format!("{to}{suffix}"));
        }
    };
    let (elsewhere, kept) =
        (installation.file("copy.db").display().to_string(), installation.file("kept.db").display().to_string());
    copy(&here, &elsewhere);
    copy(&here, &kept);
    // The copy at another path stands still.
    let url = format!("sqlite://{elsewhere}");
    let mut program = installation.start_over(&url);
    assert_eq!(installation.readiness().await["frozen"], "moved");
    program.kill().await.unwrap();
    // The original does not mind, however often it starts.
    for _ in 0..3 {
        let mut program = installation.start().await;
        assert_eq!(installation.readiness().await["frozen"], Value::Null);
        program.kill().await.unwrap();
    }
    // An older file, put back at its place without the file beside it, is found by its word.
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{here}{suffix}"));
        let _ = std::fs::copy(format!("{kept}{suffix}"), format!("{here}{suffix}"));
    }
    let mut program = installation.start_over(&installation.database.url);
    assert_eq!(installation.readiness().await["frozen"], "moved");
    // A person says that this is the shop now.
    let confirmed = installation.command(&["restore", "confirm", "--yes"]).await;
    assert!(confirmed.status.success(), "{}", said(&confirmed));
    assert!(
        String::from_utf8_lossy(&confirmed.stdout).contains(".home"),
        "{}",
        String::from_utf8_lossy(&confirmed.stdout)
    );
    let open = async || (installation.readiness().await["ready"] == true).then_some(());
    wait_for("the shop to open", open).await;
    program.kill().await.unwrap();
    let mut program = installation.start().await;
    assert_eq!(installation.readiness().await["frozen"], Value::Null);
    // Somebody brought a database back by other means, and says so.
    assert!(installation.command(&["restore", "freeze"]).await.status.success());
    assert_eq!(installation.readiness().await["frozen"], "restored");
    program.kill().await.unwrap();
}
