//! The browser from end to end: the real binary in a pseudo-terminal, on the demo gallery.

use crate::common::{Sandbox, wait_for};
use crate::terminal::{Answers, Terminal, selected};

const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
const ESC: &str = "\x1b";
const ENTER: &str = "\r";
const TAB: &str = "\t";
const CTRL_C: &str = "\x03";
const CTRL_L: &str = "\x0c";

fn path(sandbox: &Sandbox, name: &str) -> String {
    sandbox.pics().join(name).to_str().unwrap().to_owned()
}

#[test]
fn typing_finds_a_picture_and_enter_prints_it() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics"]);
    terminal.shows("pictures");
    terminal.send("red circle");
    terminal.selects("red-circle.png");
    // The caption under the preview has its size only once the picture is there.
    terminal.wait("the preview", |screen| screen.contains("320 x 320") && screen.contains('▀'));
    terminal.send(ENTER);
    let (status, screen, _) = terminal.end();
    assert_eq!(status.exit_code(), 0);
    assert_eq!(screen.trim(), path(&sandbox, "red-circle.png"));
}

#[test]
fn moving_down_selects_the_next_and_changes_the_preview() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "a blue fish on the sea"]);
    let first = selected(
        &terminal.wait("results", |screen| selected(screen).is_some_and(|row| row.contains("fish"))),
    )
    .unwrap()
    .to_owned();
    terminal.wait("the first preview", |screen| screen.contains("320 x 320"));
    let before = terminal.colours();
    terminal.send(DOWN);
    let second = terminal.wait("the next row", |screen| selected(screen).is_some_and(|row| *row != first));
    let second = selected(&second).unwrap().to_owned();
    // The first picture stays until the second is ready.
    wait_for("another preview", || (terminal.colours() != before).then_some(()));
    terminal.send(UP);
    terminal.wait("the first row again", |screen| selected(screen) == Some(first.as_str()));
    terminal.send(DOWN);
    terminal.wait("the second row again", |screen| selected(screen) == Some(second.as_str()));
    terminal.send(ESC);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn results_follow_every_change_of_the_query() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics"]);
    terminal.shows("what is in the picture?");
    terminal.send("green triangle");
    terminal.selects("green-triangle.png");
    terminal.send("\x15yellow star");
    terminal.selects("yellow-star.png");
    terminal.send("\x17\x17");
    // Without a query the newest are there again, without scores.
    terminal.shows("what is in the picture?");
    terminal.send(CTRL_C);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn marked_pictures_are_printed_in_their_order_into_a_pipe() {
    let sandbox = Sandbox::gallery();
    let out = sandbox.home().join("chosen");
    // stdout is a file: the browser draws on /dev/tty.
    let mut shell = std::process::Command::new("sh");
    shell
        .arg("-c")
        .arg(r#""$0" pics --query "red circle" > "$1""#)
        .arg(sandbox.command().get_program())
        .arg(&out);
    let inherited = sandbox.command();
    for (name, value) in inherited.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(sandbox.home());
    let terminal = Terminal::run(&shell, Answers::Plain);
    terminal.selects("red-circle.png");
    terminal.send(DOWN);
    let second = terminal
        .wait("the second", |screen| selected(screen).is_some_and(|row| !row.contains("red-circle.png")));
    assert!(selected(&second).is_some());
    terminal.send(TAB);
    terminal.shows("1 marked");
    terminal.send(UP);
    terminal.send(UP);
    terminal.selects("red-circle.png");
    terminal.send(TAB);
    terminal.shows("2 marked");
    terminal.send(ENTER);
    let (status, screen, _) = terminal.end();
    assert_eq!((status.exit_code(), screen.trim()), (0, ""));
    let chosen = std::fs::read_to_string(out).unwrap();
    let lines: Vec<&str> = chosen.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1], path(&sandbox, "red-circle.png"));
    assert!(std::path::Path::new(lines[0]).is_file() && lines[0] != lines[1]);
}

