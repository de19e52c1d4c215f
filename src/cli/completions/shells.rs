//! bash (3.2 and newer), zsh and fish (3 and newer): the script that each is given, and how candidates are written for it.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{self, Path};

use clap::Command;
use clap_complete::engine::{self, CompletionCandidate};
use clap_complete::env::EnvCompleter;

use super::words;
use crate::base::dirs;

/// The candidates for the last of some words, and where the part that is a path begins.
struct Candidates {
    found: Vec<CompletionCandidate>,
    /// The word to complete.
    typed: String,
}

impl Candidates {
    /// Asks clap's engine. Options are offered only where a dash was typed: there are many.
    fn of(command: &mut Command, words: Vec<String>, folder: Option<&Path>) -> io::Result<Self> {
        let typed = words.last().cloned().unwrap_or_default();
        let last = words.len().saturating_sub(1);
        let words = words.into_iter().map(OsString::from).collect();
        let mut found = engine::complete(command, words, last, folder)?;
        found.retain(|candidate| {
            let value = candidate.get_value().to_string_lossy();
            // A line each: what has a line break can't be written.
            !value.contains('\n') && (!typed.is_empty() || !value.starts_with('-'))
        });
        Ok(Self { found, typed })
    }

    /// The part of the word that comes before a path: `@` or `--dir=`.
    fn before_path(&self) -> usize {
        if self.typed.starts_with('@') {
            return 1;
        }
        let is_option = self.typed.starts_with("--");
        self.typed.find('=').filter(|_| is_option).map_or(0, |at| at + 1)
    }

    fn path<'a>(&self, value: &'a str) -> Option<&'a str> {
        let path = value.get(self.before_path()..)?;
        let at = path.strip_prefix('~').map_or_else(
            || path::PathBuf::from(path),
            |rest| dirs::home().unwrap_or_default().join(rest.trim_start_matches('/')),
        );
        at.symlink_metadata().is_ok().then_some(path)
    }
}

/// One line for a candidate's help, which may have several.
fn help(candidate: &CompletionCandidate) -> Option<String> {
    candidate.get_help().map(|help| help.to_string().lines().next().unwrap_or_default().to_owned())
}

/// Writes the candidates for the last of some words.
type WriteCandidates = fn(&mut Command, Vec<OsString>, Option<&Path>, &mut dyn Write) -> io::Result<()>;

/// A shell with a script of our own.
pub(super) struct ScriptedShell {
    name: &'static str,
    /// The script, with the words VARIABLE and PROGRAM.
    script: &'static str,
    write: WriteCandidates,
}

pub(super) const BASH: ScriptedShell =
    ScriptedShell { name: "bash", script: include_str!("bash.bash"), write: write_for_bash };
/// Completes paths itself.
pub(super) const ZSH: ScriptedShell =
    ScriptedShell { name: "zsh", script: include_str!("zsh.zsh"), write: write_for_zsh };
pub(super) const FISH: ScriptedShell =
    ScriptedShell { name: "fish", script: include_str!("fish.fish"), write: write_for_fish };

impl EnvCompleter for ScriptedShell {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is(&self, name: &str) -> bool {
        name == self.name
    }

    fn write_registration(
        &self,
        variable: &str,
        _: &str,
        program: &str,
        _: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let script = self.script.replace("VARIABLE", variable).replace("PROGRAM", program);
        out.write_all(script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        (self.write)(command, words, folder, out)
    }
}

/// bash cuts words at `=` and `:`, and replaces only what comes behind: candidates are written without the rest. The whole
/// line and that last part come in the environment.
fn write_for_bash(
    command: &mut Command,
    _: Vec<OsString>,
    folder: Option<&Path>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let variable = |name| env::var(name).unwrap_or_default();
    let mut line = words::split(&variable("PIXSEEK_LINE"));
    // Assignments before the program's name.
    let program = line.iter().position(|word| !word.contains('=')).unwrap_or(0);
    line.drain(..program);
    let candidates = Candidates::of(command, line, folder)?;
    let part = words::unquoted(&variable("PIXSEEK_WORD"));
    let cut = candidates.typed.len().saturating_sub(part.len());
    let values = candidates.found.iter().map(|candidate| candidate.get_value().to_string_lossy());
    let values: Vec<_> = values.collect();
    let is_path = values.iter().any(|value| candidates.path(value).is_some());
    writeln!(out, "{}", if is_path { "paths" } else { "words" })?;
    for value in values {
        writeln!(out, "{}", value.get(cut..).unwrap_or_default())?;
    }
    Ok(())
}

fn write_for_zsh(
    command: &mut Command,
    words: Vec<OsString>,
    folder: Option<&Path>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = words.iter().map(|word| words::unquoted(&word.to_string_lossy())).collect();
    let candidates = Candidates::of(command, words, folder)?;
    let mut values = Vec::new();
    let (mut folders, mut files) = (false, false);
    for candidate in &candidates.found {
        let value = candidate.get_value().to_string_lossy();
        match candidates.path(&value) {
            Some(path) if path.ends_with('/') || path == "." => folders = true,
            Some(_) => files = true,
            None => {
                let value = value.replace('\\', "\\\\").replace(':', "\\:");
                let help = help(candidate).map(|help| format!(":{}", help.replace('\\', "\\\\")));
                values.push(value + &help.unwrap_or_default());
            }
        }
    }
    let kind = if files {
        "files"
    } else if folders {
        "folders"
    } else {
        "words"
    };
    writeln!(out, "{kind} {}", candidates.typed[..candidates.before_path()].chars().count())?;
    values.iter().try_for_each(|value| writeln!(out, "{value}"))
}

/// fish takes the quotes off all words but the last.
fn write_for_fish(
    command: &mut Command,
    words: Vec<OsString>,
    folder: Option<&Path>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(last) = words.last_mut() {
        *last = words::unquoted(last);
    }
    for candidate in Candidates::of(command, words, folder)?.found {
        let value = candidate.get_value().to_string_lossy();
        match help(&candidate) {
            Some(help) => writeln!(out, "{value}\t{help}")?,
            None => writeln!(out, "{value}")?,
        }
    }
    Ok(())
}
