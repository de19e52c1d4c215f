//! `pixseek completions`: what makes the tab key complete in a shell.
//!
//! A short script registers pixseek with the shell; at each tab the shell runs pixseek, which answers from the definitions of
//! the command line (`clap_complete`'s engine), from the models that are here and from the indexed folders (`super::candidates`).
//! `shells` has the scripts of those shells where clap_complete's own stumble over names with blanks and quotes.

mod shells;
mod words;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Command, ValueEnum};
use clap_complete::env::{CompleteEnv, Elvish, EnvCompleter, Powershell, Shells};

use super::outcome::Outcome;
use super::output;
use shells::{BASH, FISH, ZSH};

/// The arguments of `pixseek completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
The tab key then completes commands, options, folders, pictures, models and indexed folders.

Examples:
  eval \"$(pixseek completions bash)\"          in ~/.bashrc
  eval \"$(pixseek completions zsh)\"           in ~/.zshrc, after compinit
  pixseek completions fish | source           in config.fish
  eval (pixseek completions elvish | slurp)   in rc.elv
  pixseek completions powershell | Out-String | Invoke-Expression   in $PROFILE
  pixseek completions nushell | save -f pixseek.nu   and source it in config.nu")]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(super) shell: Shell,
}

/// The shells in which pixseek completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    #[value(alias = "pwsh")]
    Powershell,
    #[value(alias = "nu")]
    Nushell,
}

/// The environment variable by which a shell's script asks for candidates.
const VARIABLE: &str = "PIXSEEK_COMPLETE";
/// What a script calls. It is found on PATH, so that the script can be part of a package.
const PROGRAM: &str = "pixseek";

/// Prints a script for a shell, from the definitions of the command line.
pub(super) fn run(args: &CompletionsArgs, definitions: Command) -> Result<Outcome> {
    let script = match args.shell {
        Shell::Bash => registration(&BASH)?,
        Shell::Zsh => registration(&ZSH)?,
        Shell::Fish => registration(&FISH)?,
        Shell::Elvish => registration(&Elvish)?,
        Shell::Powershell => registration(&Powershell)?,
        Shell::Nushell => nushell(definitions),
    };
    io::stdout().write_all(script.trim_start().as_bytes())?;
    Ok(Outcome::Done)
}

fn registration(shell: &dyn EnvCompleter) -> io::Result<String> {
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    Ok(String::from_utf8_lossy(&script).into_owned())
}

/// nushell calls no program to complete a command, but its own functions: models and indexed folders come from such ones.
fn nushell(mut definitions: Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(clap_complete_nushell::Nushell, &mut definitions, PROGRAM, &mut script);
    let script = String::from_utf8_lossy(&script)
        .replace("--model(-m): string", "--model(-m): string@\"nu-complete pixseek model ids\"");
    let ids = "def \"nu-complete pixseek model ids\" [] {\n    ^pixseek models list --json | lines | each { from json } | get id\n}\n\n";
    format!("{ids}{script}")
}

/// Answers a shell that asks for candidates, if that is what this process is for.
pub(super) fn answer(definitions: impl Fn() -> Command) -> Option<ExitCode> {
    env::var_os(VARIABLE).filter(|shell| !shell.is_empty())?;
    let shells = Shells(&[&BASH, &ZSH, &FISH, &Elvish, &Powershell]);
    let folder = env::current_dir().ok();
    let completion = CompleteEnv::with_factory(definitions).var(VARIABLE).bin(PROGRAM).completer(PROGRAM);
    match completion.shells(shells).try_complete(env::args_os(), folder.as_deref()) {
        Ok(_) => Some(ExitCode::SUCCESS),
        Err(error) => {
            output::note(format_args!("{VARIABLE}: {error}"));
            Some(ExitCode::from(2))
        }
    }
}
