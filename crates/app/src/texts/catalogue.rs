//! What the catalogue says, in the language of the task. A translation is found by the catalogue's own text, as in gettext: when an owner
//! changes that, it is shown as it is, and nobody reads the translation of something else.

use super::language;
use domain::language::Language;
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

/// Translations that come with the shipped catalogue.
#[derive(RustEmbed)]
#[folder = "../../catalogue/texts"]
#[include = "*.toml"]
struct Files;

type Translations = HashMap<Language, HashMap<String, String>>;

static SHIPPED: LazyLock<Translations> = LazyLock::new(|| {
    let read = |language: Language| {
        let file = Files::get(&format!("{}.toml", language.key()))?;
        Some((language, toml::from_str(&String::from_utf8_lossy(&file.data)).unwrap_or_default()))
    };
    Language::ALL.into_iter().filter_map(read).collect()
});
static OWN: OnceLock<Translations> = OnceLock::new();

/// Puts an owner's translations before those of the program: `<folder>/texts/<language>.toml`, each a table of the catalogue's text and
/// the other language's. A second time in a process changes nothing.
///
/// # Errors
/// The files that cannot be read, with what is wrong.
pub fn put_before(folder: &Path) -> Result<(), Vec<String>> {
    let (mut own, mut mistakes) = (Translations::new(), Vec::new());
    for language in Language::ALL {
        let path = folder.join("texts").join(format!("{}.toml", language.key()));
        if !path.is_file() {
            continue;
        }
        let read = fs::read_to_string(&path).map_err(|error| error.to_string());
        match read.and_then(|text| toml::from_str(&text).map_err(|error| error.message().to_owned())) {
            Ok(texts) => {
                own.insert(language, texts);
            }
            Err(problem) => mistakes.push(format!("{}: {problem}", path.display())),
        }
    }
    if mistakes.is_empty() {
        // The first one counts, as with the program's own texts.
        let _ = OWN.set(own);
        Ok(())
    } else {
        Err(mistakes)
    }
}

/// A text of the catalogue, in the language of the task.
pub fn said(text: &str) -> Cow<'_, str> {
    let find = |all: &'static Translations| all.get(&language()).and_then(|texts| texts.get(text.trim()));
    match OWN.get().and_then(find).or_else(|| find(&SHIPPED)) {
        Some(translated) => Cow::Borrowed(translated),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::speaking;
    use domain::catalogue::Sale;

    #[test]
    fn everything_that_the_shipped_catalogue_says_is_there_in_every_language() {
        let catalogue = crate::catalogue_files::load(None).unwrap();
        let mut texts = Vec::new();
        for game in &catalogue.games {
            texts.extend([&game.summary, &game.description]);
            texts.extend(game.faq.iter().flat_map(|entry| [&entry.question, &entry.answer]));
            texts.extend(game.consent.iter().map(|consent| &consent.text));
        }
        let sold = catalogue.add_ons.iter().filter(|add_on| add_on.sale == Sale::OnSale);
        texts.extend(sold.flat_map(|add_on| [&add_on.name, &add_on.summary]));
        texts.extend(catalogue.regions.iter().map(|region| &region.name));
        texts.extend(catalogue.blueprints.iter().flat_map(|kind| &kind.inputs).flat_map(|it| [&it.label, &it.help]));
        for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
            let missing: Vec<&&String> =
                texts.iter().filter(|text| speaking(language, || said(text) == text.as_str())).collect();
            assert!(missing.is_empty(), "catalogue/texts/{}.toml lacks {missing:#?}", language.key());
        }
        assert_eq!(speaking(Language::German, || said("A text that an owner wrote")), "A text that an owner wrote");
        assert_eq!(said(texts[0]), texts[0].as_str());
    }
}
