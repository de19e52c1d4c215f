//! What the words of the command line are taken for: folders, pictures, queries, commands.

use std::process::Command;

use crate::common::{Ran, Sandbox};

/// Three pictures in each of two folders, indexed apart.
fn two_collections() -> Sandbox {
    let sandbox = Sandbox::new();
    for seed in 1..=3 {
        sandbox.picture(format!("a/{seed}.png"), seed);
        sandbox.picture(format!("b/{seed}.png"), seed + 3);
    }
    sandbox.run(["index", "pics/a", "-q"]).expect(0);
    sandbox.run(["index", "pics/b", "-q"]).expect(0);
    sandbox
}

#[test]
fn a_misspelt_folder_is_no_part_of_the_query() {
    let sandbox = two_collections();
    for first in ["./pisc", "/no/such", "../pisc", "~/pisc"] {
        let ran = sandbox.run(["search", first, "red", "car"]).expect(1);
        assert_eq!(ran.says(&["there is no folder", first]).text(), "");
    }
    sandbox
        .run(["search", "./pics/a"])
        .expect(2)
        .says(&["what to look for in './pics/a'?", "pixseek search ./pics/a"]);
    sandbox.run(["search", "pics"]).expect(2).says(&["what to look for in 'pics'?", "-C . pics"]);
    // A query may have slashes; whoever looks for a word that is a folder's name, too, says so.
    let run = |words: &[&str]| {
        let mut command = sandbox.command();
        Ran::from(command.current_dir(sandbox.pics().join("a")).args(words).output().unwrap())
    };
    run(&["search", "black/white", "cat"]).expect(0);
    std::fs::create_dir(sandbox.pics().join("a/red")).unwrap();
    run(&["search", "red"]).expect(2).says(&["what to look for in 'red'?", "pixseek search red QUERY"]);
    run(&["search", "-C", ".", "red"]).expect(0);
}

#[test]
fn what_the_model_does_not_read_is_told() {
    let sandbox = two_collections();
    let long = format!("{}a boat at sea", "x ".repeat(60));
    let told = ["the text is longer than the model reads: 'x x", "does not count"];
    let ran = sandbox.run(["search", "pics/a", &long]).expect(0).says(&told);
    // The end really makes no difference, and a text that is read whole says nothing.
    let shorter = sandbox.run(["search", "pics/a", &long[..100], "-q"]).expect(0);
    assert_eq!((ran.text(), shorter.stderr.as_str()), (shorter.text(), ""));
    assert!(!sandbox.run(["search", "pics/a", "a boat at sea"]).expect(0).stderr.contains("longer"));
    sandbox.run(["embed", "--text", &long, "--model", "demo"]).expect(0).says(&told);
}

#[test]
fn a_misspelt_command_is_understood() {
    let sandbox = Sandbox::new();
    sandbox.run(["serach", "pics", "red"]).expect(2).says(&["did you mean `pixseek search`?"]);
    sandbox.run(["serach", "pics", "-n", "3"]).expect(2).says(&["did you mean `pixseek search`?"]);
    sandbox.run(["statsu"]).expect(1).says(&["did you mean `pixseek status`?"]);
    sandbox.run(["pics", "search", "red"]).expect(2).says(&["'pics'", "`pixseek search pics`"]);
    let missing = sandbox.run(["holiday"]).expect(1);
    assert!(!missing.stderr.contains("did you mean"), "{}", missing.stderr);
}

#[test]
fn help_is_a_command_too() {
    let sandbox = Sandbox::new();
    let run = |args: &[&str]| sandbox.run(args).expect(0).text();
    assert_eq!(run(&["help"]), run(&["--help"]));
    assert_eq!(run(&["help", "search"]), run(&["search", "--help"]));
    assert!(run(&["search", "-h"]).len() < run(&["search", "--help"]).len());
    sandbox.run(["help", "serach"]).expect(2).says(&["serach"]);
}

