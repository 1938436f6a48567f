//! What load balancers and monitors ask: `/healthz` says that the process lives, `/readyz` that it can sell and deliver.

use crate::app::App;
use crate::web::registry::{Policy, Routes};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::freeze::{Reach, Reason};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde::Serialize;
use store::{events, marks};

/// Without a complete look at the panel for this long nothing can be promised.
pub(crate) const PANEL_AGE: SignedDuration = SignedDuration::from_mins(10);

pub(super) fn routes(routes: Routes) -> Routes {
    routes.page(Method::GET, "/healthz", Policy::Internal, "The process lives.", get(|| async { "ok\n" })).page(
        Method::GET,
        "/readyz",
        Policy::Internal,
        "The shop can sell and deliver.",
        get(ready),
    )
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    database: &'static str,
    panel: &'static str,
    offer: &'static str,
    /// Why the installation is frozen, if it is.
    frozen: Option<&'static str>,
    events_waiting: i64,
}

async fn ready(State(app): State<App>) -> Response {
    let seen = async {
        let mut db = app.store.read().await?;
        let sweep = marks::find(&mut db, crate::work::panel_sync::MARK).await?;
        let (_, waiting) = events::count(&mut db).await?;
        drop(db);
        let frozen = app.look_whether_frozen().await?;
        Ok::<_, store::StoreError>((sweep, waiting, frozen))
    };
    let readiness = match seen.await {
        Err(_) => Readiness {
            ready: false,
            database: "down",
            panel: "unknown",
            offer: "unknown",
            frozen: None,
            events_waiting: 0,
        },
        Ok((sweep, events_waiting, frozen)) => {
            let fresh = sweep.is_some_and(|sweep| app.now().duration_since(sweep.at) < PANEL_AGE);
            let offer = app.offer();
            let sells = app.catalogue.plans.iter().any(|plan| offer.sells(&plan.key));
            Readiness {
                ready: fresh && sells && frozen.stops(Reach::Outside).is_none(),
                database: "up",
                panel: if fresh { "read" } else { "not read for ten minutes" },
                offer: if sells { "plans for sale" } else { "nothing for sale" },
                frozen: frozen.stops(Reach::Servers).map(Reason::key),
                events_waiting,
            }
        }
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}
