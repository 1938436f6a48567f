//! Ships warnings and errors of the log to Discord or Slack. It never holds the program up: whoever logs leaves a line in a queue or loses
//! it, one task sends what is there every ten seconds, and a channel that hangs loses lines and nothing else. What was lost is counted, and
//! said in the next message.

use crate::alerts::{NotTaken, Telling, Tone, post_to_discord, post_to_slack};
use crate::clock::Clock;
use crate::config::Logs;
use crate::transport::Transport;
use domain::redact::without_addresses;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Level;
use url::Url;

/// How often something is sent, if there is something.
const EVERY: Duration = Duration::from_secs(10);
/// How long the last message may take when the process ends.
const GOODBYE: Duration = Duration::from_secs(3);
/// Lines that may wait; more are lost.
const WAITING: usize = 1000;
/// Lines in one message; more of the same ten seconds are lost.
const LINES: usize = 25;
/// Characters of a line, and of a message.
const LONGEST_LINE: usize = 500;
const LONGEST_TEXT: usize = 3200;

/// Where lines are left. Cheap to clone.
#[derive(Clone)]
pub struct Drain {
    sender: mpsc::Sender<String>,
    lost: Arc<AtomicU64>,
    level: Level,
}

/// The other end.
pub struct Drained {
    receiver: mpsc::Receiver<String>,
    lost: Arc<AtomicU64>,
    ways: Vec<Way>,
}

/// A channel.
struct Way {
    slack: bool,
    url: SecretString,
    /// Lines that it did not get and was not told of.
    lost: u64,
    /// When it wants to hear from us again.
    again: Option<Timestamp>,
}

/// Who speaks, and over which network.
pub struct Voice {
    /// The shop's name.
    pub name: String,
    /// The shop's address.
    pub site: Url,
    /// The way out, behind the guard.
    pub transport: Transport,
    /// For channels that say when they want to hear from us again.
    pub clock: Arc<dyn Clock>,
}

impl Drain {
    /// Both ends; `None` if the settings name no channel.
    pub fn new(settings: &Logs) -> Option<(Self, Drained)> {
        let way = |slack: bool, url: &Option<SecretString>| {
            url.as_ref().map(|url| Way { slack, url: url.clone(), lost: 0, again: None })
        };
        let ways: Vec<Way> =
            [way(false, &settings.discord_url), way(true, &settings.slack_url)].into_iter().flatten().collect();
        if ways.is_empty() {
            return None;
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        let lost: Arc<AtomicU64> = Arc::default();
        Some((Self { sender, lost: lost.clone(), level: settings.level }, Drained { receiver, lost, ways }))
    }

    /// Lines of this level and worse are wanted.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Takes whole lines.
    pub fn writer(&self) -> impl Write + use<> {
        LineWriter(self.clone())
    }
}

struct LineWriter(Drain);

impl Write for LineWriter {
    /// Called once for each whole line.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = without_addresses(String::from_utf8_lossy(line).trim());
        if self.0.sender.try_send(cut(&text, LONGEST_LINE).to_owned()).is_err() {
            self.0.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drained {
    /// Sends what is there every ten seconds, and once more at the end.
    pub async fn run(mut self, voice: Voice, stop: CancellationToken) {
        let mut again = interval(EVERY);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = again.tick() => self.ship(&voice).await,
            }
        }
        let _ = timeout(GOODBYE, self.ship(&voice)).await;
    }

    /// Sends what is there now.
    pub async fn ship(&mut self, voice: &Voice) {
        let mut lines: Vec<String> = Vec::new();
        let (mut length, mut lost) = (0, self.lost.swap(0, Ordering::Relaxed));
        while let Ok(line) = self.receiver.try_recv() {
            let chars = line.chars().count() + 1;
            if lines.len() < LINES && length + chars <= LONGEST_TEXT {
                length += chars;
                lines.push(line);
            } else {
                lost += 1;
            }
        }
        let now = voice.clock.now();
        let outcomes = self.ways.iter_mut().map(|way| way.tell(voice, &lines, lost, now));
        futures_util::future::join_all(outcomes).await;
    }
}

impl Way {
    /// Says these lines, and how many more there were. What is not taken is counted as lost until it is said.
    async fn tell(&mut self, voice: &Voice, lines: &[String], lost: u64, now: Timestamp) {
        let lost = self.lost + lost;
        if lines.is_empty() && lost == 0 {
            return;
        }
        let outcome = match self.again.filter(|again| *again > now) {
            Some(again) => Err(NotTaken { why: "it wants to be left alone".to_owned(), again: Some(again) }),
            None => self.post(voice, &telling(voice, lines, lost), now).await,
        };
        let count = lines.len() as u64;
        match outcome {
            Ok(()) => {
                metrics::counter!("givr_log_lines_total", "outcome" => "sent").increment(count);
                metrics::counter!("givr_log_lines_total", "outcome" => "dropped").increment(lost - self.lost);
                (self.lost, self.again) = (0, None);
            }
            // Not logged: it would be the next line.
            Err(not_taken) => {
                metrics::counter!("givr_log_lines_total", "outcome" => "dropped").increment(lost - self.lost + count);
                (self.lost, self.again) = (lost + count, not_taken.again);
            }
        }
    }

    async fn post(&self, voice: &Voice, telling: &Telling, now: Timestamp) -> Result<(), NotTaken> {
        match self.slack {
            false => post_to_discord(&voice.transport, &self.url, &voice.name, telling, now).await,
            true => post_to_slack(&voice.transport, &self.url, &voice.name, telling, now).await,
        }
    }
}

fn telling(voice: &Voice, lines: &[String], lost: u64) -> Telling {
    let worst = lines.iter().any(|line| line.starts_with("ERROR"));
    let mut text = lines.join("\n");
    if lost > 0 {
        let more = if lines.is_empty() { "" } else { "\n" };
        text.push_str(&format!("{more}… and {lost} more, which stand in the log."));
    }
    Telling {
        title: format!("{}: {} of the log", voice.name, if lines.len() == 1 { "a line" } else { "lines" }),
        text,
        link: voice.site.to_string(),
        tone: if worst { Tone::Critical } else { Tone::Warning },
        data: Value::Null,
    }
}

/// At most so many characters.
fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}
