//! Staff who see the shop as one of its customers does: for half an hour, read-only, visible on every page and to the customer, and
//! audited at both ends.
//!
//! A session of staff with an open row in `views` is the customer's for the pages of `SHOWN`, and nobody's for everything else but the
//! ways out. `access.rs` carries that out, once for every route; a page that is not listed here is not shown.

use crate::app::App;
use crate::texts;
use crate::web::access::Holder;
use domain::access::{Permission, Role};
use domain::ids::AccountId;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use store::accounts::Account;
use store::views::{self, View, Whose};
use store::{StoreError, Tx, audit};

/// How long a view lasts at most.
pub const LASTS: SignedDuration = SignedDuration::from_mins(30);

/// What is shown as its customer sees it. Never what opens something: no files, consoles, databases, people, backups, settings, sign-ins,
/// keys, copies of data, and no way to Stripe.
const SHOWN: [&str; 8] = [
    "/servers",
    "/servers/{service}",
    "/servers/{service}/activity",
    "/orders",
    "/orders/{order}",
    "/orders/{order}/timeline",
    "/support/tickets",
    "/support/tickets/{ticket}",
];

/// Signing out goes as always, and ends the view with the session.
const LEAVES: &str = "/logout";

/// What a route is to somebody who sees the shop as a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuringView {
    /// It is shown as to the customer.
    Shown,
    /// It leads out.
    Leaves,
    /// It is not for them.
    Closed,
}

/// What a route is to somebody who sees the shop as a customer.
pub fn during(method: &Method, path: &str) -> DuringView {
    match *method {
        Method::GET if SHOWN.contains(&path) => DuringView::Shown,
        Method::POST if path == LEAVES => DuringView::Leaves,
        _ => DuringView::Closed,
    }
}

/// Somebody of staff who sees the shop as a customer. A proof: only the policies make one.
#[derive(Debug, Clone)]
pub struct Viewing {
    /// Since when, by whom.
    pub view: View,
    /// As whom.
    pub customer: Account,
}

/// What the banner says.
#[derive(Debug, Clone)]
pub(in crate::web) struct Banner {
    /// Whose pages these are.
    pub(in crate::web) name: String,
    /// Until when, in words.
    pub(in crate::web) until: String,
}

tokio::task_local! {
    static BANNER: Option<Banner>;
}

/// What stands above every page of this request, errors included.
pub(in crate::web) fn banner() -> Option<Banner> {
    BANNER.try_with(Clone::clone).unwrap_or_default()
}

impl Viewing {
    fn banner(&self) -> Banner {
        Banner { name: self.customer.display_name.clone(), until: texts::time(self.view.until) }
    }
}

/// Answers with the banner above.
pub(super) async fn under<T>(viewing: Option<Viewing>, answer: impl Future<Output = T>) -> T {
    BANNER.scope(viewing.map(|viewing| viewing.banner()), answer).await
}

/// The view that a sign-in has at this moment. Whoever lost the permission has none, and nobody looks as somebody of staff.
pub(super) async fn of(app: &App, holder: &Holder) -> Result<Option<Viewing>, StoreError> {
    if !holder.account.role.may(Permission::HelpCustomers) {
        return Ok(None);
    }
    let found = views::find(&mut *app.store.read().await?, &holder.session.id, app.now()).await?;
    let found = found.filter(|(view, customer)| view.staff == holder.account.id && customer.role == Role::Customer);
    Ok(found.map(|(view, customer)| Viewing { view, customer }))
}

/// How a view ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// By the banner's button.
    ByHand,
    /// With the session.
    SignOut,
    /// Because the person signed in anew.
    SignIn,
    /// Its time was over.
    Time,
}

impl End {
    fn key(self) -> &'static str {
        match self {
            Self::ByHand => "by hand",
            Self::SignOut => "sign-out",
            Self::SignIn => "sign-in",
            Self::Time => "time",
        }
    }
}

/// Begins a view, with its line in the audit log.
pub(super) async fn begin(app: &App, tx: &mut Tx, view: &View, reason: &str) -> Result<(), StoreError> {
    // One that is over and was not written down as such.
    end(app, tx, Whose::Session(&view.session), End::Time).await?;
    views::begin(tx, view).await?;
    let detail = json!({"view": view.id, "until": view.until.to_string(), "reason": reason});
    line(app, tx, &view.staff, "customer.view", view, detail).await
}

/// Ends views, each with its line in the audit log.
pub(crate) async fn end(app: &App, tx: &mut Tx, whose: Whose<'_>, how: End) -> Result<(), StoreError> {
    for view in views::end(tx, whose, app.now()).await? {
        tell_end(app, tx, &view, how).await?;
    }
    Ok(())
}

/// Ends the views whose time is over. Says how many.
pub(crate) async fn end_due(app: &App, tx: &mut Tx, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let ended = views::end_due(tx, now, limit).await?;
    for view in &ended {
        tell_end(app, tx, view, End::Time).await?;
    }
    Ok(ended.len())
}

async fn tell_end(app: &App, tx: &mut Tx, view: &View, how: End) -> Result<(), StoreError> {
    // Whatever was to end it, its time was over before.
    let how = if view.ended_at.is_some_and(|at| at >= view.until) { End::Time } else { how };
    let detail = json!({"view": view.id, "how": how.key(), "ended_at": view.ended_at.map(|at| at.to_string())});
    line(app, tx, &view.staff, "customer.view-end", view, detail).await
}

async fn line(
    app: &App,
    tx: &mut Tx,
    by: &AccountId,
    act: &str,
    view: &View,
    detail: serde_json::Value,
) -> Result<(), StoreError> {
    audit::record(tx, &app.id(), by.as_str(), act, view.customer.as_str(), &detail, app.now()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_looked_at_and_nothing_else() {
        assert_eq!(during(&Method::GET, "/servers"), DuringView::Shown);
        assert_eq!(during(&Method::POST, "/servers/{service}"), DuringView::Closed);
        assert_eq!(during(&Method::GET, "/servers/{service}/files"), DuringView::Closed);
        assert_eq!(during(&Method::GET, "/logout"), DuringView::Closed);
        assert_eq!(during(&Method::POST, "/logout"), DuringView::Leaves);
    }
}