#[test]
fn a_new_folder_is_indexed_behind_the_browser_and_new_pictures_show_up() {
    let sandbox = Sandbox::new();
    sandbox.run(["demo", "pics", "--write", "-q"]).expect(0);
    let held_back = sandbox.home().join("held-back.png");
    std::fs::rename(sandbox.pics().join("red-circle.png"), &held_back).unwrap();
    let terminal = Terminal::start(&sandbox, &["pics"]);
    // Searching goes on while it is indexed.
    terminal.send("red circle");
    terminal.wait("any results", |screen| selected(screen).is_some());
    let total = std::fs::read_dir(sandbox.pics()).unwrap().count() - 1;
    terminal.shows(&format!("{total} pictures"));
    let before = terminal.wait("results of the query", |screen| selected(screen).is_some());
    assert!(!before.contains("red-circle.png"));
    // Another process brings the index up to date: its pictures join the current results.
    std::fs::rename(&held_back, sandbox.pics().join("red-circle.png")).unwrap();
    sandbox.run(["index", "pics", "-q"]).expect(0);
    terminal.selects("red-circle.png");
    terminal.send(ESC);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn resizing_and_other_layouts_keep_the_selection() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "blue square"]);
    terminal.selects("blue-square.png");
    for (columns, rows) in [(60, 40), (40, 10), (160, 50)] {
        terminal.resize(columns, rows);
        terminal.wait(&format!("a screen of {columns} x {rows}"), |screen| {
            selected(screen).is_some_and(|row| row.contains("blue-s"))
                && screen.lines().nth(1).is_some_and(|rule| rule.chars().count() == usize::from(columns))
        });
    }
    terminal.resize(30, 5);
    terminal.shows("40");
    terminal.resize(100, 30);
    terminal.selects("blue-square.png");
    terminal.send(CTRL_L);
    terminal.wait("the contact sheet", |screen| {
        let names = screen.lines().filter(|row| row.contains(".png") || row.contains(".jpg"));
        screen.lines().any(|row| row.starts_with("┃ blue-square.png"))
            && screen.contains('▀')
            && names.count() >= 3
    });
    terminal.send(CTRL_L);
    terminal.wait("the picture alone", |screen| selected(screen).is_none() && screen.contains("320 x 320"));
    terminal.send(CTRL_L);
    terminal.wait("the list alone", |screen| selected(screen).is_some() && !screen.contains('▀'));
    terminal.send(CTRL_L);
    terminal.wait("both", |screen| selected(screen).is_some() && screen.contains("320 x 320"));
    // F1, and the other key, for terminals that take it for themselves.
    terminal.send("\x1bh");
    terminal.shows("esc closes");
    terminal.send(ESC);
    terminal.wait("no help", |screen| !screen.contains("esc closes"));
    terminal.send("\x1bOP");
    terminal.shows("esc closes");
    terminal.send(ESC);
    terminal.wait("no help", |screen| !screen.contains("esc closes"));
    terminal.send(ESC);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let sandbox = Sandbox::gallery();
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let terminal = Terminal::start(&sandbox, &["pics"]);
        terminal.shows("pictures");
        let pid = terminal.pid().to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let (status, _, bytes) = terminal.end();
        assert_eq!(status.exit_code(), code, "after SIG{signal}");
        let mouse_off = b"\x1b[?1000l";
        assert!(bytes.windows(mouse_off.len()).any(|window| window == mouse_off), "the mouse is released");
    }
}

#[test]
fn each_protocol_draws_with_its_own_bytes() {
    let sandbox = Sandbox::gallery();
    let args = |protocol| ["pics", "--query", "red circle", "--protocol", protocol];
    for (protocol, answers, expected) in [
        ("auto", Answers::Kitty, &b"\x1b_Gq=2"[..]),
        ("auto", Answers::Sixel, b"\x1bP"),
        ("kitty", Answers::Plain, b"\x1b_Gq=2"),
        ("sixel", Answers::Plain, b"\x1bP"),
        ("iterm2", Answers::Plain, b"\x1b]1337;File="),
    ] {
        let terminal = Terminal::start_with(&sandbox, &args(protocol), answers);
        terminal.selects("red-circle.png");
        terminal
            .wait_raw(protocol, |_, bytes| bytes.windows(expected.len()).any(|window| window == expected));
        terminal.send(ESC);
        assert_eq!(terminal.end().0.exit_code(), 130, "{protocol}");
    }
}

#[test]
fn a_silent_terminal_gets_half_blocks_and_loses_no_key() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start_with(&sandbox, &["pics"], Answers::Silent);
    terminal.wait("the first frame", |screen| screen.contains("what is in the picture?"));
    terminal.send("red circle");
    terminal.selects("red-circle.png");
    terminal.wait("half-blocks", |screen| screen.contains('▀'));
    terminal.send(ENTER);
    assert_eq!(terminal.end().0.exit_code(), 0);
}

