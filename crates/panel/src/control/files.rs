//! Files of a server: names and paths that mean what they say, and what a folder shows.

use crate::error::plain;
use crate::keys::NameError;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Longest name, in bytes: what file systems take.
const LONGEST_NAME: usize = 255;
/// Longest path, in bytes, so that its address stays one when every byte is encoded.
const LONGEST_PATH: usize = 2000;
/// How often a name is decoded at most while we look for what it hides.
const LAYERS: usize = 8;

/// The name of a file or folder: one part of a path, which never leads anywhere else.
///
/// Refused are names that are a way (`..`), hold slashes of either kind or control characters, in however many layers of encoding,
/// and names with space around them: the panel cuts it off and would act on another file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FromStr for FileName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if is_name(text) { Ok(Self(text.to_owned())) } else { Err(NameError::new(plain(text, 40))) }
    }
}

impl FileName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a server's files, from the server's own root on.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath(Vec<FileName>);

impl FromStr for FilePath {
    type Err = NameError;

    /// Reads names between slashes; slashes around them do not matter, and nothing at all is the root.
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.len() > LONGEST_PATH {
            return Err(NameError::new(plain(text, 40)));
        }
        let names = text.split('/').filter(|name| !name.is_empty()).map(str::parse);
        Ok(Self(names.collect::<Result<_, _>>()?))
    }
}

impl FilePath {
    /// The server's own root.
    pub fn root() -> Self {
        Self::default()
    }

    /// The place of `name` in this folder.
    ///
    /// # Errors
    /// The path becomes too long.
    pub fn join(&self, name: &FileName) -> Result<Self, NameError> {
        format!("{self}/{name}").parse()
    }

    /// The folder around it; `None` for the root.
    pub fn folder(&self) -> Option<Self> {
        let (_, around) = self.0.split_last()?;
        Some(Self(around.to_vec()))
    }

    /// Its own name; `None` for the root.
    pub fn name(&self) -> Option<&FileName> {
        self.0.last()
    }

    /// The names on the way.
    pub fn names(&self) -> &[FileName] {
        &self.0
    }

    /// The path without a slash in front, as seen from the root.
    pub(crate) fn below_root(&self) -> String {
        self.to_string().trim_start_matches('/').to_owned()
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("/");
        }
        self.0.iter().try_for_each(|name| write!(f, "/{name}"))
    }
}

fn is_name(text: &str) -> bool {
    if text.len() > LONGEST_NAME {
        return false;
    }
    let mut name = Cow::Borrowed(text);
    for _ in 0..LAYERS {
        if is_a_way(&name) {
            return false;
        }
        // Bytes that are no text are refused too: lenient decoders read some of them as dots and slashes.
        let Ok(inner) = percent_decode_str(&name).decode_utf8().map(Cow::into_owned) else { return false };
        if inner == name {
            return true;
        }
        name = Cow::Owned(inner);
    }
    false
}

fn is_a_way(name: &str) -> bool {
    // What the panel's framework takes away at both ends.
    let cut = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{200e}');
    matches!(name.trim_matches(cut), "" | "." | "..")
        || name.starts_with(cut)
        || name.ends_with(cut)
        || name.contains(|c: char| matches!(c, '/' | '\\') || c.is_control())
}

/// What stands in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Folders first, then by name.
    pub entries: Vec<FileEntry>,
    /// How many there are, also those that are not shown.
    pub total: usize,
}

/// A file or folder. Its name is foreign text: it may hold whatever a file system takes, also what [`FileName`] refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Bytes; without meaning for folders.
    pub size_bytes: u64,
    /// Who may do what, as in `-rw-r--r--`.
    pub mode: String,
    /// Its media type, as the daemon guesses it.
    pub media_type: String,
    /// When it was last written.
    pub modified_at: Option<Timestamp>,
}

impl FileEntry {
    /// Its name as one that calls can be about; `None` for one that they would miss, or that would lead them elsewhere.
    pub fn file_name(&self) -> Option<FileName> {
        self.name.parse().ok()
    }
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A link to either.
    Link,
}

