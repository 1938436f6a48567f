//! One letter of each kind, to look at: nobody is written to.

use super::{Message, Notice};
use domain::money::{Currency, Money};
use domain::refund::{RefundReason, RefundWay};
use domain::standing::Why;
use jiff::Timestamp;

/// A middle of March, at noon.
const NOON: i64 = 1_773_576_000;

/// One of each, about a server with this name, with links into this site.
pub fn samples(server: &str, site: &str) -> Vec<Message> {
    let server = || server.to_owned();
    let site = site.trim_end_matches('/');
    let at = |path: &str| format!("{site}{path}");
    let page = || at("/servers/svc_00000000000000000000000000000001");
    let order = || at("/orders/ord_00000000000000000000000000000001");
    let amount = Money::new(1399, Currency::USD);
    let noon = Timestamp::from_second(NOON).unwrap_or(Timestamp::UNIX_EPOCH);
    vec![
        Message::VerifyEmail { code: "112233".to_owned() },
        Message::ChangeEmail { code: "445566".to_owned(), email: "ada@new.example".to_owned() },
        Message::Welcome { games: at("/games"), security: at("/account/security") },
        Message::ResetPassword { link: at("/reset/…") },
        Message::KnownAddress { login: at("/login"), reset: at("/reset") },
        Message::PaymentReceived { amount, plan: "Minecraft Paper 4 GB".to_owned(), server: server(), link: order() },
        Message::ServerReady {
            server: server(),
            address: "play.example.net:25565".to_owned(),
            verified: true,
            panel: "https://panel.example.net".to_owned(),
            username: "ada".to_owned(),
            link: page(),
        },
        Message::Trouble { server: server(), reason: RefundReason::CannotBeDelivered, amount, link: order() },
        Message::RefundMade { amount, way: RefundWay::Card, link: order() },
        Message::RefundMade { amount, way: RefundWay::Bank, link: order() },
        Message::RefundMade { amount, way: RefundWay::Otherwise, link: order() },
        Message::ServerMissing { server: server(), link: page() },
        Message::PaymentFailed {
            server: server(),
            pay: Some("https://invoice.stripe.com/i/…".to_owned()),
            suspend_on: noon,
            link: page(),
        },
        Message::ServerSuspended { server: server(), why: Why::NotPaid, delete_on: Some(noon), link: page() },
        Message::SoonDeleted { server: server(), why: Why::Ended, on: noon, link: page() },
        Message::ServerDeleted { server: server(), games: at("/games") },
        Message::ServerEnded { server: server(), games: at("/games") },
        Message::ServerBack { server: server(), panel: "https://panel.example.net".to_owned(), link: page() },
        Message::RoomAgain {
            plan: "Minecraft Paper 4 GB".to_owned(),
            region: "US East".to_owned(),
            link: at("/games/minecraft"),
        },
        Message::TicketReply {
            subject: server(),
            text: "Hello Ada,\n\nthe port was closed. It is open now: please try again.".to_owned(),
            link: at("/support/tickets/tkt_00000000000000000000000000000001"),
        },
        Message::SecurityNotice {
            what: Notice::SignIn,
            at: noon,
            browser: "Firefox on Linux".to_owned(),
            address: "203.0.113.7".to_owned(),
            reset: at("/reset"),
            security: at("/account/security"),
        },
        Message::AddressChanged {
            before: "ada@example.net".to_owned(),
            at: noon,
            browser: "Firefox on Linux".to_owned(),
            address: "203.0.113.7".to_owned(),
        },
    ]
}
