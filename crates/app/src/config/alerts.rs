//! `[alerts]`: whom alerts reach, and when.

use super::source::Source;
use super::{is_email, parse_url};
use domain::alert::{QuietHours, Wishes};
use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use std::time::Duration;

/// Whom alerts reach, and when.
#[derive(Debug, Clone)]
pub struct Alerts {
    /// Mailboxes of those who look after the shop; the shop's own where nothing else is said.
    pub mail: Vec<String>,
    /// Mailboxes of those who are told when nobody looks after a critical alert.
    pub escalation_mail: Vec<String>,
    /// The address of a Discord webhook. Whoever has it can write there.
    pub discord_url: Option<SecretString>,
    /// The address of a Slack webhook. Whoever has it can write there.
    pub slack_url: Option<SecretString>,
    /// A program of the shop's own.
    pub webhook: Option<Webhook>,
    /// When people want to be told.
    pub wishes: Wishes,
    /// Where people live.
    pub time_zone: TimeZone,
    /// At what time of the day the figures of the last one are told; `None` tells none.
    pub digest_at: Option<Time>,
    /// Who notices when this shop falls silent.
    pub heartbeat: Option<Heartbeat>,
}

/// A program that takes alerts as JSON.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where it is.
    pub url: SecretString,
    /// What messages to it are signed with.
    pub secret: SecretString,
}

/// An address that is called while everything is well.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    /// Where it is. Whoever has it can pretend that all is well.
    pub url: SecretString,
    /// How often.
    pub every: Duration,
}

impl Alerts {
    pub(super) fn take(source: &mut Source<'_>, support: Option<&String>) -> Option<Self> {
        let mail = mailboxes(source, "alerts.mail").map(|mail| mail.or_else(|| support.map(|one| vec![one.clone()])));
        let escalation_mail = mailboxes(source, "alerts.escalation_mail");
        let discord_url = secret_url(source, "alerts.discord_url");
        let slack_url = secret_url(source, "alerts.slack_url");
        let webhook = webhook(source);
        let escalate_after = source.number("alerts.escalate_after_minutes", 15, 1..=1440);
        let zone = source.text("alerts.time_zone", Some("UTC"));
        let zone = source.check("alerts.time_zone", zone, |name| {
            let unknown = |_| {
                format!("`{name}` is not a time zone such as Europe/Berlin, or this machine lacks the package tzdata")
            };
            if name == "UTC" { Ok(TimeZone::UTC) } else { TimeZone::get(&name).map_err(unknown) }
        });
        let quiet = source.optional_text("alerts.quiet_hours");
        let quiet = optional(source, "alerts.quiet_hours", quiet, |hours| {
            let parsed = hours.split_once('-').and_then(|(from, to)| time(from).zip(time(to)));
            parsed.filter(|(from, to)| from != to).ok_or_else(|| format!("`{hours}` is not a time such as 22:00-07:00"))
        });
        let digest_at = source.optional_text("alerts.digest_at");
        let digest_at = optional(source, "alerts.digest_at", digest_at, |at| {
            time(&at).ok_or_else(|| format!("`{at}` is not a time such as 08:00"))
        });
        let heartbeat_url = secret_url(source, "alerts.heartbeat_url");
        let every = source.number("alerts.heartbeat_seconds", 60, 10..=3600);
        let (zone, every) = (zone?, every?);
        let quiet = quiet?.map(|(from, to)| QuietHours { from, to, zone: zone.clone() });
        let escalate_after = SignedDuration::from_mins(i64::from(escalate_after?));
        Some(Self {
            mail: mail?.unwrap_or_default(),
            escalation_mail: escalation_mail?.unwrap_or_default(),
            discord_url: discord_url?,
            slack_url: slack_url?,
            webhook: webhook?,
            wishes: Wishes { quiet, escalate_after },
            time_zone: zone,
            digest_at: digest_at?,
            heartbeat: heartbeat_url?.map(|url| Heartbeat { url, every: Duration::from_secs(every.into()) }),
        })
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// A setting that may be left out: `None` when it is wrong, `Some(None)` when it is missing.
fn optional<T, U>(
    source: &mut Source<'_>,
    setting: &str,
    value: Option<T>,
    make: impl FnOnce(T) -> Result<U, String>,
) -> Option<Option<U>> {
    match value {
        Some(value) => source.check(setting, Some(value), make).map(Some),
        None => Some(None),
    }
}

fn mailboxes(source: &mut Source<'_>, setting: &str) -> Option<Option<Vec<String>>> {
    let found = source.optional_texts(setting);
    optional(source, setting, found, |addresses| match addresses.iter().find(|address| !is_email(address)) {
        Some(odd) => Err(format!("`{odd}` is not an e-mail address")),
        None => Ok(addresses),
    })
}

pub(super) fn secret_url(source: &mut Source<'_>, setting: &str) -> Option<Option<SecretString>> {
    let text = source.optional_text(setting);
    optional(source, setting, text, |url| {
        // Not even in a complaint: whoever reads it could write there.
        let parsed = parse_url(&url).map_err(|_| "is not an http or https address".to_owned())?;
        let safe = parsed.scheme() == "https" || super::is_loopback(&parsed);
        if safe { Ok(SecretString::from(url)) } else { Err("must be an https address".to_owned()) }
    })
}

fn webhook(source: &mut Source<'_>) -> Option<Option<Webhook>> {
    let url = secret_url(source, "alerts.webhook_url");
    let secret = source.optional_text("alerts.webhook_secret").map(SecretString::from);
    let url = url?;
    match (url, secret) {
        (Some(url), Some(secret)) => Some(Some(Webhook { url, secret })),
        (None, None) => Some(None),
        (Some(_), None) => optional(source, "alerts.webhook_secret", Some(()), |()| {
            Err("is missing: the program at alerts.webhook_url could not tell our messages from anybody's".to_owned())
        }),
        (None, Some(_)) => optional(source, "alerts.webhook_secret", Some(()), |()| {
            Err("signs nothing without alerts.webhook_url".to_owned())
        }),
    }
}
