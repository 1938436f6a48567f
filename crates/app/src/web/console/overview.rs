//! Where staff begin.

use crate::app::App;
use crate::texts::{self, filters, t};
use crate::web::access::Staff;
use crate::web::console::words;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::access::Permission;
use http::StatusCode;
use std::borrow::Cow;
use store::tickets;

#[derive(Template)]
#[template(path = "web/console/overview.html")]
struct Overview {
    frame: Frame,
    name: String,
    role: Cow<'static, str>,
    permissions: Vec<Cow<'static, str>>,
    manages_staff: bool,
    /// How many tickets wait for staff; `None` for whom they are none of their business.
    waiting: Option<String>,
}

/// `GET /console`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let role = staff.account.role;
    let waiting = match role.may(Permission::SeeCustomers) {
        true => {
            let count = tickets::count_open(&mut *app.store.read().await?).await?;
            Some(texts::with("queue-waiting", &[("count", count.into())]))
        }
        false => None,
    };
    let page = Overview {
        frame: Frame::new(&app, Some(&staff.account), "/console", t("frame-console")),
        name: staff.account.display_name.clone(),
        role: words::of_role(role),
        permissions: role.permissions().iter().copied().map(words::of_permission).collect(),
        manages_staff: role.may(Permission::ManageStaff),
        waiting,
    };
    frame::show_private(StatusCode::OK, &page)
}
