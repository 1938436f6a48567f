//! "Your data": what is kept, a copy of it, and its erasure.

use crate::app::App;
use crate::privacy::export;
use crate::web::access::SignedIn;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

#[derive(Template)]
#[template(path = "web/account/data.html")]
struct DataPage {
    frame: Frame,
}

pub(super) async fn show(State(app): State<App>, signed_in: SignedIn) -> Result<Response, PageError> {
    let frame = Frame::new(&app, Some(&signed_in.account), "", "Your data");
    frame::show_private(StatusCode::OK, &DataPage { frame })
}

/// A copy of everything, as a file to keep.
pub(super) async fn export(State(app): State<App>, signed_in: SignedIn) -> Result<Response, PageError> {
    let account = signed_in.account.id;
    let bytes = export::make(&app, &account).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let detail = serde_json::json!({"bytes": bytes.len()});
    store::audit::record(&mut tx, &app.id(), account.as_str(), "account.export", account.as_str(), &detail, now)
        .await?;
    tx.commit().await?;
    let name = format!("attachment; filename=\"your-data-{}.zip\"", now.strftime("%Y-%m-%d"));
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
