//! What is said on a console's socket, in our words: Wings' events, and our wishes to it. The socket itself is the caller's.
//!
//! Source: Wings, `/api/servers/<uuid>/ws`. Each frame is `{"event": …, "args": [text, …]}`; whatever has a structure is JSON in a text.

use crate::error::plain;
use crate::keys::BackupId;
use crate::pterodactyl::wire::shown;
use crate::{PowerSignal, PowerState};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

/// Longest frame that is read, in bytes. Longer ones may be refused by the socket already.
pub const MOST_FRAME: usize = 512 * 1024;
/// Longest line of a console that is kept, in bytes.
const MOST_LINE: usize = 16 * 1024;

/// Something that the daemon told. Lines are foreign text: they hold whatever a game writes, terminal codes too.
#[derive(Debug, Clone, PartialEq)]
pub enum ConsoleEvent {
    /// The token was taken. What follows is about this server until the token expires.
    LetIn,
    /// The token opens nothing, or something was wished without one.
    NotLetIn,
    /// The token expires within a minute: now is the time for another.
    TokenExpiring,
    /// Nothing more comes until another token is sent.
    TokenExpired,
    /// The process is in this state now.
    State(PowerState),
    /// What the server uses, about once a second.
    Usage(ConsoleUsage),
    /// A line of the game.
    Line(String),
    /// A line of the daemon about the server.
    DaemonLine(String),
    /// A line of the installer.
    InstallLine(String),
    /// The installer began.
    InstallStarted,
    /// The installer ended, well or not.
    InstallEnded,
    /// A backup ended.
    BackupEnded {
        /// Which.
        id: BackupId,
        /// Whether it can be restored.
        done: bool,
    },
    /// A backup was put in place.
    BackupRestored,
    /// The daemon could not do something.
    Failure(String),
    /// The server is gone.
    Deleted,
    /// An event that this release does not know.
    Other(String),
}

/// What a server uses, as the daemon tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsoleUsage {
    /// Its state at that moment.
    pub state: PowerState,
    /// Memory in use.
    pub memory_bytes: u64,
    /// Memory that it may use; 0 is unlimited.
    pub memory_limit_bytes: u64,
    /// CPU in use, in percent of one core.
    pub cpu_percent: f64,
    /// Disk in use.
    pub disk_bytes: u64,
    /// Bytes received since it started.
    pub received_bytes: u64,
    /// Bytes sent since it started.
    pub sent_bytes: u64,
    /// Milliseconds since it started.
    pub uptime_ms: u64,
}

#[derive(Deserialize)]
struct Frame {
    event: String,
    #[serde(default)]
    args: Option<Vec<Value>>,
}