#[test]
fn similar_looks_in_the_pictures_own_collection() {
    let sandbox = two_collections();
    let names = sandbox.run(["similar", "pics/b/1.png", "--paths"]).expect(0).text();
    assert!(names.lines().count() == 2 && names.lines().all(|path| path.contains("/pics/b/")), "{names}");
    // The folder that one is in counts where the picture belongs to it, and a named one always.
    let inside = |args: &[&str]| {
        let mut command: Command = sandbox.command();
        Ran::from(command.current_dir(sandbox.pics().join("a")).args(args).output().unwrap()).expect(0).text()
    };
    assert!(inside(&["similar", "1.png", "--paths"]).contains("/pics/a/"));
    assert!(inside(&["similar", "../b/1.png", "--paths"]).contains("/pics/b/"));
    assert!(inside(&["similar", "../b/1.png", ".", "--paths"]).contains("/pics/a/"));
}

#[test]
fn a_decision_needs_no_terminal() {
    let sandbox = two_collections();
    let one = sandbox.run(["pics/a", "--query", "name:2", "--select-1"]).expect(0);
    assert_eq!(one.text(), format!("{}\n", sandbox.pics().join("a/2.png").display()));
    let one = sandbox.run(["pics/a", "name:2", "-1", "--print-query", "-0"]).expect(0);
    assert_eq!(one.text(), format!("name:2\0{}\0", sandbox.pics().join("a/2.png").display()));
    let json = sandbox.run(["pics/a", "name:2", "-1", "--print-query", "--json"]).expect(0).text();
    assert!(json.starts_with("{\"query\":\"name:2\"}\n{\"rank\":1,"), "{json}");
    assert_eq!(sandbox.run(["pics/a", "name:nothing", "--exit-0"]).expect(1).text(), "");
    assert_eq!(
        sandbox.run(["pics/a", "name:nothing", "--exit-0", "--print-query"]).expect(1).text(),
        "name:nothing\n"
    );
    // What came since it was last indexed counts, unless it is browsed as it is.
    sandbox.picture("a/new.png", 9);
    assert_eq!(sandbox.run(["pics/a", "name:new", "-1", "--exit-0", "--no-index"]).expect(1).text(), "");
    assert!(sandbox.run(["pics/a", "name:new", "-1"]).expect(0).text().ends_with("new.png\n"));
}

#[test]
fn wrong_bindings_are_named() {
    let sandbox = Sandbox::new();
    sandbox
        .run(["pics", "--bind", "ctrl-g:abort"])
        .expect(2)
        .says(&["'ctrl-g:abort'", "did you mean `leave`?"]);
    sandbox.run(["pics", "--bind", "j:down"]).expect(2).says(&["'j:down'", "typed into the query"]);
}

#[cfg(unix)]
mod browsing {
    use super::*;
    use crate::terminal::Terminal;

    #[test]
    fn a_query_follows_the_folder() {
        let sandbox = two_collections();
        let args = ["pics/a", "name:2", "-name:3", "--print-query", "--bind", "ctrl-g:leave"];
        let terminal = Terminal::start(&sandbox, &args);
        terminal.wait("the query", |screen| screen.starts_with("> name:2 -name:3"));
        terminal.selects("2.png");
        terminal.send("\r");
        let (status, screen, _) = terminal.end();
        assert_eq!(status.exit_code(), 0);
        let path = sandbox.pics().join("a/2.png");
        assert_eq!(screen.trim(), format!("name:2 -name:3\n{}", path.display()));

        let terminal = Terminal::start(&sandbox, &["pics/a", "--bind", "<C-g>:leave"]);
        terminal.shows("3 pictures");
        terminal.send("\x07");
        assert_eq!(terminal.end().0.exit_code(), 130);
    }

    #[test]
    fn enter_prints_a_query_without_results() {
        let sandbox = two_collections();
        let terminal = Terminal::start(&sandbox, &["pics/a", "name:nothing", "--print-query"]);
        terminal.shows("3 pictures");
        terminal.wait("no results", |screen| !screen.contains(".png"));
        terminal.send("\r");
        let (status, screen, _) = terminal.end();
        assert_eq!((status.exit_code(), screen.trim()), (1, "name:nothing"));
    }

    #[test]
    fn a_picture_shows_its_likes() {
        let sandbox = two_collections();
        let terminal = Terminal::start(&sandbox, &["pics/a/2.png"]);
        terminal.wait("the query", |screen| screen.starts_with("> @pics/a/2.png"));
        terminal.selects("2.png");
        terminal.send("\x03");
        assert_eq!(terminal.end().0.exit_code(), 130);
    }
}
