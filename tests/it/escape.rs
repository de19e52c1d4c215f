//! Names and texts of strangers reach a terminal escaped, and pipes as they are.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use rusqlite::Connection;

use crate::common::Sandbox;
use crate::terminal::{Answers, Terminal};

/// A right-to-left override, a line separator, a C1 control, a private character, an escape sequence, a line break.
const ODD: &str = "a\u{202e}\u{2028}\u{9b}31m\u{e000}\u{1b}]0;x\u{7}\n.png";
const ESCAPED: &str = "a\\u{202e}\\u{2028}\\u{9b}31m\\u{e000}\\u{1b}]0;x\\u{7}\\n.png";

/// Whether a text has anything that is not for terminals, line breaks aside.
fn is_odd(text: &str) -> bool {
    text.chars().any(|c| {
        (c.is_control() && !"\r\n\t".contains(c)) || "\u{202e}\u{2028}\u{e000}\u{200b}\u{fffd}".contains(c)
    })
}

/// What a command writes to a terminal.
fn shown(sandbox: &Sandbox, args: &[&OsStr]) -> String {
    let mut command = sandbox.command();
    command.args(args);
    let (_, _, bytes) = Terminal::run(&command, Answers::Plain).end();
    String::from_utf8(bytes).unwrap()
}

/// As [`shown`], which has nothing odd, and shows the odd name escaped.
#[track_caller]
fn shown_safely(sandbox: &Sandbox, args: &[&str]) {
    let words: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
    let shown = shown(sandbox, &words);
    assert!(!is_odd(&shown) && shown.contains(ESCAPED), "{args:?}: {shown:?}");
}

fn odd_sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let plain = sandbox.picture("plain.png", 1);
    fs::rename(plain, sandbox.pics().join(ODD)).unwrap();
    sandbox.run(["index", "pics", "-q"]).expect(0);
    sandbox
}

#[test]
fn results_on_a_terminal_are_escaped_and_in_a_pipe_they_are_not() {
    let sandbox = odd_sandbox();
    for args in [
        &["search", "pics", "red"][..],
        &["search", "pics", "red", "--paths"],
        &["search", "pics", "red", "-0"],
    ] {
        let words: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        let shown = shown(&sandbox, &words).replace('\0', "");
        assert!(!is_odd(&shown) && shown.contains(ESCAPED), "{args:?}: {shown:?}");
        let piped = sandbox.run(args).expect(0).text();
        assert!(piped.contains(ODD), "{args:?}: {piped:?}");
    }
    let json = sandbox.run(["search", "pics", "red", "--json"]).expect(0);
    assert!(
        !is_odd(&json.text()) && json.text().contains("\\u202e\\u2028\\u009b31m\\ue000\\u001b"),
        "{}",
        json.text()
    );
    assert_eq!(json.names(), [ODD]);
}

#[test]
fn the_choice_of_the_browser_is_escaped_on_a_terminal() {
    let sandbox = odd_sandbox();
    let terminal = Terminal::start(&sandbox, &["pics", "--no-index"]);
    terminal.selects("a\\u{202e}");
    terminal.send("\r");
    let (status, screen, _) = terminal.end();
    assert_eq!(status.exit_code(), 0);
    assert!(screen.replace('\n', "").contains(ESCAPED), "{screen}");
}

#[test]
fn failures_folders_and_hints_are_escaped() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join(ODD);
    fs::create_dir(&folder).unwrap();
    let hint = sandbox.run(["search", ODD, "red"]).expect(1).stderr;
    assert!(!is_odd(&hint) && hint.contains(ESCAPED), "{hint:?}");
    // The command that it names does what it says.
    let command = hint.split('`').nth(1).unwrap().strip_prefix("pixseek ").unwrap();
    let line = format!("{} {command}", env!("CARGO_BIN_EXE_pixseek"));
    let mut shell = std::process::Command::new("bash");
    for (name, value) in sandbox.command().get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    match shell.args(["-c", &line]).current_dir(sandbox.home()).status() {
        Ok(status) => assert!(status.success(), "{line}"),
        // Where there is no bash.
        Err(_) => drop(sandbox.run(["index", ODD]).expect(0)),
    }
    fs::write(folder.join(ODD), "no picture").unwrap();
    // The bar itself is drawn with escape sequences.
    let index: Vec<&OsStr> = ["index", ODD].map(OsStr::new).to_vec();
    let skipped = shown(&sandbox, &index);
    let line = skipped.lines().find(|line| line.contains("skipped")).unwrap();
    let line = line.rsplit("\u{1b}[2K").next().unwrap();
    assert!(!is_odd(line) && line.contains(ESCAPED), "{skipped:?}");
    shown_safely(&sandbox, &["status", ODD]);
    shown_safely(&sandbox, &["status", ODD, "--failed"]);
    shown_safely(&sandbox, &["collections"]);
    shown_safely(&sandbox, &["search", ODD, "red", "-q"]);
    shown_safely(&sandbox, &["collections", "forget", ODD]);
    shown_safely(&sandbox, &["index", &format!("{ODD}/gone")]);
}

