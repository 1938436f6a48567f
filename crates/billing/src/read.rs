//! Reading answers leniently: the pieces that Stripe's objects share, and how an answer becomes one of our types.

use crate::error::StripeError;
use crate::exchange::{Call, Stripe};
use crate::form::Form;
use crate::settings::Mode;
use domain::money::{Currency, Money};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// One of our types that can be read from Stripe's.
pub(crate) trait Readable: Sized {
    /// Stripe's shape, with everything optional that we can do without.
    type Wire: DeserializeOwned;
    /// Converts, or names what is missing. `mode` is the one of the key that read the object: an object that does not say
    /// its mode has that one, since a key sees no other.
    fn read(wire: Self::Wire, mode: Mode) -> Result<Self, &'static str>;
}

/// Reads a body; the error says where it does not fit, and repeats nothing of it.
pub(crate) fn decode<T: Readable>(body: &[u8], mode: Mode) -> Result<T, String> {
    let wire: T::Wire = serde_json::from_slice(body)
        .map_err(|error| format!("{:?} error at line {} column {}", error.classify(), error.line(), error.column()))?;
    T::read(wire, mode).map_err(str::to_owned)
}

/// A time span; the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

/// One page of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to ask for to get the next, older page; `None` on the last one.
    pub next: Option<String>,
}

/// Rows of a list are told apart by their id.
pub(crate) trait Listed: Readable {
    fn id(&self) -> &str;
}

/// Stripe's list.
#[derive(Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    pub(crate) has_more: Option<bool>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { data: Vec::new(), has_more: None }
    }
}

impl<T: Listed> Readable for Page<T> {
    type Wire = List<T::Wire>;
    fn read(wire: Self::Wire, mode: Mode) -> Result<Self, &'static str> {
        let items: Vec<T> = wire.data.into_iter().map(|row| T::read(row, mode)).collect::<Result<_, _>>()?;
        let more = wire.has_more == Some(true);
        let next = items.last().filter(|_| more).map(|last| last.id().to_owned());
        Ok(Self { items, next })
    }
}

impl Stripe {
    /// Reads one page of a list, from `after` on.
    pub(crate) async fn page<T: Listed>(
        &self,
        name: &'static str,
        path: &str,
        filter: Form,
        after: Option<&str>,
    ) -> Result<Page<T>, StripeError> {
        let form = filter.set("limit", "100").maybe("starting_after", after);
        self.ask(Call::get(name, path, form)).await
    }

    /// Reads all pages of a list that is known to be short.
    ///
    /// # Errors
    /// Also when there are more than a thousand rows: part of a list is never passed off as all of it.
    pub(crate) async fn all<T: Listed>(
        &self,
        name: &'static str,
        path: &str,
        filter: Form,
    ) -> Result<Vec<T>, StripeError> {
        const MAX_PAGES: usize = 10;
        let mut rows = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page: Page<T> = self.page(name, path, filter.clone(), after.as_deref()).await?;
            rows.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(rows),
            }
        }
        Err(StripeError::Unreadable { call: name, detail: format!("the list has more than {} rows", rows.len()) })
    }
}

/// A reference that Stripe may have replaced by the object itself.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

/// An object of which only the id is wanted.
#[derive(Deserialize)]
pub(crate) struct Identified {
    pub(crate) id: String,
}

/// An id, given as such or inside the object.
pub(crate) type Reference = Expandable<Identified>;

impl Reference {
    pub(crate) fn into_id(self) -> String {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id,
        }
    }
}

/// The id behind an optional reference.
pub(crate) fn id_of(reference: Option<Reference>) -> Option<String> {
    reference.map(Reference::into_id)
}

/// Metadata as Stripe sends it: absent, null or a map.
pub(crate) type WireMetadata = Option<BTreeMap<String, String>>;

/// An instant from Unix seconds; `None` also for seconds that no calendar has.
pub(crate) fn instant(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(|seconds| Timestamp::from_second(seconds).ok())
}

/// An instant that every object of the kind has.
pub(crate) fn required_instant(seconds: Option<i64>) -> Result<Timestamp, &'static str> {
    instant(seconds).ok_or("there is no time of creation")
}

/// The currency of an object, if it names one that can be one.
pub(crate) fn currency(code: Option<&str>) -> Option<Currency> {
    code.and_then(|code| Currency::parse(code).ok())
}

/// An amount, if both halves of it are there.
pub(crate) fn money(minor: Option<i64>, currency: Option<Currency>) -> Option<Money> {
    Some(Money::new(minor?, currency?))
}

/// An amount that somebody pays or gets back. Below zero it would turn a payment into a refund: better not to read the object.
pub(crate) fn payable(minor: Option<i64>, currency: Option<Currency>) -> Result<Option<Money>, &'static str> {
    match money(minor, currency) {
        Some(amount) if amount.minor < 0 => Err("there is an amount below zero"),
        amount => Ok(amount),
    }
}

/// An amount that every object of the kind has.
pub(crate) fn required_money(minor: Option<i64>, currency: Option<Currency>) -> Result<Money, &'static str> {
    payable(minor, currency)?.ok_or("there is no amount with a currency")
}

/// Whether an object is of live mode.
pub(crate) fn live(said: Option<bool>, mode: Mode) -> bool {
    said.unwrap_or(mode.is_live())
}

/// A path with an id in it, `/v1/{collection}/{id}{action}`.
///
/// # Errors
/// No object has this id, and asking for it would reach another address.
pub(crate) fn path_of(name: &'static str, collection: &str, id: &str, action: &str) -> Result<String, StripeError> {
    const KEPT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'_').remove(b'-');
    // Dots alone are folded away by address parsers even when they are encoded.
    if id.is_empty() || id.len() > 255 || id.bytes().all(|byte| byte == b'.') {
        return Err(StripeError::NotSent { call: name, reason: "no object has such an id" });
    }
    Ok(format!("/v1/{collection}/{}{action}", percent_encoding::utf8_percent_encode(id, KEPT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_place_in_the_path() {
        assert_eq!(path_of("t", "charges", "ch_1-a", "").unwrap(), "/v1/charges/ch_1-a");
        assert_eq!(path_of("t", "charges", "a/b?c#d.e", "/x").unwrap(), "/v1/charges/a%2Fb%3Fc%23d%2Ee/x");
        for odd in ["", ".", "..", &"x".repeat(256)] {
            assert!(path_of("t", "charges", odd, "").is_err(), "{odd}");
        }
    }
}
