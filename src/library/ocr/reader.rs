//! The program that reads text in pictures.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::error::OcrError;
use super::rendition::Rendition;
use super::settings::OcrSettings;
use crate::base::child::Child;
use crate::base::child_output::take_output;
use crate::base::programs;

/// The program that is used where the settings name none.
const TESSERACT: &str = "tesseract";
/// What tesseract is given of a picture, and how it is to look at that: as a page in columns and lines (3), and for large letters
/// as text in no order (11). docs/design/text-in-pictures.md has what each of them finds.
const LOOKS: [(Rendition, &[&str]); 2] =
    [(Rendition::Plain, &["--psm", "3", "tsv"]), (Rendition::Contrast, &["--psm", "11", "tsv"])];
/// What a command of the user's is given.
const LOOK: [(Rendition, &[&str]); 1] = [(Rendition::Plain, &[])];
/// The version of how tesseract is used, which is remembered with each text.
const VERSION: &str = "1";
/// What stands for the path of a file with the picture in a command.
pub(super) const FILE: &str = "{}";
/// What stands for the languages in a command.
const LANGUAGES: &str = "{languages}";
/// The longest time for asking tesseract which languages it has.
const ASKING: Duration = Duration::from_secs(10);
/// The most that is read of its answer, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;

/// A program that reads text in pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextReader {
    /// The program and its arguments, with the languages filled in.
    command: Vec<String>,
    /// Whether it is tesseract as we call it, which writes tables, and not a command of the user's.
    pub(super) is_tesseract: bool,
    languages: String,
    /// The longest time for one picture.
    pub(super) timeout: Duration,
}

impl TextReader {
    /// The program of the settings.
    ///
    /// # Errors
    /// When it is not on this machine, or tesseract has no data for a language.
    pub fn find(settings: &OcrSettings) -> Result<Self, OcrError> {
        let reader = Self::new(settings);
        let program = reader.program();
        if !programs::is_installed(program) {
            return Err(OcrError::NotInstalled { program: program.to_owned(), is_own: !reader.is_tesseract });
        }
        if reader.is_tesseract {
            let available = languages_of(program);
            // Without an answer, the first picture will tell.
            let is_missing =
                |language: &&str| !available.is_empty() && !available.iter().any(|a| a == language);
            if let Some(language) = reader.languages.split('+').find(is_missing) {
                return Err(OcrError::NoLanguage { language: language.to_owned(), available });
            }
        }
        Ok(reader)
    }

    /// The program of the settings, whether it is there or not.
    pub(super) fn new(settings: &OcrSettings) -> Self {
        let languages = settings.languages.clone();
        let filled = |word: &String| word.replace(LANGUAGES, &languages);
        let command = match &settings.command {
            Some(command) => command.iter().map(filled).collect(),
            None => [TESSERACT, "stdin", "stdout", "-l", &languages].map(str::to_owned).to_vec(),
        };
        let (is_tesseract, timeout) = (settings.command.is_none(), settings.timeout);
        Self { command, is_tesseract, languages, timeout }
    }

    /// What is remembered of who read a text: the whole command, so that another one has another try.
    pub fn name(&self) -> String {
        let command = self.command.join(" ");
        if self.is_tesseract { format!("{command}, version {VERSION}") } else { command }
    }

    /// What the program is given of a picture, one after the other, each with further arguments.
    pub(super) fn looks(&self) -> &'static [(Rendition, &'static [&'static str])] {
        if self.is_tesseract { &LOOKS } else { &LOOK }
    }

    /// The command as people know it.
    pub fn in_words(&self) -> String {
        if self.is_tesseract { format!("tesseract ({})", self.languages) } else { self.command.join(" ") }
    }

    /// The program.
    pub fn program(&self) -> &str {
        self.command.first().map_or(TESSERACT, String::as_str)
    }

    /// Whether it reads a file, rather than its standard input.
    pub(super) fn takes_file(&self) -> bool {
        self.command.iter().skip(1).any(|word| word.contains(FILE))
    }

    /// The program with its arguments; `file` is the picture, if it takes one.
    pub(super) fn command(&self, file: Option<&Path>) -> Command {
        let mut command = Command::new(self.program());
        for word in self.command.iter().skip(1) {
            let Some(file) = file else {
                command.arg(word);
                continue;
            };
            let mut filled = OsString::new();
            for (at, part) in word.split(FILE).enumerate() {
                if at > 0 {
                    filled.push(file);
                }
                filled.push(part);
            }
            command.arg(filled);
        }
        let input = if file.is_some() { Stdio::null() } else { Stdio::piped() };
        // As many run at once as there is to be work done at once: each with one thread.
        command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).env("OMP_THREAD_LIMIT", "1");
        command
    }
}

/// The languages that tesseract has data for; none if it does not say.
fn languages_of(program: &str) -> Vec<String> {
    let mut command = Command::new(program);
    command.arg("--list-langs").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(child) = Child::start(&mut command) else { return Vec::new() };
    let mut output = Vec::new();
    let taken = take_output(&child, Instant::now() + ASKING, |bytes| {
        output.extend(bytes);
        if output.len() > LONGEST_ANSWER { Err(()) } else { Ok(()) }
    });
    let output = if taken.is_ok() { String::from_utf8_lossy(&output).into_owned() } else { String::new() };
    // The first line is a heading: "List of available languages in ... (2):".
    output.lines().skip(1).map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}
