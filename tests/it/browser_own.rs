//! What people make their own: keys, commands, styles; the trash, details, other terminals.

use std::fs;
#[cfg(target_os = "linux")]
use std::process::Command;

use crate::common::{Sandbox, wait_for};
use crate::terminal::{Answers, Terminal};

const ESC: &str = "\x1b";
const CTRL_G: &str = "\x07";
const CTRL_L: &str = "\x0c";
const CTRL_T: &str = "\x14";
const CTRL_X: &str = "\x18";
const F5: &str = "\x1b[15~";
const F8: &str = "\x1b[19~";
const DOWN: &str = "\x1b[B";
const RIGHT: &str = "\x1b[C";

/// A gallery with these settings.
fn with_settings(text: &str) -> Sandbox {
    let sandbox = Sandbox::gallery();
    let command = sandbox.command();
    let mut folders = command.get_envs().filter(|(name, _)| *name == "XDG_CONFIG_HOME");
    let folder = std::path::PathBuf::from(folders.next().unwrap().1.unwrap()).join("pixseek");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
    sandbox
}

#[test]
fn keys_of_the_settings_do_what_they_say_and_the_help_tells() {
    let sandbox = with_settings("[keys]\n\"ctrl-g\" = \"leave\"\n\"f5\" = \"help\"\n");
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send(F5);
    terminal.shows("keys:");
    // Its letters find.
    terminal.send("ctrl-g");
    terminal.wait("the keys to leave", |screen| {
        screen.contains("keys with 'ctrl-g'") && screen.contains("ctrl-g, ctrl-c")
    });
    terminal.send(ESC);
    terminal.shows("keys:");
    terminal.send(ESC);
    terminal.wait("the results", |screen| !screen.contains("keys:"));
    terminal.send(CTRL_G);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn wrong_settings_are_refused_before_the_screen_is_taken() {
    let sandbox = with_settings("[keys]\n\n\"ctrl-g\" = \"leaf\"\n");
    let ran = sandbox.run(["pics"]).expect(1);
    ran.says(&["config.toml", "line 3", "leaf"]);
}

#[test]
fn a_command_has_the_terminal_and_gives_it_back() {
    let sandbox = with_settings(
        "[[action]]\nname = \"note it\"\ncommand = \"echo {/} >> noted; echo was here; read answer; echo $answer >> noted\"\n\
         key = \"f5\"\n",
    );
    let noted = sandbox.home().join("noted");
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send(CTRL_X);
    terminal.shows("note it");
    terminal.send("1");
    terminal.wait("the shell", |screen| screen.contains("was here") && !screen.contains("> red circle"));
    terminal.send("typed\n");
    terminal.shows("note it: done");
    terminal.selects("red-circle.png");
    wait_for("what was noted", || {
        fs::read_to_string(&noted).ok().filter(|text| text == "red-circle.png\ntyped\n")
    });
    terminal.send(F5);
    terminal
        .wait("the shell again", |screen| screen.contains("was here") && !screen.contains("> red circle"));
    terminal.send("\n");
    terminal.shows("note it: done");
    terminal.send(ESC);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn a_command_that_fails_says_so_and_waits() {
    let sandbox =
        with_settings("[[action]]\nname = \"x\"\ncommand = \"echo oh no; exit 3 #\"\nkey = \"f5\"\n");
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send(F5);
    terminal.shows("enter goes back");
    terminal.send("\r");
    terminal.wait("the status", |screen| screen.contains("x: exit status: 3"));
    terminal.send(ESC);
    terminal.end();
}

#[test]
fn ctrl_c_in_a_command_goes_back_with_all_marks() {
    let sandbox = with_settings(
        "[[action]]\nname = \"x\"\ncommand = \"echo began; exec sleep 1000 #\"\nkey = \"f5\"\n",
    );
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send("\t");
    terminal.shows("1 marked");
    terminal.send(F5);
    terminal.shows("began");
    terminal.send("\x03");
    terminal.shows("enter goes back");
    terminal.send("\x03");
    terminal.shows("1 marked");
    terminal.send(ESC);
    terminal.shows("unmarked 1 picture");
    terminal.send(ESC);
    assert_eq!(terminal.end().0.exit_code(), 130);
}

/// A program that opens pictures, named as that of the system, which ends with this exit code.
#[cfg(target_os = "linux")]
fn with_opener(sandbox: &Sandbox, code: u8) -> Command {
    use std::os::unix::fs::PermissionsExt;
    let folder = sandbox.home().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let opener = folder.join("xdg-open");
    fs::write(
        &opener,
        format!("#!/bin/sh\necho \"$1\" >> '{}/opened'\nexit {code}\n", sandbox.home().display()),
    )
    .unwrap();
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = sandbox.command();
    let path = std::env::var("PATH").unwrap_or_default();
    command.args(["pics", "--query", "red circle"]).env("PATH", format!("{}:{path}", folder.display()));
    command
}

#[cfg(target_os = "linux")]
#[test]
fn a_picture_counts_as_opened_only_if_something_opened_it() {
    let sandbox = Sandbox::gallery();
    for (code, words) in [(0, "opened "), (3, "no program for it")] {
        let terminal = Terminal::run(&with_opener(&sandbox, code), Answers::Plain);
        terminal.selects("red-circle.png");
        terminal.send("\x0f");
        terminal.shows(words);
        terminal.send(ESC);
        terminal.end();
    }
    let opened = fs::read_to_string(sandbox.home().join("opened")).unwrap();
    assert_eq!(opened.lines().filter(|line| line.ends_with("red-circle.png")).count(), 2);
}

#[test]
fn only_a_yes_takes_a_picture_to_the_trash() {
    let sandbox = Sandbox::gallery();
    let picture = sandbox.pics().join("red-circle.png");
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send(F8);
    terminal.shows("to the trash?");
    terminal.send("\r");
    terminal.shows("nothing was moved");
    assert!(picture.exists());
    terminal.send(F8);
    terminal.shows("to the trash?");
    terminal.send("y");
    terminal.wait("a list without it", |screen| {
        screen.contains("moved to the trash") && !screen.contains(" red-circle.png")
    });
    assert!(!picture.exists());
    terminal.send(ESC);
    terminal.end();
}

/// File managers sort their trash by this date, and empty it of what is older than some days.
#[cfg(target_os = "linux")]
#[test]
fn the_trash_knows_when_a_picture_was_moved_there() {
    let sandbox = Sandbox::gallery();
    // The date is local; no clock is set back in this zone.
    let now = || jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).datetime();
    let mut command = sandbox.command();
    command.args(["pics", "--query", "red circle"]).env("TZ", "UTC");
    let terminal = Terminal::run(&command, Answers::Plain);
    terminal.selects("red-circle.png");
    let before = now();
    terminal.send(F8);
    terminal.shows("to the trash?");
    terminal.send("y");
    terminal.shows("moved to the trash");
    terminal.send(ESC);
    terminal.end();
    // XDG_DATA_HOME of the sandbox.
    let trash = sandbox.home().join("data/Trash");
    assert!(trash.join("files/red-circle.png").is_file());
    let info = fs::read_to_string(trash.join("info/red-circle.png.trashinfo")).unwrap();
    let date = info.lines().find_map(|line| line.strip_prefix("DeletionDate=")).expect(&info);
    let date = jiff::civil::DateTime::strptime("%Y-%m-%dT%H:%M:%S", date).unwrap();
    let second = jiff::Span::new().seconds(1);
    assert!(before.checked_sub(second).unwrap() <= date && date <= now(), "{info}");
}

#[test]
fn details_are_those_of_the_selected_picture_in_every_layout() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send(CTRL_T);
    for _ in 0..4 {
        terminal.wait("details", |screen| {
            ["path", "score", "file", "changed", "red-circle.png"].iter().all(|word| screen.contains(word))
        });
        terminal.send(CTRL_L);
    }
    terminal.send(ESC);
    terminal.end();
}

