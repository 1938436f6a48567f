//! The real driver reads every recorded answer of a real panel: as what it is where one of our calls makes such a request, and never
//! as "absent" or "created" where it is neither.

use bytes::Bytes;
use domain::ids::{AccountId, Id, ServiceId};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use jiff::Timestamp;
use panel::{
    AccountKey, AllocationId, EggId, Identifier, NewPanelAccount, NodeId, PanelDriver, PanelError, PanelUser,
    PanelUserId, PowerSignal, PowerState, Pterodactyl, PterodactylSettings, ServerControl, ServerHandle, ServerId,
    ServerKey, ServerSpec, ServerStatus, Transport,
};
use secrecy::SecretString;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tower::util::BoxCloneSyncService;
use uuid::Uuid;

const FOLDER: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/panel-recordings/pterodactyl-1.0-develop-706db62c6");

struct Recording {
    name: String,
    method: String,
    path: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

fn recordings() -> Vec<Recording> {
    let entries = std::fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect();
    files.sort();
    let read = |path: &PathBuf| {
        let json: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let headers = json["response"]["headers"].as_object().into_iter().flatten();
        Recording {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            method: json["request"]["method"].as_str().unwrap().to_owned(),
            path: json["request"]["path"].as_str().unwrap().to_owned(),
            status: u16::try_from(json["response"]["status"].as_u64().unwrap()).unwrap(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            body: json["response"]["body"].clone(),
        }
    };
    files.iter().map(read).collect()
}

fn recorded(name: &str) -> Recording {
    recordings().into_iter().find(|recording| recording.name.starts_with(name)).unwrap()
}

fn bytes_of(body: &Value) -> Bytes {
    match body {
        Value::Null => Bytes::new(),
        Value::String(text) => Bytes::from(text.clone()),
        other => Bytes::from(other.to_string()),
    }
}

/// A transport that gives everything one answer, and keeps the addresses that it was asked.
fn answering(status: u16, headers: &[(String, String)], body: Bytes) -> (Transport, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let (kept, headers) = (asked.clone(), headers.to_vec());
    let transport = BoxCloneSyncService::new(tower::service_fn(move |request: Request<Bytes>| {
        kept.lock().unwrap().push(request.uri().to_string());
        let mut response = Response::new(body.clone());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in &headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        async move { Ok(response) }
    }));
    (transport, asked)
}

fn driver(transport: Transport) -> Pterodactyl {
    let settings = PterodactylSettings {
        url: "https://panel.example".into(),
        application_key: SecretString::from("ptla_x"),
        client_key: SecretString::from("ptlc_x"),
        now: Arc::new(|| Timestamp::UNIX_EPOCH),
    };
    Pterodactyl::new(transport.clone(), transport, settings).unwrap()
}

fn replaying(recording: &Recording) -> Pterodactyl {
    driver(answering(recording.status, &recording.headers, bytes_of(&recording.body)).0)
}

fn key() -> ServerKey {
    ServerKey::new("shop", &ServiceId::from_uuid(Uuid::from_u128(1))).unwrap()
}

fn account() -> NewPanelAccount {
    NewPanelAccount {
        key: AccountKey::new("shop", &AccountId::from_uuid(Uuid::from_u128(1))).unwrap(),
        email: "bob@example.test".into(),
        username: "bob".into(),
        first_name: "Bob".into(),
        last_name: "B".into(),
    }
}

fn login(admin: bool, key: Option<AccountKey>) -> PanelUser {
    PanelUser {
        id: PanelUserId::new(3),
        external_id: key.map(|key| key.as_str().to_owned()),
        email: "bob@example.test".into(),
        username: "bob".into(),
        first_name: "Bob".into(),
        last_name: "B".into(),
        admin,
    }
}

fn spec() -> ServerSpec {
    ServerSpec {
        name: "Ada's world".into(),
        description: String::new(),
        owner: PanelUserId::new(1),
        egg: EggId::new(5),
        image: "image".into(),
        startup: "start".into(),
        environment: [].into(),
        memory_mib: 1024,
        swap_mib: 0,
        disk_mib: 2048,
        io_weight: 500,
        cpu_percent: 100,
        databases: 0,
        backups: 0,
        allocations_limit: 1,
        default_allocation: AllocationId::new(1),
        additional_allocations: vec![],
        oom_disabled: true,
    }
}

/// Reads the recording through the call of ours that makes such requests. `None` where none does.
async fn read(recording: &Recording) -> Option<Result<&'static str, PanelError>> {
    let panel = replaying(recording);
    let path = recording.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches("/api/").split('/').collect();
    let server: Identifier = "77dc1325".parse().unwrap();
    let some = |found: bool, what: &'static str| if found { what } else { "absent" };
    let read = match (recording.method.as_str(), parts.as_slice()) {
        ("GET", ["application", "locations"]) => panel.list_locations().await.map(|_| "locations"),
        ("GET", ["application", "nodes"]) => panel.list_nodes().await.map(|_| "nodes"),
        ("GET", ["application", "nodes", _, "allocations"]) => {
            panel.list_allocations(NodeId::new(1)).await.map(|_| "ports")
        }
        ("GET", ["application", "servers"]) => panel.list_servers().await.map(|_| "servers"),
        ("GET", ["application", "users"]) if !recording.path.contains("filter") => {
            panel.list_accounts().await.map(|_| "users")
        }
        ("GET", ["application", "users"]) => panel.find_accounts_by_email("bob@example.test").await.map(|_| "users"),
        ("GET", ["application", "servers", "external", _]) => {
            panel.find_server(&key()).await.map(|found| some(found.is_some(), "server"))
        }
        ("GET", ["application", "users", "external", _]) => {
            panel.find_account(&account().key).await.map(|found| some(found.is_some(), "user"))
        }
        ("POST", ["application", "users"]) => panel.create_account(&account()).await.map(|_| "user"),
        ("DELETE", ["application", "users", _]) => {
            panel.delete_account(&login(false, Some(account().key)), &account().key).await.map(|()| "deleted")
        }
        ("POST", ["application", "servers"]) => panel.create_server(&key(), &spec()).await.map(|_| "created"),
        ("POST", ["application", "servers", _, "suspend"]) => {
            panel.suspend_server(ServerId::new(1)).await.map(|()| "done")
        }
        ("POST", ["application", "servers", _, "unsuspend"]) => {
            panel.unsuspend_server(ServerId::new(1)).await.map(|()| "done")
        }
        ("POST", ["application", "servers", _, "reinstall"]) => {
            panel.reinstall(ServerId::new(1)).await.map(|()| "done")
        }
        ("GET", ["client", "servers", _, "resources"]) => panel.resources(&server).await.map(|_| "resources"),
        ("POST", ["client", "servers", _, "command"]) => panel.send_command(&server, "say hi").await.map(|()| "done"),
        ("GET", ["client", "servers", _, "startup"]) => panel.list_variables(&server).await.map(|_| "variables"),
        ("PUT", ["client", "servers", _, "startup", "variable"]) => {
            panel.set_variable(&server, "SERVER_JARFILE", "a.jar").await.map(|_| "variable")
        }
        ("GET", ["client", "servers", _, "network", "allocations"]) => panel.list_ports(&server).await.map(|_| "ports"),
        ("POST", ["client", "servers", _, "settings", "rename"]) => {
            panel.rename_server(&server, "mine").await.map(|()| "done")
        }
        ("GET", ["client", "servers", _, "backups"]) => panel.list_backups(&server).await.map(|_| "backups"),
        ("GET", ["client", "servers", _, "activity"]) => panel.list_activity(&server, 1).await.map(|_| "activity"),
        ("GET", ["client", "servers", _, "users"]) => panel.list_subusers(&server).await.map(|_| "sub-users"),
        ("GET", ["client", "servers", _]) => panel.sftp_address(&server).await.map(|_| "address"),
        ("GET", ["client", "permissions"]) => panel.list_permissions().await.map(|_| "permissions"),
        ("GET", ["client", "servers", _, "websocket"]) => panel.console_pass(&server).await.map(|_| "console"),
        ("POST", ["client", "servers", _, "power"]) => panel.power(&server, PowerSignal::Start).await.map(|()| "done"),
        _ => return None,
    };
    Some(read)
}

fn check(recording: &Recording, outcome: Result<&'static str, PanelError>) {
    let (name, body) = (&recording.name, &recording.body);
    match (recording.status, outcome) {
        (200..300, Ok(what)) => assert_ne!(what, "absent", "{name}"),
        // Another external id than ours, or a page that is not the whole list.
        (200..300, Err(PanelError::OutcomeUnknown { .. })) => {}
        (404, Ok("absent" | "deleted")) => assert_eq!(body["errors"][0]["code"], "NotFoundHttpException", "{name}"),
        (401 | 403 | 429, Err(PanelError::NotNow { .. })) => {}
        (302 | 404, Err(PanelError::OutcomeUnknown { .. })) => assert!(body["errors"].is_null(), "{name}"),
        (400.., Err(PanelError::Refused { problems, .. })) => {
            assert_eq!(problems.len(), body["errors"].as_array().unwrap().len(), "{name}");
        }
        (status, outcome) => panic!("{name}: status {status} read as {outcome:?}"),
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the number is shown by the test run")]
async fn every_recorded_answer_is_read_as_what_it_is() {
    let all = recordings();
    let (mut by_call, mut by_kind) = (0, 0);
    for recording in &all {
        match read(recording).await {
            Some(outcome) => {
                by_call += 1;
                check(recording, outcome);
            }
            // No call of ours makes such a request: at least its kind of answer must be told apart.
            None => {
                by_kind += 1;
                let outcome = replaying(recording).reinstall(ServerId::new(1)).await;
                assert_eq!(outcome.is_ok(), (200..300).contains(&recording.status), "{}: {outcome:?}", recording.name);
            }
        }
    }
    println!("{} recorded answers read: {by_call} by a call of ours, {by_kind} by their kind", all.len());
    assert_eq!(by_call + by_kind, 361);
    assert!(by_call >= 200, "only {by_call} recordings belong to calls of ours");
}

#[tokio::test]
async fn what_a_real_panel_says_to_customers_is_read_whole() {
    let server: Identifier = "77dc1325".parse().unwrap();
    let variables = replaying(&recorded("254")).list_variables(&server).await.unwrap();
    assert_eq!(variables.iter().map(|it| it.value.as_str()).collect::<Vec<_>>(), ["1.21", "server.jar", "latest"]);
    let groups = replaying(&recorded("264")).list_permissions().await.unwrap();
    assert!(groups.iter().any(|group| group.permissions.iter().any(|it| it.key == "backup.restore")));
    let activity = replaying(&recorded("263")).list_activity(&server, 1).await.unwrap();
    assert_eq!((activity.lines[0].event.as_str(), &activity.lines[0].actor), ("server:power.start", &None));
    assert_eq!(activity.lines[1].properties, [("command".to_owned(), "say hi".to_owned())]);
    let ports = replaying(&recorded("259")).list_ports(&server).await.unwrap();
    assert_eq!((ports[0].port, ports[0].alias.as_deref(), ports[0].primary), (25565, Some("play.example.test"), true));
    assert!(replaying(&recorded("253")).console_pass(&server).await.unwrap().socket.ends_with("/ws"));
    assert!(replaying(&recorded("253")).console_pass(&"deadbeef".parse().unwrap()).await.is_err());
    assert!(replaying(&recorded("246")).send_command(&server, "say hi").await.unwrap_err().is_offline());
    assert!(replaying(&recorded("270")).send_command(&server, "say hi").await.unwrap_err().is_conflict());
    assert!(replaying(&recorded("256")).set_variable(&server, "SERVER_JARFILE", "x").await.is_err());
}

#[tokio::test]
async fn a_list_of_nodes_carries_what_capacity_needs() {
    let nodes = replaying(&recorded("058-")).list_nodes().await.unwrap();
    assert_eq!(nodes.len(), 2);
    assert_eq!((nodes[0].memory_mib, nodes[0].disk_mib, nodes[0].public), (16384, 102_400, true));
}

#[tokio::test]
async fn a_part_of_a_list_is_never_taken_for_the_list() {
    let part = replaying(&recorded("072-")).list_allocations(NodeId::new(1)).await;
    assert!(matches!(part, Err(PanelError::OutcomeUnknown { .. })), "{part:?}");
    let whole = replaying(&recorded("074-")).list_allocations(NodeId::new(1)).await.unwrap();
    assert_eq!(whole.len(), 75);
}

#[tokio::test]
async fn a_part_of_an_address_is_nobodys_address() {
    // The panel answers a search for `example` with everybody whose address has it somewhere.
    let found = replaying(&recorded("034-")).find_accounts_by_email("example").await.unwrap();
    assert_eq!(found, []);
    let found = replaying(&recorded("033-")).find_accounts_by_email("BOB@example.test").await.unwrap();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn refusals_of_a_create_are_told_apart() {
    let refused = async |name: &str| replaying(&recorded(name)).create_server(&key(), &spec()).await.unwrap_err();
    assert!(refused("124-").await.is_taken_external_id());
    assert_eq!(refused("120-").await.taken_allocations(), ["allocation.default"]);
    assert_eq!(refused("123-").await.taken_allocations(), ["allocation.additional.0"]);
    assert!(refused("111-").await.is_no_room());
    assert!(refused("113-").await.is_no_room());
    assert!(refused("154-").await.is_daemon());
    assert!(refused("162-").await.is_daemon());
    assert!(refused("294-").await.is_lost_race());
    let bad = refused("117-").await;
    assert!(!bad.is_taken_external_id() && !bad.is_daemon() && !bad.is_lost_race(), "{bad}");
    assert!(bad.to_string().contains("environment.SERVER_JARFILE"), "{bad}");
}

#[tokio::test]
async fn a_limit_says_when_to_come_back() {
    let limited = replaying(&recorded("318-")).list_locations().await.unwrap_err();
    let PanelError::NotNow { until, status: 429, .. } = limited else { panic!("{limited:?}") };
    assert!(until > Timestamp::UNIX_EPOCH);
}

#[tokio::test]
async fn states_of_servers_are_read_from_the_word_and_from_null() {
    let state = async |name: &str| {
        let mut body = recorded(name).body;
        body["attributes"]["external_id"] = Value::from(key().as_str());
        driver(answering(200, &[], bytes_of(&body)).0).find_server(&key()).await.unwrap().unwrap().status
    };
    assert_eq!(state("093-").await, ServerStatus::Installing);
    assert_eq!(state("095-").await, ServerStatus::Suspended);
    assert_eq!(state("104-").await, ServerStatus::Ready);
    assert_eq!(state("150-").await, ServerStatus::InstallFailed);
    let resources = replaying(&recorded("245-")).resources(&"77dc1325".parse().unwrap()).await.unwrap();
    assert_eq!(resources.state, PowerState::Offline);
}

#[tokio::test]
async fn another_servers_external_id_is_not_ours() {
    let other = replaying(&recorded("175-")).find_server(&key()).await;
    assert!(matches!(other, Err(PanelError::OutcomeUnknown { .. })), "{other:?}");
}

#[tokio::test]
async fn pages_of_gateways_and_odd_bodies_are_no_answer() {
    let html = Bytes::from_static(b"<html>502 Bad Gateway</html>");
    let odd =
        [(502, html.clone()), (404, html.clone()), (200, html), (404, Bytes::new()), (200, Bytes::from_static(b"{}"))];
    for (status, body) in odd {
        let found = driver(answering(status, &[], body).0).find_server(&key()).await;
        assert!(matches!(found, Err(PanelError::OutcomeUnknown { .. })), "{status}: {found:?}");
    }
}

#[tokio::test]
async fn foreign_words_never_begin_a_line_of_our_log() {
    let hostile = "a\nERROR forged line\u{1b}[2J".repeat(100);
    let server = serde_json::json!({"attributes": {"id": hostile}}).to_string();
    let error = serde_json::json!({"errors": [{"code": hostile, "detail": hostile, "meta": {"source_field": hostile, "rule": hostile}}]});
    let mut identifier = recorded("104-").body;
    identifier["attributes"]["identifier"] = Value::from(hostile);
    for (status, body) in [(200, server), (422, error.to_string()), (200, identifier.to_string())] {
        let line =
            driver(answering(status, &[], Bytes::from(body)).0).find_server(&key()).await.unwrap_err().to_string();
        assert!(!line.contains(char::is_control) && line.len() < 2000, "{line:?}");
    }
}

#[tokio::test]
async fn every_address_stays_under_the_panel() {
    let (transport, asked) = answering(204, &[], Bytes::new());
    let panel = driver(transport);
    let server: Identifier = "77dc1325".parse().unwrap();
    panel.write_file(&server, "/../../../etc/passwd?x=1&y#z", "text").await.unwrap();
    assert!(panel.find_accounts_by_email("a,b&per_page=1/../x@y").await.is_err());
    assert!(panel.find_server(&key()).await.is_err());
    for address in asked.lock().unwrap().iter() {
        assert!(address.starts_with("https://panel.example/api/"), "{address}");
        assert!(!address.contains("/.."), "{address}");
    }
    assert!("../../etc".parse::<Identifier>().is_err());
    assert!(ServerKey::new("Bad/Prefix", &ServiceId::from_uuid(Uuid::from_u128(1))).is_err());
}

#[tokio::test]
async fn a_path_that_cannot_be_right_is_refused_for_good_and_nothing_is_sent() {
    let (transport, asked) = answering(204, &[], Bytes::new());
    let refused = driver(transport).write_file(&"77dc1325".parse().unwrap(), &"/x".repeat(8000), "text").await;
    assert!(matches!(refused, Err(PanelError::Refused { status: 0, .. })), "{refused:?}");
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_server_is_deleted_only_if_it_is_still_the_one_that_was_meant() {
    let (transport, asked) = answering(200, &[], bytes_of(&recorded("104-").body));
    let handle = ServerHandle { id: ServerId::new(1), uuid: "another".into(), key: key() };
    assert!(driver(transport).delete_server(&handle).await.is_err());
    assert_eq!(asked.lock().unwrap().len(), 1, "nothing but the look was sent");
}

#[tokio::test]
async fn a_server_is_marked_only_if_it_is_the_one_that_was_seen_and_has_no_mark() {
    let seen = async |body: &Value| {
        let panel = driver(answering(200, &[], bytes_of(body)).0);
        panel.find_server_by_number(ServerId::new(1)).await.unwrap().unwrap()
    };
    let marked = recorded("104-").body;
    let mut bare = marked.clone();
    bare["attributes"]["external_id"] = Value::Null;
    let server = seen(&bare).await;
    // Another server has the number by now; or somebody gave it a mark.
    let mut another = bare.clone();
    another["attributes"]["uuid"] = "00000000-0000-4000-8000-000000000000".into();
    for answer in [another, marked] {
        let (transport, asked) = answering(200, &[], bytes_of(&answer));
        assert!(driver(transport).mark_server(&server, &key()).await.is_err());
        assert_eq!(asked.lock().unwrap().len(), 1, "nothing but the look was sent");
    }
    let (transport, asked) = answering(200, &[], bytes_of(&bare));
    driver(transport).mark_server(&server, &key()).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 2);
    assert!(asked[1].ends_with("/api/application/servers/1/details"), "{asked:?}");
}

proptest::proptest! {
    #[test]
    fn no_bytes_ever_read_as_absent_or_created(
        status in 100_u16..600,
        body in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let panel = driver(answering(status, &[], Bytes::from(body)).0);
        proptest::prop_assert!(runtime.block_on(panel.find_server(&key())).is_err());
        proptest::prop_assert!(runtime.block_on(panel.create_server(&key(), &spec())).is_err());
    }
}

#[tokio::test]
async fn a_login_is_deleted_only_if_it_is_the_customers_and_no_administrators() {
    let ours = account().key;
    let (transport, asked) = answering(204, &[], Bytes::new());
    let panel = driver(transport);
    assert!(panel.delete_account(&login(true, Some(ours.clone())), &ours).await.is_err());
    assert!(panel.delete_account(&login(false, None), &ours).await.is_err());
    assert!(asked.lock().unwrap().is_empty(), "nothing was sent");
    panel.delete_account(&login(false, Some(ours.clone())), &ours).await.unwrap();
    assert_eq!(*asked.lock().unwrap(), ["https://panel.example/api/application/users/3"]);
    let again = replaying(&recorded("050"));
    again.delete_account(&login(false, Some(ours.clone())), &ours).await.unwrap();
    let owning =
        replaying(&recorded("271")).delete_account(&login(false, Some(ours.clone())), &ours).await.unwrap_err();
    assert!(matches!(owning, PanelError::Refused { status: 400, .. }), "{owning}");
}
