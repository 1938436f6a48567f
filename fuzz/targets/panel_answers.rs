//! Answers of the panel, of any status and any bytes, through the driver's own calls. "Absent" is the panel's own word only (S7),
//! a list is the whole list, somebody else's thing is never ours, and what goes into logs is short and printable.
#![no_main]

use domain::ids::{AccountId, Id, ServiceId};
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use panel::control::{ConsoleEvent, FilePath, MOST_ENTRIES, MOST_TEXT, NewBackup, Passwords};
use panel::{
    AccountKey, Identifier, NodeId, PanelDriver, PanelError, PowerSignal, Pterodactyl, PterodactylSettings, ScheduleId,
    ServerControl, ServerHandle, ServerId, ServerKey,
};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

const STATUS: [u16; 14] = [200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 504];

fuzz_target!(|data: &[u8]| {
    let Some((status, rest)) = fuzz::choice(data, 14) else { return };
    let Some((call, rest)) = fuzz::choice(rest, 28) else { return };
    let status = STATUS[usize::from(status)];
    // In front of the body, up to the first line break: what `Retry-After` says.
    let cut = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (wait, body) = (std::str::from_utf8(&rest[..cut]).ok(), rest.get(cut + 1..).unwrap_or_default());
    let (transport, _) = fuzz::answering(status, wait, body);
    let panel = driver(transport);
    let json = fuzz::json(body);
    let good = (200..300).contains(&status);
    let server = "77dc1325".parse().expect("an identifier");
    if call == 27 {
        return read_frame(body);
    }
    let outcome = match call {
        0 => fuzz::now(panel.find_server(&server_key())).map(|found| match found {
            Some(found) => {
                assert!(good && found.external_id.as_deref() == Some(server_key().as_str()));
                assert_eq!(found.identifier.as_str().len(), 8);
            }
            None => assert_absent(status, &json),
        }),
        1 => fuzz::now(panel.find_server_by_number(ServerId::new(7))).map(|found| match found {
            Some(_) => assert!(good),
            None => assert_absent(status, &json),
        }),
        2 => fuzz::now(panel.find_account(&account_key())).map(|found| match found {
            Some(found) => {
                assert!(good && found.external_id.as_deref() == Some(account_key().as_str()));
                // Whoever is not said to be none is an administrator.
                if !found.admin {
                    fuzz::assert_says(&json["attributes"], "root_admin", false);
                }
            }
            None => assert_absent(status, &json),
        }),
        3 => fuzz::now(panel.find_accounts_by_email("ada@example.test")).map(|found| {
            assert!(found.iter().all(|user| user.email.eq_ignore_ascii_case("ada@example.test")));
        }),
        4 => fuzz::now(panel.list_locations()).map(|rows| assert_whole(&json, rows.iter().map(|row| row.id.get()))),
        5 => fuzz::now(panel.list_nodes()).map(|rows| assert_whole(&json, rows.iter().map(|row| row.id.get()))),
        6 => fuzz::now(panel.list_allocations(NodeId::new(1)))
            .map(|rows| assert_whole(&json, rows.iter().map(|row| row.id.get()))),
        7 => fuzz::now(panel.list_servers()).map(|rows| assert_whole(&json, rows.iter().map(|row| row.id.get()))),
        // Nests and eggs get the same answer: only that nothing breaks.
        8 => fuzz::now(panel.list_eggs()).map(drop),
        9 => fuzz::now(panel.resources(&server)).map(|_| assert!(good)),
        10 => fuzz::now(panel.power(&server, PowerSignal::Start)).map(|()| assert!(good)),
        11 => fuzz::now(panel.write_file(&server, "/eula.txt", "eula=true\n")).map(|()| assert!(good)),
        12 => {
            let handle = ServerHandle { id: ServerId::new(7), uuid: "a".to_owned(), key: server_key() };
            fuzz::now(panel.delete_server(&handle)).map(|()| {
                assert!(status == 404 || good);
                if good {
                    fuzz::assert_says(&json["attributes"], "uuid", "a");
                    fuzz::assert_says(&json["attributes"], "external_id", server_key().as_str());
                }
            })
        }
        customers => ask_for_customers(&panel, &server, customers, good),
    };
    if let Err(error) = outcome {
        assert_honest(&error, status);
    }
});

