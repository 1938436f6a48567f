//! Backups, schedules, databases, sub-users, ports and what is written down about them.

use crate::world::{Answer, World};
use sandbox::panel::{Fault, FaultSpec, PanelSeed};
use serde_json::{Value, json};

async fn post(world: &World, path: &str, body: Value) -> Answer {
    world.client("POST", path, body).await
}

async fn get(world: &World, path: &str) -> Value {
    world.client("GET", path, Value::Null).await.body
}

fn cron(hour: &str) -> Value {
    json!({ "name": "night", "minute": "0", "hour": hour, "day_of_month": "*", "month": "*", "day_of_week": "*",
            "is_active": true, "only_when_online": false })
}

#[tokio::test]
async fn a_backup_takes_its_time_and_brings_back_what_was_there() {
    let world = World::new();
    let server = world.running("Paper", "svc-1").await;
    world.sim.write_file(1, "/world/diary.txt", "first");
    let made = post(&world, &format!("{server}/backups"), json!({ "name": "before" })).await;
    assert_eq!((made.status, &made.body["attributes"]["completed_at"]), (200, &Value::Null));
    let backup = format!("{server}/backups/{}", made.body["attributes"]["uuid"].as_str().expect("a uuid"));
    assert_eq!(post(&world, &format!("{backup}/restore"), json!({ "truncate": true })).await.status, 400, "not done");
    world.pass(9);
    let done = get(&world, &backup).await;
    assert_eq!(done["attributes"]["is_successful"], true);
    assert!(done["attributes"]["bytes"].as_i64() > Some(0), "{done}");

    world.sim.write_file(1, "/world/diary.txt", "second");
    world.sim.write_file(1, "/world/new.txt", "new");
    assert_eq!(post(&world, &format!("{backup}/restore"), json!({ "truncate": false })).await.status, 204);
    assert_eq!(
        (world.power("svc-1"), world.sim.find_server("svc-1").and_then(|it| it.status)),
        ("offline", Some("restoring_backup"))
    );
    assert_eq!(world.client("GET", &format!("{server}/backups"), Value::Null).await.status, 409);
    world.pass(11);
    assert_eq!(world.sim.read_file(1, "/world/diary.txt"), Some(b"first".to_vec()));
    assert!(world.sim.read_file(1, "/world/new.txt").is_some());
    post(&world, &format!("{backup}/restore"), json!({ "truncate": true })).await;
    world.pass(11);
    assert!(world.sim.read_file(1, "/world/new.txt").is_none());
    let signed = get(&world, &format!("{backup}/download")).await;
    let (status, listing) = world.open(signed["attributes"]["url"].as_str().expect("an address"), "", None).await;
    assert!(status == 200 && listing.contains("/world/diary.txt"));
}

#[tokio::test]
async fn backups_are_counted_kept_locked_and_not_made_too_often() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    let backups = format!("{server}/backups");
    let first = post(&world, &backups, json!({ "is_locked": true, "ignored": "*.jar\nlogs" })).await.body;
    let first = format!("{backups}/{}", first["attributes"]["uuid"].as_str().expect("a uuid"));
    world.sim.add_fault(FaultSpec::once(Fault::BackupFails));
    world.pass(9);
    assert_eq!(get(&world, &first).await["attributes"]["is_successful"], false);
    assert_eq!(post(&world, &backups, json!({})).await.status, 200, "one that failed does not count");
    assert_eq!(post(&world, &backups, json!({})).await.status, 200);
    let often = post(&world, &backups, json!({})).await;
    assert_eq!((often.status, often.code()), (429, "TooManyRequestsHttpException"));
    assert!(often.headers.contains_key("retry-after"));
    world.pass(601);
    let full = post(&world, &backups, json!({})).await;
    assert_eq!((full.status, full.code()), (400, "TooManyBackupsException"));
    let shown = get(&world, &backups).await;
    assert_eq!((&shown["meta"]["backup_count"], shown["data"].as_array().map(Vec::len)), (&json!(2), Some(3)));
    let last = format!("{backups}/{}", shown["data"][2]["attributes"]["uuid"].as_str().expect("a uuid"));
    assert_eq!(post(&world, &format!("{last}/lock"), Value::Null).await.body["attributes"]["is_locked"], true);
    let locked = world.client("DELETE", &last, Value::Null).await;
    assert_eq!((locked.status, locked.code()), (400, "BackupLockedException"));
    post(&world, &format!("{last}/lock"), Value::Null).await;
    assert_eq!(world.client("DELETE", &last, Value::Null).await.status, 204);
    assert_eq!(world.client("DELETE", &last, Value::Null).await.status, 404);
    assert_eq!(post(&world, &backups, json!({})).await.status, 200);
}

