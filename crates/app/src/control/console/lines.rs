//! Lines of a console as pages can show them: a text cut into runs of one colour, and whatever else a terminal would obey left out.

use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;

/// Lines that are kept of one console, and bytes of text in them.
const KEPT: usize = 500;
const KEPT_BYTES: usize = 256 * 1024;
/// Bytes of a line that are shown, and pieces of it: what comes after the last one keeps its looks.
const LONGEST: usize = 2048;
const MOST_RUNS: usize = 64;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The colour of a terminal, 0 to 15; `None` for the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<u8>,
    /// Whether it is bold.
    #[serde(skip_serializing_if = "is_false")]
    pub bold: bool,
    /// The text, without control characters.
    pub text: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Run {
    /// The class that gives it its looks, with a space in front; nothing for usual text.
    pub fn class(&self) -> String {
        let colour = self.colour.map(|colour| format!("ansi-{colour}"));
        let bold = self.bold.then(|| "ansi-bold".to_owned());
        colour.into_iter().chain(bold).collect::<Vec<_>>().join(" ")
    }
}

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// The game.
    Game,
    /// The node about the server.
    Daemon,
    /// The installer.
    Installer,
}

impl LineKind {
    /// Its name in classes.
    pub fn key(self) -> &'static str {
        match self {
            Self::Game => "game",
            Self::Daemon => "daemon",
            Self::Installer => "installer",
        }
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownLine {
    /// Grows by one with each line of this console, for as long as the process knows it.
    pub number: u64,
    /// Who said it.
    pub kind: LineKind,
    /// What.
    pub runs: Vec<Run>,
}

impl ShownLine {
    fn bytes(&self) -> usize {
        self.runs.iter().map(|run| run.text.len()).sum()
    }
}

/// The last lines of a console.
#[derive(Debug, Default)]
pub(super) struct Tail {
    next: u64,
    lines: VecDeque<Arc<ShownLine>>,
    bytes: usize,
}

impl Tail {
    /// Keeps a line, and says how it is shown.
    pub(super) fn push(&mut self, kind: LineKind, text: &str) -> Arc<ShownLine> {
        let line = Arc::new(ShownLine { number: self.next, kind, runs: runs(text) });
        self.next += 1;
        self.bytes += line.bytes();
        self.lines.push_back(line.clone());
        while self.lines.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.lines.pop_front() else { break };
            self.bytes -= oldest.bytes();
        }
        line
    }

    /// The console begins anew; numbers go on.
    pub(super) fn clear(&mut self) {
        self.bytes = 0;
        self.lines.clear();
    }

    /// What is kept, oldest first.
    pub(super) fn lines(&self) -> Vec<Arc<ShownLine>> {
        self.lines.iter().cloned().collect()
    }
}

/// Cuts a line where its looks change. Colours (`ESC [ … m`) are understood, of 256 the first 16; other sequences vanish.
fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut run = Run { colour: None, bold: false, text: String::new() };
    let mut rest = text[..text.floor_char_boundary(LONGEST)].chars();
    while let Some(letter) = rest.next() {
        if letter != '\u{1b}' {
            match letter {
                '\t' => run.text.push_str("    "),
                letter if letter.is_control() || is_direction(letter) => {}
                letter => run.text.push(letter),
            }
            continue;
        }
        let Some(looks) = sequence(&mut rest) else { continue };
        let before = (run.colour, run.bold);
        let mut numbers = looks.split(';').map(|number| number.parse::<u8>().unwrap_or_default());
        while let Some(number) = numbers.next() {
            match number {
                0 => (run.colour, run.bold) = (None, false),
                1 => run.bold = true,
                22 => run.bold = false,
                30..=37 => run.colour = Some(number - 30),
                90..=97 => run.colour = Some(number - 90 + 8),
                39 => run.colour = None,
                38 => match numbers.next() {
                    Some(5) => run.colour = numbers.next().filter(|colour| *colour < 16),
                    // Any colour there is: three numbers, none of which is a look.
                    Some(2) => drop(numbers.by_ref().take(3).count()),
                    _ => {}
                },
                48 => drop(numbers.by_ref().take(2).count()),
                _ => {}
            }
        }
        if runs.len() + 1 >= MOST_RUNS {
            (run.colour, run.bold) = before;
        } else if before != (run.colour, run.bold) && !run.text.is_empty() {
            let text = std::mem::take(&mut run.text);
            runs.push(Run { colour: before.0, bold: before.1, text });
        }
    }
    if !run.text.is_empty() {
        runs.push(run);
    }
    runs
}

