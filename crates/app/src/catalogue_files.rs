//! The catalogue's files: those of the owner's folder, or the ones that this release ships.

use domain::catalogue::{Catalogue, Mistake, SourceFile};
use rust_embed::RustEmbed;
use std::fmt::Write;
use std::path::Path;

#[derive(RustEmbed)]
#[folder = "../../catalogue"]
#[include = "*.toml"]
// Translations; see `texts::said`.
#[exclude = "texts/*"]
struct Shipped;

/// Reads and checks the catalogue. `None` takes the shipped one.
///
/// # Errors
/// Everything that is wrong, at once.
pub fn load(folder: Option<&Path>) -> Result<Catalogue, Vec<Mistake>> {
    Catalogue::load(&files(folder).map_err(|error| {
        let path = folder.map_or_else(String::new, |folder| folder.display().to_string());
        vec![Mistake { path, line: 1, column: 1, message: format!("cannot be read: {error}"), hint: None, span: 0..0 }]
    })?)
}

/// The files of a folder and of its `games` folder, or the shipped ones.
///
/// # Errors
/// The folder cannot be read.
pub fn files(folder: Option<&Path>) -> std::io::Result<Vec<SourceFile>> {
    let Some(folder) = folder else {
        let read = |name: std::borrow::Cow<'static, str>| {
            let text = Shipped::get(&name).map(|file| String::from_utf8_lossy(&file.data).into_owned());
            SourceFile { path: format!("catalogue/{name}"), text: text.unwrap_or_default() }
        };
        return Ok(Shipped::iter().map(read).collect());
    };
    let mut files = Vec::new();
    for folder in [folder.to_owned(), folder.join("games")] {
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                files.push(SourceFile { path: path.display().to_string(), text: std::fs::read_to_string(&path)? });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if files.is_empty() {
        return Err(std::io::Error::new(std::io::ErrorKind::NotFound, "there are no .toml files in it"));
    }
    Ok(files)
}

/// All mistakes as lines for people.
pub fn describe(mistakes: &[Mistake]) -> String {
    let mut text =
        format!("the catalogue has {} {}:", mistakes.len(), if mistakes.len() == 1 { "mistake" } else { "mistakes" });
    for mistake in mistakes {
        // Writing to a String does not fail.
        let _ = write!(text, "\n  {}:{}:{}: {}", mistake.path, mistake.line, mistake.column, mistake.message);
        if let Some(hint) = &mistake.hint {
            let _ = write!(text, " ({hint})");
        }
    }
    text
}