#[test]
fn keys_count_before_the_terminal_has_answered() {
    let sandbox = Sandbox::gallery();
    for (keys, code) in [(ESC, 130), (CTRL_C, 130), ("red circle\r", 0)] {
        let terminal = Terminal::start_with(&sandbox, &["pics"], Answers::Silent);
        terminal.wait("the first frame", |screen| screen.contains("what is in the picture?"));
        terminal.send(keys);
        assert_eq!(terminal.end().0.exit_code(), code, "{keys:?}");
    }
}

#[test]
fn vanished_and_broken_pictures_are_told_in_the_preview() {
    let sandbox = Sandbox::gallery();
    std::fs::remove_file(sandbox.pics().join("red-circle.png")).unwrap();
    let terminal = Terminal::start(&sandbox, &["pics", "--no-index", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.shows("no longer there");
    std::fs::write(sandbox.pics().join("red-circle.png"), "text").unwrap();
    terminal.send(DOWN);
    terminal.wait("another", |screen| selected(screen).is_some_and(|row| !row.contains("red-circle.png")));
    terminal.send(UP);
    terminal.wait("the reason", |screen| screen.contains("not a picture") || screen.contains("no picture"));
    terminal.send(ESC);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn without_its_model_the_browser_does_not_open() {
    let sandbox = Sandbox::gallery();
    // Without a terminal, that comes first, unless none may be needed.
    sandbox.run(["pics", "--model", "nobody/nothing"]).expect(1).says(&["no terminal", "pixseek search"]);
    let ran = sandbox.run(["pics", "--model", "nobody/nothing", "--select-1"]).expect(1);
    assert!(ran.says(&["models fetch nobody/nothing", "`pixseek demo` needs no download"]).stdout.is_empty());
}

#[test]
fn the_demo_opens_on_its_gallery() {
    let sandbox = Sandbox::new();
    let terminal = Terminal::start(&sandbox, &["demo"]);
    terminal.send("red circle");
    terminal.selects("red-circle.png");
    let written = wait_for("the gallery", || {
        let captions = sandbox.home().join("cache/pixseek/demo/captions.tsv");
        std::fs::read_to_string(captions).ok()
    });
    assert!(written.contains("red-circle.png\ta red circle"));
    terminal.send(ENTER);
    let (status, screen, _) = terminal.end();
    assert_eq!(status.exit_code(), 0);
    assert!(screen.trim().ends_with("demo/red-circle.png"), "{screen}");
}

#[test]
fn filters_list_complete_and_narrow_what_is_found() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--no-index"]);
    terminal.shows("what is in the picture?");
    // Keys one after the other: right completes the name, then the value from what the collection holds.
    terminal.send("red circle name:");
    terminal.shows("name: needs a text");
    terminal.send("triangle");
    terminal.wait("triangles only", |screen| {
        screen.contains("green-triangle.png")
            && screen.contains("score")
            && !screen.contains("red-circle.png")
    });
    terminal.send("\x15sha");
    terminal.send("\x1b[C");
    terminal.shows("shape:");
    terminal.send("sq\x1b[C");
    terminal.shows("shape:square");
    terminal.send(" sort:name");
    terminal.wait("a listing", |screen| screen.contains("sort:name") && !screen.contains("score"));
    terminal.send("\x15ext:p\x1b[C");
    terminal.shows("ext:png");
    terminal.send("\x15width>=banana");
    terminal.shows("not 'banana'");
    terminal.send(CTRL_C);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[cfg(unix)]
#[test]
fn a_list_on_stdin_limits_the_browser_and_keys_come_from_the_terminal() {
    let sandbox = Sandbox::gallery();
    let pixseek = sandbox.command();
    let mut command = std::process::Command::new("sh");
    let line = "printf 'pics/red-circle.png\\npics/green-triangle.png\\n/elsewhere/x.png\\n' | \"$0\" - -C pics --no-index";
    command.args(["-c", line]).arg(pixseek.get_program()).current_dir(sandbox.home());
    for (name, value) in pixseek.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let terminal = Terminal::run(&command, Answers::Plain);
    terminal.shows("circle.png");
    terminal.send("yellow star");
    let screen = terminal
        .wait("results with scores", |screen| screen.contains("yellow star") && screen.contains("score"));
    assert!(screen.contains("red-circle.png") && screen.contains("green-triangle.png"), "{screen}");
    assert!(!screen.contains("yellow-star.png"), "{screen}");
    terminal.send("\x15a red thing");
    terminal.selects("red-circle.png");
    terminal.send(ENTER);
    let (status, screen, _) = terminal.end();
    assert_eq!(status.exit_code(), 0);
    assert!(screen.contains(&path(&sandbox, "red-circle.png")), "{screen}");
}
