//! Paths to the panel: made of typed and encoded parts, and checked once more as whoever reads them on the way will read them, so
//! that a call never leaves the collection or the server that it is about (A4).

use crate::error::plain;
use crate::keys::Identifier;
use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::borrow::Cow;
use url::Url;

/// Longest segment, in bytes before it is encoded. The panel's own ids have 36 at most, external ids 191.
const LONGEST_SEGMENT: usize = 255;
/// Longest address, in bytes. Web servers refuse more than 8 KiB by themselves.
const LONGEST_ADDRESS: usize = 8000;
/// How often text is decoded at most while we look for what it hides.
const LAYERS: usize = 8;

/// Stays as it is in a segment: RFC 3986's unreserved characters.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Which of the panel's two APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Application,
    Client,
}

/// Why a path is not sent. Another try changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    /// A part is empty, or means another place than itself.
    #[error("`{0}` cannot be a part of a path")]
    Segment(String),
    /// A part or the whole is longer than anything at the panel.
    #[error("a path of {0} bytes is too long")]
    TooLong(usize),
    /// The finished address would be read as another one. Our own mistake, as far as we can see.
    #[error("the address leads out of `{0}`")]
    Leaves(String),
}

/// A path under `/api/application/<collection>` or `/api/client/servers/<identifier>`, the list of permissions, or the key's owner.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    side: Side,
    /// What the path never leaves.
    owned: String,
    /// What comes behind it, encoded.
    tail: String,
    query: String,
    fault: Option<PathError>,
}

impl Path {
    /// A path of the client API under one server: the only place where calls that a customer causes may lead.
    pub(crate) fn of_server(server: &Identifier) -> Self {
        // An identifier is eight hex digits, so it needs no encoding.
        Self::new(Side::Client, format!("/api/client/servers/{server}"))
    }

    /// A path of the application API under one of its collections.
    pub(crate) fn of_application(collection: &'static str) -> Self {
        Self::new(Side::Application, format!("/api/application/{collection}"))
    }

    /// The list of all permissions, which is nobody's.
    pub(crate) fn of_permissions() -> Self {
        Self::new(Side::Client, "/api/client/permissions".to_owned())
    }

    /// Whose the client key is.
    pub(crate) fn of_key_owner() -> Self {
        Self::new(Side::Client, "/api/client/account".to_owned())
    }

    fn new(side: Side, owned: String) -> Self {
        Self { side, owned, tail: String::new(), query: String::new(), fault: None }
    }

    /// Goes one segment further down. A segment that cannot be one is reported by [`Path::address`].
    pub(crate) fn join(mut self, segment: impl AsRef<str>) -> Self {
        let segment = segment.as_ref();
        match check(segment) {
            Ok(()) => {
                self.tail.push('/');
                self.tail.extend(utf8_percent_encode(segment, UNRESERVED));
            }
            Err(fault) => self.fault = self.fault.or(Some(fault)),
        }
        self
    }

    /// Goes on with a number.
    pub(crate) fn number(self, number: u64) -> Self {
        self.join(number.to_string())
    }

    /// Adds to the query; the value may be any text.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.query.push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(name);
        self.query.push('=');
        self.query.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        self
    }

    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// The address under a panel.
    ///
    /// # Errors
    /// Nothing may be sent.
    pub(crate) fn address(self, panel: &Panel) -> Result<Uri, PathError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let leaves = || PathError::Leaves(self.owned.clone());
        let sent = format!("{}{}{}{}", panel.root, self.owned, self.tail, self.query);
        if sent.len() > LONGEST_ADDRESS {
            return Err(PathError::TooLong(sent.len()));
        }
        let read = Url::parse(&sent).map_err(|_| leaves())?;
        // Parsers fold dots and turn backslashes, also encoded ones: an address that ours would change is not sent at all.
        let path = format!("{}{}{}", panel.path, self.owned, self.tail);
        if read.origin() != panel.url.origin() || read.path() != path || read.fragment().is_some() {
            return Err(leaves());
        }
        Uri::try_from(sent).map_err(|_| leaves())
    }
}

/// Refuses what is no name but a way: nothing, dots, slashes of both kinds and control characters, in however many layers of
/// encoding, since a proxy or the panel may take one off before they look.
fn check(segment: &str) -> Result<(), PathError> {
    let refused = || PathError::Segment(plain(segment, 40));
    if segment.len() > LONGEST_SEGMENT {
        return Err(PathError::TooLong(segment.len()));
    }
    let mut name = Cow::Borrowed(segment);
    for _ in 0..LAYERS {
        if is_a_way(&name) {
            return Err(refused());
        }
        // Bytes that are no text are refused too: lenient decoders read some of them as dots and slashes.
        let inner = percent_decode_str(&name).decode_utf8().map_err(|_| refused())?.into_owned();
        if inner == name {
            return Ok(());
        }
        name = Cow::Owned(inner);
    }
    Err(refused())
}

fn is_a_way(name: &str) -> bool {
    // What follows these is cut off, and spaces at an end are taken away, by some who then look for dots.
    let plain = name.split([';', '?', '#']).next().unwrap_or_default().trim();
    matches!(plain, "" | "." | "..") || name.contains(|c: char| matches!(c, '/' | '\\') || c.is_control())
}

/// Where a panel is.
pub(crate) struct Panel {
    url: Url,
    /// The address without a slash at the end.
    root: String,
    /// The path in it, empty for most.
    path: String,
}

impl Panel {
    /// `None` for text that is no http or https address, or has more than a path.
    pub(crate) fn at(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let fits = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let root = url.as_str().trim_end_matches('/').to_owned();
        let path = url.path().trim_end_matches('/').to_owned();
        fits.then_some(Self { url, root, path })
    }

    pub(crate) fn root(&self) -> &str {
        &self.root
    }
}

#[cfg(test)]
mod tests;
