use super::samples::samples;
use super::*;
use crate::texts::{day, speaking};
use domain::language::Language;
use insta::assert_snapshot;

const SENDER: Sender<'static> =
    Sender { shop: "Castle Hosting", support: "help@shop.example", site: "https://shop.example", brand: "#1f5b4c" };

/// All letters in a language, one below the other.
fn told(language: Language) -> String {
    let letters = speaking(language, || {
        samples("Keep", SENDER.site).iter().map(|message| message.write(SENDER).unwrap()).collect::<Vec<_>>()
    });
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
    let letter = samples("Keep", SENDER.site).into_iter().find(|message| message.kind() == "server_ready").unwrap();
    assert_snapshot!(letter.write(SENDER).unwrap().html);
}

#[test]
fn both_forms_say_the_same() {
    for message in samples("Keep", SENDER.site) {
        let written = message.write(SENDER).unwrap();
        // Whatever line the text has, HTML shows it as well.
        let html = written.html.replace("&#38;", "&").replace("&#34;", "\"").replace("&#39;", "'");
        let body = written.text.split("\n-- ").next().unwrap();
        for line in body.lines().flat_map(|line| line.split(": ")).map(str::trim).skip(1) {
            let known = line.is_empty() || html.contains(line.trim_end_matches(':'));
            assert!(known, "{}: {line}", message.kind());
        }
    }
}

#[test]
fn hostile_names_stay_names() {
    for hostile in
        ["<img src=x onerror=alert(1)>", "\u{202e}gnp.exe", "a\r\nBcc: everybody@example.com", "🏰 {$code} { \"x\" }"]
    {
        for message in samples(hostile, SENDER.site) {
            let written = message.write(SENDER).unwrap();
            assert!(!written.html.contains("<img"), "{}", message.kind());
            assert!(!written.subject.contains(['\r', '\n']), "{}", message.kind());
        }
    }
}

#[test]
fn what_the_shop_did_names_no_browser() {
    for (browser, by_the_shop) in [("", true), ("Firefox", false)] {
        let letter = Message::SecurityNotice {
            what: Notice::RoleChanged,
            at: Timestamp::UNIX_EPOCH,
            browser: browser.to_owned(),
            address: "203.0.113.7".to_owned(),
            reset: String::new(),
            security: String::new(),
        };
        let text = speaking(Language::English, || letter.write(SENDER).unwrap().text);
        assert_eq!(text.contains("somebody who runs the shop"), by_the_shop, "{text}");
        assert_eq!(text.contains("Browser"), !by_the_shop, "{text}");
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
                    at: Timestamp::UNIX_EPOCH,
                    browser: String::new(),
                    address: String::new(),
                    reset: String::new(),
                    security: String::new(),
                };
                let written = letter.write(SENDER).unwrap();
                assert!(!written.subject.is_empty() && written.text.contains(&day(Timestamp::UNIX_EPOCH)[..2]));
            }
        });
    }
}
