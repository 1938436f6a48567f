//! What people read, in their language: every sentence stands in `texts/<language>/*.ftl` (Project Fluent), not in the code.
//!
//! Which language it is goes along with the task, as in every program with gettext: the web sets it for each request, the outbox for
//! each letter, and whoever asks for a text need not know. Outside of both it is English. `docs/decisions/0011-languages.md` says
//! why. Not here: what operators read on the command line and in logs, which is English.

mod catalogue;
pub(crate) mod filters;
mod forms;

pub use catalogue::{put_before as put_catalogue_before, said};
pub use forms::{ago, cpu, day, day_and_time, number, price, short_span, span, time};

use domain::language::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Texts that come with the program.
#[derive(RustEmbed)]
#[folder = "texts"]
struct Files;

type Bundle = FluentBundle<FluentResource>;

/// What stands in the place of a variable.
pub type Value<'a> = FluentValue<'a>;

tokio::task_local! {
    static LANGUAGE: Language;
}

/// The names of all texts.
static KEYS: OnceLock<Vec<String>> = OnceLock::new();
static TEXTS: OnceLock<Vec<(Language, Bundle)>> = OnceLock::new();

/// The language of this task.
pub fn language() -> Language {
    LANGUAGE.try_with(|language| *language).unwrap_or_default()
}

/// Does something in a language.
pub async fn in_language<T>(language: Language, what: impl Future<Output = T>) -> T {
    LANGUAGE.scope(language, what).await
}

/// Says something in a language.
pub fn speaking<T>(language: Language, what: impl FnOnce() -> T) -> T {
    LANGUAGE.sync_scope(language, what)
}

/// Puts a shop's own texts before those of the program: files of a folder, `<folder>/<language>/*.ftl`. Before the first text is asked for;
/// after that nothing changes any more.
///
/// # Errors
/// Each mistake, with its file: the folder is not there, a file cannot be read or makes no sense, or a text or one of its variables is not
/// known to the program.
pub fn put_before(folder: &Path) -> Result<(), Vec<String>> {
    if !folder.is_dir() {
        return Err(vec![format!("{}: there is no such folder", folder.display())]);
    }
    let mut all = shipped();
    let mut mistakes = Vec::new();
    for (language, bundle) in &mut all {
        let files = fs::read_dir(folder.join(language.key())).into_iter().flatten().flatten();
        let mut files: Vec<_> =
            files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "ftl")).collect();
        files.sort();
        for file in files {
            let shown = file.display();
            match fs::read_to_string(&file) {
                Ok(text) => match FluentResource::try_new(text) {
                    Ok(resource) => {
                        mistakes.extend(
                            unknown(bundle, &resource)
                                .into_iter()
                                .map(|what| format!("{shown}: the program has no {what}")),
                        );
                        bundle.add_resource_overriding(resource);
                    }
                    Err((_, problems)) => mistakes.extend(problems.iter().map(|problem| format!("{shown}: {problem}"))),
                },
                Err(error) => mistakes.push(format!("{shown}: {error}")),
            }
        }
    }
    if mistakes.is_empty() {
        let _ = TEXTS.set(all);
        return Ok(());
    }
    Err(mistakes)
}

/// What a resource has and the program does not: texts that it never asks for, variables that it never fills in.
fn unknown(bundle: &Bundle, resource: &FluentResource) -> Vec<String> {
    let mut unknown = Vec::new();
    for (key, pattern) in texts_of(resource) {
        let Some(own) = bundle.get_message(key).and_then(|message| message.value()) else {
            unknown.push(format!("text `{key}`"));
            continue;
        };
        let (mut filled, mut wanted) = (BTreeSet::new(), BTreeSet::new());
        collect_variables(own, &mut filled);
        collect_variables(pattern, &mut wanted);
        unknown.extend(wanted.difference(&filled).map(|name| format!("variable `{name}` for the text `{key}`")));
    }
    unknown
}

/// All texts of a resource by their names.
fn texts_of(resource: &FluentResource) -> impl Iterator<Item = (&str, &Pattern<&str>)> {
    resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some((message.id.name, message.value.as_ref()?)),
        Entry::Term(_)
        | Entry::Comment(_)
        | Entry::GroupComment(_)
        | Entry::ResourceComment(_)
        | Entry::Junk { .. } => None,
    })
}

