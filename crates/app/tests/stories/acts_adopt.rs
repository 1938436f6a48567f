//! A server that stands for a service under another uuid: linked by a person, and then suspended, lifted and removed like any other.

use crate::acts::{Desk, act, is_not_for, mails, soon};
use crate::delivered::{at_panel, delivered, is_clean, pays_the_open_bill, service, unpaid};
use crate::world::{Bought, PLAN, World};
use domain::access::Role;
use domain::timeline::Happening;
use http::StatusCode;
use rstest::rstest;
use sandbox::panel::{Fault, FaultSpec, On, ServerSnapshot};
use sandbox::stripe::PayOutcome;
use serde_json::{Value, json};
use store::{Engine, mirror, timeline};

/// What somebody calls a server that is not ours yet.
const BY_HAND: &str = "made-by-hand";

/// Another server like the service's stands on the panel, under this external id.
async fn stands_beside(world: &World, bought: &Bought, external_id: &str) -> ServerSnapshot {
    let known = service(world, bought).await.server.unwrap();
    world.panel.plant(known.id, external_id).unwrap();
    // The node's daemon hears of it when it begins anew.
    world.panel.restart_wings(known.node);
    world.panel.find_server(external_id).unwrap()
}

/// Somebody gives a server another external id at the panel, or none.
async fn renames(world: &World, server: &ServerSnapshot, external_id: Option<&str>) {
    let details = json!({"external_id": external_id, "name": server.name, "user": server.user, "description": "kept"});
    world.panel_call("PATCH", &format!("servers/{}/details", server.id), &details).await;
}

/// The server is gone from the panel, and another one stands under its external id.
async fn is_made_again(world: &World, bought: &Bought) -> ServerSnapshot {
    let again = stands_beside(world, bought, BY_HAND).await;
    let service = service(world, bought).await;
    assert!(world.panel.vanish(service.server.unwrap().id));
    renames(world, &again, Some(&service.external_id)).await;
    world.panel.find_server(&service.external_id).unwrap()
}

async fn happened(world: &World, bought: &Bought) -> Vec<Happening> {
    let entries = timeline::list(&mut world.app.store.read().await.unwrap(), &bought.order).await.unwrap();
    entries.into_iter().map(|entry| entry.what).collect()
}

fn address(server: &ServerSnapshot) -> String {
    let (ip, port) = &server.allocations[0];
    format!("{ip}:{port}")
}

/// A node of the panel that a server does not stand on.
async fn another_node(world: &World, than: i64) -> i64 {
    let nodes = mirror::list_nodes(&mut world.app.store.read().await.unwrap()).await.unwrap();
    nodes.into_iter().map(|node| node.id).find(|node| *node != than).unwrap()
}

