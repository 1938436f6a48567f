//! What is known about whoever asks: where from, with which browser, and whether an account has seen that browser before.
//!
//! A browser in which somebody signed in keeps a device cookie. It opens nothing; it says that this is not the first time, so that
//! guessing from elsewhere does not slow its owner down, and so that a sign-in with another browser is told.

use crate::app::App;
use crate::texts::{self, t};
use crate::web::client::ClientAddress;
use crate::web::cookies;
use axum::extract::FromRequestParts;
use hmac::{Hmac, KeyInit, Mac};
use http::header::USER_AGENT;
use http::request::Parts;
use sha2::Sha256;
use std::convert::Infallible;
use store::accounts::Account;

/// Whoever asks.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Where from.
    pub address: ClientAddress,
    /// What the browser calls itself, shortened.
    pub user_agent: String,
    /// The device cookie, if there is one.
    pub device: Option<String>,
    /// The session cookie, if there is one: whoever signs in anew leaves that session.
    pub session: Option<String>,
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Self {
            address: parts.extensions.get().copied().unwrap_or_default(),
            user_agent: agent.chars().filter(|c| !c.is_control()).take(200).collect(),
            device: cookies::device(app, &parts.headers).map(str::to_owned),
            session: cookies::session(app, &parts.headers).map(str::to_owned),
        })
    }
}

impl Client {
    /// The mark of this browser, if somebody signed in to this account with it since the password was set.
    pub(super) fn mark_at(&self, app: &App, account: &Account) -> Option<&str> {
        let (nonce, proof) = self.device.as_deref()?.split_once('.')?;
        let proof = hex::decode(proof).ok()?;
        code(app, account, nonce)?.verify_slice(&proof).is_ok().then_some(nonce)
    }

    /// The browser in words, for lists and notices.
    pub(super) fn words(&self) -> String {
        in_words(&self.user_agent)
    }
}

/// A new device cookie for an account.
pub(super) fn cookie_value(app: &App, account: &Account) -> String {
    let nonce = hex::encode(app.random.bytes::<16>());
    let mark = code(app, account, &nonce).map(|code| hex::encode(code.finalize().into_bytes()));
    format!("{nonce}.{}", mark.unwrap_or_default())
}

/// The password's hash is in it: another password makes strangers of all browsers, those of a thief included.
fn code(app: &App, account: &Account, nonce: &str) -> Option<Hmac<Sha256>> {
    let mut code = Hmac::<Sha256>::new_from_slice(&app.vault.derive::<32>("device")).ok()?;
    code.update(format!("{}:{nonce}:{}", account.id, account.password_hash).as_bytes());
    Some(code)
}

/// What a browser calls itself, in words. Only for people: nothing rests on it.
pub(in crate::web) fn in_words(user_agent: &str) -> String {
    let find = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = find(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => {
            texts::with("device-browser-system", &[("browser", browser.into()), ("system", system.into())])
        }
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => t("device-unknown").into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_people_know_them() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(in_words(chrome), "Chrome on Linux");
        assert_eq!(in_words(phone), "Safari on iPhone");
        assert_eq!(in_words("<script>"), "a program or an unknown browser");
    }
}
