use super::*;

use crate::catalog::WalkOptions;
use crate::cli::command_names::COMMANDS;

#[test]
fn the_definitions_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_names_of_the_commands_are_known() {
    let commands = Cli::command();
    let visible = commands.get_subcommands().filter(|command| !command.is_hide_set());
    let names: Vec<&str> = visible.map(clap::Command::get_name).chain(["help"]).collect();
    assert_eq!(names, COMMANDS);
}

#[test]
fn a_folder_or_a_command() {
    let cli = Cli::try_parse_from(["pixseek", "photos", "--model", "demo"]).unwrap();
    assert_eq!(cli.browse.words, ["photos"]);
    assert_eq!(cli.common.model.as_deref(), Some("demo"));
    let cli = Cli::try_parse_from(["pixseek", "index", "photos", "--model", "demo"]).unwrap();
    assert!(matches!(cli.command, Some(Command::Index(_))));
    assert_eq!(cli.common.model.as_deref(), Some("demo"));
}

#[test]
fn common_options_may_stand_before_the_command() {
    let cli = Cli::try_parse_from(["pixseek", "-q", "--model", "demo", "search", "red", "car"]).unwrap();
    assert!(cli.common.quiet && matches!(cli.command, Some(Command::Search(_))));
    // Options of the browser may not: they would be lost.
    let stray = |line: &str| Cli::read(line.split(' ').map(Into::into).collect()).unwrap().stray;
    assert_eq!(stray("pixseek -q --model demo search red"), None);
    assert_eq!(stray("pixseek --query red"), None);
    assert_eq!(stray("pixseek --query x search red").as_deref(), Some("--query"));
    assert_eq!(stray("pixseek -q -0 index").as_deref(), Some("--print0"));
    let cli = Cli::try_parse_from(["pixseek", "-C", "search"]).unwrap();
    assert!(cli.command.is_none() && cli.browse.dir.is_some());
}

#[test]
fn walk_flags_are_laid_over_the_remembered_ones() {
    let walk = |line: &str| match Cli::try_parse_from(line.split(' ')).unwrap().command {
        Some(Command::Index(index)) => {
            index.walk.over(&WalkOptions { follow: true, ..WalkOptions::default() })
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        walk("pixseek index -H"),
        WalkOptions { hidden: true, follow: true, ..WalkOptions::default() }
    );
    assert_eq!(walk("pixseek index --no-follow"), WalkOptions::default());
    let globs = |exclude: &[&str]| exclude.iter().map(|&glob| glob.to_owned()).collect::<Vec<_>>();
    let remembered =
        WalkOptions { exclude: globs(&["a"]), no_ignore_defaults: true, ..WalkOptions::default() };
    let walk = |line: &str| match Cli::try_parse_from(line.split(' ')).unwrap().command {
        Some(Command::Index(index)) => index.walk.over(&remembered),
        other => panic!("{other:?}"),
    };
    assert_eq!(walk("pixseek index"), remembered);
    assert_eq!(walk("pixseek index --exclude b -E a").exclude, globs(&["a", "b"]));
    assert_eq!(walk("pixseek index --no-exclude -E b").exclude, globs(&["b"]));
    assert!(!walk("pixseek index --ignore-defaults").no_ignore_defaults);
    assert!(Cli::try_parse_from(["pixseek", "index", "--exclude", "["]).is_err());
}

#[test]
fn no_results_at_all_is_wrong_usage() {
    assert!(Cli::try_parse_from(["pixseek", "search", "x", "-n", "0"]).is_err());
}
