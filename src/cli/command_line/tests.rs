use super::*;
use clap::CommandFactory;

use crate::catalog::WalkOptions;

#[test]
fn the_definitions_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn a_folder_or_a_command() {
    let cli = Cli::try_parse_from(["pixseek", "photos", "--model", "demo"]).unwrap();
    assert_eq!(cli.browse.folder.as_deref(), Some(std::path::Path::new("photos")));
    assert_eq!(cli.common.model.as_deref(), Some("demo"));
    let cli = Cli::try_parse_from(["pixseek", "index", "photos", "--model", "demo"]).unwrap();
    assert!(matches!(cli.command, Some(Command::Index(_))));
    assert_eq!(cli.common.model.as_deref(), Some("demo"));
}

#[test]
fn common_options_may_stand_before_the_command() {
    let cli = Cli::try_parse_from(["pixseek", "-q", "--model", "demo", "search", "red", "car"]).unwrap();
    assert!(cli.common.quiet && matches!(cli.command, Some(Command::Search(_))));
    assert_eq!(cli.browse.first_given(), None);
    // Options of the browser may not: they would be lost.
    let cli = Cli::try_parse_from(["pixseek", "photos", "search", "red"]).unwrap();
    assert_eq!(cli.browse.first_given().as_deref(), Some("'photos'"));
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
