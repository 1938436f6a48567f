//! Every call of customers: who is let in, when, and what strikes them all.

use crate::world::World;
use http::Method;
use sandbox::panel::{Fault, FaultSpec, Outcome, PanelSeed};
use serde_json::{Value, json};

/// Calls below a server of the client API, each with a body that would do.
fn calls() -> Vec<(Method, &'static str, Value)> {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    let folder = json!({ "root": "/", "name": "a", "files": ["a"], "file": "a", "location": "/a" });
    let cron =
        json!({ "name": "a", "minute": "0", "hour": "0", "day_of_month": "*", "month": "*", "day_of_week": "*" });
    let task = json!({ "action": "power", "payload": "stop", "time_offset": 0 });
    let none = Value::Null;
    vec![
        (get.clone(), "websocket", none.clone()),
        (post.clone(), "command", json!({ "command": "list" })),
        (post.clone(), "power", json!({ "signal": "start" })),
        (get.clone(), "startup", none.clone()),
        (put.clone(), "startup/variable", json!({ "key": "SERVER_JARFILE", "value": "a.jar" })),
        (get.clone(), "files/list", none.clone()),
        (get.clone(), "files/contents?file=a", none.clone()),
        (get.clone(), "files/download?file=a", none.clone()),
        (get.clone(), "files/upload", none.clone()),
        (post.clone(), "files/write?file=a", none.clone()),
        (put.clone(), "files/rename", json!({ "root": "/", "files": [{ "from": "a", "to": "b" }] })),
        (post.clone(), "files/copy", folder.clone()),
        (post.clone(), "files/delete", folder.clone()),
        (post.clone(), "files/create-folder", folder.clone()),
        (post.clone(), "files/compress", folder.clone()),
        (post.clone(), "files/decompress", folder),
        (get.clone(), "backups", none.clone()),
        (post.clone(), "backups", none.clone()),
        (delete.clone(), "backups/a", none.clone()),
        (get.clone(), "schedules", none.clone()),
        (post.clone(), "schedules", cron),
        (post.clone(), "schedules/1/tasks", task),
        (post.clone(), "schedules/1/execute", none.clone()),
        (delete.clone(), "schedules/1", none.clone()),
        (get.clone(), "databases", none.clone()),
        (post.clone(), "databases", json!({ "database": "shop", "remote": "%" })),
        (delete.clone(), "databases/a", none.clone()),
        (get.clone(), "users", none.clone()),
        (post.clone(), "users", json!({ "email": "a@b.example", "permissions": ["control.start"] })),
        (delete.clone(), "users/a", none.clone()),
        (get.clone(), "network/allocations", none.clone()),
        (post.clone(), "network/allocations", none.clone()),
        (post.clone(), "network/allocations/1", json!({ "notes": "a" })),
        (delete, "network/allocations/1", none.clone()),
        (get, "activity", none),
        (post, "settings/rename", json!({ "name": "a" })),
    ]
}

const STRANGER: &str = "ptlc_stranger00000000000000000000000000000stranger";

#[tokio::test]
async fn strangers_see_nothing_of_a_server_and_nobody_does_anything_with_a_suspended_one() {
    let seed = PanelSeed::demo_at(7, 30_000)
        .user("stranger", ("S", "T"), "stranger@example.test", false)
        .client_key(STRANGER, 1);
    let world = World::with(|options| *options = options.clone().without_limits(), seed);
    let server = world.installed("Paper", "svc-1").await;
    for (method, path, body) in calls() {
        let path = format!("/api/client/{server}/{path}");
        let seen = world.send(method.as_str(), &path, STRANGER, body).await;
        assert_eq!((seen.status, seen.code()), (404, "NotFoundHttpException"), "{method} {path}");
    }
    world.app("POST", "servers/1/suspend", Value::Null).await;
    for (method, path, body) in calls() {
        let refused = world.client(method.as_str(), &format!("{server}/{path}"), body).await;
        assert_eq!((refused.status, refused.code()), (409, "ServerStateConflictException"), "{method} {path}");
    }
}

#[tokio::test]
async fn every_fault_of_a_call_strikes_every_call_of_customers() {
    let world = World::with(|options| *options = options.clone().without_limits(), PanelSeed::demo_at(7, 30_000));
    let server = world.installed("Paper", "svc-1").await;
    let refuse = Fault::Refuse { status: 400, code: None, field: None, rule: None };
    let silent = Fault::Timeout { outcome: Outcome::Never, seconds: 0 };
    let page = Fault::Gateway { status: 502, after: false };
    let limited = Fault::RateLimited { retry_after: 3 };
    for (method, path, body) in calls() {
        for (fault, status) in [(&refuse, 400), (&limited, 429), (&page, 502), (&Fault::ErrorBefore, 500)] {
            world.sim.add_fault(FaultSpec::once(fault.clone()));
            let answer = world.client(method.as_str(), &format!("{server}/{path}"), body.clone()).await;
            assert_eq!(answer.status, status, "{method} {path}");
        }
        world.sim.add_fault(FaultSpec::once(silent.clone()));
        assert!(world.client(method.as_str(), &format!("{server}/{path}"), body).await.is_lost(), "{method} {path}");
    }
    assert!(world.sim.faults().is_empty());
    let activity = world.client("GET", &format!("{server}/activity"), Value::Null).await.body;
    assert_eq!(activity["data"], json!([]), "nothing was done");
}