/// The names of what is filled in, in every form of a text.
fn collect_variables(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        let inline = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    collect_variables(&variant.value, variables);
                }
                selector
            }
        };
        if let InlineExpression::VariableReference { id } = inline {
            variables.insert(id.name.to_owned());
        }
    }
}

fn shipped() -> Vec<(Language, Bundle)> {
    Language::ALL.into_iter().map(|language| (language, bundle(language))).collect()
}

#[expect(clippy::expect_used, reason = "files of the program itself, which a test reads")]
fn bundle(language: Language) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![language.key().parse().expect("a language tag")]);
    // Foreign names are kept apart where they are shown, by the page.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(FluentNumber { value, .. }) if value.fract() == 0.0 && value.abs() < 1e15 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "a whole number of less than sixteen digits")]
            Some(forms::number(*value as i64))
        }
        _ => None,
    }));
    for file in resources(language) {
        bundle.add_resource(file).expect("each text stands once");
    }
    bundle
}

#[expect(clippy::expect_used, reason = "files of the program itself, which a test reads")]
fn resources(language: Language) -> impl Iterator<Item = FluentResource> {
    let folder = format!("{}/", language.key());
    Files::iter().filter(move |name| name.starts_with(&folder)).map(|name| {
        let file = Files::get(&name).expect("an embedded file");
        let text = String::from_utf8(file.data.into_owned()).expect("text");
        FluentResource::try_new(text).map_err(|(_, problems)| format!("{name}: {problems:?}")).expect("a file of texts")
    })
}

/// A text without variables.
pub fn t(key: &str) -> Cow<'static, str> {
    say(language(), key, None)
}

/// A text with one variable.
pub fn one<'a>(key: &str, name: &'static str, value: impl Into<Value<'a>>) -> String {
    with(key, &[(name, value.into())])
}

/// A text with variables.
pub fn with(key: &str, values: &[(&'static str, Value<'_>)]) -> String {
    let values: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
    say(language(), key, Some(&values)).into_owned()
}

/// Stands for the words that somebody agreed to: a hash over all texts whose names begin like this, in the language that they read.
pub fn fingerprint(beginnings: &[&str]) -> String {
    let all = KEYS.get_or_init(|| {
        let named = |resource: FluentResource| texts_of(&resource).map(|(key, _)| key.to_owned()).collect::<Vec<_>>();
        resources(Language::English).flat_map(named).collect()
    });
    let mut hasher = Sha256::new();
    for key in all.iter().filter(|key| beginnings.iter().any(|begin| key.starts_with(begin))) {
        let Some((bundle, pattern)) = find(language(), key).or_else(|| find(Language::English, key)) else { continue };
        // Variables stand in it by their names.
        hasher.update(format!("{key}={}\n", bundle.format_pattern(pattern, None, &mut Vec::new())));
    }
    hex::encode(hasher.finalize())
}

fn find(language: Language, key: &str) -> Option<(&'static Bundle, &'static Pattern<&'static str>)> {
    let texts = TEXTS.get_or_init(shipped);
    let bundle = texts.iter().find(|(known, _)| *known == language).map(|(_, bundle)| bundle)?;
    Some((bundle, bundle.get_message(key)?.value()?))
}

/// What a language lacks is said in English; what English lacks is a mistake of the program, and shows its name.
fn say(language: Language, key: &str, values: Option<&FluentArgs<'_>>) -> Cow<'static, str> {
    let Some((bundle, pattern)) = find(language, key).or_else(|| find(Language::English, key)) else {
        debug_assert!(false, "there is no text `{key}`");
        tracing::error!("There is no text `{key}`");
        return Cow::Owned(key.to_owned());
    };
    let mut problems: Vec<FluentError> = Vec::new();
    let said = bundle.format_pattern(pattern, values, &mut problems);
    debug_assert!(problems.is_empty(), "`{key}`: {problems:?}");
    Cow::Owned(said.into_owned())
}

#[cfg(test)]
mod tests;
