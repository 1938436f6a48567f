//! Channels: the ways in which those who look after the shop are told. Foreign text is written as text in each of them, and mentions
//! nobody.

use crate::app::App;
use crate::config::Alerts;
use crate::mail;
use crate::texts;
use crate::transport::Transport;
use bytes::Bytes;
use domain::alert::Occasion;
use domain::call::CallBudget;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Method, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;
use tower::{Service, ServiceExt};

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the watchdog may take.
const PING_PATIENCE: Duration = Duration::from_secs(5);
/// As long as a channel may make us wait.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// What Slack shows of a text without folding it, in characters.
const LONGEST_TEXT: usize = 3500;

/// A way in which somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// To this mailbox.
    Mail(String),
    /// Into a channel at Discord.
    Discord,
    /// Into a channel at Slack.
    Slack,
    /// To a program.
    Webhook,
}

impl Channel {
    /// Everybody.
    pub fn everybody(settings: &Alerts) -> Vec<Self> {
        Self::of(settings, Occasion::Escalated(1))
    }

    /// Everybody who is told of every alert.
    pub fn all(settings: &Alerts) -> Vec<Self> {
        let mail = settings.mail.iter().cloned().map(Self::Mail);
        let discord = settings.discord_url.as_ref().map(|_| Self::Discord);
        let slack = settings.slack_url.as_ref().map(|_| Self::Slack);
        let webhook = settings.webhook.as_ref().map(|_| Self::Webhook);
        mail.chain(discord).chain(slack).chain(webhook).collect()
    }

    /// Everybody who is told for this reason: when nobody looks after it, some more.
    pub fn of(settings: &Alerts, occasion: Occasion) -> Vec<Self> {
        let mut all = Self::all(settings);
        match occasion {
            Occasion::Escalated(_) => {
                let more = settings.escalation_mail.iter().cloned().map(Self::Mail);
                all.extend(more.filter(|one| !settings.mail.iter().any(|known| Self::Mail(known.clone()) == *one)));
            }
            Occasion::Opened | Occasion::Cleared => {}
        }
        all
    }

    /// The word in rows.
    pub fn key(&self) -> String {
        match self {
            Self::Mail(address) => format!("mail:{address}"),
            Self::Discord => "discord".to_owned(),
            Self::Slack => "slack".to_owned(),
            Self::Webhook => "webhook".to_owned(),
        }
    }

    /// The channel with this word, while the settings have it.
    pub fn find(settings: &Alerts, key: &str) -> Option<Self> {
        Self::everybody(settings).into_iter().find(|channel| channel.key() == key)
    }
}

/// How it should feel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Act now.
    Critical,
    /// Look soon.
    Warning,
    /// It is over.
    Good,
    /// To know.
    Plain,
}

impl Tone {
    /// The colour of the stripe at Discord.
    fn colour(self) -> u32 {
        match self {
            Self::Critical => 0x00b3_261e,
            Self::Warning => 0x00b8_860b,
            Self::Good => 0x002e_7d32,
            Self::Plain => 0x0054_6e7a,
        }
    }
}

/// What somebody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// One line.
    pub title: String,
    /// What happened, and what to do.
    pub text: String,
    /// Where there is more.
    pub link: String,
    /// How it should feel.
    pub tone: Tone,
    /// The same for programs.
    pub data: Value,
}

/// Why a channel did not take it.
#[derive(Debug)]
pub struct NotTaken {
    /// In words, without the channel's address: that is a secret.
    pub why: String,
    /// When the other side wants to hear from us again, if it said so.
    pub again: Option<Timestamp>,
}

impl From<String> for NotTaken {
    fn from(why: String) -> Self {
        Self { why, again: None }
    }
}

/// Tells somebody. `id` is the same when it is told once more.
///
/// # Errors
/// The channel did not take it: try again later.
pub async fn tell(app: &App, channel: &Channel, id: &str, telling: &Telling) -> Result<(), NotTaken> {
    let settings = &app.config.alerts;
    let missing = || NotTaken::from("it is not in the settings any more".to_owned());
    match channel {
        Channel::Mail(address) => {
            let write = || mail::to_operator(mail::sender(app), &telling.title, &telling.text, &telling.link);
            let letter = texts::speaking(app.config.site.language, write).map_err(|error| error.to_string())?;
            Ok(app.mailer.send_anyway(id, address, &letter).await.map_err(|error| format!("{error:#}"))?)
        }
        Channel::Discord => {
            let url = settings.discord_url.as_ref().ok_or_else(missing)?;
            post_to_discord(&app.sinks, url, &app.config.site.name, telling, app.now()).await
        }
        Channel::Slack => {
            let url = settings.slack_url.as_ref().ok_or_else(missing)?;
            post_to_slack(&app.sinks, url, &app.config.site.name, telling, app.now()).await
        }
        Channel::Webhook => {
            let webhook = settings.webhook.as_ref().ok_or_else(missing)?;
            let body = json!({
                "id": id, "shop": app.config.site.name, "installation": app.installation.id, "title": telling.title,
                "text": telling.text, "link": telling.link, "data": telling.data,
            });
            let signature = sign(&webhook.secret, app.now(), body.to_string().as_bytes());
            let headers = [("givr-id", id), ("givr-signature", &signature)];
            post(&app.sinks, &webhook.url, &body, &headers, app.now()).await
        }
    }
}

/// Calls an address that only has to hear that we are there.
///
/// # Errors
/// It did not answer, or not with success.
pub async fn ping(app: &App, url: &SecretString) -> Result<(), NotTaken> {
    let request = Request::builder().method(Method::GET).uri(url.expose_secret()).body(Bytes::new());
    call(&app.sinks, request, PING_PATIENCE, app.now()).await
}

