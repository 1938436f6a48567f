//! Asking whoever sits at the terminal. What is secret is not shown while it is typed.

use crate::cli::{Failure, complain};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal};

/// Something that has to be known.
pub(super) struct Question {
    flag: &'static str,
    words: &'static str,
    secret: bool,
    given: Option<String>,
}

impl Question {
    /// One whose answer may be seen; `given` is the answer if it is known.
    pub(super) fn new(flag: &'static str, words: &'static str, given: Option<String>) -> Self {
        Self { flag, words, secret: false, given: given.filter(|text| !text.trim().is_empty()) }
    }

    /// One whose answer is nobody's business.
    pub(super) fn secret(flag: &'static str, words: &'static str, given: Option<String>) -> Self {
        Self { secret: true, ..Self::new(flag, words, given) }
    }
}

/// Questions in their order.
pub(super) struct All {
    pub(super) questions: Vec<Question>,
}

impl All {
    /// The answers, in the order of the questions.
    pub(super) fn answered<const COUNT: usize>(self) -> Result<[String; COUNT], Failure> {
        let missing: Vec<&str> = self.questions.iter().filter(|one| one.given.is_none()).map(|one| one.flag).collect();
        if !missing.is_empty() && !std::io::stdin().is_terminal() {
            return Err(Failure::fixable(
                format!("these are missing: {}", missing.join(", ")),
                "give them as flags or in the environment (`givr setup --help`), or run this at a terminal to be asked",
            ));
        }
        let mut answers = Vec::new();
        for question in self.questions {
            answers.push(match question.given {
                Some(given) => given.trim().to_owned(),
                None => ask(question.words, question.secret)?,
            });
        }
        <[String; COUNT]>::try_from(answers).map_err(|_| Failure::Ours(anyhow::anyhow!("a question was not asked")))
    }
}

fn ask(words: &str, secret: bool) -> Result<String, Failure> {
    loop {
        complain(words);
        let hidden = secret.then(Hidden::begin).flatten();
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        drop(hidden);
        if read? == 0 {
            return Err(Failure::fixable("there was no answer", "nothing was written; run this again"));
        }
        let line = line.trim();
        if !line.is_empty() {
            return Ok(line.to_owned());
        }
    }
}

/// While it lives the terminal does not show what is typed.
struct Hidden(rustix::termios::Termios);

impl Hidden {
    fn begin() -> Option<Self> {
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Now, &quiet).ok()?;
        Some(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone by now shows nothing anyway.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}
