//! Terminals as they are met: what they answer, and what follows.

use super::*;
use crate::tui::terminal::environment::tests::environment;

const TMUX: (&str, &str) = ("TMUX", "/tmp/tmux-0/default,1,0");
const STY: (&str, &str) = ("STY", "1.pts-0.host");

fn terminal(variables: &[(&str, &str)], answers: &str) -> TerminalFacts {
    let mut replies = Replies::default();
    answers.bytes().for_each(|byte| replies.feed(byte));
    TerminalFacts { environment: environment(variables), replies, ..TerminalFacts::default() }
}

fn in_tmux(variables: &[(&str, &str)], answers: &str, (version, outer): (&str, &str)) -> TerminalFacts {
    let tmux = TmuxFacts {
        version: version.to_owned(),
        features: "256,RGB,title".to_owned(),
        terminal: outer.to_owned(),
        ..TmuxFacts::default()
    };
    let variables = [variables, &[("TERM", "tmux-256color"), TMUX]].concat();
    TerminalFacts { tmux: Some(tmux), ..terminal(&variables, answers) }
}

fn method(facts: &TerminalFacts) -> &'static str {
    facts.capabilities(GraphicsProtocol::Auto).encoder.method.name()
}

const KITTY: &str = "\x1b_Gi=31;OK\x1b\\\x1b[?62c\x1b[6;18;9t\x1b[0n";
const SIXEL: &str = "\x1b[?62;4;22c\x1b[6;18;9t\x1b[0n";
const PLAIN: &str = "\x1b[?62;22c\x1b[6;18;9t\x1b[0n";

fn named(name: &str, answers: &str) -> String {
    format!("\x1bP>|{name}\x1b\\{answers}")
}

/// Those answers after one from which all colours follow.
fn all(answers: &str) -> String {
    format!("\x1bP1$r0;48:2::1:2:3m\x1b\\{answers}")
}

#[test]
fn terminals_get_the_best_they_can_show() {
    let xterm = ("TERM", "xterm-256color");
    let program = |name| [xterm, ("TERM_PROGRAM", name)];
    for (name, facts, expected) in [
        ("kitty 0.35", terminal(&[("TERM", "xterm-kitty")], &named("kitty(0.35.2)", KITTY)), "kitty"),
        ("kitty 0.25", terminal(&[("TERM", "xterm-kitty")], &named("kitty(0.25.2)", KITTY)), "kitty-direct"),
        ("Ghostty", terminal(&[("TERM", "xterm-ghostty")], &named("ghostty 1.1.3", KITTY)), "kitty"),
        (
            "Konsole",
            terminal(&[xterm, ("KONSOLE_VERSION", "230800")], &named("Konsole 23.08", KITTY)),
            "kitty-direct",
        ),
        (
            "WezTerm",
            terminal(&program("WezTerm"), &named("WezTerm 20240203", &format!("\x1b_Gi=31;OK\x1b\\{SIXEL}"))),
            "iterm2",
        ),
        ("iTerm2", terminal(&program("iTerm.app"), &named("iTerm2 3.5.0", SIXEL)), "iterm2"),
        (
            "iTerm2 over ssh",
            terminal(&[xterm, ("LC_TERMINAL", "iTerm2")], &named("iTerm2 3.5.0", SIXEL)),
            "iterm2",
        ),
        ("iTerm2 over mosh", terminal(&[xterm, ("LC_TERMINAL", "iTerm2")], &all(PLAIN)), "quadrants"),
        ("foot", terminal(&[("TERM", "foot")], &named("foot(1.16.2)", SIXEL)), "sixel"),
        ("xterm", terminal(&[xterm], &named("XTerm(379)", &all(PLAIN))), "quadrants"),
        ("xterm with 256 colours", terminal(&[xterm], &named("XTerm(330)", PLAIN)), "halfblocks"),
        ("xterm with 16 colours", terminal(&[("TERM", "xterm")], &named("XTerm(330)", PLAIN)), "quadrants"),
        ("xterm with sixels", terminal(&[xterm], &named("XTerm(379)", SIXEL)), "sixel"),
        ("GNOME Terminal", terminal(&[xterm], &named("VTE(7600)", &all(PLAIN))), "sextants"),
        ("VS Code", terminal(&program("vscode"), &named("xterm.js(5.5.0)", SIXEL)), "iterm2"),
        (
            "VS Code without images",
            terminal(&program("vscode"), &named("xterm.js(5.5.0)", PLAIN)),
            "quadrants",
        ),
        (
            "kitty from iTerm2's shell",
            terminal(&program("iTerm.app"), &named("kitty(0.35.2)", KITTY)),
            "kitty",
        ),
        ("Linux", terminal(&[("TERM", "linux")], "\x1b[?6c\x1b[0n"), "halfblocks"),
        ("silent", terminal(&[xterm], ""), "halfblocks"),
        ("silent, with all colours", terminal(&[xterm, ("COLORTERM", "truecolor")], ""), "quadrants"),
        (
            "not UTF-8",
            terminal(&[xterm, ("LANG", "de_DE.ISO-8859-1")], PLAIN),
            if cfg!(windows) { "quadrants" } else { "halfblocks" },
        ),
        ("zellij", terminal(&[xterm, ("ZELLIJ", "0")], SIXEL), "sixel"),
        ("zellij in kitty", terminal(&[("TERM", "xterm-kitty"), ("ZELLIJ", "0")], PLAIN), "quadrants"),
    ] {
        let capabilities = facts.capabilities(GraphicsProtocol::Auto);
        assert_eq!(capabilities.encoder.method.name(), expected, "{name}: {}", capabilities.reason);
        assert!(!capabilities.encoder.in_tmux);
    }
}

