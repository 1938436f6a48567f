//! The files of one server: a small tree in memory, by whole path.

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Files of a server at most.
const MOST_FILES: usize = 5_000;
/// Bytes of a file at most.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// A file on the node. Copies of a panel share what is in it until one writes.
#[derive(Debug, Clone)]
pub(super) struct StoredFile {
    pub bytes: Arc<Vec<u8>>,
    pub at: Timestamp,
    /// What the daemon packed into it; archives from elsewhere cannot be opened here.
    pub packed: Option<Arc<Tree>>,
}

impl StoredFile {
    pub(super) fn new(bytes: impl Into<Vec<u8>>, at: Timestamp) -> Self {
        Self { bytes: Arc::new(bytes.into()), at, packed: None }
    }
}

/// Something in a folder.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    Folder(Timestamp),
    File(StoredFile),
}

/// Why the daemon does not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TreeError {
    Missing,
    /// Something else stands there.
    Taken,
    /// A file is where a folder has to be, or the other way round.
    OtherKind,
    TooMuch,
    /// No archive that this daemon made.
    NoArchive,
}

/// Whole path to entry; folders have rows of their own.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree(BTreeMap<String, Entry>);

/// One slash in front, none behind, none doubled; dots lead no further up than the root.
pub(super) fn whole_path(text: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The folder and the name at a whole path's end.
pub(super) fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => ("/", path),
    }
}

fn below(folder: &str) -> String {
    if folder == "/" { folder.to_owned() } else { format!("{folder}/") }
}

impl Tree {
    pub(super) fn file(&self, path: &str) -> Option<&StoredFile> {
        match self.0.get(path)? {
            Entry::File(file) => Some(file),
            Entry::Folder(_) => None,
        }
    }

