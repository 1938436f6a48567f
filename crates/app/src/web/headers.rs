//! What browsers are told about every answer: what a page may load, where its forms may lead, and who may look at it.

use crate::app::App;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use std::sync::Arc;

/// Powers of the browser that no page of ours uses, and the three that one does.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(self), \
    display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
    idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), \
    publickey-credentials-create=(self), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), \
    storage-access=(), sync-xhr=(), usb=(), window-management=(), xr-spatial-tracking=()";

/// Where pages stand whose forms lead to the payment page: a browser follows a form's redirect only where the page's policy
/// allows it.
const PAYING: [&str; 3] = ["/games/", "/checkout", "/orders/"];

/// The headers of one installation.
#[derive(Clone)]
pub(super) struct Headers(Arc<Parts>);

struct Parts {
    policy: HeaderValue,
    paying_policy: HeaderValue,
    /// Encrypted connections only, from now on; `None` where the site itself is not encrypted.
    strict_transport: Option<HeaderValue>,
}

impl Headers {
    pub(super) fn of(app: &App) -> Self {
        let site = &app.config.site;
        let https = site.url.scheme() == "https";
        let strict_transport = match site.https_for_subdomains {
            true => HeaderValue::from_static("max-age=63072000; includeSubDomains"),
            false => HeaderValue::from_static("max-age=63072000"),
        };
        Self(Arc::new(Parts {
            policy: policy(https, "'self'"),
            paying_policy: policy(https, &format!("'self' {}", app.config.stripe.checkout_origin)),
            strict_transport: https.then_some(strict_transport),
        }))
    }
}

/// What a page may do. Nothing stands inline, so there is nothing to except; scripts put markup into the page only through the
/// policy named here, which is for fragments that the server itself has made.
fn policy(https: bool, forms: &str) -> HeaderValue {
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
         frame-ancestors 'none'; form-action {forms}; require-trusted-types-for 'script'; trusted-types server-fragments{}",
        if https { "; upgrade-insecure-requests" } else { "" }
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Marks an answer as a letter that is looked at: it is styled inline, as mail is, and may do nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShownLetter;

const LETTER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
);

/// Marks an answer that other sites may put into their pages and their scripts may read: it says what everybody may know, and nothing
/// about who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Embeddable;

/// Puts the headers on every answer.
pub(super) async fn secure(State(headers): State<Headers>, request: Request, next: Next) -> Response {
    let paying = PAYING.iter().any(|start| request.uri().path().starts_with(start));
    let mut response = next.run(request).await;
    let policy = match response.extensions().get::<ShownLetter>() {
        Some(ShownLetter) => LETTER_POLICY,
        None if paying => headers.0.paying_policy.clone(),
        None => headers.0.policy.clone(),
    };
    let embeddable = response.extensions().get::<Embeddable>().is_some();
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_SECURITY_POLICY, policy);
    if let Some(strict) = &headers.0.strict_transport {
        answer.insert(header::STRICT_TRANSPORT_SECURITY, strict.clone());
    }
    // What does not say otherwise is kept by nobody.
    answer.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    let fixed: [(HeaderName, &'static str); 6] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ];
    for (name, value) in fixed {
        answer.insert(name, HeaderValue::from_static(value));
    }
    if embeddable {
        let resource = HeaderName::from_static("cross-origin-resource-policy");
        answer.insert(resource, HeaderValue::from_static("cross-origin"));
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}