#[derive(Deserialize)]
struct Stats {
    state: String,
    #[serde(default)]
    memory_bytes: u64,
    #[serde(default)]
    memory_limit_bytes: u64,
    #[serde(default)]
    cpu_absolute: f64,
    #[serde(default)]
    disk_bytes: u64,
    #[serde(default)]
    network: Network,
    #[serde(default)]
    uptime: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Network {
    rx_bytes: u64,
    tx_bytes: u64,
}

impl ConsoleEvent {
    /// Reads a text frame; `None` for what is none of the daemon's, which is passed over.
    pub fn read(frame: &str) -> Option<Self> {
        if frame.len() > MOST_FRAME {
            return None;
        }
        let frame: Frame = serde_json::from_str(frame).ok()?;
        let first = frame.args.unwrap_or_default().into_iter().next();
        let said = match first {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        let line = |text: String| shown(text, MOST_LINE);
        Some(match frame.event.as_str() {
            "auth success" => Self::LetIn,
            "jwt error" => Self::NotLetIn,
            "token expiring" => Self::TokenExpiring,
            "token expired" => Self::TokenExpired,
            "status" => Self::State(PowerState::read(&said)),
            "stats" => Self::Usage(usage(&said)?),
            "console output" => Self::Line(line(said)),
            "daemon message" => Self::DaemonLine(line(said)),
            "install output" => Self::InstallLine(line(said)),
            "install started" => Self::InstallStarted,
            "install completed" => Self::InstallEnded,
            "backup restore completed" => Self::BackupRestored,
            "daemon error" => Self::Failure(line(said)),
            "deleted" => Self::Deleted,
            other => match other.strip_prefix("backup completed:") {
                Some(id) => {
                    let told: Value = serde_json::from_str(&said).ok()?;
                    Self::BackupEnded { id: id.parse().ok()?, done: told["is_successful"] == true }
                }
                None => Self::Other(plain(other, 60)),
            },
        })
    }
}

fn usage(text: &str) -> Option<ConsoleUsage> {
    let stats: Stats = serde_json::from_str(text).ok()?;
    Some(ConsoleUsage {
        state: PowerState::read(&stats.state),
        memory_bytes: stats.memory_bytes,
        memory_limit_bytes: stats.memory_limit_bytes,
        cpu_percent: stats.cpu_absolute,
        disk_bytes: stats.disk_bytes,
        received_bytes: stats.network.rx_bytes,
        sent_bytes: stats.network.tx_bytes,
        uptime_ms: stats.uptime,
    })
}

/// Something that is wished of the daemon.
#[derive(Debug, Clone)]
pub enum ConsoleWish {
    /// To be let in, or to stay; the first frame on a socket.
    LetIn(SecretString),
    /// The lines that are still kept, each as a [`ConsoleEvent::Line`]; nothing while the server is offline.
    Lines,
    /// What it uses now.
    Usage,
    /// Starts or stops the server; accepted is not done.
    Power(PowerSignal),
    /// Types a line; dropped without a word while the server is offline.
    Command(String),
}

impl ConsoleWish {
    /// The text frame to send.
    pub fn frame(&self) -> String {
        let (event, argument) = match self {
            Self::LetIn(token) => ("auth", Value::from(token.expose_secret())),
            Self::Lines => ("send logs", Value::Null),
            Self::Usage => ("send stats", Value::Null),
            Self::Power(signal) => ("set state", Value::from(signal.word())),
            Self::Command(line) => ("send command", Value::from(line.as_str())),
        };
        json!({ "event": event, "args": [argument] }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_daemon_says_is_read_as_what_it_is() {
        const ID: &str = "77dc1325-4be0-4def-993e-be7aefc2db6d";
        for (frame, read) in [
            (json!({"event": "auth success"}), ConsoleEvent::LetIn),
            (json!({"event": "auth success", "args": null}), ConsoleEvent::LetIn),
            (json!({"event": "jwt error", "args": ["x"]}), ConsoleEvent::NotLetIn),
            (json!({"event": "token expiring"}), ConsoleEvent::TokenExpiring),
            (json!({"event": "status", "args": ["starting"]}), ConsoleEvent::State(PowerState::Starting)),
            (json!({"event": "status", "args": ["dancing"]}), ConsoleEvent::State(PowerState::Other("dancing".into()))),
            (json!({"event": "console output", "args": ["\u{1b}[1m<b>"]}), ConsoleEvent::Line("\u{1b}[1m<b>".into())),
            (json!({"event": "console output", "args": [7]}), ConsoleEvent::Line(String::new())),
            (json!({"event": "install started", "args": [""]}), ConsoleEvent::InstallStarted),
            (json!({"event": "a\nb", "args": []}), ConsoleEvent::Other("ab".into())),
            (
                json!({"event": format!("backup completed:{ID}"), "args": [json!({"is_successful": true}).to_string()]}),
                ConsoleEvent::BackupEnded { id: ID.parse().unwrap(), done: true },
            ),
        ] {
            assert_eq!(ConsoleEvent::read(&frame.to_string()), Some(read), "{frame}");
        }
    }

    #[test]
    fn usage_may_lack_all_but_its_state_and_lines_of_any_length_are_cut() {
        let frame = |text: &str| json!({"event": "stats", "args": [text]}).to_string();
        let read = ConsoleEvent::read(&frame(r#"{"state":"running","cpu_absolute":12.5,"network":{"rx_bytes":7}}"#));
        let Some(ConsoleEvent::Usage(usage)) = read else { panic!("{read:?}") };
        assert_eq!((usage.state, usage.received_bytes, usage.memory_bytes), (PowerState::Running, 7, 0));
        for odd in
            ["", "{", "[]", "{}", r#"{"state":"running","memory_bytes":-1}"#, r#"{"state":"running","uptime":"x"}"#]
        {
            assert_eq!(ConsoleEvent::read(&frame(odd)), None, "{odd}");
        }
        let long = json!({"event": "console output", "args": ["é".repeat(100_000)]}).to_string();
        let Some(ConsoleEvent::Line(line)) = ConsoleEvent::read(&long) else { panic!("no line") };
        assert_eq!(line.len(), MOST_LINE);
        let longer = json!({"event": "console output", "args": ["é".repeat(MOST_FRAME)]}).to_string();
        assert_eq!(ConsoleEvent::read(&longer), None);
    }

    #[test]
    fn what_is_no_frame_is_passed_over_and_wishes_are_frames() {
        for odd in [
            "",
            "null",
            "[]",
            "{}",
            "{\"event\":1}",
            "{\"event\":\"status\",\"args\":\"x\"}",
            "\0",
            "{\"event\":\"backup completed:../x\",\"args\":[\"{}\"]}",
        ] {
            assert_eq!(ConsoleEvent::read(odd), None, "{odd}");
        }
        let wish = ConsoleWish::Command("say \"hi\"".to_owned());
        assert_eq!(wish.frame(), r#"{"event":"send command","args":["say \"hi\""]}"#);
        assert_eq!(ConsoleWish::Lines.frame(), r#"{"event":"send logs","args":[null]}"#);
        let token = ConsoleWish::LetIn(SecretString::from("secret"));
        assert!(token.frame().contains("secret") && !format!("{token:?}").contains("secret"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in ".{0,200}", event in "[a-z :]{0,30}", argument in ".{0,100}") {
            let _ = ConsoleEvent::read(&text);
            let _ = ConsoleEvent::read(&json!({"event": event, "args": [argument]}).to_string());
        }
    }
}
