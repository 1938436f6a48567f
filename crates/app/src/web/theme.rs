//! The look of a shop as its owner wants it: colours, fonts, logo and picture from a theme file, in the place of those of the program.
//!
//! A theme that nobody could read is refused at start: each pair of colours that text is set in has the contrast that WCAG 2 asks
//! for, in light and in dark.

use crate::web::assets;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What a theme puts in the place of the program's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Theme {
    /// Files by the names that they stand for.
    pub(super) files: BTreeMap<&'static str, String>,
    /// The colour of buttons in letters, which know nothing of dark.
    brand: Option<String>,
}

/// A theme file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    logo: Option<PathBuf>,
    picture: Option<PathBuf>,
    fonts: Fonts,
    light: BTreeMap<String, String>,
    dark: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Fonts {
    display: Option<String>,
    text: Option<String>,
}

/// Text on ground, and how much lighter or darker it has to be.
const PAIRS: [(&str, &str, f64); 17] = [
    ("ink", "paper", 4.5),
    ("ink", "surface", 4.5),
    ("ink", "sunk", 4.5),
    ("soft", "paper", 4.5),
    ("soft", "surface", 4.5),
    ("soft", "sunk", 4.5),
    ("brand", "paper", 4.5),
    ("brand", "surface", 4.5),
    ("brand", "sunk", 4.5),
    ("on-brand", "brand", 4.5),
    ("on-brand", "brand-deep", 4.5),
    ("gold", "gold-wash", 4.5),
    ("good", "good-wash", 4.5),
    ("warn", "warn-wash", 4.5),
    ("bad", "bad-wash", 4.5),
    ("bad", "surface", 4.5),
    // What only marks an edge.
    ("edge", "surface", 3.0),
];

static THEME: OnceLock<Theme> = OnceLock::new();

/// The theme of this process.
pub(super) fn current() -> &'static Theme {
    THEME.get_or_init(Theme::default)
}

/// The colour of buttons in letters.
pub fn brand() -> &'static str {
    current().brand.as_deref().unwrap_or("#1f5b4c")
}

/// Puts on a theme, before the first page. A second time in a process changes nothing.
///
/// # Errors
/// Each mistake, with what to do about it.
pub fn put_on(file: &Path) -> Result<(), Vec<String>> {
    let text = std::fs::read_to_string(file).map_err(|error| vec![format!("{}: {error}", file.display())])?;
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let read = |path: &Path| std::fs::read_to_string(folder.join(path)).map_err(|error| error.to_string());
    let theme = Theme::read(&text, read).map_err(|mistakes| {
        mistakes.into_iter().map(|mistake| format!("{}: {mistake}", file.display())).collect::<Vec<_>>()
    })?;
    let _ = THEME.set(theme);
    Ok(())
}

impl Theme {
    fn read(text: &str, open: impl Fn(&Path) -> Result<String, String>) -> Result<Self, Vec<String>> {
        let file: File = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
        let mut mistakes = Vec::new();
        let (light, dark) = own_colours();
        for (mode, wanted, own) in [("light", &file.light, &light), ("dark", &file.dark, &dark)] {
            mistakes.extend(colour_mistakes(mode, wanted, own));
        }
        for font in [&file.fonts.display, &file.fonts.text].into_iter().flatten() {
            if font.contains([';', '{', '}', '<', '\\']) || font.is_empty() {
                mistakes.push(format!("fonts: `{font}` is not a list of font families, such as `Georgia, serif`"));
            }
        }
        let mut files = BTreeMap::from([("theme.css", file.css())]);
        for (name, stands_for, path) in [("logo", "mark.svg", &file.logo), ("picture", "hero.svg", &file.picture)] {
            let Some(path) = path else { continue };
            match open(path).and_then(|drawing| drawing_mistake(&drawing).map_or(Ok(drawing), Err)) {
                Ok(drawing) => {
                    files.insert(stands_for, drawing);
                }
                Err(problem) => mistakes.push(format!("{name}: {}: {problem}", path.display())),
            }
        }
        if let Some(logo) = files.get("mark.svg") {
            files.insert("favicon.svg", logo.clone());
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Self { files, brand: file.light.get("brand").cloned() })
    }
}

