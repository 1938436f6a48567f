//! What people and programs read when something did not work: what happened, what it means for the money, what to do next.

use crate::freeze::Closed;
use crate::texts::{filters, t};
use askama::Template;
use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// An error as it is shown outside. Never a message from below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// The HTTP status.
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    /// What happened.
    pub title: Cow<'static, str>,
    /// What it means and what to do.
    pub text: Cow<'static, str>,
    /// Seconds after which it is worth trying again, if that is known.
    pub retry_s: Option<u64>,
    /// Where to go on, if there is such a place: its address and the name of the link's text.
    pub onward: Option<(Box<str>, &'static str)>,
}

impl Public {
    /// An error with these words.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: impl Into<Cow<'static, str>>,
        text: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { status, code, title: title.into(), text: text.into(), retry_s: None, onward: None }
    }

    /// The same, worth trying again in so many seconds.
    pub fn retry_in(self, seconds: u64) -> Self {
        Self { retry_s: Some(seconds), ..self }
    }

    /// The same with a place to go on at, and the name of the text that leads there.
    pub fn onward(self, address: impl Into<Box<str>>, text: &'static str) -> Self {
        Self { onward: Some((address.into(), text)), ..self }
    }

    /// Nobody is signed in.
    pub fn sign_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "sign_in", t("error-sign-in"), t("error-sign-in-text"))
            .onward("/login", "frame-sign-in")
    }

    /// There is no such thing, or it is somebody else's.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", t("error-not-found"), t("error-not-found-text"))
    }

    /// Something of ours failed; `error` goes to the log only.
    pub fn broken(error: &dyn std::fmt::Display) -> Self {
        tracing::error!("A request failed: {error}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", t("error-broken"), t("error-broken-text"))
    }
}

/// An error on a page.
#[derive(Debug)]
pub struct PageError(pub Public);

impl PageError {
    /// There is no such thing, or it is somebody else's.
    pub fn not_found() -> Self {
        Self(Public::not_found())
    }
}

#[derive(Template)]
#[template(path = "web/error.html")]
struct ErrorPage<'a> {
    title: &'a str,
    text: &'a str,
    status: u16,
    onward: Option<(&'a str, &'static str)>,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let Self(public) = self;
        let onward = public.onward.as_ref().map(|(address, text)| (address.as_ref(), *text));
        let page = ErrorPage { title: &public.title, text: &public.text, status: public.status.as_u16(), onward };
        let html = page.render().unwrap_or_else(|_| public.title.to_string());
        let mut response = (public.status, no_store(), Html(html)).into_response();
        tell_retry(&mut response, public.retry_s);
        response
    }
}

/// An error of the API: a problem document (RFC 9457).
#[derive(Debug)]
pub struct ApiError(pub Public);

/// A problem document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` says what it is.
    #[serde(rename = "type")]
    #[schema(pattern = "^about:blank$")]
    pub kind: &'static str,
    /// A stable word for programs.
    #[schema(pattern = "^[a-z_]+$")]
    pub code: &'static str,
    /// What happened.
    #[schema(min_length = 1)]
    pub title: String,
    /// What it means and what to do.
    pub detail: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(public) = self;
        let problem = Problem {
            kind: "about:blank",
            code: public.code,
            title: public.title.into_owned(),
            detail: public.text.into_owned(),
            status: public.status.as_u16(),
        };
        let mut response = (public.status, no_store(), Json(problem)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        tell_retry(&mut response, public.retry_s);
        if public.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn tell_retry(response: &mut Response, seconds: Option<u64>) {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Answers about somebody are not kept by anybody.
pub fn no_store() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}

/// Errors that know what to say outside.
pub trait Explain {
    /// What people and programs read.
    fn public(&self) -> Public;
}

impl<E: Explain> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.public())
    }
}

impl<E: Explain> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.public())
    }
}

impl Explain for store::StoreError {
    fn public(&self) -> Public {
        Public::broken(&format!(
            "{self}: {}",
            std::error::Error::source(self).map_or_else(String::new, ToString::to_string)
        ))
    }
}

impl Explain for Closed {
    fn public(&self) -> Public {
        Public::new(StatusCode::SERVICE_UNAVAILABLE, "paused", t("error-paused"), t("error-paused-text"))
    }
}

impl Explain for anyhow::Error {
    fn public(&self) -> Public {
        match self.downcast_ref::<Closed>() {
            Some(closed) => closed.public(),
            None => Public::broken(&format!("{self:#}")),
        }
    }
}

impl Explain for askama::Error {
    fn public(&self) -> Public {
        Public::broken(self)
    }
}
