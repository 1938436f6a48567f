//! What lasts, and what lasted.

use domain::catalogue::RegionKey;
use domain::ids::{Id, IncidentId};
use jiff::Timestamp;
use rstest::rstest;
use store::Engine;
use store::incidents::{self, Incident};
use store::testing::TestDatabase;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn incident(number: u128, began: i64, region: Option<&str>) -> Incident {
    Incident {
        id: IncidentId::from_uuid(uuid::Uuid::from_u128(number)),
        began_at: at(began),
        ended_at: None,
        title: "No logins".to_owned(),
        text: "We are on it.".to_owned(),
        region: region.map(RegionKey::new),
    }
}

#[rstest]
#[tokio::test]
async fn one_incident_lasts_for_each_region_and_those_that_ended_are_kept(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    let (everywhere, here) = (incident(1, 10, None), incident(2, 20, Some("eu")));
    assert!(incidents::begin(&mut tx, &everywhere).await.unwrap());
    assert!(!incidents::begin(&mut tx, &incident(3, 30, None)).await.unwrap());
    assert!(incidents::begin(&mut tx, &here).await.unwrap());
    assert!(!incidents::begin(&mut tx, &incident(4, 40, Some("eu"))).await.unwrap());
    assert_eq!(incidents::list_open(&mut tx).await.unwrap(), [everywhere.clone(), here.clone()]);
    assert!(here.reaches(&RegionKey::new("eu")) && !here.reaches(&RegionKey::new("us-east")));
    assert!(everywhere.reaches(&RegionKey::new("us-east")));

    assert!(incidents::end(&mut tx, &everywhere.id, at(50)).await.unwrap());
    assert!(!incidents::end(&mut tx, &everywhere.id, at(60)).await.unwrap());
    let ended = Incident { ended_at: Some(at(50)), ..everywhere };
    assert_eq!(incidents::list_open(&mut tx).await.unwrap(), std::slice::from_ref(&here));
    assert_eq!(incidents::list_since(&mut tx, at(49)).await.unwrap(), [here.clone(), ended]);
    assert_eq!(incidents::list_since(&mut tx, at(50)).await.unwrap(), [here]);
    // Another one may begin.
    assert!(incidents::begin(&mut tx, &incident(5, 70, None)).await.unwrap());
}

#[rstest]
#[tokio::test]
async fn a_clock_that_went_back_ends_an_incident_when_it_began(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let database = TestDatabase::new(engine);
    let store = database.open().await;
    let mut tx = store.begin().await.unwrap();
    let begun = incident(1, 100, None);
    incidents::begin(&mut tx, &begun).await.unwrap();
    assert!(incidents::end(&mut tx, &begun.id, at(90)).await.unwrap());
    assert_eq!(incidents::list_since(&mut tx, at(0)).await.unwrap()[0].ended_at, Some(at(100)));
}
