//! From create to delete, without faults.

use crate::world::World;
use sandbox::panel::{Fault, FaultSpec, PanelSeed};
use serde_json::{Value, json};

async fn identifier(world: &World, external_id: &str) -> String {
    let server = world.get(&format!("servers/external/{external_id}")).await;
    server.body["attributes"]["identifier"].as_str().expect("an identifier").to_owned()
}

#[tokio::test]
async fn a_minecraft_server_installs_refuses_to_run_without_its_eula_and_runs_with_it() {
    let world = World::new();
    let created = world.app("POST", "servers", world.order("Paper", "svc-1", 1).await).await;
    assert_eq!(
        (created.status, &created.body["attributes"]["status"]),
        (201, &json!("installing")),
        "{}",
        created.body
    );
    let short = identifier(&world, "svc-1").await;
    let refused = world.client("GET", &format!("servers/{short}/resources"), Value::Null).await;
    assert_eq!((refused.status, refused.code()), (409, "ServerStateConflictException"));
    world.pass(41);
    assert_eq!(world.get("servers/external/svc-1").await.body["attributes"]["status"], Value::Null);

    let started = world.client("POST", &format!("servers/{short}/power"), json!({ "signal": "start" })).await;
    assert_eq!(started.status, 204);
    world.pass(2);
    assert_eq!(world.power("svc-1"), "starting");
    world.pass(30);
    assert_eq!(world.power("svc-1"), "offline", "crashed, started once more, crashed again");

    let path = format!("/api/client/servers/{short}/files/write?file=%2Feula.txt");
    let written = world.send_text("POST", &path, &world.sim.client_key(), "text/plain", "eula=true\n".to_owned()).await;
    assert_eq!(written.status, 204);
    world.client("POST", &format!("servers/{short}/power"), json!({ "signal": "start" })).await;
    world.pass(15);
    assert_eq!(world.power("svc-1"), "running");
    let stats = world.client("GET", &format!("servers/{short}/resources"), Value::Null).await;
    assert_eq!(stats.body["attributes"]["current_state"], "running");
}

#[tokio::test]
async fn stats_are_repeated_for_twenty_seconds() {
    let world = World::new();
    world.app("POST", "servers", world.order("Terraria Vanilla", "svc-1", 1).await).await;
    world.pass(60);
    let short = identifier(&world, "svc-1").await;
    let path = format!("servers/{short}/resources");
    let state = async || world.client("GET", &path, Value::Null).await.body["attributes"]["current_state"].clone();
    assert_eq!(state().await, "offline");
    world.client("POST", &format!("servers/{short}/power"), json!({ "signal": "start" })).await;
    world.pass(19);
    assert_eq!(world.power("svc-1"), "running");
    assert_eq!(state().await, "offline", "still the old answer");
    world.pass(2);
    assert_eq!(state().await, "running");
}

#[tokio::test]
async fn a_suspended_server_stops_refuses_its_owner_and_comes_back_without_starting() {
    let world = World::new();
    let mut order = world.order("Mindustry", "svc-1", 1).await;
    order["start_on_completion"] = json!(true);
    world.app("POST", "servers", order).await;
    world.pass(60);
    assert_eq!(world.power("svc-1"), "running");
    assert_eq!(world.app("POST", "servers/1/suspend", Value::Null).await.status, 204);
    world.pass(5);
    assert_eq!(world.power("svc-1"), "offline");
    let short = identifier(&world, "svc-1").await;
    let refused = world.client("POST", &format!("servers/{short}/power"), json!({ "signal": "start" })).await;
    assert_eq!(refused.status, 409);
    assert_eq!(world.app("POST", "servers/1/unsuspend", Value::Null).await.status, 204);
    world.pass(60);
    assert_eq!(world.power("svc-1"), "offline");
}

#[tokio::test]
async fn details_erase_what_is_not_sent_build_nulls_limits_and_startup_blanks_variables() {
    let world = World::new();
    world.app("POST", "servers", world.order("Paper", "svc-1", 1).await).await;
    let details = world.app("PATCH", "servers/1/details", json!({ "name": "n", "user": 1 })).await;
    assert_eq!(details.body["attributes"]["external_id"], Value::Null);
    let port = details.body["attributes"]["allocation"].clone();
    let limits = json!({ "memory": 1, "swap": 0, "disk": 1, "io": 500, "cpu": 0 });
    let build =
        json!({ "allocation": port, "limits": limits, "feature_limits": { "databases": null, "backups": null } });
    let built = world.app("PATCH", "servers/1/build", build).await;
    let features = json!({ "databases": null, "allocations": null, "backups": 0 });
    assert_eq!(built.body["attributes"]["feature_limits"], features);
    let startup = json!({ "startup": "java", "egg": built.body["attributes"]["egg"], "image": "i", "skip_scripts": false,
        "environment": { "SERVER_JARFILE": "a.jar", "BUILD_NUMBER": "1" } });
    let started = world.app("PATCH", "servers/1/startup", startup).await;
    assert_eq!(started.body["attributes"]["container"]["environment"]["MINECRAFT_VERSION"], "");
}

#[tokio::test]
async fn an_additional_port_moves_to_the_later_server_without_a_word() {
    let world = World::new();
    let first = world.order("Paper", "svc-1", 2).await;
    let stolen = first["allocation"]["additional"][0].clone();
    assert_eq!(world.app("POST", "servers", first).await.status, 201);
    let mut second = world.order("Paper", "svc-2", 1).await;
    second["allocation"]["additional"] = json!([stolen]);
    assert_eq!(world.app("POST", "servers", second.clone()).await.status, 422, "checked as long as nobody races");
    world.sim.add_fault(FaultSpec::once(Fault::PortRace));
    assert_eq!(world.app("POST", "servers", second).await.status, 201);
    let ports = |id: &str| world.sim.find_server(id).expect("a server").allocations.len();
    assert_eq!((ports("svc-1"), ports("svc-2")), (1, 2));
}

#[tokio::test]
async fn a_restart_of_wings_declares_its_installs_done() {
    let world = World::new();
    world.app("POST", "servers", world.order("Rust", "svc-1", 3).await).await;
    assert_eq!(world.get("servers/1").await.code(), "NotFoundHttpException", "Rust's RCON password has no default");
    let mut order = world.order("Rust", "svc-1", 3).await;
    order["environment"]["RCON_PASS"] = json!("secret");
    assert_eq!(world.app("POST", "servers", order).await.status, 201);
    world.sim.restart_wings(1);
    assert_eq!(world.get("servers/1").await.body["attributes"]["status"], Value::Null);
}

#[tokio::test]
async fn the_other_panel_sells_the_same_eggs_under_other_ids() {
    let (here, there) = (World::new(), World::with(|_| {}, PanelSeed::demo_other(7)));
    for name in ["Paper", "Rust", "Counter-Strike 2", "Among Us Impostor", "Veloren"] {
        let (here, there) = (here.egg(name).await, there.egg(name).await);
        let pick = |egg: &Value, field: &str| egg["attributes"][field].clone();
        assert_ne!(pick(&here, "uuid"), pick(&there, "uuid"), "{name}");
        assert_ne!(pick(&here, "id"), pick(&there, "id"), "{name}");
        assert_eq!(pick(&here, "author"), pick(&there, "author"), "{name}");
    }
}