#[rstest]
#[tokio::test]
async fn a_server_that_was_made_again_is_linked_and_suspended_lifted_and_removed_like_any_other(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let again = is_made_again(&world, &bought).await;
    let before = service(&world, &bought).await;
    let path = act(&bought, "adopt");
    is_not_for(&world, Role::Billing, &path).await;
    let mut desk = Desk::of(&world, Role::Support).await;
    // Without the act nobody suspends it: it is another server than the one that was handed over.
    desk.does_once(&act(&bought, "suspend"), &[]).await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(false));

    let page = desk.foresees(&path).await;
    let was = before.server.unwrap();
    for words in [
        format!("Server {} stands for this service from now on: “Ada of the keep”", again.id),
        format!("points at number {} ({})", was.id, was.identifier),
        "One port that is held for it is not the server’s".to_owned(),
        "Nothing is copied".to_owned(),
    ] {
        assert!(page.contains(&words), "{words}: {page}");
    }
    desk.does_once(&path, &[]).await;
    desk.is_audited(before.id.as_str(), "service.adopt").await;
    let linked = service(&world, &bought).await;
    let server = linked.server.unwrap();
    assert_eq!((server.id, &server.uuid), (again.id, &again.uuid));
    assert!(again.uuid.starts_with(&server.identifier));
    let told = linked.address.unwrap();
    assert!(told.ends_with(address(&again).rsplit(':').next().unwrap()), "{told} is {again:?}");
    let entry = Happening::ServerLinked { identifier: server.identifier, address: told };
    assert!(happened(&world, &bought).await.contains(&entry));
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(true), "the job that waited goes on");
    is_clean(&world).await;
    desk.does_once(&act(&bought, "unsuspend"), &[]).await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(false));
    assert_eq!(world.alerts().await, Vec::<String>::new());
    is_clean(&world).await;
    desk.comes_back().await;
    desk.does_once(&act(&bought, "end"), &[]).await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, None);
    let page = desk.foresees(&path).await;
    assert!(page.contains("gone, or on its way out"), "{page}");
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_server_without_a_mark_is_linked_by_its_number_and_given_the_mark(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let mark = service(&world, &bought).await.external_id;
    let bare = stands_beside(&world, &bought, BY_HAND).await;
    assert!(world.panel.vanish(service(&world, &bought).await.server.unwrap().id));
    renames(&world, &bare, None).await;
    soon(&world).await;
    assert_eq!(world.alerts().await, ["server.missing"]);
    let desk = Desk::of(&world, Role::Support).await;
    let path = act(&bought, "adopt");
    let page = desk.foresees(&path).await;
    assert!(page.contains(&format!("no server with this service’s external id, {mark}")), "{page}");
    let named = format!("{path}?server={}", bare.id);
    assert!(desk.foresees(&named).await.contains(&format!("it is given {mark}")));

    let number = bare.id.to_string();
    let fields = [("server", number.as_str()), ("reason", "restored by hand")];
    world.panel.add_fault(FaultSpec::once(Fault::ErrorBefore).on(On::call("PATCH", "*/details")));
    let (status, said) = desk.does(&path, &fields).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && said.contains("did not get through"), "{status}: {said}");
    assert_eq!(service(&world, &bought).await.server.unwrap().uuid, bare.uuid, "it is written down");
    assert_eq!(world.panel.find_server(&mark), None);
    let page = desk.foresees(&named).await;
    assert!(page.contains(&format!("it is given {mark}")) && !page.contains("stands for this service"), "{page}");
    let (status, said) = desk.does(&path, &fields).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{said}");
    assert_eq!(world.panel.find_server(&mark).unwrap().uuid, bare.uuid);
    let kept = world.panel_call("GET", &format!("servers/{}", bare.id), &Value::Null).await;
    assert_eq!(
        (&kept["attributes"]["description"], &kept["attributes"]["name"]),
        (&json!("kept"), &json!(bare.name)),
        "nothing else changed"
    );
    let (status, said) = desk.does(&path, &fields).await;
    assert!(status == StatusCode::CONFLICT && said.contains("points at this server already"), "{status}: {said}");
    let linked = happened(&world, &bought).await;
    assert_eq!(linked.iter().filter(|one| matches!(one, Happening::ServerLinked { .. })).count(), 1);
    soon(&world).await;
    assert_eq!(world.alerts().await, Vec::<String>::new());
    is_clean(&world).await;
    desk.does_once(&act(&bought, "end"), &[]).await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, None, "what has our mark can be removed");
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn what_is_not_beyond_doubt_is_not_linked(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let bob = world.customer("bob").await;
    let bobs = world.buys(&bob, PLAN).await;
    world.settles(&bobs).await;
    let (ours, theirs) = (service(&world, &bought).await, service(&world, &bobs).await);
    let desk = Desk::of(&world, Role::Support).await;
    let path = act(&bought, "adopt");
    let is_refused = async |number: &str, why: &str| {
        let before = world.database.contents().await;
        let (status, said) = desk.does(&path, &[("server", number), ("reason", "a try")]).await;
        let said = said.replace("&#39;", "'");
        assert!(status.is_client_error() && said.contains(why), "{number}: {status} without {why}: {said}");
        assert_eq!(world.database.contents().await, before, "{why}");
    };
    let number = ours.server.as_ref().unwrap().id;
    is_refused("", "points at this server already").await;
    is_refused(&number.to_string(), "points at this server already").await;
    is_refused("the first one", "a whole number").await;
    is_refused("0", "a whole number").await;
    is_refused("99999", "no server with the number 99999").await;
    is_refused(&theirs.server.as_ref().unwrap().id.to_string(), &format!("another service’s: {}", theirs.id)).await;
    let strange = stands_beside(&world, &bought, "another-svc-00000000000000000000000000000001").await;
    is_refused(&strange.id.to_string(), "none of ours").await;
    // It has no mark any more; but the one that was handed over stands as well.
    renames(&world, &strange, None).await;
    is_refused(&strange.id.to_string(), "Two servers stand for this service").await;
    // That one is gone, and both are left under doubtful owners.
    assert!(world.panel.vanish(number));
    let given_away =
        ServerSnapshot { user: world.panel.find_server(&theirs.external_id).unwrap().user, ..strange.clone() };
    renames(&world, &given_away, Some(&ours.external_id)).await;
    is_refused("", "belongs to login").await;
    // Its owner is made an administrator.
    let owner = world.panel_call("GET", &format!("users/{}", strange.user), &Value::Null).await["attributes"].clone();
    let admin = json!({"email": owner["email"], "username": owner["username"], "first_name": owner["first_name"],
        "last_name": owner["last_name"], "external_id": owner["external_id"], "root_admin": true});
    world.panel_call("PATCH", &format!("users/{}", strange.user), &admin).await;
    renames(&world, &strange, Some(&ours.external_id)).await;
    is_refused("", "administers the panel").await;
    // The panel says nothing: nothing is known, and nothing is done (S7).
    world.panel.add_fault(FaultSpec::lasting(Fault::ErrorBefore));
    let (status, _) = desk.does(&path, &[("reason", "a try")]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(service(&world, &bought).await.server, ours.server);
}

#[rstest]
#[tokio::test]
async fn capacity_follows_a_server_that_is_moved_at_the_panel_or_linked_on_another_node(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let before = service(&world, &bought).await;
    let (first, number) = (world.node_of(&bought).await, before.server.unwrap().id);
    let second = another_node(&world, first).await;
    assert!(world.panel.transfer(number, second));
    soon(&world).await;
    let moved = service(&world, &bought).await;
    assert_eq!((world.node_of(&bought).await, moved.server.unwrap().node), (second, second));
    let told = moved.address.unwrap();
    assert_ne!(Some(&told), before.address.as_ref());
    assert!(happened(&world, &bought).await.contains(&Happening::ServerMoved { address: told }));
    assert_eq!(world.alerts().await, Vec::<String>::new());
    is_clean(&world).await;

    // Made again, somebody puts it where it was at first.
    let again = stands_beside(&world, &bought, BY_HAND).await;
    assert!(world.panel.transfer(again.id, first) && world.panel.vanish(number));
    renames(&world, &again, Some(&before.external_id)).await;
    soon(&world).await;
    assert_eq!(world.node_of(&bought).await, second, "which server it is, a person says");
    let desk = Desk::of(&world, Role::Owner).await;
    let page = desk.foresees(&act(&bought, "adopt")).await;
    assert!(page.contains("Its place is held on") && page.contains("Players reach it at"), "{page}");
    desk.does_once(&act(&bought, "adopt"), &[]).await;
    assert_eq!(world.node_of(&bought).await, first);
    soon(&world).await;
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn another_default_port_is_where_players_are_sent_from_then_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = delivered(engine, PayOutcome::Pay).await;
    let before = service(&world, &bought).await;
    let known = before.server.unwrap();
    let panel = &world.app.panel;
    let servers = panel.list_servers().await.unwrap();
    let server = servers.into_iter().find(|server| server.uuid == known.uuid).unwrap();
    let free = panel.list_allocations(server.node).await.unwrap().into_iter().find(|port| !port.assigned).unwrap();
    panel.add_allocations(&server, &[free.id]).await.unwrap();
    panel.set_primary_port(&known.identifier.parse().unwrap(), free.id).await.unwrap();

    soon(&world).await;

    let address = service(&world, &bought).await.address.unwrap();
    assert!(Some(&address) != before.address.as_ref() && address.ends_with(&format!(":{}", free.port)), "{address}");
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn what_stands_suspended_stays_so_on_the_server_that_is_linked(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, bought) = unpaid(engine).await;
    let again = is_made_again(&world, &bought).await;
    world.panel_call("POST", &format!("servers/{}/unsuspend", again.id), &Value::Null).await;
    let desk = Desk::of(&world, Role::Support).await;
    let page = desk.foresees(&act(&bought, "adopt")).await;
    assert!(page.contains("it is suspended there as well"), "{page}");
    let told = mails(&world).await.len();
    desk.does_once(&act(&bought, "adopt"), &[]).await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(true));
    assert_eq!(mails(&world).await.len(), told, "the customer knows");
    is_clean(&world).await;
    pays_the_open_bill(&world).await;
    soon(&world).await;
    assert_eq!(at_panel(&world).await, Some(false));
    is_clean(&world).await;
}
