//! Reading JSON bodies: what is wrong with one is told as a problem document.

use crate::web::errors::{ApiError, Public};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// A JSON body.
pub(super) struct ApiJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => {
                let (code, title) = match &rejection {
                    JsonRejection::JsonDataError(_) => ("invalid_field", "A field is missing or not as it should be"),
                    JsonRejection::MissingJsonContentType(_) => {
                        ("not_json", "The body has to be declared as application/json")
                    }
                    JsonRejection::JsonSyntaxError(_) => ("not_json", "The body is not JSON"),
                    _ => ("unreadable_body", "The body cannot be read"),
                };
                // The text names the field and its place; it comes from the parser, not from below.
                Err(ApiError(Public::new(rejection.status(), code, title, rejection.body_text())))
            }
        }
    }
}
