//! The page on which customers show a server to everybody: its address, and where they stream and talk. Links lead to a few known places
//! only, and are put together here: what was typed never becomes a link.

use std::fmt;

/// The word in the address of a public page: 3 to 80 of `a`–`z`, `0`–`9` and `-`, with a letter or digit at both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

/// Why a word is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSlug {
    /// Shorter than 3 or longer than 80.
    Length,
    /// Something else than `a`–`z`, `0`–`9` and `-`, or a `-` at an end.
    Letters,
    /// It would look as if the shop itself spoke.
    Reserved,
}

/// Words that only the shop may use.
const RESERVED: [&str; 24] = [
    "about",
    "account",
    "admin",
    "administrator",
    "api",
    "billing",
    "console",
    "givr",
    "givrworld",
    "givrwrld",
    "help",
    "login",
    "moderator",
    "official",
    "orders",
    "panel",
    "root",
    "security",
    "servers",
    "shop",
    "staff",
    "status",
    "support",
    "system",
];

impl Slug {
    /// Reads what was typed; capitals are taken as small letters.
    ///
    /// # Errors
    /// [`BadSlug`] says why it is none.
    pub fn read(typed: &str) -> Result<Self, BadSlug> {
        let slug = typed.trim().to_lowercase();
        if !(3..=80).contains(&slug.chars().count()) {
            return Err(BadSlug::Length);
        }
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !slug.chars().all(fits) || slug.starts_with('-') || slug.ends_with('-') {
            return Err(BadSlug::Letters);
        }
        if RESERVED.contains(&slug.as_str()) {
            return Err(BadSlug::Reserved);
        }
        Ok(Self(slug))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where somebody streams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// On Twitch, under this name.
    Twitch(String),
    /// On Kick, under this name.
    Kick(String),
}

impl Channel {
    /// Reads the address of a channel, with or without `https://` and `www.`.
    pub fn read(typed: &str) -> Option<Self> {
        let (host, name) = host_and_rest(typed)?;
        let fits = (2..=25).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match (host.as_str(), fits) {
            ("twitch.tv", true) => Some(Self::Twitch(name.to_owned())),
            ("kick.com", true) => Some(Self::Kick(name.to_owned())),
            _ => None,
        }
    }

    /// The place's name.
    pub fn place(&self) -> &'static str {
        match self {
            Self::Twitch(_) => "Twitch",
            Self::Kick(_) => "Kick",
        }
    }

    /// The channel's address, as it is kept and linked to.
    pub fn address(&self) -> String {
        match self {
            Self::Twitch(name) => format!("https://twitch.tv/{name}"),
            Self::Kick(name) => format!("https://kick.com/{name}"),
        }
    }
}

/// An invitation to a community on Discord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscordInvite(String);

impl DiscordInvite {
    /// Reads the address of an invitation, with or without `https://` and `www.`.
    pub fn read(typed: &str) -> Option<Self> {
        let (host, rest) = host_and_rest(typed)?;
        let code = match host.as_str() {
            "discord.gg" => rest,
            "discord.com" | "discordapp.com" => rest.strip_prefix("invite/")?,
            _ => return None,
        };
        let fits = (2..=32).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        fits.then(|| Self(code.to_owned()))
    }

    /// The invitation's address, as it is kept and linked to.
    pub fn address(&self) -> String {
        format!("https://discord.gg/{}", self.0)
    }
}

/// The host of a typed address and what comes after it, without slashes at the ends, questions and fragments.
fn host_and_rest(typed: &str) -> Option<(String, &str)> {
    let typed = typed.trim();
    let bare = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://")).unwrap_or(typed);
    let (host, rest) = bare.split_once('/')?;
    let rest = rest.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let host = host.to_ascii_lowercase();
    Some((host.strip_prefix("www.").unwrap_or(&host).to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_of_small_letters_digits_and_hyphens() {
        let read = |typed: &str| Slug::read(typed).map(|slug| slug.to_string());
        assert_eq!(read(" Adas-Keep-7 "), Ok("adas-keep-7".to_owned()));
        assert_eq!(read("ab"), Err(BadSlug::Length));
        assert_eq!(read(&"a".repeat(81)), Err(BadSlug::Length));
        for odd in ["ada's", "-ada", "ada-", "a_b", "ада", "a/b", "a b", "a.b"] {
            assert_eq!(read(odd), Err(BadSlug::Letters), "{odd}");
        }
        assert_eq!(read("Support"), Err(BadSlug::Reserved));
    }

    #[test]
    fn channels_are_of_two_places_and_put_together_anew() {
        let address = |typed: &str| Channel::read(typed).map(|channel| channel.address());
        assert_eq!(address("https://www.twitch.tv/ada_plays?x=1"), Some("https://twitch.tv/ada_plays".to_owned()));
        assert_eq!(address("kick.com/ada/"), Some("https://kick.com/ada".to_owned()));
        for odd in [
            "ada",
            "https://twitch.tv/",
            "https://twitch.tv.evil.example/ada",
            "https://evil.example/twitch.tv/ada",
            "javascript://twitch.tv/ada",
            "https://twitch.tv/ada/../x",
            "https://twitch.tv@evil.example/ada",
            "https://kick.com/<script>",
        ] {
            assert_eq!(address(odd), None, "{odd}");
        }
    }

    #[test]
    fn invitations_are_discords_alone() {
        let address = |typed: &str| DiscordInvite::read(typed).map(|invite| invite.address());
        assert_eq!(address("discord.gg/AbC-1"), Some("https://discord.gg/AbC-1".to_owned()));
        assert_eq!(address("https://discord.com/invite/AbC"), Some("https://discord.gg/AbC".to_owned()));
        for odd in
            ["https://discord.com/channels/1", "https://discord.gg.evil.example/a1", "discord.gg/", "discord.gg/a b"]
        {
            assert_eq!(address(odd), None, "{odd}");
        }
    }
}
