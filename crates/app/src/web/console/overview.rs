//! Where staff begin.

use crate::app::App;
use crate::texts::filters;
use crate::web::access::Staff;
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::access::Permission;
use http::StatusCode;

#[derive(Template)]
#[template(path = "web/console/overview.html")]
struct Overview {
    frame: Frame,
    name: String,
    role: &'static str,
    permissions: Vec<&'static str>,
    manages_staff: bool,
}

/// `GET /console`
pub(super) async fn show(State(app): State<App>, staff: Staff) -> Result<Response, PageError> {
    let role = staff.account.role;
    let page = Overview {
        frame: Frame::new(&app, Some(&staff.account), "/console", "Console"),
        name: staff.account.display_name.clone(),
        role: role.label(),
        permissions: role.permissions().iter().map(|permission| permission.words()).collect(),
        manages_staff: role.may(Permission::ManageStaff),
    };
    frame::show_private(StatusCode::OK, &page)
}
