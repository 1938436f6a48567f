//! What each message says, in the language of the task.

use super::letter::Letter;
use super::{Message, Notice};
use crate::texts::{self, day_and_time, one, price, t};
use domain::access::Role;
use domain::refund::{RefundReason, RefundWay};
use domain::standing::Why;
use std::borrow::Cow;

/// Two texts, one after the other.
fn joined(first: impl AsRef<str>, second: impl AsRef<str>) -> String {
    format!("{} {}", first.as_ref(), second.as_ref())
}

/// The letter of a message.
pub(super) fn letter(message: &Message, shop: &str) -> Letter {
    match message {
        Message::VerifyEmail { code } => {
            let subject = texts::with("mail-code-subject", &[("code", code.into()), ("shop", shop.into())]);
            Letter::about(subject)
                .text(one("mail-code-welcome", "shop", shop))
                .large(code)
                .text(t("mail-code-use"))
                .text(t("mail-code-not-you"))
        }
        Message::ChangeEmail { code, .. } => {
            let subject = texts::with("mail-code-subject", &[("code", code.into()), ("shop", shop.into())]);
            Letter::about(subject)
                .text(one("mail-change-what", "shop", shop))
                .large(code)
                .text(t("mail-code-use"))
                .text(t("mail-change-not-you"))
        }
        Message::Welcome { games, security } => Letter::about(one("mail-welcome-subject", "shop", shop))
            .text(one("mail-welcome-ready", "shop", shop))
            .button("mail-welcome-button", games)
            .text(t("mail-promise"))
            .link("mail-welcome-security", security),
        Message::ResetPassword { link } => Letter::about(one("mail-reset-subject", "shop", shop))
            .text(t("mail-reset-asked"))
            .button("mail-reset-button", link)
            .text(t("mail-reset-not-you")),
        Message::KnownAddress { login, reset } => Letter::about(one("mail-known-subject", "shop", shop))
            .text(one("mail-known-tried", "shop", shop))
            .button("mail-known-login", login)
            .link("mail-known-reset", reset)
            .text(t("mail-known-not-you")),
        Message::PaymentReceived { amount, plan, server, link } => {
            let amount = price(*amount);
            let thanks = texts::with("mail-paid-thanks", &[("amount", amount.as_str().into()), ("plan", plan.into())]);
            Letter::about(one("mail-paid-subject", "amount", &amount))
                .text(thanks)
                .text(one("mail-paid-next", "server", server))
                .button("mail-paid-button", link)
                .text(t("mail-promise"))
        }
        Message::ServerReady { server, address, verified, panel, username, link } => {
            let checked = if *verified { "mail-ready-verified" } else { "mail-ready-unverified" };
            Letter::about(one("mail-ready-subject", "server", server))
                .text(one("mail-ready-address", "server", server))
                .large(address)
                .text(t(checked))
                .button("mail-ready-button", link)
                .facts([("mail-ready-panel", panel), ("mail-ready-username", username)])
                .text(t("mail-ready-password"))
        }
        Message::Trouble { server, reason, amount, link } => {
            Letter::about(one("mail-trouble-subject", "server", server))
                .text(reason_in_words(*reason))
                .text(one("mail-trouble-money", "amount", price(*amount)))
                .button("mail-trouble-button", link)
        }
        Message::RefundMade { amount, way, link } => {
            let amount = price(*amount);
            let text = match way {
                RefundWay::Card => "mail-refund-made",
                RefundWay::Bank => "mail-refund-bank",
                RefundWay::Otherwise => "mail-refund-otherwise",
            };
            Letter::about(one("mail-refund-subject", "amount", &amount))
                .text(one(text, "amount", &amount))
                .link("mail-order", link)
        }
        Message::ServerMissing { server, link } => Letter::about(one("mail-missing-subject", "server", server))
            .text(one("mail-missing-what", "server", server))
            .text(t("mail-missing-why"))
            .link("mail-server", link),
        Message::PaymentFailed { server, pay, suspend_on, link } => {
            let letter = Letter::about(one("mail-unpaid-subject", "server", server)).text(one(
                "mail-unpaid-what",
                "server",
                server,
            ));
            let letter = match pay {
                Some(pay) => letter.text(t("mail-unpaid-pay")).button("mail-unpaid-button", pay),
                None => letter.text(t("mail-unpaid-wait")),
            };
            letter.text(one("mail-unpaid-then", "date", day_and_time(*suspend_on))).link("mail-server", link)
        }
        Message::ServerSuspended { server, why, delete_on, link } => {
            let what = texts::with(
                "mail-suspended-what",
                &[("server", server.into()), ("reason", t(&format!("suspended-mail-{}", why.key())).as_ref().into())],
            );
            let kept = match delete_on {
                Some(on) => one("mail-suspended-until", "date", day_and_time(*on)),
                None => t("mail-suspended-kept").into_owned(),
            };
            Letter::about(one("mail-suspended-subject", "server", server))
                .text(what)
                .text(joined(t("mail-suspended-means"), kept))
                .text(one("mail-what-to-do", "advice", advice(*why)))
                .button("mail-server", link)
        }
        Message::SoonDeleted { server, why, on, link } => {
            let date = day_and_time(*on);
            let subject =
                texts::with("mail-soon-subject", &[("server", server.into()), ("date", date.as_str().into())]);
            let what = texts::with(
                "mail-suspended-what",
                &[("server", server.into()), ("reason", t(&format!("suspended-mail-{}", why.key())).as_ref().into())],
            );
            Letter::about(subject)
                .text(what)
                .text(one("mail-soon-when", "date", &date))
                .text(one("mail-soon-keep", "advice", advice(*why)))
                .text(t("mail-soon-nothing"))
                .button("mail-server", link)
        }
        Message::ServerDeleted { server, games } => Letter::about(one("mail-deleted-subject", "server", server))
            .text(one("mail-deleted-what", "server", server))
            .link("mail-deleted-new", games),
        Message::ServerEnded { server, games } => Letter::about(one("mail-ended-subject", "server", server))
            .text(one("mail-ended-what", "server", server))
            .link("mail-deleted-new", games),
        Message::ServerBack { server, panel, link } => Letter::about(one("mail-back-subject", "server", server))
            .text(one("mail-back-what", "server", server))
            .button("mail-server", link)
            .facts([("mail-ready-panel", panel)]),
        Message::RoomAgain { plan, region, link } => {
            let values = [("plan", plan.into()), ("region", texts::said(region).into())];
            Letter::about(texts::with("mail-room-subject", &values))
                .text(texts::with("mail-room-what", &values))
                .button("mail-room-button", link)
                .text(t("mail-room-first"))
        }
        Message::TicketReply { subject, text, link } => Letter::about(one("mail-ticket-subject", "subject", subject))
            .text(t("mail-ticket-what"))
            .quote(text)
            .button("mail-ticket-button", link)
            .text(t("mail-ticket-how")),
        Message::SecurityNotice { what, at, browser, address, reset, security } => {
            let letter = Letter::about(notice(*what, "-subject")).text(notice(*what, ""));
            let when = day_and_time(*at);
            let letter = match browser.is_empty() {
                true => letter
                    .facts([("mail-notice-when", &when), ("mail-notice-by", &t("mail-notice-the-shop"))])
                    .text(t("mail-notice-expected"))
                    .text(t("mail-notice-not-expected")),
                false => letter
                    .facts([
                        ("mail-notice-when", &when),
                        ("mail-notice-browser", browser),
                        ("mail-notice-address", address),
                    ])
                    .text(t("mail-notice-you"))
                    .text(t("mail-notice-not-you")),
            };
            letter.button("mail-notice-button", reset).link("mail-notice-security", security)
        }
        Message::AddressChanged { at, browser, address, .. } => Letter::about(one("mail-moved-subject", "shop", shop))
            .text(one("mail-moved-what", "shop", shop))
            .facts([
                ("mail-notice-when", &day_and_time(*at)),
                ("mail-notice-browser", browser),
                ("mail-notice-address", address),
            ])
            .text(t("mail-notice-you"))
            .text(t("mail-moved-not-you")),
    }
}

