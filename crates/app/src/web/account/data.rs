//! "Your data": what is kept, a copy of it, and its erasure.

use crate::app::App;
use crate::mail::Notice;
use crate::privacy::erasure::{KEPT, Obstacle, REMOVED, obstacles};
use crate::privacy::export;
use crate::texts::{self, filters, t};
use crate::web::access::{Current, SignedIn};
use crate::web::account::device::Client;
use crate::web::account::notices;
use crate::web::account::tabs::Tabs;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use std::borrow::Cow;
use store::accounts::Account;
use store::erasures;

/// The page's address.
const HERE: &str = "/account/data";

#[derive(Template)]
#[template(path = "web/account/data.html")]
struct DataPage {
    frame: Frame,
    tabs: Tabs,
    /// Whether the last proof of who this is counts.
    confirmed: bool,
    /// Names of texts, as in `privacy::erasure`.
    removed: [&'static str; 7],
    kept: [(&'static str, &'static str); 4],
    /// What has to end before an erasure, in words.
    standing: Vec<Cow<'static, str>>,
    /// Whether some of it ends only if the customer agrees.
    must_agree: bool,
    /// Since when an erasure is under way.
    asked: Option<String>,
    refused: Option<Refused>,
}

/// An erasure that was not begun, and what was entered for it.
pub(super) struct Refused {
    pub(super) problem: Cow<'static, str>,
    pub(super) email: String,
    /// Whether servers may end.
    pub(super) agreed: bool,
}

pub(super) async fn show(State(app): State<App>, signed_in: SignedIn, session: Current) -> Result<Response, PageError> {
    page(&app, &signed_in.account, &session, None).await
}

pub(super) async fn page(
    app: &App,
    account: &Account,
    session: &Current,
    refused: Option<Refused>,
) -> Result<Response, PageError> {
    let mut db = app.store.read().await?;
    let standing = obstacles(&mut db, &account.id).await?;
    let erasure = erasures::find(&mut db, &account.id).await?;
    drop(db);
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = DataPage {
        frame: Frame::new(app, Some(account), HERE, t("account-data")),
        tabs: Tabs::at(HERE),
        confirmed: session.is_confirmed(app.now()),
        removed: REMOVED,
        kept: KEPT,
        standing: standing.iter().map(in_words).collect(),
        must_agree: standing.iter().any(|obstacle| !obstacle.passes()),
        asked: erasure.map(|erasure| texts::day_and_time(erasure.asked_at)),
        refused,
    };
    frame::show_private(status, &page)
}

/// What has to end first, as the customer reads it.
pub(super) fn in_words(obstacle: &Obstacle) -> Cow<'static, str> {
    match obstacle {
        Obstacle::Order(_) => t("erasure-obstacle-order"),
        Obstacle::Server(_) => t("erasure-obstacle-server"),
        Obstacle::Payment(_) => t("erasure-obstacle-payment"),
        Obstacle::Refund(_) => t("erasure-obstacle-refund"),
        Obstacle::Messages(_) => t("erasure-obstacle-messages"),
    }
}

/// A copy of everything, as a file to keep.
pub(super) async fn export(State(app): State<App>, client: Client, signed_in: SignedIn) -> Result<Response, PageError> {
    let account = signed_in.account.id;
    let bytes = export::make(&app, &account).await?;
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let cause = format!("copy:{}", now.as_microsecond());
    notices::tell(&app, &mut tx, &client, &account, Notice::DataCopied, &cause).await?;
    tx.commit().await?;
    app.nudge();
    let name = format!("attachment; filename=\"your-data-{}.zip\"", now.strftime("%Y-%m-%d"));
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
