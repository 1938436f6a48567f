//! Settings, good and bad.

use super::*;
use insta::assert_snapshot;

const GOOD: &str = r#"
[site]
url = "https://shop.example"
support_email = "help@shop.example"
[database]
url = "sqlite:///var/lib/givr/givr.db"
[stripe]
secret_key = "sk_test_abc"
webhook_secrets = ["whsec_a", "whsec_b"]
[panel]
url = "https://panel.example"
application_key = "ptla_x"
client_key = "ptlc_x"
[mail]
url = "smtps://me:secret@mail.example"
from = "Shop <shop@shop.example>"
[security]
secret = "0123456789abcdef0123456789abcdef"
"#;

fn read(text: &str, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::read(Some(("givr.toml", text)), &env)
}

#[test]
fn a_complete_file_is_read_and_keeps_its_secrets_out_of_debug_output() {
    let config = read(GOOD, &[]).unwrap();
    assert_eq!(config.stripe.webhook_secrets.len(), 2);
    assert_eq!(config.policy.reservation, SignedDuration::from_mins(45));
    let shown = format!("{config:?}");
    assert!(!shown.contains("sk_test_abc") && !shown.contains("ptla_x") && !shown.contains("me:secret"), "{shown}");
}

#[test]
fn a_variable_wins_over_the_file() {
    let config =
        read(GOOD, &[("GIVR_SITE__NAME", "Other"), ("GIVR_STRIPE__WEBHOOK_SECRETS", "whsec_1, whsec_2,whsec_3")]);
    let config = config.unwrap();
    assert_eq!(config.site.name, "Other");
    assert_eq!(config.stripe.webhook_secrets.len(), 3);
}