impl File {
    /// The tokens that differ, as a style sheet.
    fn css(&self) -> String {
        let fonts = [("display", &self.fonts.display), ("text", &self.fonts.text)];
        let fonts = fonts.into_iter().filter_map(|(name, font)| Some((name, font.as_deref()?)));
        let light = self.light.iter().map(|(name, colour)| (name.as_str(), colour.as_str()));
        let dark = self.dark.iter().map(|(name, colour)| (name.as_str(), colour.as_str()));
        format!(
            ":root {{\n{}}}\n@media (prefers-color-scheme: dark) {{\n:root {{\n{}}}\n}}\n",
            tokens(light.chain(fonts)),
            tokens(dark)
        )
    }
}

fn tokens<'a>(all: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    all.fold(String::new(), |mut css, (name, value)| {
        // Writing to a String does not fail.
        let _ = writeln!(css, "--{name}: {value};");
        css
    })
}

/// What is wrong with the colours of a mode.
fn colour_mistakes(mode: &str, wanted: &BTreeMap<String, String>, own: &BTreeMap<String, String>) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (name, colour) in wanted {
        if !own.contains_key(name) {
            let known: Vec<&str> = own.keys().map(String::as_str).collect();
            mistakes.push(format!("{mode}.{name}: there is no such colour; there are {}", known.join(", ")));
        } else if rgb(colour).is_none() {
            mistakes.push(format!("{mode}.{name}: `{colour}` is not a colour such as #1f5b4c"));
        }
    }
    let colour = |name: &str| rgb(wanted.get(name).or_else(|| own.get(name))?);
    for (text, ground, least) in PAIRS {
        // What is not touched is the program's own and was looked at.
        if !wanted.contains_key(text) && !wanted.contains_key(ground) {
            continue;
        }
        let (Some(above), Some(below)) = (colour(text), colour(ground)) else { continue };
        let contrast = contrast(above, below);
        if contrast < least {
            mistakes.push(format!(
                "{mode}.{text} on {mode}.{ground} has a contrast of {contrast:.1}, and {least} is the least that people can read; make one of \
                 them darker or lighter"
            ));
        }
    }
    mistakes
}

/// The colours of the program's own style sheet, light and dark.
fn own_colours() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let css = assets::text("app.css");
    let (light, rest) = css.split_once("@media (prefers-color-scheme: dark)").unwrap_or((css, ""));
    let colours = |css: &str| {
        let lines = css.split_once('}').map_or(css, |(block, _)| block).lines();
        let tokens = lines.filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": "));
        let colours = tokens.filter(|(_, value)| rgb(value).is_some());
        colours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    (colours(light), colours(rest))
}

/// `#rrggbb` as three parts of one.
fn rgb(colour: &str) -> Option<[f64; 3]> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    Some([16, 8, 0].map(|shift| f64::from((number >> shift) & 0xff) / 255.0))
}

