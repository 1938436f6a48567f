//! The session cookie.

use crate::app::App;
use axum_extra::extract::cookie::{Cookie, SameSite};
use http::header::{COOKIE, HeaderMap};
use jiff::SignedDuration;

/// How long a sign-in lasts.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 30);

/// With https the browser itself makes sure that only this host set it and that it travels encrypted.
fn name(app: &App) -> &'static str {
    if app.config.site.url.scheme() == "https" { "__Host-givr" } else { "givr" }
}

/// The value of the session cookie, if the browser sent one.
pub(super) fn session<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    let wanted = name(app);
    let all = headers.get_all(COOKIE).into_iter().filter_map(|header| header.to_str().ok());
    let mut pairs = all.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value).filter(|value| value.len() == 64)
}

/// A cookie that signs in.
pub(super) fn set(app: &App, value: String) -> Cookie<'static> {
    let mut cookie = bare(app, value);
    // The cookie's own type for durations is not ours to name; it reads text.
    let lifetime =
        Cookie::parse(format!("x=; Max-Age={}", LIFETIME.as_secs())).ok().and_then(|parsed| parsed.max_age());
    cookie.set_max_age(lifetime);
    cookie
}

fn bare(app: &App, value: String) -> Cookie<'static> {
    let https = app.config.site.url.scheme() == "https";
    Cookie::build((name(app), value)).path("/").http_only(true).secure(https).same_site(SameSite::Lax).build()
}

/// A cookie that signs out.
pub(super) fn clear(app: &App) -> Cookie<'static> {
    let mut cookie = bare(app, String::new());
    cookie.make_removal();
    cookie
}
