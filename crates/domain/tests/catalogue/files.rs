//! The catalogue's files as they stand in the repository.

use domain::catalogue::{Catalogue, SourceFile};
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn shipped_files() -> Vec<SourceFile> {
    let folder = root().join("catalogue");
    let mut files = vec![read(&folder.join("shop.toml"), "shop.toml")];
    for entry in fs::read_dir(folder.join("games")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        files.push(read(&folder.join("games").join(&name), &format!("games/{name}")));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

pub(crate) fn read(from: &Path, path: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), text: fs::read_to_string(from).unwrap() }
}

pub(crate) fn shipped() -> Catalogue {
    Catalogue::load(&shipped_files()).unwrap_or_else(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        panic!("the shipped catalogue has mistakes:\n{}", lines.join("\n"))
    })
}
