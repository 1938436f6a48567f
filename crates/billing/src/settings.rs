//! What a client is made from: where Stripe is, who we are, how bytes travel and how it waits.

use bytes::Bytes;
use domain::call::CallFailure;
use futures_util::future::BoxFuture;
use http::uri::Uri;
use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tower::util::BoxCloneSyncService;

/// How one request travels and its whole answer comes back. It ends a call when the [`domain::call::CallBudget`] among the
/// request's extensions is used up, limits the size of the answer, and follows no redirect.
pub type Transport = BoxCloneSyncService<http::Request<Bytes>, http::Response<Bytes>, CallFailure>;

/// How the client waits between two tries of one call.
pub type Sleep = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// Where Stripe is and who we are there.
#[derive(Clone)]
pub struct StripeSettings {
    /// The address before `/v1`, without a slash at the end. Plain `http` is accepted for this machine only.
    pub api_base: String,
    /// The secret or restricted key.
    pub secret_key: SecretString,
    /// How often one call is repeated; more than [`StripeSettings::MAX_RETRIES`] counts as that, 0 in simulations.
    pub retries: u32,
    /// How the client waits before it repeats a call.
    pub sleep: Sleep,
}

impl StripeSettings {
    /// No call is repeated more often than this.
    pub const MAX_RETRIES: u32 = 3;
}

impl fmt::Debug for StripeSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeSettings")
            .field("api_base", &self.api_base)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

/// Why no client can be made from the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The address cannot be used.
    #[error("the address of Stripe's API is not an http(s) address without a path")]
    Address,
    /// The key would travel unprotected.
    #[error("the address of Stripe's API must be https, or a loopback address")]
    Unprotected,
    /// The key is empty or holds characters that no key has, a line break for example.
    #[error("the secret key holds characters that cannot be sent")]
    Key,
}

/// Whose money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nobody's: cards and amounts are play.
    Test,
    /// Real money.
    Live,
}

impl Mode {
    /// The mode that a key belongs to. A key without a known beginning counts as live: the careful reading.
    pub fn of_key(key: &str) -> Self {
        if key.starts_with("sk_test_") || key.starts_with("rk_test_") { Self::Test } else { Self::Live }
    }

    /// Whether this is real money.
    pub fn is_live(self) -> bool {
        self == Self::Live
    }
}

/// Checks the address: protected, or on this machine; nothing after the host and port.
pub(crate) fn check_address(base: &str) -> Result<(), SettingsError> {
    let uri: Uri = base.parse().map_err(|_| SettingsError::Address)?;
    let bare = !base.ends_with('/') && matches!(uri.path(), "" | "/") && uri.query().is_none();
    let host = uri.host().filter(|host| !host.is_empty());
    match (uri.scheme_str(), host) {
        (Some("https"), Some(_)) if bare => Ok(()),
        (Some("http"), Some(host)) if bare => {
            if is_loopback(host) {
                Ok(())
            } else {
                Err(SettingsError::Unprotected)
            }
        }
        _ => Err(SettingsError::Address),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_protected_or_on_this_machine() {
        assert_eq!(check_address("https://api.stripe.com"), Ok(()));
        assert_eq!(check_address("http://127.0.0.1:4242"), Ok(()));
        assert_eq!(check_address("http://localhost:4242"), Ok(()));
        assert_eq!(check_address("http://[::1]:4242"), Ok(()));
        assert_eq!(check_address("http://api.stripe.com"), Err(SettingsError::Unprotected));
        assert_eq!(check_address("http://127.0.0.1.example.test"), Err(SettingsError::Unprotected));
        for odd in ["https://api.stripe.com/", "https://api.stripe.com/v1", "api.stripe.com", "ftp://localhost", ""] {
            assert_eq!(check_address(odd), Err(SettingsError::Address), "{odd}");
        }
    }

    #[test]
    fn an_unknown_key_counts_as_live() {
        assert_eq!(Mode::of_key("sk_test_1"), Mode::Test);
        assert_eq!(Mode::of_key("rk_test_1"), Mode::Test);
        assert_eq!(Mode::of_key("sk_live_1"), Mode::Live);
        assert_eq!(Mode::of_key("whatever"), Mode::Live);
    }
}
