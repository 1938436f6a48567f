use super::*;
use crate::texts::{day, speaking};
use domain::language::Language;
use domain::money::Currency;
use insta::assert_snapshot;

const SENDER: Sender<'static> =
    Sender { shop: "Castle Hosting", support: "help@shop.example", site: "https://shop.example", brand: "#1f5b4c" };

fn on() -> Timestamp {
    "2026-03-15T12:00:00Z".parse().unwrap()
}

fn amount() -> Money {
    Money::new(1399, Currency::USD)
}

/// One of each, about a server with this name.
fn all(server: &str) -> Vec<Message> {
    let server = || server.to_owned();
    let link = || "https://shop.example/servers/svc_1".to_owned();
    vec![
        Message::VerifyEmail { code: "112233".to_owned() },
        Message::ResetPassword { link: "https://shop.example/reset/x".to_owned() },
        Message::KnownAddress {
            login: "https://shop.example/login".to_owned(),
            reset: "https://shop.example/reset".to_owned(),
        },
        Message::PaymentReceived {
            amount: amount(),
            plan: "Minecraft Paper 4 GB".to_owned(),
            server: server(),
            link: "https://shop.example/orders/ord_1".to_owned(),
        },
        Message::ServerReady {
            server: server(),
            address: "play.shop.example:25565".to_owned(),
            verified: true,
            panel: "https://panel.shop.example".to_owned(),
            username: "ada".to_owned(),
            link: link(),
        },
        Message::Trouble {
            server: server(),
            reason: RefundReason::CannotBeDelivered,
            amount: amount(),
            link: "https://shop.example/orders/ord_1".to_owned(),
        },
        Message::RefundMade { amount: amount(), link: "https://shop.example/orders/ord_1".to_owned() },
        Message::ServerMissing { server: server(), link: link() },
        Message::PaymentFailed {
            server: server(),
            pay: Some("https://invoice.example/pay".to_owned()),
            suspend_on: on(),
            link: link(),
        },
        Message::ServerSuspended { server: server(), why: Why::NotPaid, delete_on: Some(on()), link: link() },
        Message::SoonDeleted { server: server(), why: Why::Ended, on: on(), link: link() },
        Message::ServerDeleted { server: server(), games: "https://shop.example/games".to_owned() },
        Message::ServerBack { server: server(), panel: "https://panel.shop.example".to_owned(), link: link() },
        Message::SecurityNotice {
            what: Notice::SignIn,
            at: on(),
            browser: "Firefox on Linux".to_owned(),
            address: "203.0.113.7".to_owned(),
            reset: "https://shop.example/reset".to_owned(),
            security: "https://shop.example/account/security".to_owned(),
        },
    ]
}

/// All letters in a language, one below the other.
fn told(language: Language) -> String {
    let letters =
        speaking(language, || all("Keep").iter().map(|message| message.write(SENDER).unwrap()).collect::<Vec<_>>());
    letters.iter().map(|letter| format!("=== {}\n{}\n", letter.subject, letter.text)).collect()
}

#[test]
fn letters_in_english() {
    assert_snapshot!(told(Language::English));
}

#[test]
fn letters_in_german() {
    assert_snapshot!(told(Language::German));
}

#[test]
fn a_letter_in_html() {
    let letter = all("Keep").into_iter().find(|message| message.kind() == "server_ready").unwrap();
    assert_snapshot!(letter.write(SENDER).unwrap().html);
}

#[test]
fn both_forms_say_the_same() {
    for message in all("Keep") {
        let written = message.write(SENDER).unwrap();
        // Whatever line the text has, HTML shows it as well.
        let html = written.html.replace("&#38;", "&").replace("&#34;", "\"").replace("&#39;", "'");
        for line in written.text.lines().flat_map(|line| line.split(": ")).map(str::trim).skip(1) {
            let known = line.is_empty() || line.starts_with("-- ") || html.contains(line.trim_end_matches(':'));
            assert!(known, "{}: {line}", message.kind());
        }
    }
}

#[test]
fn hostile_names_stay_names() {
    for hostile in
        ["<img src=x onerror=alert(1)>", "\u{202e}gnp.exe", "a\r\nBcc: everybody@example.com", "🏰 {$code} { \"x\" }"]
    {
        for message in all(hostile) {
            let written = message.write(SENDER).unwrap();
            assert!(!written.html.contains("<img"), "{}", message.kind());
            assert!(!written.subject.contains(['\r', '\n']), "{}", message.kind());
        }
    }
}

#[test]
fn every_reason_and_every_notice_has_its_words_in_every_language() {
    for language in Language::ALL {
        speaking(language, || {
            for reason in RefundReason::ALL {
                assert!(!reason_in_words(reason).is_empty());
            }
            for why in Why::ALL {
                let letter =
                    Message::ServerSuspended { server: "Keep".to_owned(), why, delete_on: None, link: String::new() };
                assert!(letter.write(SENDER).unwrap().text.contains(&advice(why)));
            }
            for what in Notice::ALL {
                let letter = Message::SecurityNotice {
                    what,
                    at: on(),
                    browser: String::new(),
                    address: String::new(),
                    reset: String::new(),
                    security: String::new(),
                };
                let written = letter.write(SENDER).unwrap();
                assert!(!written.subject.is_empty() && written.text.contains(&day(on())[..2]));
            }
        });
    }
}
