//! What lies between the shop and its customers: mail, the public address, its certificate.

use super::{Check, Line, Parts, stripe};
use crate::clock::Clock;
use crate::mail::Leaves;
use bytes::Bytes;
use domain::call::CallBudget;
use domain::redact::without_addresses;
use http::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use reqwest::tls::TlsInfo;
use std::time::Duration;
use tower::ServiceExt;
use x509_parser::parse_x509_certificate;

/// How long the shop may take to answer itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// A certificate that renews itself is never this close to its end.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(super) async fn examine(parts: &Parts<'_>) -> Vec<Line> {
    let (mail, site) = tokio::join!(mail(parts), site(parts));
    std::iter::once(mail).chain(site).collect()
}

/// Whether only this machine is served.
fn is_private(parts: &Parts<'_>) -> bool {
    parts.config.site.url.scheme() == "http"
}

async fn mail(parts: &Parts<'_>) -> Line {
    match parts.mailer.try_server().await {
        Ok(Leaves::ByServer) => Line::good(Check::Mail, "The mail server answers and lets the shop in."),
        Ok(Leaves::IntoFolder) => Line::note(Check::Mail, "mail.url leads into a folder: nobody gets mail."),
        Ok(Leaves::Nowhere) if is_private(parts) => Line::note(Check::Mail, "mail.url is log: nobody gets mail."),
        Ok(Leaves::Nowhere) => Line::wrong(
            Check::Mail,
            "mail.url is log: nobody gets mail, so nobody can sign up.",
            "Put the address of your mail server into mail.url (smtps://name:password@host).",
        ),
        Err(error) => Line::wrong(
            Check::Mail,
            format!("Mail cannot leave: {}.", without_addresses(&format!("{error:#}"))),
            "Look whether the mail server runs, and whether host, port, name and password in mail.url are right. Mail waits and is sent \
             later; nothing is lost.",
        ),
    }
}

/// Goes the way of Stripe's events, without a signature: the shop alone answers that as it does.
async fn site(parts: &Parts<'_>) -> Vec<Line> {
    let address = parts.config.site.url.as_str().trim_end_matches('/');
    let request = Request::post(format!("{address}{}", stripe::WEBHOOK_PATH)).extension(CallBudget(PATIENCE));
    let Ok(request) = request.body(Bytes::new()) else { return Vec::new() };
    match parts.site.clone().oneshot(request).await {
        Ok(answer) if answer.status() == StatusCode::BAD_REQUEST && answer.body().starts_with(b"signature") => {
            let mut lines = vec![Line::good(Check::Site, format!("The shop answers at {address}."))];
            lines.extend(certificate(&answer, parts.clock.now()));
            lines
        }
        Ok(answer) => vec![Line::wrong(
            Check::Site,
            format!("Somebody else answers at {address}, with {}.", answer.status()),
            "Look where the name leads, and whether the proxy in front passes everything on to server.listen.",
        )],
        Err(error) => vec![Line::wrong(
            Check::Site,
            format!("Nobody answers at {address}: {}.", innermost(&error)),
            "Start the shop (`givr serve`), and look at its name, its proxy and the firewall.",
        )],
    }
}

/// The cause that says most.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn certificate(answer: &Response<Bytes>, now: Timestamp) -> Option<Line> {
    let der = answer.extensions().get::<TlsInfo>()?.peer_certificate()?;
    let Ok((_, certificate)) = parse_x509_certificate(der) else {
        return Some(Line::note(Check::Certificate, "Its end cannot be read."));
    };
    let ends = Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()?;
    let left = ends.duration_since(now);
    let found = format!("It ends on {}, in {} days.", ends.strftime("%F"), left.as_hours() / 24);
    Some(if left < ENDS_SOON {
        Line::wrong(
            Check::Certificate,
            found,
            "Look why it was not renewed (docs/install.md, the proxy), and renew it.",
        )
    } else {
        Line::good(Check::Certificate, found)
    })
}