    pub(super) fn file_mut(&mut self, path: &str) -> Option<&mut StoredFile> {
        match self.0.get_mut(path)? {
            Entry::File(file) => Some(file),
            Entry::Folder(_) => None,
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        path == "/" || self.0.contains_key(path)
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> usize {
        self.0.values().map(|entry| if let Entry::File(file) = entry { file.bytes.len() } else { 4_096 }).sum()
    }

    /// Every path with its entry, in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// Names and entries right in a folder.
    ///
    /// # Errors
    /// There is no such folder.
    pub(super) fn list(&self, folder: &str) -> Result<Vec<(&str, &Entry)>, TreeError> {
        match self.0.get(folder) {
            Some(Entry::File(_)) => return Err(TreeError::OtherKind),
            None if folder != "/" => return Err(TreeError::Missing),
            Some(Entry::Folder(_)) | None => {}
        }
        let prefix = below(folder);
        let inside = self.0.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        let names = inside.map(|(path, entry)| (&path[prefix.len()..], entry));
        Ok(names.filter(|(name, _)| !name.is_empty() && !name.contains('/')).collect())
    }

    /// Writes a file, with the folders on the way.
    ///
    /// # Errors
    /// A folder stands there, a file is on the way, or there is no room.
    pub(super) fn write(&mut self, path: &str, file: StoredFile) -> Result<(), TreeError> {
        if path == "/" || matches!(self.0.get(path), Some(Entry::Folder(_))) {
            return Err(TreeError::OtherKind);
        }
        if file.bytes.len() > MOST_BYTES || self.0.len() >= MOST_FILES {
            return Err(TreeError::TooMuch);
        }
        self.make_folder(split(path).0, file.at)?;
        self.0.insert(path.to_owned(), Entry::File(file));
        Ok(())
    }

    /// Writes a file of the game's own; where there is no place for it, nothing happens.
    pub(super) fn put(&mut self, path: &str, file: StoredFile) {
        let _ = self.write(path, file);
    }

    /// Makes a folder and those around it; one that is there stays.
    ///
    /// # Errors
    /// A file is on the way, or there is no room.
    pub(super) fn make_folder(&mut self, path: &str, at: Timestamp) -> Result<(), TreeError> {
        if path == "/" {
            return Ok(());
        }
        match self.0.get(path) {
            Some(Entry::Folder(_)) => return Ok(()),
            Some(Entry::File(_)) => return Err(TreeError::OtherKind),
            None if self.0.len() >= MOST_FILES => return Err(TreeError::TooMuch),
            None => {}
        }
        self.make_folder(split(path).0, at)?;
        self.0.insert(path.to_owned(), Entry::Folder(at));
        Ok(())
    }

    /// Takes out an entry with all that is in it; `None` when it was not there.
    fn take(&mut self, path: &str) -> Option<Vec<(String, Entry)>> {
        let own = self.0.remove(path)?;
        let prefix = below(path);
        let inside: Vec<String> = self.0.range(prefix.clone()..).map(|(path, _)| path.clone()).collect();
        let inside = inside.into_iter().take_while(|inner| inner.starts_with(&prefix)).collect::<Vec<_>>();
        let mut taken = vec![(String::new(), own)];
        for inner in inside {
            if let Some(entry) = self.0.remove(&inner) {
                taken.push((inner[path.len()..].to_owned(), entry));
            }
        }
        Some(taken)
    }

    /// Deletes an entry with all that is in it; what is not there is no mistake.
    pub(super) fn delete(&mut self, path: &str) {
        if path == "/" { self.0.clear() } else { drop(self.take(path)) }
    }

    /// Gives an entry another path.
    ///
    /// # Errors
    /// It is not there, or something stands at its new place, or that place is inside itself.
    pub(super) fn rename(&mut self, from: &str, to: &str, at: Timestamp) -> Result<(), TreeError> {
        if !self.0.contains_key(from) {
            return Err(TreeError::Missing);
        }
        if self.has(to) || to.starts_with(&below(from)) {
            return Err(TreeError::Taken);
        }
        self.make_folder(split(to).0, at)?;
        for (rest, entry) in self.take(from).unwrap_or_default() {
            self.0.insert(format!("{to}{rest}"), entry);
        }
        Ok(())
    }

    /// Copies a file beside itself and says under which path.
    ///
    /// # Errors
    /// There is no such file.
    pub(super) fn copy(&mut self, path: &str, at: Timestamp) -> Result<String, TreeError> {
        let file = self.file(path).cloned().ok_or(TreeError::Missing)?;
        let (folder, name) = split(path);
        let (stem, ending) = name.split_once('.').map_or((name, ""), |(stem, _)| (stem, &name[stem.len()..]));
        let copy = |turn: usize| {
            let turn = if turn == 0 { String::new() } else { format!(" {turn}") };
            format!("{}{stem} copy{turn}{ending}", below(folder))
        };
        let free = (0..50).map(copy).find(|path| !self.has(path)).ok_or(TreeError::Taken)?;
        self.write(&free, StoredFile { at, ..file })?;
        Ok(free)
    }

    /// A tree of those of `names` in `folder` that are there.
    pub(super) fn part(&self, folder: &str, names: &[String]) -> Self {
        let prefix = below(folder);
        let wanted = |path: &str| {
            names.iter().any(|name| {
                let whole = format!("{prefix}{name}");
                path == whole || path.starts_with(&below(&whole))
            })
        };
        let inside = self.0.iter().filter(|(path, _)| path.starts_with(&prefix) && wanted(path));
        Self(inside.map(|(path, entry)| (path[prefix.len() - 1..].to_owned(), entry.clone())).collect())
    }

    /// Puts another tree's entries into `folder`, over what is there.
    ///
    /// # Errors
    /// A file is where the folder has to be.
    pub(super) fn unpack(&mut self, folder: &str, packed: &Self, at: Timestamp) -> Result<(), TreeError> {
        self.make_folder(folder, at)?;
        let around = if folder == "/" { "" } else { folder };
        for (path, entry) in &packed.0 {
            self.0.insert(format!("{around}{path}"), entry.clone());
        }
        Ok(())
    }

    /// What `ignored` (a pattern a line, a name or `*.ending`) does not name.
    pub(super) fn without(&self, ignored: &[String]) -> Self {
        let named = |path: &str, pattern: &str| {
            let pattern = pattern.trim_matches('/');
            match pattern.strip_prefix('*') {
                Some(ending) => path.ends_with(ending),
                None => path[1..] == *pattern || path[1..].starts_with(&format!("{pattern}/")),
            }
        };
        let kept = self.0.iter().filter(|(path, _)| !ignored.iter().any(|pattern| named(path, pattern)));
        Self(kept.map(|(path, entry)| (path.clone(), entry.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for path in paths {
            tree.write(path, StoredFile::new(*path, Timestamp::UNIX_EPOCH)).expect("written");
        }
        tree
    }

    fn names(tree: &Tree, folder: &str) -> Vec<String> {
        tree.list(folder).expect("a folder").into_iter().map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn dots_lead_no_further_up_than_the_root() {
        for (text, path) in [("../../etc/passwd", "/etc/passwd"), ("/a/./b/../c//d/", "/a/c/d"), ("", "/"), ("..", "/")]
        {
            assert_eq!(whole_path(text), path);
        }
    }

    #[test]
    fn a_folder_shows_what_is_right_in_it_and_moves_with_all_of_it() {
        let mut tree = tree(&["/a.txt", "/world/level.dat", "/world/region/r.0.mca", "/worldly"]);
        assert_eq!(names(&tree, "/"), ["a.txt", "world", "worldly"]);
        tree.rename("/world", "/old/world", Timestamp::UNIX_EPOCH).expect("moved");
        assert_eq!(
            (names(&tree, "/"), names(&tree, "/old/world")),
            (
                vec!["a.txt".to_owned(), "old".to_owned(), "worldly".to_owned()],
                vec!["level.dat".to_owned(), "region".to_owned()]
            )
        );
        assert_eq!(tree.rename("/old", "/old/world/x", Timestamp::UNIX_EPOCH), Err(TreeError::Taken));
        assert_eq!(tree.rename("/none", "/x", Timestamp::UNIX_EPOCH), Err(TreeError::Missing));
        tree.delete("/old");
        assert_eq!(names(&tree, "/"), ["a.txt", "worldly"]);
    }

    #[test]
    fn what_was_packed_can_be_unpacked_elsewhere() {
        let mut tree = tree(&["/a/b/c.txt", "/a/d.txt", "/e.txt"]);
        let packed = tree.part("/a", &["b".to_owned(), "none".to_owned()]);
        tree.unpack("/new", &packed, Timestamp::UNIX_EPOCH).expect("unpacked");
        assert!(tree.file("/new/b/c.txt").is_some() && tree.file("/new/d.txt").is_none());
        assert_eq!(tree.without(&["*.txt".to_owned()]).entries().count(), 4, "only folders");
        assert!(tree.without(&["/a".to_owned()]).file("/a/d.txt").is_none());
        assert_eq!(tree.copy("/e.txt", Timestamp::UNIX_EPOCH).as_deref(), Ok("/e copy.txt"));
        assert_eq!(tree.copy("/e.txt", Timestamp::UNIX_EPOCH).as_deref(), Ok("/e copy 1.txt"));
    }
}
