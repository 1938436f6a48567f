//! What goes wrong, as a storefront meets it.

use crate::world::World;
use sandbox::panel::{Fault, FaultSpec, On, Outcome};
use sandbox::serve::serve;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

fn timeout(outcome: Outcome, seconds: u32) -> FaultSpec {
    FaultSpec::once(Fault::Timeout { outcome, seconds }).on(On::create_server())
}

#[tokio::test]
async fn a_lost_answer_may_hide_each_outcome() {
    let world = World::new();
    let found = async |id: &str| world.get(&format!("servers/external/{id}")).await.status;
    for (id, outcome) in [
        ("never", Outcome::Never),
        ("kept", Outcome::Kept),
        ("rolled-back", Outcome::RolledBack),
        ("orphaned", Outcome::Orphaned),
        // Last, because its port looks free until it is worked off.
        ("later", Outcome::Later),
    ] {
        world.sim.add_fault(timeout(outcome, 30));
        let answer = world.app("POST", "servers", world.order("Paper", id, 1).await).await;
        assert!(answer.is_lost(), "{id}");
    }
    assert_eq!((found("never").await, found("kept").await, found("rolled-back").await), (404, 200, 200));
    assert_eq!((found("later").await, found("orphaned").await), (404, 200));
    world.pass(31);
    assert_eq!((found("never").await, found("rolled-back").await, found("later").await), (404, 404, 200));
    world.pass(3_600);
    let orphan = world.get("servers/external/orphaned").await.body;
    assert_eq!(orphan["attributes"]["status"], "installing", "Wings never heard of it");
    let id = &orphan["attributes"]["id"];
    assert_eq!(world.app("POST", &format!("servers/{id}/reinstall"), Value::Null).await.status, 404);
    assert_eq!(world.app("DELETE", &format!("servers/{id}"), Value::Null).await.status, 204);
}

#[tokio::test]
async fn a_dead_daemon_rolls_a_create_back_and_only_force_deletes() {
    let world = World::new();
    world.app("POST", "servers", world.order("Paper", "old", 1).await).await;
    let order = world.order("Paper", "new", 1).await;
    let fault = world.sim.add_fault(FaultSpec::lasting(Fault::DaemonDown { node: Some(1) }));
    let refused = world.app("POST", "servers", order.clone()).await;
    assert_eq!((refused.status, refused.code()), (504, "DaemonConnectionException"));
    assert_eq!(world.get("servers/external/new").await.status, 404);
    assert_eq!(world.app("DELETE", "servers/1", Value::Null).await.status, 504);
    assert_eq!(world.app("DELETE", "servers/1/force", Value::Null).await.status, 204);
    assert!(world.sim.remove_fault(fault));
    assert_eq!(world.app("POST", "servers", order).await.status, 201, "the port was free again");
}

#[tokio::test]
async fn a_failed_suspension_leaves_null_behind_and_a_failed_unsuspension_changes_nothing() {
    let world = World::new();
    world.app("POST", "servers", world.order("Paper", "svc", 1).await).await;
    let broken = || FaultSpec::once(Fault::DaemonAnswers { status: 500, node: None }).on(On::call("POST", "*suspend"));
    let status = async || world.get("servers/1").await.body["attributes"]["status"].clone();
    world.sim.add_fault(broken());
    assert_eq!(world.app("POST", "servers/1/suspend", Value::Null).await.status, 500);
    assert_eq!(status().await, Value::Null, "it was installing");
    world.app("POST", "servers/1/suspend", Value::Null).await;
    world.sim.add_fault(broken());
    assert_eq!(world.app("POST", "servers/1/unsuspend", Value::Null).await.status, 500);
    assert_eq!(status().await, "suspended");
}

#[tokio::test]
async fn installs_fail_hang_or_drag_on_by_order() {
    let world = World::new();
    for (id, fault) in [
        ("fails", Fault::InstallFails),
        ("hangs", Fault::InstallNeverReports),
        ("drags", Fault::InstallSlow { seconds: 600 }),
    ] {
        world.sim.add_fault(FaultSpec::once(fault));
        assert_eq!(world.app("POST", "servers", world.order("Paper", id, 1).await).await.status, 201);
    }
    let status = |id: &str| world.sim.find_server(id).expect("a server").status;
    world.pass(60);
    assert_eq!([status("fails"), status("drags")], [Some("install_failed"), Some("installing")]);
    world.pass(86_400);
    assert_eq!([status("hangs"), status("drags")], [Some("installing"), None]);
}

#[tokio::test]
async fn games_stay_silent_crash_or_never_come_up_by_order() {
    let world = World::new();
    for (id, fault, times) in
        [("silent", Fault::GameSilent, 1), ("crashes", Fault::GameCrashes, 2), ("stuck", Fault::GameNeverReady, 1)]
    {
        world.sim.add_fault(FaultSpec::once(fault).times(times).on(On::default().external_id(id)));
        let mut order = world.order("Terraria Vanilla", id, 1).await;
        order["start_on_completion"] = json!(true);
        world.app("POST", "servers", order).await;
    }
    world.pass(600);
    assert_eq!(
        [world.power("silent"), world.power("crashes"), world.power("stuck")],
        ["running", "offline", "starting"]
    );
    let silent = world.sim.find_server("silent").expect("a server");
    let (ip, port) = &silent.allocations[0];
    assert!(world.sim.game_at(ip, *port).is_none());
    assert!(world.sim.set_silent(silent.id, false));
    assert!(world.sim.game_at(ip, *port).is_some());
}

