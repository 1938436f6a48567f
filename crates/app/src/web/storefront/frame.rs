//! What every page has around it: the shop's name, the title, the links, and who is signed in.

use crate::app::App;
use crate::freeze::Gate;
use crate::texts::{self, t};
use crate::web::assets;
use crate::web::errors::{PageError, no_store};
use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use domain::freeze::Reach;
use http::{StatusCode, header};
use std::borrow::Cow;
use store::accounts::Account;

/// What the layout needs to know.
#[derive(Debug, Clone)]
pub(in crate::web) struct Frame {
    /// The shop's name.
    pub(in crate::web) shop: String,
    /// Where customers write to for help.
    pub(in crate::web) support_email: String,
    /// Stands in the tab.
    pub(in crate::web) title: String,
    /// Stands under the link in search results.
    pub(in crate::web) description: String,
    /// Whether somebody is signed in.
    pub(in crate::web) signed_in: bool,
    /// Whether they work here.
    staff: bool,
    /// That the shop stands still.
    pub(in crate::web) notice: Option<Notice>,
    /// Where the shop is, without a slash at the end.
    pub(in crate::web) site: String,
    /// The page's own address, for public pages that can be reached under more than one.
    pub(in crate::web) path: Option<String>,
    /// What others show when they link to the page.
    pub(in crate::web) picture: &'static str,
    here: &'static str,
}

/// A link of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Link {
    pub(in crate::web) href: &'static str,
    pub(in crate::web) label: Cow<'static, str>,
    /// Whether the page that is shown belongs to it.
    pub(in crate::web) here: bool,
}

/// What stands above every page while the shop stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) struct Notice {
    pub(in crate::web) tone: &'static str,
    pub(in crate::web) title: Cow<'static, str>,
    pub(in crate::web) text: Cow<'static, str>,
}

impl Notice {
    /// Whoever works here reads why and what to do; everybody else what it means for them.
    fn of(gate: &Gate, staff: bool) -> Option<Self> {
        if staff {
            let why = gate.stops(Reach::Servers)?;
            return Some(Self { tone: "bad", title: t("frame-frozen"), text: t(&format!("freeze-{}", why.key())) });
        }
        gate.stops(Reach::Outside).map(|_| Self {
            tone: "warn",
            title: t("frame-no-orders"),
            text: t("frame-no-orders-text"),
        })
    }
}

impl Frame {
    /// The frame of a page. `here` is the header's link that the page belongs to, or empty.
    pub(in crate::web) fn new(
        app: &App,
        visitor: Option<&Account>,
        here: &'static str,
        title: impl Into<String>,
    ) -> Self {
        let site = &app.config.site;
        let staff = visitor.is_some_and(|account| account.role.is_staff());
        Self {
            shop: site.name.clone(),
            support_email: site.support_email.clone(),
            title: title.into(),
            description: texts::with("frame-description", &[("shop", site.name.as_str().into())]),
            signed_in: visitor.is_some(),
            staff,
            notice: Notice::of(&app.gate, staff),
            site: site.url.as_str().trim_end_matches('/').to_owned(),
            path: None,
            picture: assets::picture("any"),
            here,
        }
    }

    /// The same, of a page that has this address, about a game.
    pub(in crate::web) fn of_game(self, path: String, game: &str) -> Self {
        Self { path: Some(path), picture: assets::picture(game), ..self }
    }

    /// The same with another description.
    pub(in crate::web) fn about(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Links that lead through the shop.
    pub(in crate::web) fn shop_links(&self) -> [Link; 4] {
        [("/games", "frame-games"), ("/pricing", "frame-pricing"), ("/faq", "frame-faq"), ("/support", "frame-support")]
            .map(|link| self.link(link))
    }

    /// Links that lead to what is the visitor's own.
    pub(in crate::web) fn account_links(&self) -> Vec<Link> {
        let links: &[_] = match (self.signed_in, self.staff) {
            (true, true) => {
                &[("/console", "frame-console"), ("/servers", "frame-servers"), ("/account/security", "frame-settings")]
            }
            (true, false) => &[
                ("/servers", "frame-servers"),
                ("/orders", "frame-orders"),
                ("/support/tickets", "frame-tickets"),
                ("/account/security", "frame-settings"),
            ],
            (false, _) => &[("/login", "frame-sign-in"), ("/signup", "frame-sign-up")],
        };
        links.iter().map(|link| self.link(*link)).collect()
    }

    fn link(&self, (href, words): (&'static str, &'static str)) -> Link {
        // The pages about an account share one link.
        let here = href == self.here || href == "/account/security" && self.here.starts_with("/account/");
        Link { href, label: t(words), here }
    }
}

/// A public page. Browsers ask again each time, because the header says who is signed in.
pub(in crate::web) fn show(page: &impl Template) -> Result<Response, PageError> {
    Ok(([(header::CACHE_CONTROL, "private, no-cache")], Html(page.render()?)).into_response())
}

/// A page about somebody, or with a form that is good for one purchase: kept by nobody.
pub(in crate::web) fn show_private(status: StatusCode, page: &impl Template) -> Result<Response, PageError> {
    Ok((status, no_store(), Html(page.render()?)).into_response())
}
