//! What a server's console says, for those who listen to it.

use std::collections::VecDeque;

/// Something that listeners are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// The process is in another state.
    Status(&'static str),
    /// The game wrote a line.
    Output(String),
    /// The daemon wrote a line.
    Daemon(String),
    InstallStarted,
    InstallOutput(&'static str),
    InstallCompleted,
    /// A backup is done: its uuid, and what is known of it as JSON.
    BackupCompleted(String, String),
    BackupRestored,
}

/// The last news, numbered, so that every listener finds what is new to him.
#[derive(Debug, Default, Clone)]
pub(super) struct Feed {
    next: u64,
    last: VecDeque<(u64, News)>,
}

/// News that are kept.
const KEPT: usize = 150;

impl Feed {
    pub(super) fn push(&mut self, news: News) {
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back((self.next, news));
        self.next += 1;
    }

    /// The number that the next news will have.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// News from `number` on that are still kept.
    pub(super) fn since(&self, number: u64) -> impl Iterator<Item = &News> {
        self.last.iter().filter(move |(at, _)| *at >= number).map(|(_, news)| news)
    }

    /// The lines of the game that are still kept, oldest first.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.last.iter().filter_map(|(_, news)| match news {
            News::Output(line) => Some(line.as_str()),
            News::Status(_)
            | News::Daemon(_)
            | News::InstallStarted
            | News::InstallOutput(_)
            | News::InstallCompleted
            | News::BackupCompleted(..)
            | News::BackupRestored => None,
        })
    }
}
