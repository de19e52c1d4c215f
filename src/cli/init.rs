//! `pixseek init`: what makes a key of the shell pick pictures.

use std::io::{self, Write};
use std::path::{self, Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum, ValueHint};

use super::outcome::Outcome;
use crate::base::{paths, quote};
use crate::tui::{Height, Key};

/// The arguments of `pixseek init`.
#[derive(Debug, Args)]
#[command(after_help = "\
In the shell, alt-i then opens the browser below the prompt, and inserts the paths that are chosen, quoted, at the cursor.

Examples:
  eval \"$(pixseek init bash)\"                          in ~/.bashrc
  eval \"$(pixseek init zsh --key ctrl-g)\"              in ~/.zshrc
  pixseek init fish -C ~/photos --height 90% | source  in config.fish")]
pub(super) struct InitArgs {
    /// The shell: bash 4 or newer, zsh, or fish.
    #[arg(value_enum)]
    pub(super) shell: Shell,
    /// The key: ctrl- or alt- and a letter or digit.
    #[arg(long, value_name = "KEY", default_value = "alt-i", value_parser = parse_key)]
    pub(super) key: WidgetKey,
    /// The folder to browse [default: the shell's current one]
    #[arg(short = 'C', long = "dir", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) dir: Option<PathBuf>,
    /// The height of the browser in rows, or in percent of the terminal's.
    #[arg(long, value_name = "N[%]", default_value = "60%")]
    pub(super) height: Height,
}

/// The shells for which there is a widget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// A key that every shell can bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WidgetKey {
    is_alt: bool,
    character: char,
}

/// Reads a key as the browser's settings do.
fn parse_key(text: &str) -> Result<WidgetKey, String> {
    let label = Key::try_from(text.to_owned())?.label();
    let single = |prefix: &str| {
        let mut characters = label.strip_prefix(prefix)?.chars();
        characters.next().filter(|c| c.is_ascii_alphanumeric() && characters.next().is_none())
    };
    let alt = single("alt-").map(|character| WidgetKey { is_alt: true, character });
    let ctrl = single("ctrl-").filter(char::is_ascii_alphabetic);
    alt.or(ctrl.map(|character| WidgetKey { is_alt: false, character }))
        .ok_or_else(|| format!("'{text}': shells can bind ctrl- and a letter, or alt- and a letter or digit"))
}

impl Shell {
    fn template(self) -> &'static str {
        match self {
            Self::Bash => include_str!("init/widget.bash"),
            Self::Zsh => include_str!("init/widget.zsh"),
            Self::Fish => include_str!("init/widget.fish"),
        }
    }

    fn key(self, key: WidgetKey) -> String {
        let WidgetKey { is_alt, character } = key;
        match (self, is_alt) {
            (Self::Bash | Self::Fish, true) => format!("\\e{character}"),
            (Self::Zsh, true) => format!("^[{character}"),
            (Self::Bash, false) => format!("\\C-{character}"),
            (Self::Zsh, false) => format!("^{}", character.to_ascii_uppercase()),
            (Self::Fish, false) => format!("\\c{character}"),
        }
    }

    fn quoted(self, path: &Path) -> Vec<u8> {
        let bytes = paths::to_bytes(path);
        match self {
            Self::Bash | Self::Zsh => quote::literal(&bytes),
            // Within its single quotes, a backslash escapes itself and the quote.
            Self::Fish => {
                let escaped = bytes.iter().flat_map(|byte| match byte {
                    b'\'' | b'\\' => vec![b'\\', *byte],
                    byte => vec![*byte],
                });
                [b'\''].into_iter().chain(escaped).chain([b'\'']).collect()
            }
        }
    }

    /// The script that binds the key.
    fn script(self, args: &InitArgs, folder: Option<&Path>) -> Vec<u8> {
        let height = match args.height {
            Height::Rows(rows) => rows.to_string(),
            Height::Percent(percent) => format!("{percent}%"),
        };
        let mut arguments = format!("--height {height}").into_bytes();
        if let Some(folder) = folder {
            arguments.extend_from_slice(b" -C ");
            arguments.extend(self.quoted(folder));
        }
        let template = self.template().replace("{{KEY}}", &self.key(args.key));
        let mut script = Vec::new();
        for (at, part) in template.split("{{ARGUMENTS}}").enumerate() {
            if at > 0 {
                script.extend_from_slice(&arguments);
            }
            script.extend_from_slice(part.as_bytes());
        }
        script
    }
}

pub(super) fn run(args: &InitArgs) -> Result<Outcome> {
    // The shell changes its folder later.
    let folder = args.dir.as_ref().map(path::absolute).transpose().context("the current folder is gone")?;
    let mut out = io::stdout().lock();
    out.write_all(&args.shell.script(args, folder.as_deref()))?;
    out.flush()?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shell_has_its_own_name_for_a_key() {
        let names = |text: &str| {
            let key = parse_key(text).unwrap();
            [Shell::Bash, Shell::Zsh, Shell::Fish].map(|shell| shell.key(key))
        };
        assert_eq!(names("alt-i"), ["\\ei", "^[i", "\\ei"]);
        assert_eq!(names("<C-g>"), ["\\C-g", "^G", "\\cg"]);
        assert_eq!(names("alt-7"), ["\\e7", "^[7", "\\e7"]);
        for wrong in ["f5", "ctrl-alt-x", "ctrl-7", "x", "alt-enter", "alt-'", "ctrl-i"] {
            assert!(parse_key(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn folders_are_quoted() {
        let args = |shell| InitArgs {
            shell,
            key: parse_key("alt-i").unwrap(),
            dir: None,
            height: Height::Percent(60),
        };
        let script = |shell: Shell, folder| String::from_utf8(shell.script(&args(shell), folder)).unwrap();
        let odd = Some(Path::new(r"/it's\a"));
        assert!(script(Shell::Bash, odd).contains(r"pixseek --height 60% -C '/it'\''s\a' --print0"));
        assert!(script(Shell::Fish, odd).contains(r"pixseek --height 60% -C '/it\'s\\a' --print0"));
        assert!(!script(Shell::Zsh, None).contains(" -C "));
        for shell in Shell::value_variants() {
            assert!(!script(*shell, None).contains("{{"), "{shell:?}");
        }
    }
}
