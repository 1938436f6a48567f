//! One act for many servers at the console: each by itself, and what goes for one holds up none of the others.

use crate::acts::{Desk, is_not_for, mails, soon};
use crate::delivered::{is_clean, is_suspended, service};
use crate::world::{Bought, PLAN, World};
use domain::access::Role;
use http::StatusCode;
use rstest::rstest;
use sandbox::stripe::PayOutcome;
use store::Engine;

const SUSPEND: &str = "/console/services/acts/suspend";
const UNSUSPEND: &str = "/console/services/acts/unsuspend";
const EXTEND: &str = "/console/services/acts/extend";

/// A shop with two delivered servers of two customers, and one that nobody has paid for.
async fn with_three(engine: Engine) -> (World, Bought, Bought) {
    let world = World::new(engine).await;
    let (ada, bob) = (world.customer("ada").await, world.customer("bob").await);
    let mut all = Vec::new();
    for customer in [&ada, &bob] {
        let bought = world.opens(customer, PLAN).await;
        world.pays(&bought, PayOutcome::Pay);
        world.settles(&bought).await;
        all.push(bought);
    }
    world.opens(&ada, PLAN).await;
    let second = all.pop().unwrap();
    (world, all.pop().unwrap(), second)
}

#[rstest]
#[tokio::test]
async fn servers_that_are_ticked_are_suspended_together_and_one_that_is_already_holds_up_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, first, second) = with_three(engine).await;
    is_not_for(&world, Role::Billing, SUSPEND).await;
    let desk = Desk::of(&world, Role::Support).await;
    let ids = [service(&world, &first).await.id.to_string(), service(&world, &second).await.id.to_string()];
    let list = desk.foresees("/console/services").await;
    assert_eq!(list.matches("type=\"checkbox\"").count(), 2, "what is not delivered cannot be ticked: {list}");
    let alone = format!("/console/orders/{}/acts/suspend", first.order);
    assert_eq!(desk.does(&alone, &[("reason", "an attack")]).await.0, StatusCode::SEE_OTHER);
    let before = mails(&world).await.len();

    let page = desk.foresees(&format!("{SUSPEND}?service={}&service={}&service=nobody", ids[0], ids[1])).await;
    assert!(page.contains("What happens to one server") && page.contains("One stays as it is"), "{page}");
    assert!(page.contains("nobody can start it") && page.contains("already. Nothing was done"), "{page}");
    let fields = [("service", ids[0].as_str()), ("service", ids[1].as_str())];
    let (status, said) = desk.does(SUSPEND, &fields).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "without a reason: {said}");
    let with_reason = [fields[0], fields[1], ("reason", "asked by ada@example.test in a mail")];
    let (status, said) = desk.does(SUSPEND, &with_reason).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert!(said.contains("Done with one server") && said.contains("Not done with one"), "{said}");
    soon(&world).await;

    for bought in [&first, &second] {
        assert!(is_suspended(&world, bought).await);
    }
    desk.is_audited(&ids[1], "service.hold").await;
    assert_eq!(mails(&world).await.len() - before, 2, "each owner hears of it once");

    let (_, said) = desk.does(UNSUSPEND, &with_reason).await;
    assert!(said.contains("Done with 2 servers") && !said.contains("Not done"), "{said}");
    soon(&world).await;
    for bought in [&first, &second] {
        assert!(!is_suspended(&world, bought).await);
    }
    is_clean(&world).await;
}

#[rstest]
#[tokio::test]
async fn a_whole_region_or_node_is_given_days_and_nobody_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (world, first, second) = with_three(engine).await;
    let desk = Desk::of(&world, Role::Support).await;
    let asked = desk.foresees(EXTEND).await;
    assert!(
        asked.contains("<select id=\"place\"") && !asked.contains("method=\"post\" action=\"/console/services"),
        "{asked}"
    );
    let (service_of_first, service_of_second) = (service(&world, &first).await, service(&world, &second).await);
    let region = format!("{EXTEND}?place=region.{}&days=3", service_of_first.region);
    let node = format!("{EXTEND}?place=node.{}", service_of_first.server.as_ref().unwrap().node);
    // Each of the two stands on a node of its own.
    for (path, words) in [(&region, "What happens to 2 servers"), (&node, "What happens to one server")] {
        let page = desk.foresees(path).await;
        assert!(page.contains(words), "{path}: {page}");
    }
    let nowhere = desk.is_told(&format!("{EXTEND}?place=region.nowhere")).await;
    assert!(nowhere.contains("There is no server that was handed over"), "{nowhere}");
    let wrong = desk.is_told(&format!("{region}000")).await;
    assert!(wrong.contains("Give between 1 and 365 days"), "{wrong}");

    let (first_id, second_id) = (service_of_first.id.to_string(), service_of_second.id.to_string());
    let fields = [
        ("service", &*first_id),
        ("service", &*second_id),
        ("service", &*first_id),
        ("days", "3"),
        ("reason", "an outage"),
    ];
    let (_, said) = desk.does(EXTEND, &fields).await;
    assert!(said.contains("Done with 2 servers"), "{said}");
    let (_, again) = desk.does(EXTEND, &fields).await;

    assert!(again.contains("Not done with 2") && again.contains("Nothing was done"), "{again}");
    for id in [&first_id, &second_id] {
        let lines = desk.lines(id).await;
        assert_eq!(lines.iter().filter(|line| line.act == "service.extend").count(), 1, "{lines:?}");
    }
}