#[test]
fn several_mistakes_are_reported_at_once_with_their_lines() {
    let bad = r#"
[site]
url = "http://shop.example"
suport_email = "help@shop.example"
[server]
listen = "8080"
[stripe]
secret_key = "pk_test_abc"
webhook_secrets = []
api_base = "http://stripe.example"
[panel]
url = "panel.example"
application_key = 7
client_key = " "
[mail]
url = "pigeon://coop"
from = "nobody"
[policy]
checkout_minutes = 5
delayed_payment_methods = "maybe"
[security]
secret = "short"
"#;
    assert_snapshot!(read(bad, &[]).unwrap_err(), @r"
    givr.toml has 15 problems:
      line 3, site.url: must be an https address (http only on this machine)
      line 4, site.suport_email: is not a setting; did you mean `site.support_email`?
      line 6, server.listen: `8080` is not an address with a port, such as 127.0.0.1:8080
      line 8, stripe.secret_key: must begin with sk_ or rk_, and test_ or live_
      line 9, stripe.webhook_secrets: needs at least one signing secret (whsec_…)
      line 10, stripe.api_base: must be an https address: your key would travel in the clear
      line 12, panel.url: `panel.example` is not an address: relative URL without a base
      line 14, panel.client_key: is empty
      line 16, mail.url: must begin with smtp://, smtps:// or file://, or be log:
      line 17, mail.from: `nobody` is not a sender such as `My Shop <shop@example.net>`
      line 19, policy.checkout_minutes: `5` is not a whole number from 30 to 1430
      line 20, policy.delayed_payment_methods: must be true or false
      line 22, security.secret: must have at least 32 characters; `openssl rand -hex 32` makes one
      site.support_email: is missing
      database.url: is missing
    hint: every setting can also be given as a variable, such as GIVR_STRIPE__SECRET_KEY
    ");
}

#[test]
fn a_variable_that_names_no_setting_is_not_passed_over() {
    let error =
        read(GOOD, &[("GIVR_SITE__NAMES", "Other"), ("GIVR_ALERT__MAIL", "x"), ("GIVR_BIN", "givr")]).unwrap_err();
    assert_snapshot!(error, @r"
    givr.toml has 2 problems:
      alert.mail: GIVR_ALERT__MAIL names no setting; did you mean `alerts.mail`?
      site.names: GIVR_SITE__NAMES names no setting; did you mean `site.name`?
    hint: every setting can also be given as a variable, such as GIVR_STRIPE__SECRET_KEY
    ");
}

#[test]
fn a_file_that_is_not_toml_says_where() {
    let error = read("[site]\nname = \"x\nurl = 1", &[]).unwrap_err();
    assert_eq!(error.problems[0].line, Some(2), "{error}");
}

#[test]
fn the_example_file_lacks_nothing_but_a_secret_of_ones_own() {
    let example = include_str!("../../../../givr.example.toml");
    let error = read(example, &[]).unwrap_err();
    assert_eq!(error.problems.iter().map(|problem| problem.setting.as_str()).collect::<Vec<_>>(), ["security.secret"]);
    read(example, &[("GIVR_SECURITY__SECRET", "0123456789abcdef0123456789abcdef")]).unwrap();
}

#[test]
fn every_setting_stands_in_the_document() {
    let document = include_str!("../../../../docs/configuration.md");
    let env = BTreeMap::new();
    let mut source = Source::new(None, &env);
    assert!(Config::take(&mut source).is_none());
    let missing: Vec<_> = source.asked().iter().filter(|setting| !document.contains(&format!("`{setting}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn limits_and_networks_that_make_no_sense_are_named() {
    let text = GOOD.replace(
        "[site]",
        "[server]\ntrusted_proxies = [\"10.1.2.3/8\"]\nmax_connections = 0\nidle_timeout_seconds = 1\n[site]",
    ) + "allowed_networks = [\"inside\"]\n";
    assert_snapshot!(read(&text, &[("GIVR_SERVER__MAX_CONNECTIONS_PER_CLIENT", "many")]).unwrap_err(), @r"
    givr.toml has 5 problems:
      line 3, server.trusted_proxies: `10.1.2.3/8` names one address and many; did you mean 10.0.0.0/8?
      line 4, server.max_connections: `0` is not a whole number from 10 to 100000
      line 5, server.idle_timeout_seconds: `1` is not a whole number from 5 to 3600
      line 23, security.allowed_networks: `inside` is not a network such as 10.0.0.0/8
      server.max_connections_per_client: `many` is not a whole number from 1 to 100000
    hint: every setting can also be given as a variable, such as GIVR_STRIPE__SECRET_KEY
    ");
}

#[test]
fn waits_are_shortened_in_test_mode_only() {
    let short = [("GIVR_WAITS__SETTLE_SECONDS", "2"), ("GIVR_WAITS__CREATE_CALL_SECONDS", "7")];
    assert_eq!(read(GOOD, &[]).unwrap().waits.delivery, domain::provision::Waits::default());
    assert_eq!(read(GOOD, &short).unwrap().waits.delivery.settle, SignedDuration::from_secs(2));
    let [settle, call] = short;
    let real = [settle, call, ("GIVR_STRIPE__SECRET_KEY", "sk_live_abc"), ("GIVR_WAITS__LEASE_SECONDS", "11")];
    assert_snapshot!(read(GOOD, &real).unwrap_err(), @r"
    givr.toml has 3 problems:
      waits.settle_seconds: is below 60, which is for runs against simulators and refused with a live key
      waits.create_call_seconds: is below 60, which is for runs against simulators and refused with a live key
      waits.lease_seconds: is below 85, which is for runs against simulators and refused with a live key
    hint: every setting can also be given as a variable, such as GIVR_STRIPE__SECRET_KEY
    ");
    assert_snapshot!(read(GOOD, &[("GIVR_WAITS__LEASE_SECONDS", "64")]).unwrap_err(), @r"
    givr.toml has 1 problem:
      waits.lease_seconds: must be 5 more than waits.create_call_seconds at least
    hint: every setting can also be given as a variable, such as GIVR_STRIPE__SECRET_KEY
    ");
}

/// Every setting that may hold a secret, with one that is easy to find again.
const CANARIES: &str = r#"
[site]
url = "https://shop.example"
support_email = "help@shop.example"
[database]
url = "postgres://givr:canary-database@db.example/givr"
[stripe]
secret_key = "sk_test_canary-stripe"
webhook_secrets = ["whsec_canary-old", "whsec_canary-new"]
[panel]
url = "https://panel.example"
application_key = "ptla_canary-application"
client_key = "ptlc_canary-client"
[mail]
url = "smtps://me:canary-mail@mail.example"
from = "Shop <shop@shop.example>"
[security]
secret = "canary-security-0123456789abcdef"
"#;

#[test]
fn no_debug_output_of_any_part_shows_a_secret() {
    let config = read(CANARIES, &[]).unwrap();
    let parts = [
        format!("{config:?}"),
        format!("{config:#?}"),
        format!("{:?} {:?}", config.site, config.server),
        format!("{:?} {:?} {:?}", config.stripe, config.panel, config.mail),
        format!("{:?} {:?}", config.database_url, config.secret),
    ];
    for part in parts {
        assert!(!part.contains("canary"), "{part}");
    }
    assert_eq!(&*config.database_url, "postgres://givr:canary-database@db.example/givr");
}

#[test]
fn no_complaint_about_a_setting_repeats_a_secret() {
    // Each setting that may hold a secret, given in a form that is refused.
    let wrong = [
        ("GIVR_DATABASE__URL", "mysql://givr:canary@db.example/givr"),
        ("GIVR_STRIPE__SECRET_KEY", "pk_live_canary"),
        ("GIVR_STRIPE__WEBHOOK_SECRETS", "canary, canary"),
        ("GIVR_PANEL__URL", "https://admin:canary@panel.example"),
        ("GIVR_PANEL__PUBLIC_URL", "admin:canary@panel.example"),
        ("GIVR_STRIPE__API_BASE", "https://x:canary@stripe.example"),
        ("GIVR_SITE__URL", "https://x:canary@shop.example"),
        ("GIVR_MAIL__URL", "smpt://me:canary@mail.example"),
        ("GIVR_LOGS__SLACK_URL", "http://canary.example/hook"),
        ("GIVR_SECURITY__SECRET", "canary"),
    ];
    let error = read(CANARIES, &wrong).unwrap_err();
    assert_eq!(error.problems.len(), wrong.len(), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
}

#[test]
fn an_address_is_taken_only_if_a_letter_can_be_sent_to_it() {
    for fine in ["ada@example.test", "ada+shop@mail.example.test", "o'hara@example.test"] {
        assert!(is_email(fine) && fine.parse::<lettre::message::Mailbox>().is_ok(), "{fine}");
    }
    for odd in [
        "",
        "ada",
        "@example.test",
        "a@[127.0.0.1]",
        "a b@example.test",
        "Ada <ada@example.test>",
        "a@b\r\nBcc: c@d",
        "a@ex\u{84}mpl",
    ] {
        assert!(!is_email(odd), "{odd}");
    }
}

#[test]
fn backups_are_encrypted_to_a_public_key_and_a_secret_one_is_refused_without_being_shown() {
    let pair = age::x25519::Identity::generate();
    let public = pair.to_public().to_string();
    let config = read(GOOD, &[("GIVR_BACKUP__RECIPIENT", &public)]).unwrap();
    assert_eq!(config.backup_recipient, Some(pair.to_public()));
    assert_eq!(read(GOOD, &[]).unwrap().backup_recipient, None);
    let secret = secrecy::ExposeSecret::expose_secret(&pair.to_string()).to_owned();
    for written in [secret.clone(), secret.to_lowercase()] {
        let said = read(GOOD, &[("GIVR_BACKUP__RECIPIENT", &written)]).unwrap_err().to_string();
        assert!(said.contains("is a secret key") && !said.contains(&written), "{said}");
    }
    let said = read(GOOD, &[("GIVR_BACKUP__RECIPIENT", "age1nobody")]).unwrap_err().to_string();
    assert!(said.contains("not an age public key"), "{said}");
}

#[test]
fn alerts_go_to_the_shops_own_mailbox_unless_settings_say_otherwise() {
    let config = read(GOOD, &[]).unwrap();
    assert_eq!(config.alerts.mail, ["help@shop.example"]);
    assert!(config.alerts.wishes.quiet.is_none() && config.alerts.digest_at.is_none());
    let nobody = read(GOOD, &[("GIVR_ALERTS__MAIL", "")]).unwrap();
    assert_eq!(nobody.alerts.mail, Vec::<String>::new());
    let all = "\n[alerts]\nmail = [\"a@b.example\", \"c@d.example\"]\ndiscord_url = \"https://discord.example/secret-path\"\n\
               quiet_hours = \"22:30-7:00\"\ntime_zone = \"Europe/Berlin\"\ndigest_at = \"08:15\"\n";
    let config = read(&format!("{GOOD}{all}"), &[]).unwrap();
    assert_eq!(config.alerts.mail.len(), 2);
    let quiet = config.alerts.wishes.quiet.as_ref().unwrap();
    assert_eq!((quiet.from.to_string(), quiet.to.to_string()), ("22:30:00".to_owned(), "07:00:00".to_owned()));
    assert!(!format!("{config:?}").contains("secret-path"), "whoever has the address can write there");
}

#[test]
fn what_is_wrong_with_alerts_is_said_without_the_secret_address() {
    let bad = "\n[alerts]\nmail = [\"ops\"]\ndiscord_url = \"http://discord.example/secret-path\"\nslack_url = \"secret-path\"\n\
               webhook_url = \"https://pager.example\"\nquiet_hours = \"at night\"\ntime_zone = \"Mars/Olympus\"\ndigest_at = \"25:00\"\n";
    let told = read(&format!("{GOOD}{bad}"), &[]).unwrap_err().to_string();
    for words in [
        "`ops` is not an e-mail address",
        "alerts.discord_url: must be an https address",
        "alerts.slack_url: is not an http or https address",
        "alerts.webhook_secret: is missing",
        "`at night` is not a time such as 22:00-07:00",
        "`Mars/Olympus` is not a time zone",
        "`25:00` is not a time such as 08:00",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("secret-path"), "{told}");
}