#[tokio::test]
async fn refusals_limits_and_gateways_are_answered_as_ordered_and_counted() {
    let world = World::new();
    let list = || On::call("GET", "/api/application/servers");
    let refuse = Fault::Refuse {
        status: 422,
        code: None,
        field: Some("external_id".to_owned()),
        rule: Some("unique".to_owned()),
    };
    for (fault, status) in [
        (refuse, 422),
        (Fault::Unauthorized, 401),
        (Fault::Forbidden, 403),
        (Fault::RateLimited { retry_after: 7 }, 429),
        (Fault::ErrorBefore, 500),
        (Fault::Gateway { status: 502, after: false }, 502),
    ] {
        world.sim.add_fault(FaultSpec::once(fault.clone()).on(list()));
        let answer = world.get("servers").await;
        assert_eq!(answer.status, status, "{fault:?}");
        assert_eq!(answer.headers.get("retry-after").is_some(), status == 429);
        assert_eq!(answer.body.is_null(), status == 502, "a gateway sends no JSON");
    }
    assert_eq!(world.get("servers").await.status, 200);
    assert_eq!(world.sim.count_of("GET", "servers"), 7);
}

#[tokio::test]
async fn a_late_row_is_answered_and_then_not_found_for_a_while() {
    let world = World::new();
    world.sim.add_fault(FaultSpec::once(Fault::LateRow { seconds: 20 }).on(On::create_server()));
    assert_eq!(world.app("POST", "servers", world.order("Paper", "svc", 1).await).await.status, 201);
    assert_eq!(world.get("servers/external/svc").await.status, 404);
    world.pass(21);
    assert_eq!(world.get("servers/external/svc").await.status, 200);
}

#[tokio::test]
async fn a_node_can_be_under_maintenance_and_can_be_gone() {
    let world = World::new();
    let mut order = world.order("Paper", "svc", 1).await;
    order["skip_scripts"] = json!(true);
    world.app("POST", "servers", order).await;
    world.pass(1);
    let short = world.get("servers/1").await.body["attributes"]["identifier"].as_str().unwrap_or_default().to_owned();
    let resources = async || world.client("GET", &format!("servers/{short}/resources"), Value::Null).await.status;
    let fault = world.sim.add_fault(FaultSpec::lasting(Fault::NodeMaintenance { node: 1 }));
    assert_eq!(resources().await, 409);
    world.sim.remove_fault(fault);
    world.sim.add_fault(FaultSpec::lasting(Fault::NodeRemoved { node: 1 }));
    assert_eq!(world.get("nodes/1").await.status, 404);
    assert_eq!(resources().await, 504);
    world.sim.clear_faults();
    assert_eq!(resources().await, 200);
}

#[tokio::test]
async fn faults_time_and_games_are_steered_over_http() {
    let world = World::new();
    let control = async |method, path: &str, body| world.send(method, &format!("/__sandbox/{path}"), "", body).await;
    let fault =
        json!({ "kind": "timeout", "outcome": "kept", "match": { "path": "/api/application/servers" }, "times": 1 });
    assert_eq!(control("POST", "faults", fault).await.status, 201);
    assert_eq!(control("GET", "faults", Value::Null).await.body["faults"][0]["kind"], "timeout");
    assert_eq!(control("POST", "faults", json!({ "kind": "earthquake" })).await.status, 422);
    assert!(world.app("POST", "servers", world.order("Paper", "svc", 1).await).await.is_lost());
    assert_eq!(control("POST", "advance", json!({ "seconds": 60 })).await.status, 200);
    assert_eq!(control("POST", "servers/1/players", json!({ "online": 5 })).await.status, 200);
    let state = control("GET", "state", Value::Null).await.body;
    assert_eq!((&state["servers"][0]["status"], &state["servers"][0]["players"]), (&Value::Null, &json!(5)));
    assert_eq!(control("POST", "servers/1/vanish", Value::Null).await.status, 200);
    assert_eq!(world.get("servers/1").await.status, 404);
    assert_eq!(control("DELETE", "faults", Value::Null).await.status, 200);
    assert_eq!(control("POST", "earthquake", Value::Null).await.status, 404);
}

#[tokio::test]
async fn over_tcp_a_cut_call_ends_without_a_byte() {
    let world = World::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, world.sim.router(), stop.clone()));
    let ask = async || {
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        let request = "GET /__sandbox/faults HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let request = request.replace("/__sandbox/faults", "/api/application/users");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    world.sim.add_fault(FaultSpec::once(Fault::Cut { after: false }));
    assert_eq!(ask().await.len(), 0);
    assert!(ask().await.starts_with(b"HTTP/1.1 302"));
    stop.cancel();
    serving.await.expect("no panic").expect("served");
}
