//! `[logs]`: where warnings and errors of the log go besides the log itself.

use super::alerts::secret_url;
use super::source::Source;
use secrecy::SecretString;
use tracing::Level;

/// Where lines of the log go as well.
#[derive(Debug, Clone)]
pub struct Logs {
    /// The address of a Discord webhook. Whoever has it can write there.
    pub discord_url: Option<SecretString>,
    /// The address of a Slack webhook. Whoever has it can write there.
    pub slack_url: Option<SecretString>,
    /// Lines of this level and worse.
    pub level: Level,
}

impl Logs {
    pub(super) fn take(source: &mut Source<'_>) -> Option<Self> {
        let discord_url = secret_url(source, "logs.discord_url");
        let slack_url = secret_url(source, "logs.slack_url");
        let level = source.text("logs.level", Some("warn"));
        let level = source.check("logs.level", level, |level| match level.as_str() {
            "warn" => Ok(Level::WARN),
            "error" => Ok(Level::ERROR),
            _ => Err(format!("`{level}` is neither warn nor error")),
        });
        Some(Self { discord_url: discord_url?, slack_url: slack_url?, level: level? })
    }
}
