//! Files of a server, as customers handle them.

use crate::world::World;
use sandbox::panel::{Fault, FaultSpec, On};
use serde_json::{Value, json};

async fn names(world: &World, server: &str, folder: &str) -> Vec<String> {
    let shown = world.client("GET", &format!("{server}/files/list?directory={folder}"), Value::Null).await;
    let rows = shown.body["data"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| row["attributes"]["name"].as_str().expect("a name").to_owned()).collect()
}

async fn post(world: &World, server: &str, what: &str, body: Value) -> u16 {
    world.client("POST", &format!("{server}/files/{what}"), body).await.status
}

#[tokio::test]
async fn an_installed_server_has_the_files_of_its_game() {
    let world = World::new();
    let server = world.running("Paper", "svc-1").await;
    let root = names(&world, &server, "%2F").await;
    for name in ["server.properties", "server.jar", "eula.txt", "world", "logs", "ops.json"] {
        assert!(root.contains(&name.to_owned()), "{name} in {root:?}");
    }
    let log = world.sim.read_file(1, "/logs/latest.log").expect("a log");
    assert!(String::from_utf8_lossy(&log).contains(")! For help, type"), "{}", String::from_utf8_lossy(&log));
    let other = world.installed("Terraria Vanilla", "svc-2").await;
    assert!(names(&world, &other, "").await.contains(&"serverconfig.txt".to_owned()));
}

#[tokio::test]
async fn files_are_moved_copied_packed_unpacked_and_deleted() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    assert_eq!(post(&world, &server, "create-folder", json!({ "root": "/", "name": "plugins" })).await, 204);
    assert_eq!(post(&world, &server, "create-folder", json!({ "root": "/", "name": "plugins" })).await, 400);
    world.sim.write_file(1, "/plugins/a/config.yml", "a: 1");
    let body = json!({ "root": "/", "files": [{ "from": "plugins/a", "to": "plugins/b" }] });
    assert_eq!(world.client("PUT", &format!("{server}/files/rename"), body).await.status, 204);
    assert_eq!(post(&world, &server, "copy", json!({ "location": "/plugins/b/config.yml" })).await, 204);
    assert_eq!(names(&world, &server, "/plugins/b").await, ["config copy.yml", "config.yml"]);
    let packed =
        world.client("POST", &format!("{server}/files/compress"), json!({ "root": "/", "files": ["plugins"] })).await;
    let archive = packed.body["attributes"]["name"].as_str().expect("an archive").to_owned();
    assert_eq!(post(&world, &server, "delete", json!({ "root": "/", "files": ["plugins", "none"] })).await, 204);
    assert_eq!(names(&world, &server, "/plugins").await, Vec::<String>::new());
    assert_eq!(post(&world, &server, "decompress", json!({ "root": "/", "file": archive })).await, 204);
    assert_eq!(names(&world, &server, "/plugins/b").await, ["config copy.yml", "config.yml"]);
    assert_eq!(post(&world, &server, "decompress", json!({ "root": "/", "file": "ops.json" })).await, 400);
    let missing = world.client("GET", &format!("{server}/files/contents?file=none"), Value::Null).await;
    assert_eq!((missing.status, missing.code()), (404, "DaemonConnectionException"));
}

#[tokio::test]
async fn a_signed_address_opens_once_and_for_a_quarter_of_an_hour() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    let sign = async |what: &str| {
        let signed = world.client("GET", &format!("{server}/files/{what}"), Value::Null).await;
        signed.body["attributes"]["url"].as_str().expect("an address").to_owned()
    };
    let address = sign("download?file=eula.txt").await;
    assert_eq!(world.open(&address, "", None).await, (200, "eula=true".to_owned()));
    assert_eq!(world.open(&address, "", None).await.0, 403);
    let late = sign("download?file=eula.txt").await;
    world.pass(901);
    assert_eq!(world.open(&late, "", None).await.0, 403);
    assert_eq!(world.open(&sign("download?file=none.txt").await, "", None).await.0, 404);

    let form =
        "--x\r\ncontent-disposition: form-data; name=\"files\"; filename=\"../../up.txt\"\r\n\r\nline\r\n--x--\r\n";
    let address = format!("{}&directory=%2Fworld", sign("upload").await);
    assert_eq!(world.open(&address, "multipart/form-data; boundary=x", Some(form)).await.0, 200);
    assert_eq!(world.sim.read_file(1, "/world/up.txt"), Some(b"line".to_vec()));
}

#[tokio::test]
async fn faults_strike_files_and_signed_addresses_as_they_do_everything_else() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    let list = format!("{server}/files/list?directory=%2F");
    for (fault, status) in [
        (Fault::RateLimited { retry_after: 3 }, 429),
        (Fault::Gateway { status: 502, after: false }, 502),
        (Fault::DaemonDown { node: None }, 504),
        (Fault::DaemonAnswers { status: 500, node: None }, 500),
    ] {
        world.sim.add_fault(FaultSpec::once(fault).on(On::call("GET", "/api/client/*/files/list")));
        assert_eq!(world.client("GET", &list, Value::Null).await.status, status);
    }
    world.sim.add_fault(FaultSpec::once(Fault::Cut { after: false }));
    assert!(world.client("GET", &list, Value::Null).await.is_lost());
    let signed = world.client("GET", &format!("{server}/files/download?file=eula.txt"), Value::Null).await;
    let address = signed.body["attributes"]["url"].as_str().expect("an address").to_owned();
    world
        .sim
        .add_fault(FaultSpec::once(Fault::Gateway { status: 502, after: false }).on(On::call("GET", "/download/*")));
    assert_eq!(world.open(&address, "", None).await.0, 502);
    assert_eq!(world.open(&address, "", None).await.0, 200);
}

#[tokio::test]
async fn files_are_out_of_reach_while_a_server_is_suspended_or_installs() {
    let world = World::new();
    let server = world.installed("Paper", "svc-1").await;
    world.app("POST", "servers/1/suspend", Value::Null).await;
    let refused = world.client("GET", &format!("{server}/files/list"), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (409, "ServerStateConflictException"));
    world.app("POST", "servers/1/reinstall", Value::Null).await;
    assert_eq!(world.client("GET", &format!("{server}/files/upload"), Value::Null).await.status, 409);
    world.pass(600);
    assert_eq!(world.client("GET", &format!("{server}/files/list"), Value::Null).await.status, 200);
    assert_eq!(world.sim.read_file(1, "/eula.txt"), Some(b"eula=true".to_vec()), "a reinstall keeps files");
}
