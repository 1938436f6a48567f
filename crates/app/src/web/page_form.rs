//! Reading the forms of pages and what their addresses ask for: what is wrong with one is told as a page.

use crate::texts::t;
use crate::web::errors::{PageError, Public};
use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use http::request::Parts;
use http::{StatusCode, Uri};
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A form, `application/x-www-form-urlencoded`.
pub(super) struct PageForm<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for PageForm<T> {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let (parts, body) = request.into_parts();
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), state)
            .await
            .map_err(|rejection| unreadable(rejection.into()))?;
        let body = match without_zero(&body) {
            Cow::Borrowed(_) => Body::from(body),
            Cow::Owned(replaced) => Body::from(replaced),
        };
        match Form::<T>::from_request(Request::from_parts(parts, body), state).await {
            Ok(Form(form)) => Ok(Self(form)),
            Err(rejection) => Err(unreadable(rejection)),
        }
    }
}

/// What the address of a page asks for. What stands in it twice counts as it stands there last.
pub(super) struct PageQuery<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for PageQuery<T> {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let query = without_zero(parts.uri.query().unwrap_or_default().as_bytes());
        let pairs: BTreeMap<Cow<'_, str>, Cow<'_, str>> = form_urlencoded::parse(&query).collect();
        let once = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let read = Uri::try_from(format!("/?{once}")).ok().and_then(|uri| Query::<T>::try_from_uri(&uri).ok());
        match read {
            Some(Query(wanted)) => Ok(Self(wanted)),
            None => Err(PageError(Public::new(
                StatusCode::BAD_REQUEST,
                "unreadable_address",
                t("error-address"),
                t("error-address-text"),
            ))),
        }
    }
}

/// What is wrong with a field of a form that was refused, to be said beside it.
#[derive(Debug, Default)]
pub(super) struct Wrong(pub Option<(&'static str, String)>);

impl Wrong {
    /// What is wrong with this field.
    pub(super) fn at(&self, field: &str) -> Option<&str> {
        self.0.as_ref().filter(|(wrong, _)| *wrong == field).map(|(_, problem)| problem.as_str())
    }
}

/// The same form with U+FFFD where U+0000 stood: PostgreSQL keeps U+0000 in no text and would refuse the statement, and nobody types it.
fn without_zero(body: &[u8]) -> Cow<'_, [u8]> {
    const ENCODED: &[u8] = b"%00";
    const REPLACEMENT: &[u8] = b"%EF%BF%BD";
    if !body.contains(&0) && !body.windows(ENCODED.len()).any(|letters| letters == ENCODED) {
        return Cow::Borrowed(body);
    }
    let mut replaced = Vec::with_capacity(body.len() + REPLACEMENT.len());
    let mut rest = body;
    while let Some((&first, after)) = rest.split_first() {
        if first == 0 {
            replaced.extend_from_slice(REPLACEMENT);
            rest = after;
        } else if let Some(after) = rest.strip_prefix(ENCODED) {
            replaced.extend_from_slice(REPLACEMENT);
            rest = after;
        } else {
            replaced.push(first);
            rest = after;
        }
    }
    Cow::Owned(replaced)
}

fn unreadable(rejection: FormRejection) -> PageError {
    PageError(Public::new(rejection.status(), "unreadable_form", t("error-form"), t("error-form-text")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[derive(serde::Deserialize)]
    struct Wish {
        q: Option<String>,
        days: Option<u32>,
    }

    async fn asked(address: &str) -> Result<Wish, StatusCode> {
        let (mut parts, ()) = http::Request::get(address).body(()).unwrap().into_parts();
        let read = PageQuery::<Wish>::from_request_parts(&mut parts, &()).await;
        read.map(|PageQuery(wish)| wish).map_err(|error| error.0.status)
    }

    #[tokio::test]
    async fn an_address_is_read_as_far_as_it_can_be_and_never_refused_in_anothers_words() {
        let wish = asked("/find?q=a%00b&days=3&q=c%00d&other=1").await.unwrap();
        assert_eq!((wish.q.as_deref(), wish.days), (Some("c\u{fffd}d"), Some(3)));
        let empty = asked("/find").await.unwrap();
        assert!(empty.q.is_none() && empty.days.is_none());
        assert_eq!(asked("/find?days=many").await.err(), Some(StatusCode::BAD_REQUEST));
    }

    #[rstest]
    #[case::none(b"name=A+%26+B", b"name=A+%26+B")]
    #[case::encoded(b"name=a%00b&x=%00", b"name=a%EF%BF%BDb&x=%EF%BF%BD")]
    #[case::bare(b"name=a\0b", b"name=a%EF%BF%BDb")]
    #[case::a_percent_sign_before_two_zeros(b"name=%2500", b"name=%2500")]
    fn a_zero_becomes_the_replacement_character(#[case] body: &[u8], #[case] expected: &[u8]) {
        let replaced = without_zero(body);

        assert_eq!(replaced, expected);
    }
}
