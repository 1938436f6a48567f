//! From the owner's files to a [`Catalogue`], or to everything that is wrong with them.
//!
//! Pure: the texts come in, nothing is read from the disk. A slip never hides the next one: whatever can be read is read and
//! checked, in all files, before anything is reported.

mod add_ons;
mod game;
mod mistakes;
mod section;
mod server;
mod shop;
mod values;

pub use mistakes::Mistake;

use super::{Catalogue, GameKey};
use game::GameFile;
use mistakes::Notes;
use section::Section;
use shop::Shop;
use std::collections::BTreeMap;

/// A file of the catalogue, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it stands, for messages; `shop.toml` and `games/<key>.toml` are told apart by the end of it.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl SourceFile {
    /// The game that the file describes, by the file's name.
    fn game_key(&self) -> Option<&str> {
        let (folder, file) = self.path.rsplit_once(['/', '\\'])?;
        let in_games = folder == "games" || folder.ends_with("/games") || folder.ends_with("\\games");
        file.strip_suffix(".toml").filter(|_| in_games)
    }

    fn is_shop(&self) -> bool {
        self.path.rsplit(['/', '\\']).next() == Some("shop.toml") && self.game_key().is_none()
    }
}

impl Catalogue {
    /// Reads `shop.toml` and the files of the games, in any order.
    ///
    /// # Errors
    /// Every mistake of every file, file by file and line by line. The catalogue cannot be used until its owner mended them.
    pub fn load(files: &[SourceFile]) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let shop = load_shop(files, &mut mistakes);
        let mut games: BTreeMap<&str, (GameFile, &SourceFile)> = BTreeMap::new();
        for file in files.iter().filter(|file| !file.is_shop()) {
            let notes = Notes::new(file);
            match file.game_key() {
                None => {
                    notes.add(0..0, "the catalogue has no place for this file").hint("games stand in games/<key>.toml")
                }
                Some(key) if !values::is_key(key) => notes
                    .add(0..0, format!("`{key}` cannot be a game's key"))
                    .hint("use lower-case letters, digits and dashes"),
                Some(key) => {
                    let game = game::read(&GameKey::new(key), &shop, Section::of_file(&notes), &notes);
                    if !shop.lists(key) {
                        notes
                            .add(0..0, format!("`{key}` is not among the games of shop.toml"))
                            .hint("add it to `games`");
                    }
                    games.insert(key, (game, file));
                    &notes
                }
            };
            mistakes.extend(notes.into_mistakes());
        }
        mistakes.extend(clashes(&games));
        let catalogue = shop.into_catalogue(games.into_iter().map(|(key, (game, _))| (key, game)).collect());
        mistakes.sort_by(|a, b| (&a.path, a.span.start).cmp(&(&b.path, b.span.start)));
        if mistakes.is_empty() { Ok(catalogue) } else { Err(mistakes) }
    }
}

/// The shop's file; an empty shop in its place if there is none, so that the games are checked all the same.
fn load_shop(files: &[SourceFile], mistakes: &mut Vec<Mistake>) -> Shop {
    let nothing = SourceFile { path: "shop.toml".to_owned(), text: String::new() };
    let mut shops = files.iter().filter(|file| file.is_shop());
    let Some(file) = shops.next() else {
        let notes = Notes::new(&nothing);
        notes.add_missing(0..0, "the catalogue has no shop.toml", "it names the currency, the regions and the games");
        mistakes.extend(notes.into_mistakes());
        return Shop::default();
    };
    let notes = Notes::new(file);
    let keys: Vec<&str> = files.iter().filter_map(SourceFile::game_key).collect();
    let shop = shop::read(Section::of_file(&notes), &keys, &notes);
    mistakes.extend(notes.into_mistakes());
    shop
}

/// Blueprints of two files with one key, as `ark.toml` with a type `asa` and `ark-asa.toml` would have.
fn clashes(games: &BTreeMap<&str, (GameFile, &SourceFile)>) -> Vec<Mistake> {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (game, file) in games.values() {
        let notes = Notes::new(file);
        for (blueprint, span) in game.blueprints.iter().zip(&game.type_spans) {
            let other = owners.insert(blueprint.key.as_str(), &file.path);
            // Two types of one file with the same key were noted while it was read.
            if let Some(other) = other.filter(|other| *other != file.path) {
                let message = format!("`{}` is also the key of a type in {other}", blueprint.key);
                notes.add(span.clone(), message).hint("give the type another name");
            }
        }
        mistakes.extend(notes.into_mistakes());
    }
    mistakes
}
