//! The console's lists, what is known of a customer, and tables to take along.

use crate::operators::sold;
use crate::world::World;
use axum::body::Body;
use domain::access::Role;
use domain::ids::AccountId;
use http::{StatusCode, header};
use rstest::rstest;
use store::{Engine, accounts, audit};

async fn id_of(world: &World, email: &str) -> AccountId {
    accounts::find_by_email(&mut world.app.store.read().await.unwrap(), email).await.unwrap().unwrap().id
}

#[rstest]
#[tokio::test]
async fn a_customer_is_one_page_with_everything_and_notes_that_the_customer_never_sees(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, bought, service) = sold(&world).await;
    let hers = world.sign_in(&ada).await;
    world.asks(&hers, "How do I invite friends?", "I cannot find it.").await;
    let (_, support) = world.works_here(Role::Support).await;
    let (_, looks) = world.works_here(Role::ReadOnly).await;
    let id = id_of(&world, &ada.email).await;
    let here = format!("/console/customers/{id}");
    let list = world.page("/console/customers", &support).await;
    assert!(list.contains(&ada.email) && list.contains(&here), "{list}");

    // Written down twice by a form that was sent twice, it stands there once.
    for _ in 0..2 {
        let answer = world.form(&format!("{here}/note"), &support, "text=Calls+%3Cb%3Eloudly%3C%2Fb%3E").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    }
    let empty = world.form(&format!("{here}/note"), &support, "text=+").await;
    assert_eq!(empty.status(), StatusCode::UNPROCESSABLE_ENTITY);

    let shown = world.page(&here, &support).await;
    let order = bought.order.to_string();
    for words in
        [ada.email.as_str(), &service.name, "/console/orders/", &order, "How do I invite friends?", "server_ready"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(shown.matches("Calls &#60;b&#62;loudly").count(), 1, "{shown}");
    for page in ["/account/data", "/account/profile", "/servers", "/support/tickets"] {
        assert!(!world.page(page, &hers).await.contains("loudly"), "{page}");
    }
    // Whoever may not see customers does not learn that there is one.
    for page in ["/console/customers", &here] {
        let request = http::Request::get(page).header(header::COOKIE, &looks).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.status(), StatusCode::NOT_FOUND, "{page}");
    }
    let lines =
        audit::list_page(&mut world.app.store.read().await.unwrap(), Some(id.as_str()), None, 10).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.act == "customer.note").count(), 1, "{lines:?}");
}

#[rstest]
#[tokio::test]
async fn servers_mail_catalogue_and_settings_are_shown_and_no_secret_is(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, _, service) = sold(&world).await;
    let (_, owner) = world.works_here(Role::Owner).await;
    let live = world.page("/console/services", &owner).await;
    assert!(live.contains(&service.name) && live.contains(service.id.as_str()), "{live}");
    for other in ["suspended", "overdue", "missing", "gone"] {
        let shown = world.page(&format!("/console/services?show={other}"), &owner).await;
        assert!(!shown.contains(service.id.as_str()), "{other}: {shown}");
    }
    let mail = world.page("/console/outbox?show=all", &owner).await;
    assert!(mail.contains("server_ready") && mail.contains("Sent") && !mail.contains(&ada.email), "{mail}");
    let catalogue = world.page("/console/catalogue?show=off", &owner).await;
    assert!(catalogue.contains("Off sale") && catalogue.contains("rust-"), "{catalogue}");
    // The panel loses an egg: its plans are named, with the reason.
    assert!(world.panel.rename_egg("Factorio", "Factory"));
    app::work::panel_sync::read_eggs(&world.app).await.unwrap();
    world.app.refresh_offer().await.unwrap();
    let wrong = world.page("/console/catalogue", &owner).await;
    assert!(wrong.contains("factorio-4g") && wrong.contains("Cannot be sold"), "{wrong}");
    let settings = world.page("/console/settings", &owner).await;
    assert!(settings.contains("stripe.secret_key") && settings.contains("fingerprint "), "{settings}");
    for secret in ["sk_test_", "whsec_", "ptla_", "ptlc_", crate::world::OWN_SECRET] {
        assert!(!settings.contains(secret), "{secret}");
    }
}

#[rstest]
#[tokio::test]
async fn a_table_to_take_along_has_every_row_once_no_formula_and_leaves_a_line_in_the_log(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine).await;
    let (ada, bought, service) = sold(&world).await;
    let crowd = store::crowd::Crowd { orders: 1200, services: 20 };
    assert!(store::crowd::invent(&world.app.store, crowd).await.unwrap());
    world.database.run("update accounts set display_name = '=cmd|x' where role = 'customer'").await;
    let (_, support) = world.works_here(Role::Support).await;
    let take = async |what: &str| {
        let answer = world.form(&format!("/console/{what}/export"), &support, "").await;
        assert_eq!(answer.status(), StatusCode::OK, "{what}");
        let names = answer.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        assert!(names.contains(&format!("{what}.csv")), "{names}");
        let body = axum::body::to_bytes(answer.into_body(), 8 << 20).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    };
    let orders = take("orders").await;
    let mut ids: Vec<&str> = orders.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(ids.len(), 1201);
    ids.sort_unstable();
    ids.dedup();
    assert!(ids.len() == 1201 && ids.contains(&bought.order.as_str()));
    assert!(!orders.contains(&ada.email), "an order names nobody");
    let services = take("services").await;
    assert!(services.lines().count() == 22 && services.contains(service.id.as_str()), "{services}");
    let customers = take("customers").await;
    assert!(customers.lines().count() == 302 && customers.contains(&ada.email), "{}", customers.lines().count());
    assert!(customers.contains(",'=cmd|x,") && !customers.contains(",=cmd"), "{customers}");
    let lines = audit::list_page(&mut world.app.store.read().await.unwrap(), Some("orders"), None, 10).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.act == "console.export").count(), 1);
}
