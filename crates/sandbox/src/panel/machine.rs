//! A server as Wings has it: the installer, the process, the files and the players.

use super::feed::{Feed, News};
use super::tree::Tree;
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;

/// What Wings holds for one server.
#[derive(Debug, Default, Clone)]
pub(super) struct Machine {
    pub install: Option<Install>,
    pub power: Power,
    /// Accepted signals that have not taken effect.
    pub signals: VecDeque<(Timestamp, Signal)>,
    /// As of the last sync with the panel.
    pub suspended: bool,
    pub files: Tree,
    /// What its console said of late.
    pub feed: Feed,
    pub crashed_at: Option<Timestamp>,
    pub players: u32,
    /// The game runs and answers nobody.
    pub silent: bool,
}

/// An installer at work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Install {
    /// When it reports; `None` is never.
    pub until: Option<Timestamp>,
    pub fails: bool,
    pub reinstall: bool,
    pub start_after: bool,
}

/// State of the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Power {
    #[default]
    Offline,
    Starting(Launch),
    Running {
        since: Timestamp,
    },
    Stopping {
        until: Timestamp,
        then_start: bool,
    },
}

/// How a start ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Launch {
    Ready(Timestamp),
    Crash(Timestamp),
    Never,
}

/// A power signal of the client API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Start,
    Stop,
    Restart,
    Kill,
}

impl Signal {
    pub(super) fn read(word: &str) -> Option<Self> {
        match word {
            "start" => Some(Self::Start),
            "stop" => Some(Self::Stop),
            "restart" => Some(Self::Restart),
            "kill" => Some(Self::Kill),
            _ => None,
        }
    }
}

impl Signal {
    /// What a server's activity calls it.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Start => "server:power.start",
            Self::Stop => "server:power.stop",
            Self::Restart => "server:power.restart",
            Self::Kill => "server:power.kill",
        }
    }
}

/// What falls due inside a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Signal,
    Report,
    Process,
}

/// Where games of the Minecraft kind write what they say.
pub(super) const LOG: &str = "/logs/latest.log";
/// A log that is longer is written no further.
const LONGEST_LOG: usize = 256 * 1024;

/// A second crash within this time leaves the server offline.
const CRASH_WINDOW: SignedDuration = SignedDuration::from_secs(60);

impl Power {
    /// The word in the stats.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Starting(_) => "starting",
            Self::Running { .. } => "running",
            Self::Stopping { .. } => "stopping",
        }
    }

    fn due(self) -> Option<Timestamp> {
        match self {
            Self::Offline | Self::Running { .. } | Self::Starting(Launch::Never) => None,
            Self::Starting(Launch::Ready(at) | Launch::Crash(at)) => Some(at),
            Self::Stopping { until, .. } => Some(until),
        }
    }
}

impl Machine {
    /// What happens next and when.
    pub(super) fn next(&self) -> Option<(Timestamp, Due)> {
        let signal = self.signals.front().map(|(at, _)| (*at, Due::Signal));
        let report = self.install.and_then(|install| install.until).map(|at| (at, Due::Report));
        let process = self.power.due().map(|at| (at, Due::Process));
        [report, process, signal].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// Changes the state of the process and tells those who listen.
    pub(super) fn set_power(&mut self, power: Power) {
        if power.word() != self.power.word() {
            self.feed.push(News::Status(power.word()));
        }
        self.power = power;
    }

    /// The game writes a line, also into its log if it keeps one.
    pub(super) fn print(&mut self, line: String, at: Timestamp) {
        if let Some(log) = self.files.file_mut(LOG).filter(|log| log.bytes.len() < LONGEST_LOG) {
            let bytes = Arc::make_mut(&mut log.bytes);
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
            log.at = at;
        }
        self.feed.push(News::Output(line));
    }

    /// The daemon writes a line.
    pub(super) fn note(&mut self, line: &str) {
        self.feed.push(News::Daemon(line.to_owned()));
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self.power, Power::Running { .. })
    }

    /// Stops whatever runs; how long it takes is given. Nothing happens when it is offline or stopping already.
    pub(super) fn stop(&mut self, at: Timestamp, takes: SignedDuration, then_start: bool) {
        match self.power {
            Power::Starting(_) | Power::Running { .. } => {
                let until = at.saturating_add(takes).unwrap_or(at);
                self.set_power(Power::Stopping { until, then_start });
            }
            Power::Offline | Power::Stopping { .. } => {}
        }
    }

    /// Whether Wings would start it at all.
    pub(super) fn may_start(&self) -> bool {
        self.install.is_none() && !self.suspended && self.power == Power::Offline
    }

    /// The process went away by itself: whether Wings starts it once more.
    pub(super) fn crash(&mut self, at: Timestamp) -> bool {
        self.set_power(Power::Offline);
        let again = self.crashed_at.is_none_or(|last| at.duration_since(last) > CRASH_WINDOW);
        self.crashed_at = Some(at);
        again
    }

    pub(super) fn has_accepted_eula(&self) -> bool {
        self.files.file("/eula.txt").is_some_and(|file| {
            String::from_utf8_lossy(&file.bytes).lines().any(|line| {
                line.split_once('=').is_some_and(|(key, value)| {
                    key.trim().eq_ignore_ascii_case("eula") && value.trim().eq_ignore_ascii_case("true")
                })
            })
        })
    }

    /// Bytes of all files, with a block for the folder itself.
    pub(super) fn disk_bytes(&self) -> usize {
        4_096 + self.files.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::tree::StoredFile;

    #[test]
    fn the_second_crash_within_a_minute_is_the_last() {
        let mut machine = Machine::default();
        let at = Timestamp::UNIX_EPOCH;
        assert!(machine.crash(at));
        assert!(!machine.crash(at + SignedDuration::from_secs(5)));
        assert!(machine.crash(at + SignedDuration::from_secs(90)));
    }

    #[test]
    fn only_a_written_true_accepts_the_eula() {
        let mut machine = Machine::default();
        let file = |text: &str| StoredFile::new(text, Timestamp::UNIX_EPOCH);
        machine.files.write("/eula.txt", file("# terms\neula=false\n")).expect("written");
        assert!(!machine.has_accepted_eula());
        machine.files.write("/eula.txt", file("eula=TRUE")).expect("written");
        assert!(machine.has_accepted_eula());
    }
}
