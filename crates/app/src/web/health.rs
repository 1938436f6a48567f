//! What load balancers and monitors ask: `/healthz` says that the process lives, `/readyz` that it can sell and deliver.

use crate::app::App;
use crate::health::{self, Look, Part};
use crate::web::registry::{Policy, Routes};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::freeze::{Reach, Reason};
use http::{Method, StatusCode};
use serde::Serialize;
use store::backlog;
use store::watch::Queue;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.page(Method::GET, "/healthz", Policy::Internal, "The process lives.", get(|| async { "ok\n" })).page(
        Method::GET,
        "/readyz",
        Policy::Internal,
        "The shop can sell and deliver.",
        get(ready),
    )
}

/// Every part by its name, in words.
#[derive(Serialize)]
struct Readiness {
    ready: bool,
    database: &'static str,
    panel: &'static str,
    stripe: &'static str,
    offer: &'static str,
    /// Why the installation is frozen, if it is.
    frozen: Option<&'static str>,
    events_waiting: i64,
}

impl Readiness {
    fn of(look: &Look, events_waiting: i64) -> Self {
        let say = |part, good, bad| if look.is_well(part) { good } else { bad };
        Self {
            ready: look.is_ready(),
            database: say(Part::Database, "writable", "takes nothing"),
            panel: say(Part::Panel, "read", "not read for ten minutes"),
            stripe: say(Part::Stripe, "answers", "no answer for ten minutes"),
            offer: say(Part::Offer, "plans for sale", "nothing for sale"),
            frozen: look.frozen.stops(Reach::Servers).map(Reason::key),
            events_waiting,
        }
    }

    /// The database does not even answer.
    fn down() -> Self {
        Self {
            ready: false,
            database: "down",
            panel: "unknown",
            stripe: "unknown",
            offer: "unknown",
            frozen: None,
            events_waiting: 0,
        }
    }
}

async fn ready(State(app): State<App>) -> Response {
    let seen = async {
        let look = health::try_out(&app).await?;
        let events = backlog::of_queue(&mut *app.store.read().await?, Queue::Events, look.at).await?;
        Ok::<_, store::StoreError>(Readiness::of(&look, events.waiting))
    };
    let readiness = seen.await.unwrap_or_else(|_| Readiness::down());
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}
