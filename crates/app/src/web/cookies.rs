//! The cookies: one that signs in, one that says that a browser is not new, one that says in which language it reads.

use crate::app::App;
use axum_extra::extract::cookie::{Cookie, SameSite};
use domain::language::Language;
use http::header::{COOKIE, HeaderMap};
use jiff::SignedDuration;

/// How long a sign-in lasts.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long a browser is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 365);
/// Longest device cookie: a nonce, a dot and a mark.
const DEVICE_LENGTH: usize = 32 + 1 + 64;

/// A cookie of ours.
#[derive(Clone, Copy)]
enum Which {
    Session,
    Device,
}

/// With https the browser itself makes sure that only this host set it and that it travels encrypted.
fn name(app: &App, which: Which) -> &'static str {
    match (which, app.config.site.url.scheme() == "https") {
        (Which::Session, true) => "__Host-givr",
        (Which::Session, false) => "givr",
        (Which::Device, true) => "__Host-givr-device",
        (Which::Device, false) => "givr-device",
    }
}

fn find<'h>(app: &App, headers: &'h HeaderMap, which: Which) -> Option<&'h str> {
    named(headers, name(app, which))
}

fn named<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|header| header.to_str().ok());
    let mut pairs = all.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// The value of the session cookie, if the browser sent one.
pub(super) fn session<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    find(app, headers, Which::Session).filter(|value| value.len() == 64)
}

/// The value of the device cookie, if the browser sent one.
pub(super) fn device<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    find(app, headers, Which::Device).filter(|value| value.len() == DEVICE_LENGTH)
}

/// A cookie that signs in.
pub(super) fn set(app: &App, value: String) -> Cookie<'static> {
    lasting(bare(app, Which::Session, value), LIFETIME)
}

/// A cookie that remembers the browser.
pub(super) fn set_device(app: &App, value: String) -> Cookie<'static> {
    lasting(bare(app, Which::Device, value), REMEMBERED)
}

fn lasting(mut cookie: Cookie<'static>, time: SignedDuration) -> Cookie<'static> {
    // The cookie's own type for durations is not ours to name; it reads text.
    let time = Cookie::parse(format!("x=; Max-Age={}", time.as_secs())).ok().and_then(|parsed| parsed.max_age());
    cookie.set_max_age(time);
    cookie
}

fn bare(app: &App, which: Which, value: String) -> Cookie<'static> {
    let https = app.config.site.url.scheme() == "https";
    Cookie::build((name(app, which), value)).path("/").http_only(true).secure(https).same_site(SameSite::Lax).build()
}

/// Says in which language somebody reads. It opens nothing, so that its name promises nothing.
const LANGUAGE: &str = "givr-language";

/// The language that was chosen in this browser.
pub(super) fn language(headers: &HeaderMap) -> Option<Language> {
    named(headers, LANGUAGE).and_then(Language::find)
}

/// A cookie that remembers a language.
pub(super) fn set_language(app: &App, language: Language) -> Cookie<'static> {
    let https = app.config.site.url.scheme() == "https";
    let cookie = Cookie::build((LANGUAGE, language.key())).path("/").http_only(true).secure(https);
    lasting(cookie.same_site(SameSite::Lax).build(), REMEMBERED)
}

/// A cookie that signs out.
pub(super) fn clear(app: &App) -> Cookie<'static> {
    let mut cookie = bare(app, Which::Session, String::new());
    cookie.make_removal();
    cookie
}
