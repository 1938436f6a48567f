//! How much anybody may ask in a minute: by address, and on the API by account, with whatever token or key it calls. Each process counts
//! for itself; what protects passwords is counted in the database, by `throttle`.

use crate::config::Server;
use crate::texts::{self, t};
use crate::web::errors::Public;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::num::NonZeroU32;

type Keyed = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// Counts requests.
pub struct Limiter {
    addresses: Option<Keyed>,
    callers: Option<Keyed>,
}

/// What is left for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    limit: u32,
    remaining: u32,
    reset_s: u64,
}

impl Limiter {
    /// Limits as they are set.
    pub fn new(settings: &Server) -> Self {
        let keyed = |per_minute: u32| {
            // A page brings a handful of requests at once.
            let quota = Quota::per_minute(NonZeroU32::new(per_minute)?);
            Some(RateLimiter::keyed(quota).with_middleware())
        };
        Self { addresses: keyed(settings.requests_per_minute), callers: keyed(settings.api_requests_per_minute) }
    }

    /// Counts a request from an address.
    ///
    /// # Errors
    /// Nothing is left; with the seconds to wait.
    pub fn by_address(&self, address: &str) -> Result<Option<Left>, u64> {
        count(self.addresses.as_ref(), address)
    }

    /// Counts a request of an account on the API.
    ///
    /// # Errors
    /// Nothing is left; with the seconds to wait.
    pub fn by_caller(&self, caller: &str) -> Result<Option<Left>, u64> {
        count(self.callers.as_ref(), caller)
    }

    /// Forgets everybody who has their whole allowance back.
    pub fn forget_idle(&self) {
        for limiter in [&self.addresses, &self.callers].into_iter().flatten() {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

fn count(limiter: Option<&Keyed>, key: &str) -> Result<Option<Left>, u64> {
    let Some(limiter) = limiter else { return Ok(None) };
    match limiter.check_key(&key.to_owned()) {
        Ok(state) => {
            let (limit, remaining) = (state.quota().burst_size().get(), state.remaining_burst_capacity());
            let used = u64::from(limit - remaining.min(limit));
            let reset_s = state.quota().replenish_interval().saturating_mul(u32::try_from(used).unwrap_or(u32::MAX));
            Ok(Some(Left { limit, remaining, reset_s: reset_s.as_secs_f64().ceil() as u64 }))
        }
        Err(not_until) => Err(not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1),
    }
}

impl Left {
    /// Says it in the usual headers.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let numbers = [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", u64::from(self.remaining)),
            ("ratelimit-reset", self.reset_s),
        ];
        for (name, number) in numbers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
        }
    }
}

/// What somebody reads who asks too much.
pub fn too_much(wait_s: u64) -> Public {
    let text = texts::with("error-too-much-text", &[("seconds", wait_s.into())]);
    Public::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", t("error-too-much"), text).retry_in(wait_s)
}