/// WCAG 2's ratio of two colours, from 1 to 21.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let linear =
            colour.map(|part| if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

/// Why a drawing cannot stand in a page, if so: nothing in our pages runs, is styled inline, or comes from elsewhere.
fn drawing_mistake(drawing: &str) -> Option<String> {
    let lower = drawing.to_lowercase();
    let links = lower.replace("http://www.w3.org/", "");
    let has_handler = lower.split([' ', '\n', '\t']).any(|word| word.starts_with("on") && word.contains('='));
    match () {
        () if !lower.trim_start().starts_with("<svg") => Some("it has to be an SVG that begins with `<svg`".to_owned()),
        () if lower.contains("<script") || lower.contains("<foreignobject") || has_handler => {
            Some("it holds scripts".to_owned())
        }
        () if lower.contains("style=") || lower.contains("<style") => {
            Some("it is styled inline; use attributes such as fill=\"#1f5b4c\"".to_owned())
        }
        () if links.contains("http://") || links.contains("https://") => {
            Some("it loads something from elsewhere".to_owned())
        }
        () if drawing.len() > 60_000 => Some(format!("it is {} bytes long; 60,000 are the most", drawing.len())),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGO: &str = "<svg viewBox=\"0 0 8 8\"><path fill=\"#123456\" d=\"M0 0h8v8z\"/></svg>";

    fn read(text: &str) -> Result<Theme, Vec<String>> {
        Theme::read(text, |path| match path.to_str() {
            Some("logo.svg") => Ok(LOGO.to_owned()),
            Some("script.svg") => Ok("<svg><script>1</script></svg>".to_owned()),
            Some("loads.svg") => Ok("<svg><image href=\"https://elsewhere.example/x.png\"/></svg>".to_owned()),
            _ => Err("no such file".to_owned()),
        })
    }

    #[test]
    fn the_programs_own_colours_can_be_read() {
        let (light, dark) = own_colours();
        assert_eq!(light.len(), dark.len());
        for (mode, own) in [("light", &light), ("dark", &dark)] {
            // Each colour is touched, so that each pair is looked at.
            assert_eq!(colour_mistakes(mode, own, own), Vec::<String>::new());
        }
        for (text, ground, _) in PAIRS {
            assert!(light.contains_key(text) && light.contains_key(ground), "{text} on {ground}");
        }
    }

    #[test]
    fn a_theme_changes_what_it_names_and_nothing_else() {
        let theme =
            read("logo = \"logo.svg\"\n[fonts]\ndisplay = \"Georgia, serif\"\n[light]\nbrand = \"#5b1f4c\"\nbrand-deep = \"#451639\"\n")
                .unwrap();
        insta::assert_snapshot!(theme.files["theme.css"], @r"
        :root {
        --brand: #5b1f4c;
        --brand-deep: #451639;
        --display: Georgia, serif;
        }
        @media (prefers-color-scheme: dark) {
        :root {
        }
        }
        ");
        assert_eq!(theme.files["mark.svg"], LOGO);
        assert_eq!(theme.files["favicon.svg"], LOGO);
        assert_eq!(theme.brand.as_deref(), Some("#5b1f4c"));
    }

    #[test]
    fn what_nobody_could_read_is_refused_with_its_contrast() {
        let mistakes = read("[light]\nsoft = \"#c8c0b0\"\n[dark]\nink = \"#30363c\"\n").unwrap_err();
        assert!(
            mistakes.iter().any(|mistake| mistake.contains("light.soft on light.paper has a contrast of 1.")),
            "{mistakes:?}"
        );
        assert!(mistakes.iter().any(|mistake| mistake.contains("dark.ink on dark.surface")), "{mistakes:?}");
    }

    #[test]
    fn each_mistake_is_named() {
        let mistakes = read(
            "logo = \"script.svg\"\npicture = \"loads.svg\"\n[fonts]\ntext = \"x; } body { display: none\"\n[light]\nbrnad = \"#000000\"\ngood = \"green\"\n",
        )
        .unwrap_err();
        for part in
            ["brnad: there is no such colour", "`green` is not a colour", "fonts:", "holds scripts", "from elsewhere"]
        {
            assert!(mistakes.iter().any(|mistake| mistake.contains(part)), "{part}: {mistakes:?}");
        }
        assert!(read("colour = \"red\"").unwrap_err()[0].contains("unknown field"));
        assert!(read("logo = \"gone.svg\"").unwrap_err()[0].contains("no such file"));
    }

    #[test]
    fn black_on_white_is_twenty_one() {
        let contrast = contrast(rgb("#000000").unwrap(), rgb("#ffffff").unwrap());
        assert!((contrast - 21.0).abs() < 1e-9, "{contrast}");
    }
}
