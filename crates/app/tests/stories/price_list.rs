//! Prices go from the catalogue to Stripe: planned first, applied once, and never changed for whoever pays them.

use crate::world::{OWN_SECRET, PLAN, World, config};
use app::sales::price_list::{self, Change};
use jiff::SignedDuration;
use rstest::rstest;
use std::collections::BTreeSet;
use std::path::Path;
use store::alerts::Wanted;
use store::{Engine, services};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[rstest]
#[tokio::test]
async fn what_was_applied_is_not_applied_again(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine).await;
    let planned = price_list::plan(&world.app).await.unwrap();
    assert!(planned.len() > 50 && planned.iter().all(|price| price.change == Change::None), "{planned:?}");
    let applied = price_list::apply(&world.app).await.unwrap();
    assert_eq!((applied.unchanged, applied.made, applied.replaced), (planned.len(), 0, 0));
    // A shop whose database lost them finds them at Stripe.
    world.database.run("delete from stripe_prices").await;
    let planned = price_list::plan(&world.app).await.unwrap();
    assert!(planned.iter().all(|price| price.change == Change::Remembered), "{planned:?}");
    price_list::apply(&world.app).await.unwrap();
    assert!(price_list::plan(&world.app).await.unwrap().iter().all(|price| price.change == Change::None));
}

#[rstest]
#[tokio::test]
async fn a_price_that_is_edited_is_new_for_new_customers_and_old_for_old_ones(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let mut world = World::new(engine).await;
    let ada = world.customer("ada").await;
    let bought = world.buys(&ada, PLAN).await;
    world.settles(&bought).await;
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue"), folder.path());
    let file = folder.path().join("games/minecraft.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let edited = text.replacen("gib = 4, monthly = \"13.99\"", "gib = 4, monthly = \"14.99\"", 1);
    assert_ne!(edited, text);
    std::fs::write(&file, edited).unwrap();
    let mut settings = config("http://127.0.0.1:8080", OWN_SECRET, &[]);
    settings.catalogue_folder = Some(folder.path().to_owned());
    world.restarts(settings).await;

    let planned = price_list::plan(&world.app).await.unwrap();
    let changed: Vec<_> = planned.iter().filter(|price| price.change != Change::None).collect();
    let kinds: BTreeSet<&str> = changed.iter().map(|price| price.change.key()).collect();
    assert_eq!((changed.len(), kinds), (4, BTreeSet::from(["replaced"])), "one per term: {changed:?}");
    let monthly = changed.iter().find(|price| price.wanted.minor == 1499).unwrap();
    assert_eq!(monthly.at_stripe.unwrap().minor, 1399);
    // To plan changes nothing.
    assert_eq!(price_list::plan(&world.app).await.unwrap(), planned);
    let applied = price_list::apply(&world.app).await.unwrap();
    assert_eq!((applied.made, applied.replaced), (0, 4));
    assert!(price_list::plan(&world.app).await.unwrap().iter().all(|price| price.change == Change::None));

    let bob = world.customer("bob").await;
    let later = world.buys(&bob, PLAN).await;
    world.settles(&later).await;
    // A month later both are charged what they bought at.
    world.passes(SignedDuration::from_hours(24 * 32), SignedDuration::from_hours(3)).await;
    let mut db = world.app.store.read().await.unwrap();
    for (order, minor) in [(&bought.order, 1399), (&later.order, 1499)] {
        let entries = store::ledger::list_of_order(&mut db, order).await.unwrap();
        let paid: Vec<i64> = entries.iter().map(|entry| entry.amount.minor).collect();
        assert_eq!(paid, [minor, minor], "{order}");
        let service = services::find_by_order(&mut db, order).await.unwrap().unwrap();
        assert!(service.standing.suspension.is_none() && service.terminated_at.is_none());
    }
    drop(db);
    let open =
        store::alerts::list_page(&mut world.app.store.read().await.unwrap(), Wanted::Open, None, 10).await.unwrap();
    assert!(open.iter().all(|alert| !alert.rule.starts_with("payment.")), "{open:?}");
}
