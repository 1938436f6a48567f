//! Names, texts and answers that mean harm.

use crate::world::World;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use panel::control::{FileName, FilePath, NewBackup, Passwords};
use panel::{BackupId, DatabaseId, PanelError, Pterodactyl, PterodactylSettings, ServerControl, SubuserId, Transport};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tower::util::BoxCloneSyncService;

/// Address and body of what was asked, in order.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// A panel that says the same to everything.
fn saying(status: u16, body: &str) -> (Pterodactyl, Asked) {
    let asked: Asked = Arc::default();
    let (kept, body) = (asked.clone(), Bytes::from(body.to_owned()));
    let transport: Transport = BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
        let sent = String::from_utf8_lossy(request.body()).into_owned();
        kept.lock().unwrap().push((request.uri().to_string(), sent));
        let mut answer = Response::new(body.clone());
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        std::future::ready(Ok(answer))
    }));
    let settings = PterodactylSettings {
        url: "https://panel.example".to_owned(),
        application_key: SecretString::from("ptla_x"),
        client_key: SecretString::from("ptlc_x"),
        now: Arc::new(|| Timestamp::UNIX_EPOCH),
    };
    (Pterodactyl::new(transport.clone(), transport, settings).unwrap(), asked)
}

const TEXTS: [&str; 14] = [
    "../../deadbeef",
    "..%2f..%2fdeadbeef",
    "%2e%2e/deadbeef/power",
    "a?b=c&d#e",
    "\0",
    "a\nb",
    "🎮 ملف \u{202e}gpj.exe",
    "/api/client/servers/deadbeef",
    "https://evil.example/",
    "deadbeef\\..\\x",
    "\";drop table servers;--",
    "{{SERVER_MEMORY}}",
    "${jndi:ldap://evil}",
    "",
];

/// Calls everything that takes a customer's text.
async fn call_everything(panel: &Pterodactyl, text: &str) {
    let server = "77dc1325".parse().unwrap();
    let texts = [text.to_owned()];
    let _ = panel.send_command(&server, text).await;
    let _ = panel.rename_server(&server, text).await;
    let _ = panel.set_variable(&server, text, text).await;
    let _ = panel.create_backup(&server, &NewBackup { name: text.into(), ignored: text.into(), locked: false }).await;
    let _ = panel.create_database(&server, text, text).await;
    let _ = panel.invite_subuser(&server, text, &texts).await;
    let _ = panel.set_port_note(&server, panel::AllocationId::new(1), text).await;
    if let Ok(path) = text.parse::<FilePath>() {
        let _ = panel.list_files(&server, &path).await;
        let _ = panel.read_file(&server, &path).await;
        let _ = panel.save_file(&server, &path, text).await;
        let _ = panel.move_file(&server, &path, &path).await;
        let _ = panel.copy_file(&server, &path).await;
        let _ = panel.decompress_file(&server, &path).await;
        let _ = panel.download_address(&server, &path).await;
    }
    if let Ok(name) = text.parse::<FileName>() {
        let _ = panel.create_folder(&server, &FilePath::root(), &name).await;
        let _ = panel.delete_files(&server, &FilePath::root(), std::slice::from_ref(&name)).await;
        let _ = panel.compress_files(&server, &FilePath::root(), &[name]).await;
    }
    if let Ok(id) = text.parse::<BackupId>() {
        let _ = panel.delete_backup(&server, &id).await;
    }
    if let Ok(id) = text.parse::<DatabaseId>() {
        let _ = panel.delete_database(&server, &id).await;
    }
    if let Ok(id) = text.parse::<SubuserId>() {
        let _ = panel.delete_subuser(&server, &id).await;
    }
}

