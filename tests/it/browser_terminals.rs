//! The browser on terminals of several kinds: what they are sent, and what those that can't show pictures are told.

use std::process::{Command, Stdio};

use crate::common::Sandbox;
use crate::terminal::{Answers, Terminal};

const DOWN: &str = "\x1b[B";
const ESC: &str = "\x1b";

fn has(bytes: &[u8], sequence: &str) -> bool {
    bytes.windows(sequence.len()).any(|window| window == sequence.as_bytes())
}

/// The browser on the gallery, in a terminal with these variables and answers.
fn browser(sandbox: &Sandbox, variables: &[(&str, &str)], answers: &'static str) -> Terminal {
    let mut command = sandbox.command();
    command.args(["pics", "--query", "red circle"]).env_remove("COLORTERM").envs(variables.iter().copied());
    Terminal::run(&command, Answers::Scripted(answers))
}

#[test]
fn each_terminal_is_sent_what_it_can_show() {
    let sandbox = Sandbox::gallery();
    let xterm = ("TERM", "xterm-256color");
    for (variables, answers, sequence) in [
        (
            vec![("TERM", "xterm-kitty")],
            "\x1bP>|kitty(0.35.2)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62c\x1b[6;16;8t",
            "a=T,U=1",
        ),
        (
            vec![("TERM", "xterm-kitty")],
            "\x1bP>|kitty(0.25.2)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62c\x1b[6;16;8t",
            "a=T,i=",
        ),
        (
            vec![xterm, ("TERM_PROGRAM", "WezTerm")],
            "\x1bP>|WezTerm 20240203\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?65;4c\x1b[6;16;8t",
            "\x1b]1337;File=",
        ),
        (
            vec![xterm, ("TERM_PROGRAM", "iTerm.app")],
            "\x1bP>|iTerm2 3.5.0\x1b\\\x1b[?62;4c\x1b[6;16;8t",
            "\x1b]1337;File=",
        ),
        (vec![("TERM", "foot")], "\x1bP>|foot(1.16.2)\x1b\\\x1b[?62;4;22c\x1b[6;16;8t", "\x1bP"),
        // GNOME Terminal, which keeps a style in all colours as it is.
        (vec![xterm], "\x1bP>|VTE(7600)\x1b\\\x1bP1$r0;48:2::1:2:3m\x1b\\\x1b[?65c\x1b[6;16;8t", "a sextant"),
        // xterm without sixels and with 256 colours.
        (vec![xterm], "\x1bP>|XTerm(379)\x1b\\\x1bP1$r0;48:5:16m\x1b\\\x1b[?64c\x1b[6;16;8t", "\x1b[38;5;"),
    ] {
        let terminal = browser(&sandbox, &variables, answers);
        let sequence = sequence.as_bytes();
        // The first three bytes of every sextant.
        let sequence = if sequence == b"a sextant" { b"\xf0\x9f\xac" } else { sequence };
        terminal.wait_raw(answers, |screen, bytes| {
            screen.contains("320 x 320") && bytes.windows(sequence.len()).any(|window| window == sequence)
        });
        terminal.send(ESC);
        terminal.end();
    }
}

#[test]
fn an_old_kitty_has_pictures_taken_away_that_are_gone() {
    let sandbox = Sandbox::gallery();
    let answers = "\x1bP>|kitty(0.25.2)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62c\x1b[6;16;8t";
    let terminal = browser(&sandbox, &[("TERM", "xterm-kitty")], answers);
    let placed = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches("a=T,i=").count();
    let deleted = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches("a=d,d=I,i=").count();
    terminal.wait_raw("a picture", |screen, bytes| screen.contains("320 x 320") && placed(bytes) == 1);
    terminal.send(DOWN);
    terminal.wait_raw("the next in its place", |_, bytes| placed(bytes) == 2 && deleted(bytes) == 1);
    terminal.send(ESC);
    let (.., bytes) = terminal.end();
    assert_eq!((placed(&bytes), deleted(&bytes)), (2, 2), "none stays behind");
}

#[test]
fn multiplexers_that_swallow_pictures_are_named() {
    let sandbox = Sandbox::gallery();
    let screen = [("TERM", "screen.xterm-256color"), ("STY", "1.pts-0.host")];
    for program in ["iTerm.app", "WezTerm", "vscode"] {
        let variables = [screen.as_slice(), &[("TERM_PROGRAM", program), ("LC_TERMINAL", "iTerm2")]].concat();
        let terminal = browser(&sandbox, &variables, "\x1b[?62c");
        terminal.shows("GNU screen");
        terminal.wait("a preview of blocks", |screen| screen.contains("320 x 320") && screen.contains('▀'));
        terminal.send(ESC);
        let (.., bytes) = terminal.end();
        assert!(!has(&bytes, "\x1b]1337") && !has(&bytes, "\x1bP"), "nothing that screen would swallow");
    }
}

#[test]
fn a_dumb_terminal_is_told_what_to_use_instead() {
    let sandbox = Sandbox::new();
    for term in ["dumb", ""] {
        let mut command = sandbox.command();
        command.args(["pics"]).env("TERM", term);
        let (status, screen, bytes) = Terminal::run(&command, Answers::Silent).end();
        assert_eq!(status.exit_code(), 1);
        let screen = screen.replace('\n', "");
        assert!(screen.contains("pixseek search") && screen.contains("TERM is"), "{screen}");
        assert!(!has(&bytes, "\x1b["), "no sequence is sent to it");
    }
    assert!(!sandbox.home().join("data").exists(), "nothing is made for a browser that can't be shown");
}

#[cfg(unix)]
#[test]
fn without_a_terminal_the_way_out_is_named() {
    let sandbox = Sandbox::new();
    let program = sandbox.command();
    let mut command = Command::new("setsid");
    command.arg("-w").arg(program.get_program()).arg("pics").current_dir(sandbox.home()).stdin(Stdio::null());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command.env("TERM", "xterm").output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("no terminal to draw on") && words.contains("pixseek search"), "{words}");
}

#[test]
fn a_terminal_that_claims_to_be_huge_is_safe() {
    let sandbox = Sandbox::gallery();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.shows("red-circle.png");
    let before = terminal.wait_raw("the first frames", |_, _| true).1.len();
    terminal.claim_size(65535, 65535);
    terminal.wait_raw("a frame of the largest size", |_, bytes| has(&bytes[before..], "\x1b[500;"));
    terminal.send(ESC);
    let (status, ..) = terminal.end();
    assert!([1, 130].contains(&status.exit_code()));
}
