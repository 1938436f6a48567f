//! Paying for a server that is there already: the way to Stripe's own pages for the open bill, the card, and the end of the subscription.

use crate::app::App;
use crate::texts::{self, filters};
use crate::web::access::{Owned, SignedIn};
use crate::web::errors::PageError;
use crate::web::storefront::frame::{self, Frame};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use billing::{InvoiceStatus, StripeError};
use http::StatusCode;
use store::services::Service;

/// What Stripe says of an open bill.
enum Bill {
    /// It can be paid there.
    Open(String),
    None,
    /// Stripe did not answer.
    Unknown,
}

#[derive(Template)]
#[template(path = "web/dashboard/billing.html")]
struct BillingPage {
    frame: Frame,
    name: String,
    href: String,
    bill: Bill,
    /// Where the card can be changed, and the subscription ended.
    portal: Option<String>,
}

/// Shows where to go. Both addresses let whoever has them act as this customer for a while: they are asked for at each click, shown to
/// nobody else, and kept nowhere.
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    service: Owned<Service>,
) -> Result<Response, PageError> {
    let service = service.into_inner();
    let href = format!("/servers/{}", service.id);
    let bill = match known(&service, open_bill(&app, &service.subscription).await) {
        Some(Some(address)) if is_web(&address) => Bill::Open(address),
        Some(_) => Bill::None,
        None => Bill::Unknown,
    };
    let portal = match &signed_in.account.stripe_customer {
        Some(customer) => known(&service, app.stripe.open_portal(customer, &app.site_url(&href)).await),
        None => None,
    };
    let title = texts::with("billing-title", &[("server", service.name.as_str().into())]);
    let page = BillingPage {
        frame: Frame::new(&app, Some(&signed_in.account), "/servers", title),
        name: service.name,
        href,
        bill,
        portal: portal.filter(|address| is_web(address)),
    };
    let status = match page.bill {
        Bill::Open(_) | Bill::None => StatusCode::OK,
        Bill::Unknown => StatusCode::SERVICE_UNAVAILABLE,
    };
    frame::show_private(status, &page)
}

async fn open_bill(app: &App, subscription: &str) -> Result<Option<String>, StripeError> {
    let bills = app.stripe.list_invoices(subscription).await?;
    let open = bills.into_iter().filter(|bill| bill.status == InvoiceStatus::Open).max_by_key(|bill| bill.created);
    Ok(open.and_then(|bill| bill.hosted_invoice_url))
}

/// What Stripe said, if it said something: the page names the other ways.
fn known<T>(service: &Service, said: Result<T, StripeError>) -> Option<T> {
    said.map_err(
        |error| tracing::warn!(service.id = %service.id, "The way to pay for {} is not known: {error}", service.id),
    )
    .ok()
}

/// Foreign text becomes a link only if it leads to a page.
fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}