#[test]
fn full_screen_pictures_are_leafed_through() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    terminal.send(CTRL_L);
    terminal.send(CTRL_L);
    let is_at = |screen: &str, position: &str| {
        screen.lines().any(|row| row.starts_with(position)) && screen.contains("score ")
    };
    terminal.wait("one picture", |screen| {
        is_at(screen, "1/") && screen.contains(" red-circle.png") && screen.contains("320 x 320")
    });
    terminal.send(DOWN);
    terminal.wait("the next", |screen| is_at(screen, "2/") && !screen.contains(" red-circle.png"));
    terminal.send(RIGHT);
    terminal.wait("the one after", |screen| is_at(screen, "3/"));
    terminal.send("p");
    terminal.wait("the one before", |screen| is_at(screen, "2/"));
    terminal.send(ESC);
    terminal.wait("where it was opened", |screen| {
        // Names of several pictures, without the numbers of one.
        screen.contains(" red-circle.png ") && !screen.contains("320 x 320")
    });
    terminal.send(ESC);
    terminal.end();
}

#[test]
fn terminals_without_true_colour_are_sent_none() {
    let sandbox = Sandbox::gallery();
    for (term, colour) in [("xterm-256color", Some("38;5;")), ("linux", None)] {
        let mut command = sandbox.command();
        command.args(["pics", "--query", "red circle", "--protocol", "halfblocks"]);
        command.env("TERM", term).env("COLORTERM", "");
        let terminal = Terminal::run(&command, Answers::Plain);
        terminal.selects("red-circle.png");
        terminal.shows("320 x 320");
        terminal.send(ESC);
        let (.., bytes) = terminal.end();
        // The question whether the terminal has true colours sets one.
        let sent = String::from_utf8_lossy(&bytes).replace("\x1b[48;2;1;2;3m", "");
        assert!(!sent.contains("38;2;") && !sent.contains("48;2;"), "{term}");
        assert!(colour.is_none_or(|colour| sent.contains(colour)), "{term}");
    }
}