/// What customers ask: bounded, printable where it is shown, and never of another server.
fn ask_for_customers(panel: &Pterodactyl, server: &Identifier, call: u8, good: bool) -> Result<(), PanelError> {
    match call {
        13 => fuzz::now(panel.list_files(server, &FilePath::root())).map(|shown| {
            assert!(good && shown.entries.len() <= MOST_ENTRIES && shown.entries.len() <= shown.total);
            let names = |name: &str| !name.is_empty() && name.len() <= 255 && !name.contains(['/', '\0']);
            assert!(shown.entries.iter().all(|entry| names(&entry.name) && entry.name != ".."));
        }),
        14 => fuzz::now(panel.read_file(server, &FilePath::root()))
            .map(|text| assert!(good && text.len() <= MOST_TEXT && !text.contains('\0'))),
        15 => fuzz::now(panel.list_backups(server))
            .map(|rows| assert!(good && rows.iter().all(|row| row.id.as_str().len() == 36))),
        16 => fuzz::now(panel.create_backup(server, &NewBackup::default()))
            .map(|row| assert!(good && row.name.len() < 800)),
        17 => fuzz::now(panel.list_schedules(server)).map(|rows| {
            assert!(good && rows.iter().all(|row| row.tasks.is_sorted_by_key(|task| task.place)));
        }),
        18 => fuzz::now(panel.list_databases(server, Passwords::Shown))
            .map(|rows| assert!(good && rows.iter().all(|row| row.id.as_str().len() <= 64))),
        19 => fuzz::now(panel.list_subusers(server))
            .map(|rows| assert!(good && rows.iter().all(|row| row.id.as_str().len() == 36))),
        20 => fuzz::now(panel.list_ports(server)).map(|_| assert!(good)),
        21 => fuzz::now(panel.list_variables(server)).map(|_| assert!(good)),
        22 => fuzz::now(panel.list_permissions()).map(|groups| {
            let whole = |key: &str, group: &str| key.strip_prefix(group).is_some_and(|rest| rest.starts_with('.'));
            assert!(good && groups.iter().all(|it| it.permissions.iter().all(|key| whole(&key.key, &it.name))));
        }),
        23 => fuzz::now(panel.list_activity(server, 1))
            .map(|page| assert!(good && page.lines.iter().all(|line| line.properties.len() <= 20))),
        24 => fuzz::now(panel.console_pass(server)).map(|pass| {
            assert!(good && pass.socket.starts_with("ws"));
            assert!(pass.socket.contains(&format!("/api/servers/{server}")), "{}", pass.socket);
        }),
        25 => {
            fuzz::now(panel.upload_address(server)).map(|signed| assert!(good && signed.expose().starts_with("http")))
        }
        _ => fuzz::now(panel.delete_schedule(server, ScheduleId::new(1))),
    }
}

/// A frame of a console's socket.
fn read_frame(frame: &[u8]) {
    match ConsoleEvent::read(&String::from_utf8_lossy(frame)) {
        Some(ConsoleEvent::Line(line) | ConsoleEvent::DaemonLine(line) | ConsoleEvent::Failure(line)) => {
            assert!(line.len() <= 16 * 1024);
        }
        Some(ConsoleEvent::Other(event)) => fuzz::assert_printable(&event, 60),
        Some(_) | None => {}
    }
}

fn assert_honest(error: &PanelError, status: u16) {
    fuzz::assert_printable(&error.to_string(), 4000);
    match error {
        // A status of 0 is our own word, about a file that is not shown.
        PanelError::Refused { status: said, .. } => assert!(*said == status || *said == 0),
        PanelError::NotNow { until, .. } => {
            let wait = until.duration_since(Timestamp::UNIX_EPOCH);
            assert!(wait > SignedDuration::ZERO && wait <= SignedDuration::from_mins(5), "{wait}");
        }
        PanelError::OutcomeUnknown { .. } => {}
        PanelError::Unreachable { .. } => panic!("the transport answered: {error}"),
    }
}

fn assert_absent(status: u16, json: &Value) {
    let codes = json["errors"].as_array().into_iter().flatten().map(|error| &error["code"]);
    assert!(
        status == 404 && codes.into_iter().any(|code| code == "NotFoundHttpException"),
        "absent from {status} {json}"
    );
}

fn assert_whole(json: &Value, numbers: impl Iterator<Item = u64>) {
    let rows: Vec<u64> = numbers.collect();
    let distinct: BTreeSet<&u64> = rows.iter().collect();
    assert_eq!(distinct.len(), rows.len());
    if let Some(pagination) = json["meta"]["pagination"].as_object() {
        let total = pagination.get("total").and_then(|total| total.as_u64().or_else(|| total.as_str()?.parse().ok()));
        assert_eq!(Some(rows.len() as u64), total);
    } else {
        // A list without a total is only taken when it is empty; one that gives it by place is not looked into.
        assert!(rows.is_empty() || json["meta"].is_array() || json["meta"]["pagination"].is_array() || json.is_array());
    }
}

fn driver(transport: fuzz::Transport) -> Pterodactyl {
    let settings = PterodactylSettings {
        url: "https://panel.example".to_owned(),
        application_key: SecretString::from("ptla_x"),
        client_key: SecretString::from("ptlc_x"),
        now: Arc::new(|| Timestamp::UNIX_EPOCH),
    };
    Pterodactyl::new(transport.clone(), transport, settings).expect("a driver")
}

fn server_key() -> ServerKey {
    ServerKey::new("shop", &ServiceId::from_uuid(Default::default())).expect("a key")
}

fn account_key() -> AccountKey {
    AccountKey::new("shop", &AccountId::from_uuid(Default::default())).expect("a key")
}