/// Every address leads to this server, and every path in a body stays inside its files.
fn assert_inside(asked: &[(String, String)]) {
    for (address, body) in asked {
        let path = address
            .strip_prefix("https://panel.example/api/client/servers/77dc1325/")
            .unwrap_or_else(|| panic!("{address}"));
        let path = path.split('?').next().unwrap();
        assert!(!path.contains("..") && !path.contains('%'), "{address}");
        assert!(address.is_ascii() && !address.contains(char::is_whitespace), "{address}");
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let names = [
            &body["root"],
            &body["location"],
            &body["file"],
            &body["files"][0],
            &body["files"][0]["from"],
            &body["files"][0]["to"],
        ];
        for name in names.into_iter().filter_map(Value::as_str) {
            assert!(name.split('/').all(|part| !matches!(part.trim(), "." | "..")), "{name:?}");
            assert!(!name.contains('\0') && !name.contains('\\'), "{name:?}");
        }
    }
}

#[tokio::test]
async fn no_text_of_a_customer_leads_to_another_server() {
    let (panel, asked) = saying(204, "");
    for text in TEXTS {
        call_everything(&panel, text).await;
    }
    let asked = asked.lock().unwrap();
    assert!(asked.len() > 60, "{}", asked.len());
    assert_inside(&asked);
}

proptest! {
    #[test]
    fn no_generated_text_leads_to_another_server(
        pieces in proptest::collection::vec(
            prop_oneof![any::<String>(), Just("../".to_owned()), Just("%2e%2e%2f".to_owned()), Just("deadbeef".to_owned()), Just("?".to_owned())],
            0..5,
        )
    ) {
        let (panel, asked) = saying(204, "");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(call_everything(&panel, &pieces.concat()));
        assert_inside(&asked.lock().unwrap());
    }

    #[test]
    fn no_bytes_break_a_list_or_are_printed(status in 100_u16..600, body in ".{0,200}") {
        let (panel, _) = saying(status, &body);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let server = "77dc1325".parse().unwrap();
        runtime.block_on(async {
            let errors = [
                panel.list_files(&server, &FilePath::root()).await.err(),
                panel.list_backups(&server).await.err(),
                panel.list_schedules(&server).await.err(),
                panel.list_databases(&server, Passwords::Shown).await.err(),
                panel.list_subusers(&server).await.err(),
                panel.list_ports(&server).await.err(),
                panel.list_variables(&server).await.err(),
                panel.list_permissions().await.err(),
                panel.list_activity(&server, 1).await.err(),
                panel.console_pass(&server).await.err(),
                panel.upload_address(&server).await.err(),
            ];
            for error in errors {
                let line = error.expect("nothing of this is an answer").to_string();
                assert!(!line.contains(char::is_control) && line.len() < 4000, "{line:?}");
            }
        });
    }
}

