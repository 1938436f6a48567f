//! Small texts from outside: ids, currencies, e-mail addresses, names, and mail that is made of them.
#![no_main]

use app::config::is_email;
use app::mail::{Message, Sender};
use app::web::fuzzing;
use domain::ids::{AccountId, OrderId, ServiceId, SessionId};
use domain::money::{Currency, Money};
use domain::refund::RefundReason;
use fuzz::program::APP;
use libfuzzer_sys::fuzz_target;
use panel::{Identifier, ServerKey};

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = fuzz::choice(data, 4) else { return };
    let texts = fuzz::texts(rest);
    let text = |place: usize| texts.get(place).map_or("", String::as_str);
    match kind {
        0 => try_ids(text(0), text(1)),
        1 => try_money(rest, text(0)),
        2 => try_address(text(0), text(1)),
        _ => try_mail(text(0), text(1), text(2), text(3)),
    }
});

macro_rules! reads_back {
    ($text:expr, $($id:ty),*) => {$(
        let json = serde_json::to_string($text).expect("JSON");
        match <$id>::parse($text) {
            Ok(id) => {
                assert_eq!(id.to_string(), $text);
                assert_eq!(format!("{}{}", <$id>::PREFIX, id.suffix()), $text);
                assert_eq!(serde_json::from_str::<$id>(&json).ok(), Some(id));
            }
            Err(error) => {
                assert!(error.to_string().chars().count() <= 120);
                assert!(serde_json::from_str::<$id>(&json).is_err());
            }
        }
    )*};
}

fn try_ids(text: &str, prefix: &str) {
    reads_back!(text, OrderId, ServiceId, AccountId, SessionId);
    if let Ok(identifier) = text.parse::<Identifier>() {
        assert_eq!(identifier.as_str(), text);
        assert!(text.bytes().all(|b| b.is_ascii_hexdigit()) && text.len() == 8);
    }
    if let Ok(service) = ServiceId::parse(text)
        && let Ok(key) = ServerKey::new(prefix, &service)
    {
        assert!(key.as_str().starts_with(prefix) && key.as_str().ends_with(service.suffix()));
        assert!(key.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    }
}

fn try_money(bytes: &[u8], code: &str) {
    let code: String = code.chars().take(3).collect();
    let Ok(currency) = Currency::parse(&code) else {
        assert!(code.len() != 3 || !code.bytes().all(|b| b.is_ascii_alphabetic()));
        return;
    };
    assert_eq!(currency.code(), code.to_ascii_lowercase());
    let minor = bytes.last_chunk().map_or(0, |last| i64::from_le_bytes(*last));
    let money = Money::new(minor, currency);
    // Without point and sign the printed digits are the minor units again.
    let printed = money.to_string();
    let digits: String = printed.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.parse(), Ok(minor.unsigned_abs()), "{printed}");
    assert_eq!(printed.starts_with('-'), minor < 0);
    let twice = money.plus(money);
    assert_eq!(twice.map(|sum| sum.minor), minor.checked_mul(2));
}

fn try_address(email: &str, name: &str) {
    let username = panel::accounts::username(email, "x1y2");
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-');
    assert!(
        username.chars().all(fits) && username.starts_with(|c: char| c.is_ascii_alphanumeric()) && username.len() <= 29
    );
    if let Some(kept) = fuzzing::person_name(name, email) {
        assert!(!is_email(email) || (!kept.is_empty() && !kept.contains(char::is_control)), "{kept:?}");
    }
    if is_email(email) {
        assert!(email.len() <= 191 && !email.contains(|c: char| c.is_whitespace() || c.is_control()), "{email:?}");
        assert!(email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty()));
        // Whoever may sign up can be written to, and nobody else gets the mail.
        let written = Message::VerifyEmail { code: "112233".to_owned() }.write(sender("Shop")).expect("a letter");
        let letter = APP.mailer.letter("msg_1", email, &written).expect("a letter");
        let to: Vec<String> = letter.envelope().to().iter().map(ToString::to_string).collect();
        assert_eq!(to, [email]);
    }
}

fn sender(shop: &str) -> Sender<'_> {
    Sender { shop, support: "help@shop.example", site: "https://shop.example", brand: "#1f5b4c" }
}

/// Hostile words in a message never make a header or another recipient.
fn try_mail(shop: &str, server: &str, link: &str, to: &str) {
    let (server, link) = (server.to_owned(), link.to_owned());
    let amount = Money::new(100, Currency::USD);
    let messages = [
        Message::VerifyEmail { code: link.clone() },
        Message::PaymentReceived { amount, plan: server.clone(), server: server.clone(), link: link.clone() },
        Message::ServerReady {
            server: server.clone(),
            address: link.clone(),
            verified: true,
            panel: link.clone(),
            username: server.clone(),
            link: link.clone(),
        },
        Message::Trouble {
            server: server.clone(),
            reason: RefundReason::CannotBeDelivered,
            amount,
            link: link.clone(),
        },
    ];
    let to = if is_email(to) { to } else { "ada@example.test" };
    for message in messages {
        let written = message.write(sender(shop)).expect("a rendered message");
        assert!(!written.subject.contains(char::is_control), "{:?}", written.subject);
        // Markup in a name stays text: the letter itself has none of these.
        let html = written.html.to_ascii_lowercase();
        assert!(!["<script", "<img", "<iframe", "<style", "<svg"].iter().any(|tag| html.contains(tag)), "{html}");
        let letter = APP.mailer.letter("msg_1", to, &written).expect("a letter");
        assert_eq!(letter.envelope().to().len(), 1);
        let bytes = letter.formatted();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an end of the headers");
        let head = std::str::from_utf8(&bytes[..end]).expect("headers in ASCII");
        let lines = head.split("\r\n");
        // Longer lines are folded; what begins with a space belongs to the line before.
        let names: Vec<&str> = lines
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap_or_default())
            .collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, ["Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"], "{head}");
        assert!(!head.replace("\r\n", "").contains(|c: char| c.is_control() && c != '\t'), "{head:?}");
    }
}