/// An address that opens something to whoever has it: it is never written down.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(String);

impl SignedUrl {
    /// `None` for what is no http or https address of a host, or is longer than any.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let url = url::Url::parse(text).ok()?;
        let fits = matches!(url.scheme(), "http" | "https") && url.has_host() && text.len() <= 8000;
        fits.then(|| Self(url.into()))
    }

    /// The whole address, for the one who asked for it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_is_read_from_the_servers_own_root() {
        for (text, read) in [
            ("", "/"),
            ("/", "/"),
            ("server.properties", "/server.properties"),
            ("//world//region/", "/world/region"),
            ("/100%/🎮 räume/ملف.txt", "/100%/🎮 räume/ملف.txt"),
            ("/#notes;x?y&z=1", "/#notes;x?y&z=1"),
            ("/a%20b", "/a%20b"),
        ] {
            assert_eq!(text.parse::<FilePath>().map(|path| path.to_string()), Ok(read.to_owned()), "{text:?}");
        }
        let path: FilePath = "/world/level.dat".parse().unwrap();
        assert_eq!((path.folder(), path.name().unwrap().as_str()), (Some("world".parse().unwrap()), "level.dat"));
        assert_eq!((FilePath::root().folder(), FilePath::root().name()), (None, None));
        assert_eq!(FilePath::root().join(path.name().unwrap()).unwrap().to_string(), "/level.dat");
    }

    #[test]
    fn what_leads_elsewhere_is_no_path() {
        for odd in [
            "..",
            "/../x",
            "a/../../b",
            ".",
            "%2e%2e",
            "a/%2E%2e/b",
            "%252e%252e",
            "a%2fb",
            "a%5cb",
            "a\\b",
            "a\0b",
            "%00",
            "a\nb",
            "\r",
            " ",
            " a",
            "a ",
            "\u{200b}a",
            "a\u{feff}",
            "%20a",
            "%c0%ae%c0%ae",
            "\u{85}",
        ] {
            assert!(odd.parse::<FilePath>().is_err(), "{odd:?}");
        }
        assert!("x".repeat(256).parse::<FileName>().is_err());
        assert!("a/".repeat(1001).parse::<FilePath>().is_err());
        for odd in ["a/b", "", "..", "/"] {
            assert!(odd.parse::<FileName>().is_err(), "{odd:?}");
        }
    }

    #[test]
    fn an_address_that_opens_something_is_not_written_down() {
        let signed = SignedUrl::read("https://node.example:8080/download/file?token=secret").unwrap();
        assert!(!format!("{signed:?}").contains("secret"));
        for odd in ["javascript:alert(1)", "file:///etc/passwd", "/download", "", "ftp://a/b"] {
            assert!(SignedUrl::read(odd).is_none(), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_path_stays_inside_however_often_it_is_decoded(
            pieces in proptest::collection::vec(
                prop_oneof!["[ -~]{0,6}", any::<String>(), Just("..".to_owned()), Just("%2e".to_owned()), Just("%2f".to_owned()),
                    Just("%25".to_owned()), Just("/".to_owned()), Just("\\".to_owned()), Just("\u{202e}".to_owned()), Just("🎮".to_owned())],
                0..8,
            )
        ) {
            if let Ok(path) = pieces.concat().parse::<FilePath>() {
                prop_assert_eq!(path.to_string().parse::<FilePath>(), Ok(path.clone()));
                let mut text = path.to_string();
                for _ in 0..4 {
                    let depth = text.split('/').try_fold(0_i32, |depth, part| {
                        let depth = match part.trim() { "" | "." => depth, ".." => depth - 1, _ => depth + 1 };
                        (depth >= 0).then_some(depth)
                    });
                    prop_assert!(depth.is_some(), "{}", text);
                    prop_assert!(!text.contains(char::is_control));
                    text = percent_decode_str(&text).decode_utf8_lossy().into_owned();
                }
            }
        }
    }
}
