//! Keys of the browser from end to end: more like this, history, copying, suspending.

use std::process::Command;

use crate::common::{Sandbox, wait_for};
use crate::terminal::{Answers, Terminal, selected};

const ESC: &str = "\x1b";
const CTRL_S: &str = "\x13";
const CTRL_Y: &str = "\x19";
const CTRL_Z: &str = "\x1a";
const CTRL_UP: &str = "\x1b[1;5A";

#[test]
fn more_like_a_picture_and_back() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send(CTRL_S);
    let screen = terminal.wait("pictures like it", |screen| screen.starts_with("> like red-circle.png"));
    let list = terminal.wait("others than itself", |screen| {
        !screen.lines().skip(2).any(|row| row.contains(" red-circle.png") && !row.contains("original"))
    });
    assert!(screen.contains("> like") && list.contains("circle"), "{list}");
    terminal.send(ESC);
    terminal.selects("red-circle.png");
    terminal.wait("the query again", |screen| screen.starts_with("> red circle"));
    terminal.send(ESC);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn a_key_that_comes_with_a_new_size_counts_at_once() {
    let sandbox = Sandbox::three_pictures();
    sandbox.index();
    let terminal = Terminal::start(&sandbox, &["pics"]);
    terminal.shows("3 pictures");
    for letters in 1..=30 {
        terminal.resize(if letters % 2 == 0 { 100 } else { 90 }, 30);
        terminal.send("x");
        let query = "x".repeat(letters);
        terminal.wait(&query, |screen| screen.starts_with(&format!("> {query}")));
    }
    terminal.send(ESC);
    terminal.end();
}

#[test]
fn the_query_of_the_last_run_comes_back() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics"]);
    terminal.shows("pictures");
    terminal.send("blue square");
    terminal.selects("blue-square.png");
    terminal.send(ESC);
    terminal.end();

    let terminal = Terminal::start(&sandbox, &["pics"]);
    terminal.shows("pictures");
    terminal.send(CTRL_UP);
    terminal.wait("the query", |screen| screen.starts_with("> blue square"));
    terminal.selects("blue-square.png");
    terminal.send(ESC);
    terminal.end();
}

#[test]
fn the_path_goes_to_the_terminals_clipboard() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send(CTRL_Y);
    terminal.shows("copied");
    terminal.send(ESC);
    let (.., bytes) = terminal.end();
    use base64::Engine as _;
    let path = sandbox.pics().join("red-circle.png");
    let encoded = base64::prelude::BASE64_STANDARD.encode(path.to_str().unwrap());
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    assert!(bytes.windows(sequence.len()).any(|window| window == sequence.as_bytes()));
}

#[test]
fn marked_pictures_are_copied_and_searched_with_together() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send("\t");
    terminal.wait("the second", |screen| selected(screen).is_some_and(|row| !row.contains("red-circle.png")));
    terminal.send("\t");
    terminal.shows("2 marked");
    terminal.send(CTRL_Y);
    terminal.shows("copied 2 paths");
    terminal.send(CTRL_S);
    terminal.wait("pictures like both", |screen| {
        screen.starts_with("> like 2 pictures")
            && selected(screen).is_some()
            && !screen.lines().skip(2).any(|row| row.contains(" red-circle.png") && !row.contains("original"))
    });
    terminal.send(ESC);
    terminal.wait("the query again", |screen| screen.starts_with("> red circle"));
    terminal.send(ESC);
    terminal.shows("unmarked 2 pictures");
    terminal.send("\x1bu");
    terminal.shows("2 marked");
    terminal.send("\x1bm");
    terminal.wait("the marked", |screen| {
        screen.starts_with("> 2 marked pictures")
            && screen.lines().filter(|row| row.contains('●')).count() == 2
    });
    terminal.send(ESC);
    terminal.wait("the results", |screen| screen.starts_with("> red circle"));
    terminal.send(ESC);
    terminal.shows("unmarked 2 pictures");
    terminal.send(ESC);
    let (.., bytes) = terminal.end();
    use base64::Engine as _;
    let sent = String::from_utf8_lossy(&bytes);
    let encoded = sent.split_once("\x1b]52;c;").and_then(|(_, rest)| rest.split_once('\x07')).unwrap().0;
    let copied = String::from_utf8(base64::prelude::BASE64_STANDARD.decode(encoded).unwrap()).unwrap();
    let paths: Vec<&str> = copied.split('\n').collect();
    assert_eq!((paths[0], paths.len()), (sandbox.pics().join("red-circle.png").to_str().unwrap(), 2));
    assert!(std::path::Path::new(paths[1]).is_file() && paths[1] != paths[0], "{copied}");
}

#[test]
fn stopped_it_gives_the_terminal_back_and_goes_on_where_it_was() {
    let sandbox = Sandbox::gallery();
    for by_key in [true, false] {
        let terminal =
            Terminal::run(sandbox.command().args(["pics", "--query", "red circle"]), Answers::Plain);
        terminal.selects("red-circle.png");
        let pid = terminal.pid().to_string();
        let kill = |signal: &str| {
            assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success())
        };
        if by_key {
            terminal.send(CTRL_Z)
        } else {
            kill("TSTP")
        }
        let state = || {
            let shown = Command::new("ps").args(["-o", "state=", "-p", &pid]).output().unwrap().stdout;
            String::from_utf8(shown).unwrap()
        };
        wait_for("the browser to stop", || state().trim().starts_with('T').then_some(()));
        let left =
            terminal.wait_raw("the alternate screen is left", |_, bytes| bytes.ends_with(b"\x1b[?25h")).1;
        assert!(left.windows(8).any(|window| window == b"\x1b[?1049l"));
        kill("CONT");
        terminal.selects("red-circle.png");
        terminal.send(ESC);
        assert_eq!(terminal.end().0.exit_code(), 130);
    }
}

#[test]
fn one_choice_as_json() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle", "--json", "--no-multi"]);
    terminal.selects("red-circle.png");
    // Nothing is marked, but tab still goes down.
    terminal.send("\t\x1b[A");
    terminal.selects("red-circle.png");
    terminal.send("\r");
    let (status, screen, _) = terminal.end();
    assert_eq!(status.exit_code(), 0);
    let json: serde_json::Value = serde_json::from_str(&screen.replace('\n', "")).unwrap();
    assert_eq!(json["rank"], 1);
    assert_eq!(json["path"], sandbox.pics().join("red-circle.png").to_str().unwrap());
}