/// The letter to somebody who is to become staff.
pub(super) fn invitation(shop: &str, role: Role, inviter: &str, link: &str) -> Letter {
    let role = t(&format!("role-{}", role.key()));
    let values = [("shop", shop.into()), ("role", role.as_ref().into()), ("inviter", inviter.into())];
    Letter::about(texts::with("mail-invited-subject", &values))
        .text(texts::with("mail-invited-what", &values))
        .button("mail-invited-button", link)
        .text(t("mail-invited-how"))
        .text(t("mail-invited-not-you"))
}

/// The letter to somebody who looks after the shop. What alerts say is English, as the log and the command line are.
pub(super) fn to_operator(title: &str, text: &str, link: &str) -> Letter {
    Letter::about(title).quote(text).button("mail-operator-button", link)
}

/// A text about something that happened to an account; dots do not stand in the names of texts.
fn notice(what: Notice, part: &str) -> Cow<'static, str> {
    t(&format!("notice-{}{part}", what.key().replace('.', "-")))
}

/// Why money goes back, as the customer reads it.
pub fn reason_in_words(reason: RefundReason) -> String {
    t(&format!("refund-reason-{}", reason.key())).into_owned()
}

/// What a customer can do about a suspension.
pub fn advice(why: Why) -> String {
    t(&format!("suspended-advice-{}", why.key())).into_owned()
}