/// Reads over what follows an ESC; what stands in it, if it is about looks.
fn sequence(rest: &mut std::str::Chars<'_>) -> Option<String> {
    match rest.next()? {
        '[' => {
            let mut inner = String::new();
            loop {
                match rest.next()? {
                    'm' => return Some(inner),
                    '@'..='~' => return None,
                    letter => inner.push(letter),
                }
            }
        }
        // A title or an address for the terminal, to BEL or ESC \.
        ']' => loop {
            match rest.next()? {
                '\u{7}' => return None,
                '\u{1b}' => {
                    rest.next();
                    return None;
                }
                _ => {}
            }
        },
        _ => None,
    }
}

/// Letters that turn the direction of what follows, beyond the line.
fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(colour: Option<u8>, bold: bool, text: &str) -> Run {
        Run { colour, bold, text: text.to_owned() }
    }

    #[test]
    fn colours_become_runs_and_everything_else_that_a_terminal_obeys_vanishes() {
        for (line, shown) in [
            ("plain", vec![run(None, false, "plain")]),
            ("\u{1b}[31mred\u{1b}[0m end", vec![run(Some(1), false, "red"), run(None, false, " end")]),
            ("\u{1b}[1;92mok", vec![run(Some(10), true, "ok")]),
            ("\u{1b}[38;5;9mnine\u{1b}[38;2;1;31;3mtrue", vec![run(Some(9), false, "ninetrue")]),
            ("a\u{1b}[2Jb\u{1b}]0;title\u{7}c\u{1b}(Bd", vec![run(None, false, "abcBd")]),
            ("\u{1b}[31", vec![]),
            ("a\tb\u{7}\r", vec![run(None, false, "a    b")]),
            ("\u{202e}<b>&", vec![run(None, false, "<b>&")]),
            ("\u{1b}[48;5;1mback", vec![run(None, false, "back")]),
        ] {
            assert_eq!(runs(line), shown, "{line:?}");
        }
    }

    #[test]
    fn the_oldest_lines_go_first_and_numbers_go_on() {
        let mut tail = Tail::default();
        for number in 0..KEPT + 3 {
            tail.push(LineKind::Game, &number.to_string());
        }

        let lines = tail.lines();

        assert_eq!((lines.len(), lines[0].number, lines[0].runs[0].text.as_str()), (KEPT, 3, "3"));
        tail.clear();
        assert_eq!(tail.push(LineKind::Daemon, "again").number, 503);
    }

    #[test]
    fn however_much_a_game_writes_little_of_it_is_kept() {
        let mut tail = Tail::default();
        for _ in 0..KEPT {
            tail.push(LineKind::Game, &"\u{1b}[1mX\u{1b}[mY".repeat(4000));
            tail.push(LineKind::Game, &"é".repeat(4000));
        }

        let lines = tail.lines();

        assert!(lines.iter().map(|line| line.bytes()).sum::<usize>() <= KEPT_BYTES);
        assert!(lines.iter().all(|line| line.runs.len() <= MOST_RUNS && line.bytes() <= LONGEST));
        assert!(lines.len() > 100);
    }

    proptest! {
        #[test]
        fn whatever_a_game_writes_nothing_is_left_that_is_not_text(line in any::<String>(), codes in "(\u{1b}[\\[\\]]?[0-9;]{0,6}[a-zA-Z]?.?){0,8}") {
            for shown in [runs(&line), runs(&codes)] {
                for run in shown {
                    prop_assert!(!run.text.is_empty() && !run.text.contains(char::is_control));
                    prop_assert!(run.colour.is_none_or(|colour| colour < 16));
                }
            }
        }
    }
}