/// Writes into a channel at Discord, as `name`.
///
/// # Errors
/// It did not take it.
pub async fn post_to_discord(
    sinks: &Transport,
    url: &SecretString,
    name: &str,
    telling: &Telling,
    now: Timestamp,
) -> Result<(), NotTaken> {
    post(sinks, url, &discord(name, telling), &[], now).await
}

/// Writes into a channel at Slack, as `name`.
///
/// # Errors
/// It did not take it.
pub async fn post_to_slack(
    sinks: &Transport,
    url: &SecretString,
    name: &str,
    telling: &Telling,
    now: Timestamp,
) -> Result<(), NotTaken> {
    post(sinks, url, &slack(name, telling), &[], now).await
}

async fn post(
    sinks: &Transport,
    url: &SecretString,
    body: &Value,
    headers: &[(&str, &str)],
    now: Timestamp,
) -> Result<(), NotTaken> {
    let mut request = Request::builder().method(Method::POST).uri(url.expose_secret());
    request = request.header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    call(sinks, request.body(Bytes::from(body.to_string())), PATIENCE, now).await
}

async fn call(
    sinks: &Transport,
    request: http::Result<Request<Bytes>>,
    patience: Duration,
    now: Timestamp,
) -> Result<(), NotTaken> {
    let mut request = request.map_err(|_| "its address cannot be used".to_owned())?;
    request.extensions_mut().insert(CallBudget(patience));
    let mut sinks = sinks.clone();
    let ready = sinks.ready().await.map_err(|error| error.to_string())?;
    let answer = ready.call(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let wait = answer.headers().get(header::RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse::<f64>().ok());
    let wait = wait.and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
    let again = wait.filter(|_| status == StatusCode::TOO_MANY_REQUESTS);
    Err(NotTaken {
        why: format!("it answered {status}"),
        again: again.map(|wait| now + wait.clamp(SignedDuration::from_secs(1), LONGEST_PAUSE)),
    })
}

/// `t=…,v1=…`: HMAC-SHA256 over the time, a dot and the body, as Stripe signs its own.
fn sign(secret: &SecretString, at: Timestamp, body: &[u8]) -> String {
    let time = at.as_second().to_string();
    // Keys of any length are accepted, so there always is one.
    let code = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).map(|mut code| {
        code.update(time.as_bytes());
        code.update(b".");
        code.update(body);
        hex::encode(code.finalize().into_bytes())
    });
    format!("t={time},v1={}", code.unwrap_or_default())
}

fn discord(name: &str, telling: &Telling) -> Value {
    json!({
        "username": cut(name, 80),
        // Whoever chose a server's name may have called it @everyone.
        "allowed_mentions": {"parse": []},
        "embeds": [{
            "title": cut_markdown(&as_markdown_text(&telling.title), 250),
            "description": cut_markdown(&as_markdown_text(&telling.text), 4000),
            "url": telling.link,
            "color": telling.tone.colour(),
        }],
    })
}

fn slack(name: &str, telling: &Telling) -> Value {
    let text = format!(
        "{}\n{}\n{}",
        as_slack_text(&telling.title),
        as_slack_text(cut(&telling.text, LONGEST_TEXT)),
        as_slack_text(&telling.link)
    );
    json!({"username": name, "text": text, "mrkdwn": false, "unfurl_links": false, "unfurl_media": false})
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// The same without half of an escape at its end: Discord takes 256 characters as a title and 4096 as a description.
fn cut_markdown(text: &str, most: usize) -> &str {
    let kept = cut(text, most);
    let slashes = kept.len() - kept.trim_end_matches('\\').len();
    &kept[..kept.len() - slashes % 2]
}

/// As Discord shows it unchanged: no emphasis, no links behind other words, no mentions.
fn as_markdown_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '#' | '[' | ']' | '(' | ')' | '<' => shown.extend(['\\', c]),
            // A space of no width: `@here` is no mention any more, and looks the same.
            '@' => shown.push_str("@\u{200b}"),
            c => shown.push(c),
        }
    }
    shown
}

/// As Slack shows it unchanged: these three begin everything that is more than text.
fn as_slack_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::mention("@everyone", "@\u{200b}everyone")]
    #[case::a_link_behind_other_words("[click](https://evil.example)", "\\[click\\]\\(https://evil.example\\)")]
    #[case::emphasis("**a** __b__ ~~c~~ ||d||", "\\*\\*a\\*\\* \\_\\_b\\_\\_ \\~\\~c\\~\\~ \\|\\|d\\|\\|")]
    #[case::a_user("<@123>", "\\<@\u{200b}123\\>")]
    fn discord_shows_foreign_text_as_text(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(as_markdown_text(text), shown);
    }

    #[test]
    fn slack_shows_foreign_text_as_text() {
        assert_eq!(
            as_slack_text("<!channel> <https://evil.example|click> & more"),
            "&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; more"
        );
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!((cut("🏰🏰🏰", 2), cut("ab", 2), cut("", 1)), ("🏰🏰", "ab", ""));
        assert_eq!((cut_markdown(r"a\*", 2), cut_markdown(r"a\\", 3), cut_markdown("", 1)), ("a", r"a\\", ""));
    }

    #[test]
    fn a_signature_is_the_one_that_anybody_with_the_secret_computes() {
        // printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
        let signed = sign(&SecretString::from("secret"), Timestamp::from_second(1_700_000_000).unwrap(), b"{}");
        assert_eq!(signed, "t=1700000000,v1=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163");
    }
}
