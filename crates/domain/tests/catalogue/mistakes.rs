//! A careless hand: every slip is named at once, with its file and line.

use crate::files::{read, root, shipped_files};
use domain::catalogue::{Catalogue, Mistake, SourceFile};
use proptest::prelude::*;
use std::fs;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: text.to_owned() }
}

fn mistakes(files: &[SourceFile]) -> Vec<Mistake> {
    Catalogue::load(files).err().unwrap_or_default()
}

fn told(files: &[SourceFile]) -> Vec<String> {
    mistakes(files).iter().map(ToString::to_string).collect()
}

/// The shipped files with one line of one of them changed.
fn shipped_but(path: &str, line: &str, changed: &str) -> Vec<SourceFile> {
    let mut files = shipped_files();
    let file = files.iter_mut().find(|file| file.path == path).unwrap();
    assert!(file.text.contains(line), "{path} has no `{line}`");
    file.text = file.text.replacen(line, changed, 1);
    files
}

#[test]
fn a_broken_catalogue_yields_every_mistake_of_every_file_with_its_place() {
    let folder = root().join("crates/domain/tests/data/broken");
    let mut files: Vec<SourceFile> =
        ["shop.toml", "games/chess.toml", "games/go.toml"].iter().map(|path| read(&folder.join(path), path)).collect();
    files.push(file("notes.txt", ""));
    let expected = fs::read_to_string(folder.join("mistakes.txt")).unwrap();
    assert_eq!(told(&files).join("\n"), expected.trim_end());
}

#[test]
fn one_wrong_word_in_the_shipped_files_is_one_mistake_at_its_line() {
    let files = shipped_but("games/minecraft.toml", "recommended_gib = 4 ", "recomended_gib = 4 ");
    let expected = [
        "games/minecraft.toml:1:1: the file lacks `recommended_gib`",
        "games/minecraft.toml:11:1: the file has no key `recomended_gib` (hint: did you mean `recommended_gib`?)",
    ];
    assert_eq!(told(&files), expected);
}

#[test]
fn a_floor_above_every_size_and_a_floor_below_what_runs_are_mistakes() {
    let nothing_left = shipped_but("games/ark.toml", "floor_gib = 6", "floor_gib = 16");
    assert_eq!(told(&nothing_left).len(), 1);
    assert!(told(&nothing_left)[0].contains("no plan of `ark` is on sale"));
    let too_low = shipped_but("games/palworld.toml", "floor_gib = 8", "floor_gib = 6");
    let too_low = told(&too_low);
    assert_eq!(too_low.len(), 1);
    assert!(too_low[0].contains("the game does not run in 6 GiB: its `min_memory_gib` is 8"), "{too_low:?}");
}

#[test]
fn a_consent_that_nobody_asks_for_is_a_mistake() {
    let files = shipped_but("games/minecraft.toml", "[consent]", "[consents]");
    let told = told(&files);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|line| line.contains("nobody is asked for the consent `minecraft-eula`")));
}

#[test]
fn two_files_cannot_claim_one_key() {
    let mut files = shipped_but("games/ark.toml", "[[type]]", "[[type]]\nname = \"ASA\"");
    assert_eq!(told(&files).len(), 1);
    assert!(told(&files)[0].contains("`ark-asa` is also the key of a type in games/ark"), "{:?}", told(&files));
    files.retain(|file| file.path != "games/ark.toml");
    assert!(told(&files)[0].contains("there is no file for the game `ark`"));
}

#[test]
fn without_a_shop_file_the_games_are_checked_all_the_same() {
    let mut files = shipped_but("games/rust.toml", "floor_gib = 4", "floor_gib = \"4\"");
    files.retain(|file| file.path != "shop.toml");
    let told = told(&files);
    assert!(told.iter().any(|line| line.starts_with("shop.toml:1:1: the catalogue has no shop.toml")));
    assert!(
        told.iter().any(|line| line.starts_with("games/rust.toml:10:13: `floor_gib` has to be a whole number")),
        "{told:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_cut_out_of_a_file_the_rest_is_read_and_each_mistake_has_a_place(
        which in any::<prop::sample::Index>(), from in any::<prop::sample::Index>(), length in 1_usize..80,
    ) {
        let mut files = shipped_files();
        let file = which.get_mut(&mut files);
        let characters: Vec<char> = file.text.chars().collect();
        let from = from.index(characters.len());
        let to = (from + length).min(characters.len());
        file.text = characters[..from].iter().chain(&characters[to..]).collect();
        let lines = file.text.lines().count() + 1;
        for mistake in mistakes(&files) {
            let source = files.iter().find(|file| file.path == mistake.path).unwrap();
            prop_assert!(mistake.line >= 1 && mistake.line <= source.text.lines().count().max(lines));
            prop_assert!(mistake.span.end <= source.text.len(), "{mistake}");
        }
    }
}