#[tokio::test]
async fn a_console_or_an_address_of_somewhere_else_is_no_answer() {
    let server = "77dc1325".parse().unwrap();
    for socket in [
        "ws://node.example/api/servers/deadbeef-4be0-4def-993e-be7aefc2db6d/ws",
        "https://node.example/api/servers/77dc1325-4be0-4def-993e-be7aefc2db6d/ws",
        "ws://node.example/api/servers/77dc1325-4be0-4def-993e-be7aefc2db6d/../deadbeef/ws",
        "ws:///ws",
        "javascript:alert(1)",
        "",
    ] {
        let body = json!({"data": {"token": "t", "socket": socket}}).to_string();
        let pass = saying(200, &body).0.console_pass(&server).await;
        assert!(matches!(pass, Err(PanelError::OutcomeUnknown { .. })), "{socket}: {pass:?}");
    }
    for url in ["javascript:alert(1)", "file:///etc/passwd", "/download", "data:text/html,x"] {
        let body = json!({"attributes": {"url": url}}).to_string();
        assert!(saying(200, &body).0.upload_address(&server).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn who_did_it_may_be_nobody_and_properties_may_be_none_or_many() {
    let line = |actor: Value, properties: Value| {
        json!({"attributes": {"event": "server:x", "timestamp": "2026-11-24T10:00:00+00:00", "properties": properties,
            "relationships": {"actor": actor}}})
    };
    let nobody = json!({"object": "null_resource", "attributes": null});
    let many: Value = (0..100)
        .map(|number| (number.to_string(), json!({"deep": [number]})))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let ada = json!({"object": "user", "attributes": {"username": "ada", "email": "ada@example.test"}});
    let body = json!({"data": [line(nobody, json!([])), line(ada, many)], "meta": {"pagination": {"total": 2, "total_pages": 1}}});
    let page = saying(200, &body.to_string()).0.list_activity(&"77dc1325".parse().unwrap(), 1).await.unwrap();
    assert_eq!((&page.lines[0].actor, page.lines[0].properties.len()), (&None, 0));
    assert_eq!((page.lines[1].actor.as_deref(), page.lines[1].properties.len()), (Some("ada"), 20));
}

#[tokio::test]
async fn foreign_texts_are_cut_and_lists_of_any_length_end() {
    let server = "77dc1325".parse().unwrap();
    let long = "é".repeat(100_000);
    let entry = |name: &str| json!({"attributes": {"name": name, "mode": long, "size": 1, "is_file": true, "mimetype": long, "modified_at": long}});
    let names = ["", ".", "..", "a/b", "nul\0", &"x".repeat(256), "good \u{202e}txt"];
    let mut rows: Vec<Value> = names.iter().map(|name| entry(name)).collect();
    let shown = saying(200, &json!({"data": rows}).to_string()).0.list_files(&server, &FilePath::root()).await.unwrap();
    assert_eq!((shown.total, shown.entries.len()), (7, 1));
    let only = &shown.entries[0];
    assert_eq!(only.file_name().map(|name| name.to_string()).as_ref(), Some(&only.name));
    assert!(only.mode.len() <= 20 && only.media_type.len() <= 100 && only.modified_at.is_none(), "{only:?}");
    rows.clear();
    rows.extend((0..3000).map(|number| json!({"attributes": {"name": number.to_string(), "is_file": true}})));
    let shown = saying(200, &json!({"data": rows}).to_string()).0.list_files(&server, &FilePath::root()).await.unwrap();
    assert_eq!((shown.total, shown.entries.len()), (3000, 2000));

    let endless = format!(r#"{{"data":[]{}}}"#, " ".repeat(9 * 1024 * 1024));
    let answer = saying(200, &endless).0.list_files(&server, &FilePath::root()).await;
    assert!(matches!(answer, Err(PanelError::OutcomeUnknown { .. })), "{answer:?}");

    let port = |_| json!({"attributes": {"id": 1, "ip": "1.2.3.4", "port": 70000, "is_default": true}});
    let ports = json!({"data": (0..3).map(port).collect::<Vec<_>>()}).to_string();
    assert!(saying(200, &ports).0.list_ports(&server).await.is_err(), "no such port");
    let user =
        |_| json!({"attributes": {"uuid": "77dc1325-4be0-4def-993e-be7aefc2db6d", "username": "u", "email": "e"}});
    let users = json!({"data": (0..2001).map(user).collect::<Vec<_>>()}).to_string();
    assert!(saying(200, &users).0.list_subusers(&server).await.is_err(), "more than anybody has");
    let odd = json!({"data": [{"attributes": {"uuid": "../x", "username": "u", "email": "e"}}]}).to_string();
    assert!(saying(200, &odd).0.list_subusers(&server).await.is_err(), "an id that would be a way");
}

#[tokio::test]
async fn hostile_names_that_a_file_system_takes_arrive_as_they_are() {
    let world = World::new().await;
    for name in [
        "#notes;x.txt",
        "100%.txt",
        "a%20b",
        "🎮.json",
        "ملف.txt",
        "a&b=c?d",
        "\u{202e}gpj.exe",
        "'; drop",
        "a+b",
        "~",
        "…",
    ] {
        let path = FilePath::root().join(&name.parse().unwrap()).unwrap();
        world.panel.save_file(&world.server, &path, name).await.unwrap();
        assert_eq!(world.panel.read_file(&world.server, &path).await.unwrap(), name, "{name}");
        let copy = format!("moved {name}").parse().unwrap();
        world.panel.move_file(&world.server, &path, &FilePath::root().join(&copy).unwrap()).await.unwrap();
        assert!(world.sim.read_file(1, &format!("/moved {name}")).is_some(), "{name}");
        world.panel.delete_files(&world.server, &FilePath::root(), &[copy]).await.unwrap();
        assert!(world.sim.read_file(1, &format!("/moved {name}")).is_none(), "{name}");
    }
}