#[tokio::test]
async fn a_restore_that_ends_lifts_a_suspension_of_meanwhile() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    let made = post(&world, &format!("{server}/backups"), json!({})).await.body;
    world.pass(9);
    let uuid = made["attributes"]["uuid"].as_str().expect("a uuid");
    post(&world, &format!("{server}/backups/{uuid}/restore"), json!({ "truncate": false })).await;
    world.app("POST", "servers/1/suspend", Value::Null).await;
    assert_eq!(world.get("servers/1").await.body["attributes"]["status"], "suspended");
    world.pass(11);
    assert_eq!(world.get("servers/1").await.body["attributes"]["status"], Value::Null, "as the panel does it");
}

#[tokio::test]
async fn a_schedule_runs_at_its_time_task_after_task() {
    let world = World::new();
    let server = world.running("Paper", "svc-1").await;
    let schedules = format!("{server}/schedules");
    let odd = post(&world, &schedules, cron("25")).await;
    assert_eq!((odd.status, odd.code()), (400, "DisplayException"));
    let made = post(&world, &schedules, cron("4")).await.body;
    assert_eq!(made["attributes"]["next_run_at"], "2026-11-25T04:00:00+00:00");
    let schedule = format!("{schedules}/{}", made["attributes"]["id"]);
    assert_eq!(post(&world, &format!("{schedule}/execute"), Value::Null).await.status, 400, "no tasks");
    for (action, payload, offset) in [("command", "say bye", 0), ("power", "stop", 60), ("backup", "", 30)] {
        let task = json!({ "action": action, "payload": payload, "time_offset": offset, "continue_on_failure": true });
        assert_eq!(post(&world, &format!("{schedule}/tasks"), task).await.status, 200);
    }
    let bad =
        post(&world, &format!("{schedule}/tasks"), json!({ "action": "dance", "payload": "x", "time_offset": 901 }))
            .await;
    assert_eq!(bad.body["errors"].as_array().map(Vec::len), Some(2), "{}", bad.body);
    assert_eq!(post(&world, &format!("{schedule}/execute"), Value::Null).await.status, 202);
    world.pass(1);
    assert_eq!(get(&world, &schedule).await["attributes"]["is_processing"], true);
    assert!(
        String::from_utf8_lossy(&world.sim.read_file(1, "/logs/latest.log").expect("a log")).contains("[Server] bye")
    );
    world.pass(70);
    assert_eq!(world.power("svc-1"), "offline");
    world.pass(60);
    assert_eq!(get(&world, &schedule).await["attributes"]["is_processing"], false);
    assert_eq!(get(&world, &format!("{server}/backups")).await["meta"]["backup_count"], 1);
    // Three nights in one jump are one run: nobody waits in a simulation.
    world.pass(3 * 86_400);
    let shown = get(&world, &schedule).await;
    assert_eq!(shown["attributes"]["last_run_at"], "2026-11-25T04:00:00+00:00");
    assert_eq!(get(&world, &format!("{server}/backups")).await["meta"]["backup_count"], 2);
    let task = shown["attributes"]["relationships"]["tasks"]["data"][0]["attributes"]["id"].to_string();
    assert_eq!(world.client("DELETE", &format!("{schedule}/tasks/{task}"), Value::Null).await.status, 204);
    assert_eq!(
        get(&world, &schedule).await["attributes"]["relationships"]["tasks"]["data"][0]["attributes"]["sequence_id"],
        1
    );
    assert_eq!(world.client("DELETE", &schedule, Value::Null).await.status, 204);
    assert_eq!(world.client("DELETE", &schedule, Value::Null).await.status, 404);
}

#[tokio::test]
async fn databases_keep_to_the_limit_and_show_passwords_only_when_asked() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    let databases = format!("{server}/databases");
    let made = post(&world, &databases, json!({ "database": "shop", "remote": "%" })).await.body;
    let password = |body: &Value| body["attributes"]["relationships"]["password"]["attributes"]["password"].clone();
    assert_eq!((&made["attributes"]["name"], password(&made).is_string()), (&json!("s1_shop"), true));
    let twice = post(&world, &databases, json!({ "database": "shop", "remote": "%" })).await;
    assert_eq!(twice.body["errors"][0]["meta"]["rule"], "unique");
    post(&world, &databases, json!({ "database": "other", "remote": "%" })).await;
    assert_eq!(
        post(&world, &databases, json!({ "database": "third", "remote": "%" })).await.code(),
        "TooManyDatabasesException"
    );
    assert_eq!(password(&get(&world, &databases).await["data"][0]), Value::Null);
    assert_eq!(password(&get(&world, &format!("{databases}?include=password")).await["data"][0]), password(&made));
    let own = format!("{databases}/{}", made["attributes"]["id"].as_str().expect("an id"));
    assert_ne!(password(&post(&world, &format!("{own}/rotate-password"), Value::Null).await.body), password(&made));
    assert_eq!(world.client("DELETE", &own, Value::Null).await.status, 204);
    assert_eq!(world.client("DELETE", &own, Value::Null).await.status, 404);
}

