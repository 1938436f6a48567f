//! Refusals in Stripe's error shape.

use serde_json::{Map, Value, json};

/// An answer other than 200, before it becomes bytes.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    detail: Box<Detail>,
}

#[derive(Debug, Clone)]
struct Detail {
    kind: &'static str,
    code: Option<String>,
    message: String,
    param: Option<String>,
    more: Map<String, Value>,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        let detail = Detail { kind, code: None, message: message.into(), param: None, more: Map::new() };
        Self { status, detail: Box::new(detail) }
    }

    /// 400: the request cannot be carried out as it stands.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// 401: no key, or one this account does not know.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", message)
    }

    /// 402: a card said no.
    pub(crate) fn declined(decline_code: &str, message: &str) -> Self {
        let code = if decline_code == "authentication_required" { decline_code } else { "card_declined" };
        Self::new(402, "card_error", message).code(code).with("decline_code", json!(decline_code))
    }

    /// Idempotency trouble: 400 for a reused key, 409 for one in use.
    pub(crate) fn idempotency(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, "idempotency_error", message)
    }

    /// 404 for the id in the path, 400 with `param` for a reference in the parameters.
    pub(crate) fn missing(noun: &str, id: &str, param: Option<&str>) -> Self {
        let status = if param.is_none() { 404 } else { 400 };
        Self::new(status, "invalid_request_error", format!("No such {noun}: '{id}'"))
            .code("resource_missing")
            .param(param.unwrap_or("id"))
    }

    /// 404: no such path.
    pub(crate) fn unknown_path(method: &str, path: &str) -> Self {
        Self::new(404, "invalid_request_error", format!("Unrecognized request URL ({method}: {path})."))
    }

    /// Any other status, for faults.
    pub(crate) fn other(status: u16, kind: &'static str, message: &str) -> Self {
        Self::new(status, kind, message)
    }

    pub(crate) fn code(mut self, code: &str) -> Self {
        self.detail.code = Some(code.to_owned());
        self
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.detail.param = Some(param.into());
        self
    }

    pub(crate) fn with(mut self, key: &str, value: Value) -> Self {
        self.detail.more.insert(key.to_owned(), value);
        self
    }

    /// The JSON body.
    pub(crate) fn body(&self) -> Value {
        let detail = &self.detail;
        let mut error = Map::new();
        error.insert("type".into(), json!(detail.kind));
        if let Some(code) = &detail.code {
            error.insert("code".into(), json!(code));
            error.insert("doc_url".into(), json!(format!("https://stripe.com/docs/error-codes/{code}")));
        }
        error.insert("message".into(), json!(detail.message));
        if let Some(param) = &detail.param {
            error.insert("param".into(), json!(param));
        }
        error.extend(detail.more.clone());
        json!({ "error": error })
    }

    /// The members of `error` alone, as `last_payment_error` carries them.
    pub(crate) fn detail(&self) -> Value {
        self.body()["error"].take()
    }
}