#[test]
fn arguments_that_are_quoted_back_are_escaped() {
    let sandbox = Sandbox::new();
    for args in [
        &["index", "--exclude-nothing", ODD][..],
        &["--frobnicate\u{1b}[31m\u{202e}"],
        &["index", "-n\u{9b}31m"],
        &["index", "--shard=\u{1b}c\u{2028}"],
        &["search", "x", "-n", ODD],
    ] {
        let ran = sandbox.run(args).expect(2);
        assert!(!is_odd(&ran.stderr), "{args:?}: {:?}", ran.stderr);
    }
    // Words for the browser, which needs a terminal.
    let ran = sandbox.run([ODD, "search", "x"]).expect(1);
    assert!(!is_odd(&ran.stderr), "{:?}", ran.stderr);
    let odd = OsStr::from_bytes(b"\xff\x9b31m");
    let ran = sandbox.run([OsStr::new("index"), odd]).expect(1);
    assert!(ran.stderr.contains("\\xff\\x9b31m"), "{:?}", ran.stderr);
}

#[test]
fn what_a_catalogue_says_is_escaped() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.run(["index", "pics", "--here", "-q"]).expect(0);
    let catalogue = Connection::open(sandbox.pics().join(".pixseek/catalog.db")).unwrap();
    catalogue.execute("UPDATE pictures SET error = ?1", [ODD]).unwrap();
    shown_safely(&sandbox, &["status", "pics", "--failed"]);
    catalogue.execute("UPDATE models SET id = ?1", [ODD]).unwrap();
    catalogue.execute("UPDATE meta SET value = ?1 WHERE key = 'model'", [ODD]).unwrap();
    let mut command = sandbox.command();
    command.args(["status", "pics"]).env_remove("PIXSEEK_MODEL");
    let shown = String::from_utf8(Terminal::run(&command, Answers::Plain).end().2).unwrap();
    assert!(!is_odd(&shown) && shown.contains(ESCAPED), "{shown:?}");
    let mut command = sandbox.command();
    command.args(["search", "pics", "red"]).env_remove("PIXSEEK_MODEL");
    let (status, _, bytes) = Terminal::run(&command, Answers::Plain).end();
    let shown = String::from_utf8(bytes).unwrap();
    assert!(status.exit_code() == 1 && !is_odd(&shown), "{shown:?}");
    catalogue.execute("UPDATE meta SET value = ?1 WHERE key = 'precision'", [ODD]).unwrap();
    let (_, _, bytes) = Terminal::run(&command, Answers::Plain).end();
    let shown = String::from_utf8(bytes).unwrap();
    assert!(!is_odd(&shown), "{shown:?}");
}

#[test]
fn what_a_model_and_the_settings_say_is_escaped() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    let model = sandbox.model("assets/demo-model");
    let config = fs::read_to_string(model.join("config.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&config).unwrap();
    json["model_type"] = ODD.into();
    fs::write(model.join("config.json"), json.to_string()).unwrap();
    let ran = sandbox.run(["index", "pics", "--model", "model"]).expect(1);
    assert!(!is_odd(&ran.stderr) && ran.stderr.contains("\\u{202e}"), "{:?}", ran.stderr);
    fs::write(model.join("config.json"), config).unwrap();
    fs::rename(model.join("model.safetensors"), model.join("shard.safetensors")).unwrap();
    let index = serde_json::json!({"weight_map": {ODD: ODD}});
    fs::write(model.join("model.safetensors.index.json"), index.to_string()).unwrap();
    let ran = sandbox.run(["index", "pics", "--model", "model"]).expect(1);
    assert!(!is_odd(&ran.stderr), "{:?}", ran.stderr);

    let settings: PathBuf = sandbox.home().join("config/pixseek");
    fs::create_dir_all(&settings).unwrap();
    fs::write(settings.join("config.toml"), "\"a\\u001b[31m\\u202e\" = 1\n").unwrap();
    let ran = sandbox.run(["status", "pics"]).expect(1);
    assert!(!is_odd(&ran.stderr) && ran.stderr.contains("config.toml"), "{:?}", ran.stderr);
}