#[tokio::test]
async fn sub_users_are_invited_by_address_and_known_permissions() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    let users = format!("{server}/users");
    let invite = |email: &str, keys: &[&str]| json!({ "email": email, "permissions": keys });
    let made = post(&world, &users, invite("friend@example.test", &["control.start", "nonsense.all"])).await.body;
    assert_eq!(made["attributes"]["permissions"], json!(["control.start", "websocket.connect"]));
    assert_eq!(
        post(&world, &users, invite("friend@example.test", &["control.stop"])).await.code(),
        "ServerSubuserExistsException"
    );
    assert_eq!(
        post(&world, &users, invite("operator@sandbox.example", &["control.stop"])).await.code(),
        "UserIsServerOwnerException"
    );
    assert_eq!(post(&world, &users, invite("nobody", &["control.stop"])).await.status, 422);
    let friend = format!("{users}/{}", made["attributes"]["uuid"].as_str().expect("a uuid"));
    let changed = post(&world, &friend, json!({ "permissions": ["file.read"] })).await.body;
    assert_eq!(changed["attributes"]["permissions"], json!(["file.read", "websocket.connect"]));
    let shown = world.get("servers/1?include=subusers").await.body;
    assert_eq!(shown["attributes"]["relationships"]["subusers"]["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.client("DELETE", &friend, Value::Null).await.status, 204);
    assert_eq!(get(&world, &users).await["data"], json!([]));
    let account = world.get("users?filter[email]=friend").await.body;
    assert_eq!(account["data"].as_array().map(Vec::len), Some(1), "the login stays");
}

#[tokio::test]
async fn ports_are_added_only_where_the_panel_allows_it() {
    let closed = World::new();
    let server = closed.installed("Paper", "svc-1").await;
    let refused = post(&closed, &format!("{server}/network/allocations"), Value::Null).await;
    assert_eq!(refused.code(), "AutoAllocationNotEnabledException");

    let world = World::with(|options| options.auto_allocation = true, PanelSeed::demo_at(7, 30_000));
    let server = world.installed("Paper", "svc-1").await;
    let ports = format!("{server}/network/allocations");
    let added = post(&world, &ports, Value::Null).await.body["attributes"]["id"].to_string();
    assert_eq!(post(&world, &ports, Value::Null).await.code(), "DisplayException", "the limit is two");
    let noted = post(&world, &format!("{ports}/{added}"), json!({ "notes": "voice" })).await.body;
    assert_eq!((&noted["attributes"]["notes"], &noted["attributes"]["is_default"]), (&json!("voice"), &json!(false)));
    assert_eq!(
        post(&world, &format!("{ports}/{added}/primary"), Value::Null).await.body["attributes"]["is_default"],
        true
    );
    assert_eq!(world.client("DELETE", &format!("{ports}/{added}"), Value::Null).await.status, 400, "the primary one");
}

#[tokio::test]
async fn what_was_done_is_listed_latest_first_with_who_did_it() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    post(&world, &format!("{server}/power"), json!({ "signal": "start" })).await;
    world.pass(5);
    post(&world, &format!("{server}/settings/rename"), json!({ "name": "Ours" })).await;
    let lines = get(&world, &format!("{server}/activity?sort=-timestamp&include=actor")).await["data"].clone();
    assert_eq!(
        (&lines[0]["attributes"]["event"], &lines[1]["attributes"]["event"]),
        (&json!("server:settings.rename"), &json!("server:power.start"))
    );
    assert_eq!(lines[0]["attributes"]["relationships"]["actor"]["attributes"]["username"], "operator");
}

#[tokio::test]
async fn everything_goes_with_the_server() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    post(&world, &format!("{server}/schedules"), cron("4")).await;
    post(&world, &format!("{server}/backups"), json!({})).await;
    let twin = world.sim.fork(sandbox::clock::SandboxClock::from_fn({
        let now = world.sim.now();
        move || now
    }));
    assert_eq!(world.app("DELETE", "servers/1", Value::Null).await.status, 204);
    world.pass(86_400);
    assert!(world.sim.find_server("svc-1").is_none());
    assert!(twin.find_server("svc-1").is_some(), "another panel keeps its own");
}
