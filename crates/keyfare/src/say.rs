//! Saying things: to people in lines, to programs in one JSON document, and errors in a form that helps both.

use std::io::{IsTerminal, Write};

use serde_json::{Value, json};
use units::{Again, Refusal};

/// How the answer is to be given.
#[derive(Debug, Clone, Copy)]
pub struct Say {
    /// One JSON document instead of lines.
    pub json: bool,
    /// Standard output carries content: a refusal must not be played, so it goes to the error stream.
    pub piped: bool,
}

/// A refusal that ends a command: what people read, the stable code, and whether the same would succeed later.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    /// What happened and what to do.
    pub text: String,
    /// Stable code.
    pub code: String,
    /// Would the same succeed later?
    pub again: Again,
}

impl Refused {
    /// From any refusal of the heart.
    pub fn of(no: &impl Refusal) -> Self {
        Self {
            text: no.to_string(),
            code: no.told().into(),
            again: no.again(),
        }
    }
    /// One of the program's own.
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: code.into(),
            again: Again::AfterYouAct,
        }
    }
}

/// What was made before the refusal, and is told only now: it must not be lost with the answer.
#[derive(Debug, Clone)]
pub struct Made {
    /// The new card's recovery code.
    pub recovery_code: String,
}

impl core::fmt::Display for Made {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("a new card was made, and its recovery code stands beside this; what was asked of it was refused")
    }
}

/// The word for [`Again`] in documents.
pub const fn again_word(again: Again) -> &'static str {
    match again {
        Again::Never => "never",
        Again::AfterYouAct => "after-you-act",
        Again::Later => "later",
    }
}

impl Say {
    /// The answer: `lines` for people, `document` for programs.
    pub fn answer(self, lines: impl AsRef<str>, document: &Value) {
        let mut out = std::io::stdout().lock();
        // A reader that has gone away (a closed pipe) is no error of ours.
        let _ = if self.json {
            writeln!(out, "{document:#}")
        } else {
            writeln!(out, "{}", lines.as_ref().trim_end())
        };
    }
    /// A line of progress, on the error stream, for people only.
    pub fn note(self, line: impl AsRef<str>) {
        if !self.json {
            eprintln!("{}", line.as_ref());
        }
    }
    /// What somebody has to do before this command can go on, on the error stream: lines for people, a document on one line
    /// for programs.
    pub fn progress(self, lines: impl AsRef<str>, document: &Value) {
        if self.json {
            eprintln!("{document}");
        } else {
            eprintln!("{}", lines.as_ref());
        }
    }
    /// What went wrong. Answers the exit code: 1 refused, 2 misuse, 3 something outside the rules.
    pub fn failure(self, error: &anyhow::Error) -> u8 {
        let refused = error.chain().find_map(|e| e.downcast_ref::<Refused>());
        let (code, again) = refused.map_or(("fault", Again::Later), |r| (r.code.as_str(), r.again));
        let text = format!("{error:#}");
        if self.json {
            let mut document = json!({ "error": { "code": code, "detail": text, "again": again_word(again) } });
            if let Some(made) = error.downcast_ref::<Made>() {
                document["recovery_code"] = json!(made.recovery_code);
            }
            let _ = if self.piped {
                writeln!(std::io::stderr().lock(), "{document:#}")
            } else {
                writeln!(std::io::stdout().lock(), "{document:#}")
            };
        } else {
            eprintln!("keyfare: {text}\n         ({code})");
        }
        if refused.is_some() { 1 } else { 3 }
    }
}

/// Reads a PIN: from standard input if told so, else by asking at the terminal, unseen. Never from an argument or the
/// environment, where other programs could read it.
pub fn read_pin(from_stdin: bool, question: &str) -> anyhow::Result<String> {
    if from_stdin || !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok(line.trim().to_owned());
    }
    Ok(rpassword::prompt_password(format!("{question}: "))?.trim().to_owned())
}

/// Asks a question that has only yes and no for an answer; no terminal means no.
pub fn agrees(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("{question} [y/N] ");
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}