#[test]
fn multiplexers_that_swallow_pictures_get_blocks_and_a_reason() {
    let iterm2 = [("TERM", "screen-256color"), ("TERM_PROGRAM", "iTerm.app"), ("LC_TERMINAL", "iTerm2")];
    let screen = |program| {
        let variables = [("TERM", "screen.xterm-256color"), STY, ("TERM_PROGRAM", program)];
        terminal(&variables, "\x1b[?62c\x1b[6;18;9t\x1b[0n")
    };
    let old = TerminalFacts {
        tmux: Some(TmuxFacts { version: "2.9a".into(), ..TmuxFacts::default() }),
        ..terminal(&[iterm2.as_slice(), &[TMUX]].concat(), PLAIN)
    };
    for (name, facts, word) in [
        ("screen in iTerm2", screen("iTerm.app"), "GNU screen"),
        ("screen in WezTerm", screen("WezTerm"), "GNU screen"),
        ("screen in VS Code", screen("vscode"), "GNU screen"),
        ("an old tmux in iTerm2", old, "tmux 2.9a"),
        ("tmux 3.2 in kitty", in_tmux(&[], KITTY, ("3.2a", "kitty(0.35.2)")), "tmux 3.2a"),
        ("tmux in VS Code", in_tmux(&[("VSCODE_PID", "1")], SIXEL, ("3.4", "xterm.js(5.5.0)")), "VS Code"),
        ("tmux in an old kitty", in_tmux(&[], KITTY, ("3.4", "kitty(0.25.2)")), "0.28"),
    ] {
        let capabilities = facts.capabilities(GraphicsProtocol::Auto);
        assert!(capabilities.encoder.method.is_text(), "{name}: {:?}", capabilities.encoder.method);
        assert!(
            capabilities.is_surprising && capabilities.reason.contains(word),
            "{name}: {}",
            capabilities.reason
        );
    }
}

