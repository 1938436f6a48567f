//! Starting and stopping a server.

use crate::app::App;
use crate::control::{Deed, Trouble};
use crate::web::access::{Owned, SignedIn};
use crate::web::dashboard::server::around::{Done, Tab, Told, act, back};
use crate::web::dashboard::server::console;
use crate::web::errors::PageError;
use crate::web::page_form::PageForm;
use axum::extract::State;
use axum::response::Response;
use panel::PowerSignal;
use serde::Deserialize;
use store::services::Service;

/// What is wished.
#[derive(Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    signal: String,
}

/// `POST /servers/{service}/power`
pub(super) async fn switch(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
    PageForm(wish): PageForm<Wish>,
) -> Result<Response, PageError> {
    let (signal, done) = match wish.signal.as_str() {
        "start" => (PowerSignal::Start, Done::Started),
        "stop" => (PowerSignal::Stop, Done::Stopped),
        "restart" => (PowerSignal::Restart, Done::Restarted),
        "kill" => (PowerSignal::Kill, Done::Killed),
        _ => return failed(&app, &signed_in, &service, Trouble::Wrong("power-unknown-signal")),
    };
    let panel = &app.panel;
    match act(&app, &service, Deed::Switch, |server| async move { panel.power(&server, signal).await }).await {
        Ok(()) => Ok(back(&Tab::Console.href(&service), done)),
        Err(trouble) => failed(&app, &signed_in, &service, trouble),
    }
}

fn failed(app: &App, signed_in: &SignedIn, service: &Service, trouble: Trouble) -> Result<Response, PageError> {
    console::page(app, &signed_in.account, service, Some(Told::Failed(trouble)), String::new(), String::new())
}
