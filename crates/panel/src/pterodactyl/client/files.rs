//! Files as the daemon shows them.

use super::IntoOurs;
use crate::control::{Directory, FileEntry, FileKind, MOST_ENTRIES, SignedUrl};
use crate::pterodactyl::wire::{self, instant, shown};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Entry {
    name: String,
    #[serde(default, deserialize_with = "wire::text")]
    mode: String,
    #[serde(default)]
    size: u64,
    is_file: bool,
    #[serde(default)]
    is_symlink: bool,
    #[serde(default, deserialize_with = "wire::text")]
    mimetype: String,
    #[serde(default)]
    modified_at: Option<String>,
}

impl Entry {
    /// Whether it can be the name of something in a folder.
    fn is_named(&self) -> bool {
        let name = self.name.as_str();
        !matches!(name, "" | "." | "..") && name.len() <= 255 && !name.contains(['/', '\0'])
    }
}

impl IntoOurs for Entry {
    type Ours = FileEntry;

    fn into_ours(self) -> Result<FileEntry, String> {
        if !self.is_named() {
            return Err("a file has a name that none can have".to_owned());
        }
        let kind = match (self.is_symlink, self.is_file) {
            (true, _) => FileKind::Link,
            (false, true) => FileKind::File,
            (false, false) => FileKind::Folder,
        };
        Ok(FileEntry {
            name: self.name,
            kind,
            size_bytes: self.size,
            mode: shown(self.mode, 20),
            media_type: shown(self.mimetype, 100),
            modified_at: instant(self.modified_at.as_deref()),
        })
    }
}

/// A folder's entries in our order. What cannot be a name is counted and not shown.
pub(super) fn directory(list: wire::Rows<Entry>) -> Directory {
    let total = list.data.len();
    let entries = list.data.into_iter().map(|item| item.attributes);
    let mut entries: Vec<FileEntry> = entries.filter_map(|entry| entry.into_ours().ok()).collect();
    entries.sort_by(|one, other| {
        (one.kind != FileKind::Folder, &one.name).cmp(&(other.kind != FileKind::Folder, &other.name))
    });
    entries.truncate(MOST_ENTRIES);
    Directory { entries, total }
}

#[derive(Deserialize)]
pub(super) struct Signed {
    url: String,
}

impl IntoOurs for Signed {
    type Ours = SignedUrl;

    fn into_ours(self) -> Result<SignedUrl, String> {
        SignedUrl::read(&self.url).ok_or_else(|| "a signed address is none".to_owned())
    }
}