#[test]
fn a_recent_tmux_passes_pictures_on() {
    assert_eq!(method(&in_tmux(&[], KITTY, ("3.4", "kitty(0.35.2)"))), "kitty");
    assert_eq!(method(&in_tmux(&[], SIXEL, ("3.4", "foot(1.16.2)"))), "sixel");
    assert_eq!(method(&in_tmux(&[], SIXEL, ("3.3a", "iTerm2 3.5.0"))), "iterm2");
    assert_eq!(method(&in_tmux(&[("ITERM_SESSION_ID", "w0")], PLAIN, ("3.4", ""))), "iterm2");
    // A session that was begun in iTerm2 and is attached elsewhere now.
    assert_eq!(method(&in_tmux(&[("ITERM_SESSION_ID", "w0")], PLAIN, ("3.4", "XTerm(379)"))), "quadrants");
    let facts = in_tmux(&[], KITTY, ("3.4", "kitty(0.35.2)"));
    assert!(facts.capabilities(GraphicsProtocol::Auto).encoder.in_tmux);
    let mut few_colours = facts;
    few_colours.tmux.as_mut().unwrap().features = "256,title".to_owned();
    let capabilities = few_colours.capabilities(GraphicsProtocol::Auto);
    assert!(capabilities.reason.contains("terminal-features"), "{}", capabilities.reason);
}

#[test]
fn colours_are_promised_or_asked_for() {
    let support =
        |facts: &TerminalFacts| facts.capabilities(GraphicsProtocol::Auto).encoder.palette.support();
    let xterm = ("TERM", "xterm-256color");
    if !cfg!(windows) {
        assert_eq!(support(&terminal(&[xterm], PLAIN)), ColourSupport::TwoHundredFiftySix);
        assert_eq!(support(&terminal(&[("TERM", "xterm")], PLAIN)), ColourSupport::Sixteen);
    }
    assert_eq!(support(&terminal(&[xterm, ("COLORTERM", "truecolor")], PLAIN)), ColourSupport::True);
    assert_eq!(support(&terminal(&[("TERM", "xterm")], &all(PLAIN))), ColourSupport::True);
    // screen keeps the variable of the terminal around it.
    let screen = [("TERM", "screen-256color"), STY, ("COLORTERM", "truecolor")];
    assert_eq!(support(&terminal(&screen, PLAIN)), ColourSupport::TwoHundredFiftySix);
    let mut tmux = in_tmux(&[("COLORTERM", "truecolor")], PLAIN, ("3.4", ""));
    assert_eq!(support(&tmux), ColourSupport::True);
    tmux.tmux.as_mut().unwrap().features = "256,title".to_owned();
    assert_eq!(support(&tmux), ColourSupport::TwoHundredFiftySix);
}

#[test]
fn the_palette_is_the_terminals_own_where_it_is_known_whole() {
    let colours: String = (0..16).map(|n| format!("\x1b]4;{n};rgb:{n:02x}00/0000/ffff\x07")).collect();
    let palette = |answers: &str| {
        let facts = terminal(&[("TERM", "xterm-16color")], answers);
        facts.capabilities(GraphicsProtocol::Auto).encoder.palette
    };
    assert!(palette(&colours).is_reported());
    assert!(!palette(&colours.replace("]4;7;", "]4;77;")).is_reported());
}

#[test]
fn a_forced_protocol_is_used_whatever_the_terminal_says() {
    let facts = terminal(&[("TERM", "xterm")], KITTY);
    let capabilities = facts.capabilities(GraphicsProtocol::Sixel);
    assert_eq!(capabilities.encoder.method, DrawingMethod::Sixel);
    assert!(!capabilities.is_surprising && capabilities.reason.contains("--protocol"));
}

#[test]
fn cells_are_as_the_terminal_says_or_else_the_system() {
    let mut facts = terminal(&[("TERM", "xterm")], "\x1b[?62;4;6c\x1b[0n");
    assert_eq!(method(&facts), "quadrants", "sixels need the size of a cell");
    facts.pixels = Some((8, 16));
    let encoder = facts.capabilities(GraphicsProtocol::Auto).encoder;
    assert_eq!((encoder.method, encoder.cell), (DrawingMethod::Sixel, (8, 16)));
}
