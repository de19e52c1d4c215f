//! What `-h`, `--help` and `pixseek help` print.
//!
//! clap prints its long help with each option over three lines or more. Here both are tables; `-h` leaves out what is
//! rarely needed and the examples. Options of all commands are listed only where they act.

use clap::{Arg, Command, CommandFactory};

use super::args::FILES;
use super::command_line::Cli;

/// How much of the help is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// The options that are needed most.
    Short,
    /// All options, examples and explanations.
    Long,
}

/// The widest line of a help text, in columns.
const WIDEST: usize = 100;

/// The options of all commands that act in a command. Elsewhere they are accepted and not listed.
fn acting(command: &str) -> &'static [&'static str] {
    match command {
        "demo" => &["precision", "threads", "device", "quiet", "verbose"],
        "init" | "completions" | "man" => &[],
        "models" | "collections" => &["quiet", "verbose"],
        "dupes" | "repair" => &["threads", "quiet", "verbose"],
        "status" => &["model", "precision", "store", "quiet", "verbose"],
        "export" => &["model", "precision", "quiet", "verbose"],
        "index" | "search" | "similar" => {
            &["model", "threads", "precision", "device", "store", "quiet", "verbose"]
        }
        _ => &["model", "threads", "precision", "device", "quiet", "verbose"],
    }
}

/// The definitions of the command line, with help texts of this length.
pub(super) fn definitions(length: Length) -> Command {
    let command = Cli::command();
    let common: Vec<Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    let command = command.mut_subcommands(|sub| {
        let acting = acting(sub.get_name());
        let idle = common.iter().filter(|arg| !acting.contains(&arg.get_id().as_str()));
        let hidden: Vec<Arg> = idle.map(|arg| arg.clone().hide(true)).collect();
        sub.args(hidden)
    });
    shaped(command, "pixseek", length)
}

/// A command with its help texts in their final form. `called` is how it is called.
fn shaped(command: Command, called: &str, length: Length) -> Command {
    let after = match length {
        Length::Short => Some(format!("`{called} --help` has examples and all options.").into()),
        Length::Long => command.get_after_long_help().or(command.get_after_help()).cloned(),
    };
    let about = match length {
        Length::Short => command.get_about().cloned(),
        Length::Long => command.get_long_about().or(command.get_about()).cloned(),
    };
    let is_group = command.has_subcommands();
    // Of the browser, the files are a matter of `index` in the first place.
    let is_browser = called == "pixseek";
    let command = command
        .max_term_width(WIDEST)
        .long_about(None::<&str>)
        .after_long_help(None::<&str>)
        .mut_args(|arg| {
            let is_rare = is_browser && arg.get_help_heading() == Some(FILES);
            shaped_arg(if is_rare { arg.hide_short_help(true) } else { arg }, length)
        })
        .mut_subcommands(|sub| {
            let called = format!("{called} {}", sub.get_name());
            shaped(sub, &called, length)
        });
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    match after {
        Some(_) if length == Length::Short && is_group && !is_browser => command,
        Some(after) => command.after_help(after),
        None => command,
    }
}

fn shaped_arg(arg: Arg, length: Length) -> Arg {
    let is_hidden = arg.is_hide_set() || (length == Length::Short && arg.is_hide_short_help_set());
    let mut help = match length {
        Length::Short => arg.get_help().cloned(),
        Length::Long => arg.get_long_help().or(arg.get_help()).cloned(),
    };
    let values = arg.get_possible_values();
    // The values of a flag are no values to write.
    let is_explained =
        arg.get_action().takes_values() && values.iter().any(|value| value.get_help().is_some());
    if is_explained {
        let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        help = help.map(|help| format!("{} [{}]", help.ansi(), names.join(", ")).into());
    }
    let arg = arg.long_help(None::<&str>).hide_short_help(false).hide(is_hidden);
    let arg = if is_explained { arg.hide_possible_values(true) } else { arg };
    match help {
        Some(help) => arg.help(help),
        None => arg,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The help of a command, on a terminal of 80 columns.
    fn help(name: &str, length: Length) -> String {
        let mut command = definitions(length).term_width(80);
        command.build();
        match command.find_subcommand_mut(name) {
            Some(sub) => sub.clone().term_width(80).render_help().to_string(),
            None => command.render_help().to_string(),
        }
    }

    fn names() -> Vec<String> {
        let commands = definitions(Length::Long);
        let visible = commands.get_subcommands().filter(|sub| !sub.is_hide_set());
        visible.map(|sub| sub.get_name().to_owned()).chain(["pixseek".to_owned()]).collect()
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_or_broken_raggedly() {
        for name in names() {
            for length in [Length::Short, Length::Long] {
                let text = help(&name, length);
                for line in text.lines() {
                    assert!(line.chars().count() <= 80, "{name}: {line}");
                }
            }
            let commands = definitions(Length::Long);
            let command = commands.find_subcommand(&name).unwrap_or(&commands);
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            // A paragraph is one line, which clap breaks; what is indented is too short to be broken.
            let lines: Vec<&str> = after.lines().collect();
            for pair in lines.windows(2) {
                let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
                assert!(
                    !(is_prose(pair[0]) && is_prose(pair[1]) && !pair[0].ends_with(['.', ':'])),
                    "{name}: {pair:?}"
                );
            }
            for line in lines.iter().filter(|line| line.starts_with(' ')) {
                assert!(line.chars().count() <= 80, "{name}: {line}");
            }
        }
    }

    #[test]
    fn options_are_listed_where_they_act() {
        for (name, listed, missing) in [
            ("search", &["--model", "--threads", "--device"][..], &[][..]),
            ("status", &["--model", "--quiet"], &["--threads", "--device"]),
            ("models", &["--quiet"], &["--model <", "--precision"]),
            ("collections", &["--verbose"], &["--model <", "--threads"]),
        ] {
            let text = help(name, Length::Long);
            assert!(listed.iter().all(|option| text.contains(option)), "{name}: {text}");
            assert!(!missing.iter().any(|option| text.contains(option)), "{name}: {text}");
        }
        // They are accepted everywhere.
        definitions(Length::Short).try_get_matches_from(["pixseek", "models", "--threads", "2"]).unwrap();
    }

    #[test]
    fn the_short_help_is_short() {
        for name in names() {
            let [short, long] =
                [Length::Short, Length::Long].map(|length| help(&name, length).lines().count());
            assert!(short <= long && short <= 62, "{name}: {short} lines, {long} with --help");
        }
        assert!(!help("index", Length::Short).contains("--no-hidden"));
        assert!(help("index", Length::Long).contains("--no-hidden"));
    }
}
