//! Whether the database of a single process is where it was left, or a copy of it (R7).
//!
//! Two copies of one shop would sell the same capacity twice and work on the same orders. So the database remembers the machine and
//! the path where it was last served, and a word that also stands in a file beside it; both words are drawn anew at every start. A file
//! that was taken elsewhere, or an older one that was put back in its place, does not fit and is frozen. `docs/decisions/
//! 0007-copies-and-restores.md` says why these three, and what they cannot see. PostgreSQL has its epoch instead: its copies are
//! databases of their own, and restoring them is a command (`crate::backup`).

use crate::app::App;
use crate::backup;
use anyhow::Context;
use domain::freeze::Reason;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use store::freezes::{self, Home};

/// Compares where the database is with where it was left, and freezes the installation if that differs. A process that serves from
/// it (`serves`) writes down its place.
///
/// # Errors
/// The database, or the file beside it, cannot be read or written.
pub async fn check(app: &App, serves: bool) -> anyhow::Result<()> {
    let Some(file) = app.config.database_url.strip_prefix("sqlite://") else { return Ok(()) };
    let path = fs::canonicalize(file).with_context(|| format!("cannot find out where {file} is"))?;
    // The database first: a process that starts at this moment writes the file beside it before it commits.
    let left = freezes::find_home(&mut *app.store.read().await?).await?;
    let beside = Beside::of(&path);
    let words = beside.read()?;
    let here =
        Home { machine: machine(&app.installation.id), path: path.display().to_string(), word: app.random.word(24) };
    match left.as_ref().and_then(|left| strange(left, &here, &words)) {
        Some(what) => {
            let text =
                format!("The database may be a copy ({what}): nothing is done outside until `givr restore confirm`.");
            backup::hold(app, Reason::Moved, &what, &text).await?;
        }
        None if serves => {
            beside.write(left.as_ref().map(|left| left.word.as_str()), &here.word)?;
            let mut tx = app.store.begin().await?;
            freezes::set_home(&mut tx, &here).await?;
            tx.commit().await?;
        }
        None => {}
    }
    Ok(())
}

/// What does not fit, in words; `None` if everything does. What one of the two does not know is not compared.
fn strange(left: &Home, here: &Home, words: &[String]) -> Option<String> {
    let mut what = String::new();
    if left.machine.is_some() && here.machine.is_some() && left.machine != here.machine {
        what.push_str("it was left on another machine; ");
    }
    if left.path != here.path {
        // Writing to a String does not fail.
        let _ = write!(what, "it was left at {}; ", left.path);
    }
    if !words.contains(&left.word) {
        what.push_str("it is not the file that was last served here, or the file beside it (.home) is missing; ");
    }
    what.strip_suffix("; ").map(str::to_owned)
}

/// The file beside the database. It holds the word of the start that is under way and the one before: whichever of them the database
/// has after a crash is right.
struct Beside(PathBuf);

impl Beside {
    fn of(database: &Path) -> Self {
        let mut name = database.as_os_str().to_owned();
        name.push(".home");
        Self(PathBuf::from(name))
    }

    fn read(&self) -> anyhow::Result<Vec<String>> {
        match fs::read_to_string(&self.0) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", self.0.display())),
        }
    }

    fn write(&self, last: Option<&str>, next: &str) -> anyhow::Result<()> {
        let written = || {
            let mut fresh = self.0.clone().into_os_string();
            fresh.push(".new");
            let mut file = fs::File::create(&fresh)?;
            file.write_all(format!("{next}\n{}\n", last.unwrap_or_default()).as_bytes())?;
            file.sync_all()?;
            fs::rename(&fresh, &self.0)?;
            fs::File::open(self.0.parent().unwrap_or(Path::new("/")))?.sync_all()
        };
        written().with_context(|| format!("cannot write {}", self.0.display()))
    }
}

/// Which machine this is, by a hash that says nothing to others. In a container it is `None`: there the id is the image's, the same on
/// every machine, or another one at each start.
fn machine(installation: &str) -> Option<String> {
    let contained = ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists())
        || ["container", "KUBERNETES_SERVICE_HOST"].iter().any(|mark| std::env::var_os(mark).is_some());
    let id = fs::read_to_string("/etc/machine-id").ok().filter(|_| !contained)?;
    let id = id.trim();
    // What systemd writes into images that are to be started for the first time.
    let drawn = !id.is_empty() && id != "uninitialized";
    drawn.then(|| hex::encode(Sha256::digest(format!("givr machine {installation} {id}")))[..16].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(machine: Option<&str>, path: &str, word: &str) -> Home {
        Home { machine: machine.map(str::to_owned), path: path.to_owned(), word: word.to_owned() }
    }

    #[test]
    fn machine_path_and_word_are_compared_and_an_unknown_machine_is_none() {
        let left = home(Some("m"), "/a/givr.db", "w");
        let words = ["next".to_owned(), "w".to_owned()];
        assert_eq!(strange(&left, &home(Some("m"), "/a/givr.db", "n"), &words), None);
        assert_eq!(strange(&left, &home(None, "/a/givr.db", "n"), &words), None);
        assert_eq!(strange(&home(None, "/a/givr.db", "w"), &home(Some("m"), "/a/givr.db", "n"), &words), None);
        let machine = strange(&left, &home(Some("o"), "/a/givr.db", "n"), &words).unwrap();
        assert_eq!(machine, "it was left on another machine");
        let path = strange(&left, &home(Some("m"), "/b/givr.db", "n"), &words).unwrap();
        assert_eq!(path, "it was left at /a/givr.db");
        assert!(strange(&left, &home(Some("m"), "/a/givr.db", "n"), &words[..1]).unwrap().contains(".home"));
    }

    #[test]
    fn the_file_beside_keeps_this_start_and_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let beside = Beside::of(&folder.path().join("givr.db"));
        assert!(beside.read().unwrap().is_empty());
        beside.write(None, "one").unwrap();
        beside.write(Some("one"), "two").unwrap();
        assert_eq!(beside.read().unwrap(), ["two", "one"]);
    }
}
