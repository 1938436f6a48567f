use super::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Every text of a language with the variables in it.
fn texts(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for resource in resources(language) {
        for entry in resource.entries() {
            match entry {
                Entry::Message(message) => {
                    let mut variables = BTreeSet::new();
                    collect_variables(message.value.as_ref().expect("a text"), &mut variables);
                    all.insert(message.id.name.to_owned(), variables);
                }
                Entry::Junk { content } => panic!("{}: this is no text: {content}", language.key()),
                Entry::Term(_) | Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            }
        }
    }
    all
}

/// Sources and templates of this crate.
fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| ["rs", "html", "txt"].iter().any(|known| end == *known))
                && !path.ends_with("texts/tests.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files
}

/// What stands in double quotes and could name a text.
fn quoted(source: &str) -> impl Iterator<Item = &str> {
    let named = |text: &str| text.starts_with(|c: char| c.is_ascii_lowercase());
    source.split('"').filter(move |text| named(text) && text.len() < 60 && !text.contains(char::is_whitespace))
}

#[test]
fn every_language_has_every_text_with_the_same_variables() {
    let english = texts(Language::English);
    for language in Language::ALL {
        let own = texts(language);
        let missing: Vec<_> = english.keys().filter(|key| !own.contains_key(*key)).collect();
        let unknown: Vec<_> = own.keys().filter(|key| !english.contains_key(*key)).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{}: lacks {missing:?}, and has {unknown:?}", language.key());
        for (key, variables) in &english {
            assert_eq!(&own[key], variables, "{}: `{key}`", language.key());
        }
    }
}

/// Names that a template asks for: `{{ "frame-games"|t }}`.
fn asked_by_template(source: &str) -> impl Iterator<Item = &str> {
    let filters = ["\"|t ", "\"|t1(", "\"|html ", "\"|html1(", "\"|html2("];
    filters.into_iter().flat_map(|filter| source.match_indices(filter)).map(|(end, _)| {
        let before = &source[..end];
        &before[before.rfind('"').map_or(0, |quote| quote + 1)..]
    })
}

/// Names that a source asks for: `t("frame-games")`, `with("span-days", …)`.
fn asked_by_source(source: &str) -> impl Iterator<Item = &str> {
    let calls = ["t(", "with("].into_iter().flat_map(|call| source.match_indices(call));
    let alone = calls.filter(|(begin, _)| !source[..*begin].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    let argument = alone.filter_map(|(begin, call)| source[begin + call.len()..].trim_start().strip_prefix('"'));
    argument.filter_map(|rest| rest.split('"').next()).filter(|name| quoted(&format!("\"{name}\"")).next().is_some())
}

#[test]
fn every_text_that_is_asked_for_is_there() {
    let english = texts(Language::English);
    let mut asked_for = 0;
    for (path, source) in sources() {
        let names: Vec<&str> = match path.extension().is_some_and(|end| end == "rs") {
            true => asked_by_source(&source).collect(),
            false => asked_by_template(&source).collect(),
        };
        for name in &names {
            assert!(english.contains_key(*name), "{}: there is no text `{name}`", path.display());
        }
        asked_for += names.len();
    }
    assert!(asked_for > 100, "{asked_for}");
}

#[test]
fn no_text_is_there_that_nobody_asks_for() {
    let sources = sources();
    let asked: BTreeSet<&str> = sources.iter().flat_map(|(_, source)| quoted(source)).collect();
    // A name that is put together ends in a hole: `refund-reason-{}`.
    let begun: BTreeSet<&str> = asked.iter().filter_map(|name| name.split_once('{').map(|(begin, _)| begin)).collect();
    let english = texts(Language::English);
    let unused: Vec<_> = english
        .keys()
        .filter(|key| {
            !asked.contains(key.as_str()) && !begun.iter().any(|begin| begin.len() > 3 && key.starts_with(begin))
        })
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn a_language_goes_along_with_what_is_done_in_it() {
    assert_eq!(language(), Language::English);
    assert_eq!(t("frame-games"), "Games");
    speaking(Language::German, || assert_eq!(t("frame-games"), "Spiele"));
    assert_eq!(t("frame-games"), "Games");
}

#[test]
fn plurals_follow_the_number() {
    let said = [0, 1, 1200].map(|count| with("span-days", &[("count", count.into())]));
    assert_eq!(said, ["0 days", "1 day", "1,200 days"]);
}

#[test]
fn own_texts_with_mistakes_are_named_with_their_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("en")).unwrap();
    fs::write(
        folder.path().join("en/mine.ftl"),
        "frame-games = Worlds\nframe-gmaes = Worlds\nhome-from = { $prise }\n",
    )
    .unwrap();
    fs::write(folder.path().join("en/odd.ftl"), "this is nothing\n").unwrap();
    let mistakes = put_before(folder.path()).unwrap_err();
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    assert!(mistakes[0].contains("mine.ftl: the program has no text `frame-gmaes`"), "{mistakes:?}");
    assert!(
        mistakes[1].contains("mine.ftl: the program has no variable `prise` for the text `home-from`"),
        "{mistakes:?}"
    );
    assert!(mistakes[2].contains("odd.ftl"), "{mistakes:?}");
    let gone = put_before(&folder.path().join("nowhere")).unwrap_err();
    assert!(gone[0].ends_with("there is no such folder"), "{gone:?}");
}

#[test]
fn what_was_agreed_to_is_told_apart_by_its_words() {
    let english = fingerprint(&["terms-"]);
    assert_eq!(english, fingerprint(&["terms-"]));
    assert_ne!(english, fingerprint(&["privacy-"]));
    assert_ne!(english, speaking(Language::German, || fingerprint(&["terms-"])));
    assert_eq!(english.len(), 64);
}

#[derive(askama::Template)]
#[template(source = r#"{{ "panel-login-names"|html2("username", name, "email", name) }}"#, ext = "html")]
struct Named<'a> {
    name: &'a str,
}

#[test]
fn what_comes_from_anywhere_stays_text_among_our_own_markup() {
    let shown = askama::Template::render(&Named { name: "<img> & { $email }" }).unwrap();
    assert_eq!(shown.matches("<strong").count(), 1);
    assert!(!shown.contains("<img") && shown.matches("{ $email }").count() == 2, "{shown}");
}
