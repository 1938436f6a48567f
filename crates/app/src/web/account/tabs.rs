//! The links between the pages about an account.

use crate::texts::t;
use crate::web::storefront::frame::Link;

/// The pages, and which one is shown.
pub(in crate::web) struct Tabs(&'static str);

const PAGES: [(&str, &str); 6] = [
    ("/account/profile", "account-profile"),
    ("/account/security", "account-security"),
    ("/account/api-keys", "account-api-keys"),
    ("/account/panel", "account-panel"),
    ("/account/mails", "account-mails"),
    ("/account/data", "account-data"),
];

impl Tabs {
    /// The tabs of the page at `here`.
    pub(in crate::web) fn at(here: &'static str) -> Self {
        Self(here)
    }

    /// The links.
    pub(in crate::web) fn links(&self) -> [Link; PAGES.len()] {
        PAGES.map(|(href, words)| Link { href, label: t(words), here: href == self.0 })
    }
}
