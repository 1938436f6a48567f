//! How deliveries do, for everybody: figures over all customers, and none while so few were delivered that they would say something about
//! one of them.

use crate::app::App;
use crate::desk::overview;
use crate::web::errors::ApiError;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;
use utoipa::ToSchema;

/// Below this many a figure means nothing, and may be somebody's.
const ENOUGH: i64 = 5;
/// The span that is told of, in hours.
const SPAN: i64 = 24;

/// How deliveries did in the last 24 hours.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct ProvisioningStats {
    /// Half of them took no longer from payment to playable; `null` while there are too few.
    #[schema(required = true, minimum = 0)]
    median_seconds: Option<i64>,
    /// How many of a hundred orders were delivered; `null` while there are too few.
    #[schema(required = true, minimum = 0, maximum = 100)]
    success_percent_24h: Option<f64>,
    /// How many were delivered; `null` while there are too few.
    #[schema(required = true, minimum = 0)]
    count_24h: Option<i64>,
}

/// How deliveries did in the last 24 hours
#[utoipa::path(
    get, path = "/api/public/provisioning-stats", tag = "shop",
    responses((status = 200, description = "The figures", body = ProvisioningStats))
)]
pub(super) async fn provisioning_stats(State(app): State<App>) -> Result<Response, ApiError> {
    let overview = overview::look(&app).await?;
    let day = overview.spans.iter().find(|span| span.hours == SPAN);
    let stats = day.map(|day| of(day.sales.delivered, day.sales.failed, day.times.p50));
    let headers = [(header::CACHE_CONTROL, "public, max-age=60")];
    Ok((headers, Json(stats.unwrap_or_else(|| of(0, 0, 0)))).into_response())
}

fn of(delivered: i64, failed: i64, median: i64) -> ProvisioningStats {
    let decided = delivered + failed;
    let percent = |part: i64, whole: i64| {
        // To a tenth: more would say how many there were.
        let tenths = part * 1000 / whole;
        f64::from(i32::try_from(tenths).unwrap_or_default()) / 10.0
    };
    ProvisioningStats {
        median_seconds: (delivered >= ENOUGH).then_some(median),
        success_percent_24h: (decided >= ENOUGH).then(|| percent(delivered, decided)),
        count_24h: (delivered >= ENOUGH).then_some(delivered),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_deliveries_are_nobodys_business() {
        let nothing = ProvisioningStats { median_seconds: None, success_percent_24h: None, count_24h: None };
        assert_eq!(of(4, 0, 61), nothing);
        assert_eq!(
            of(19, 1, 61),
            ProvisioningStats { median_seconds: Some(61), success_percent_24h: Some(95.0), count_24h: Some(19) }
        );
        assert_eq!(of(3, 2, 61).success_percent_24h, Some(60.0));
        assert_eq!(of(3, 2, 61).median_seconds, None);
    }
}
