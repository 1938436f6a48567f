//! Reading JSON bodies: what is wrong with one is told as a problem document.

use crate::texts::t;
use crate::web::errors::{ApiError, Public};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A JSON body.
pub(super) struct ApiJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await.map_err(|rejection| {
            ApiError(Public::new(rejection.status(), "unreadable_body", t("error-body"), rejection.body_text()))
        })?;
        if has_zero(&body) {
            let (title, text) = (t("error-body-field"), t("error-body-zero-text"));
            return Err(ApiError(Public::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", title, text)));
        }
        match Json::<T>::from_request(Request::from_parts(parts, Body::from(body)), state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => {
                let (code, title) = match &rejection {
                    JsonRejection::JsonDataError(_) => ("invalid_field", "error-body-field"),
                    JsonRejection::MissingJsonContentType(_) => ("not_json", "error-not-declared"),
                    JsonRejection::JsonSyntaxError(_) => ("not_json", "error-not-json"),
                    _ => ("unreadable_body", "error-body"),
                };
                // The text names the field and its place; it comes from the parser, not from below.
                Err(ApiError(Public::new(rejection.status(), code, t(title), rejection.body_text())))
            }
        }
    }
}

/// Whether a text in the body has the character U+0000, which PostgreSQL keeps in no text: it would refuse the statement.
fn has_zero(body: &[u8]) -> bool {
    // JSON has it as an escape only. A backslash that is a text's own may stand before these letters, too: then a closer look decides.
    body.windows(6).any(|letters| letters == b"\\u0000")
        && serde_json::from_slice(body).is_ok_and(|value: Value| zero_in(&value))
}

/// Bodies are parsed only so deep, so that this ends.
fn zero_in(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(zero_in),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || zero_in(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::has_zero;

    #[test]
    fn a_zero_is_found_in_texts_and_keys_and_a_backslash_is_none() {
        for bad in [r#"{"a": "x\u0000"}"#, r#"[["\u0000"]]"#, r#"{"b": {"\u0000": 1}}"#] {
            assert!(has_zero(bad.as_bytes()), "{bad}");
        }
        for good in [r#"{"a": "x"}"#, r#"{"a": "\\u0000"}"#, r"not JSON \u0000"] {
            assert!(!has_zero(good.as_bytes()), "{good}");
        }
    }
}
