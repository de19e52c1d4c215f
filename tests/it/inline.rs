//! The browser in rows below the prompt (`--height`): what stands above stays, and nothing is left behind.

use crate::common::Sandbox;
use crate::shells::script;
use crate::terminal::{Answers, Terminal, selected};

/// Three pictures, indexed.
fn three_pictures() -> Sandbox {
    let sandbox = Sandbox::new();
    for (seed, name) in (1..).zip(["one", "two", "three"]) {
        sandbox.picture(format!("{name}.png"), seed);
    }
    sandbox.index();
    sandbox
}

/// The rows of a screen without the empty ones at its end.
fn rows(screen: &str) -> Vec<&str> {
    screen.trim_end().lines().map(str::trim_end).collect()
}

#[test]
fn what_stands_above_stays_and_nothing_is_left() {
    let sandbox = three_pictures();
    let lines = "echo above; pixseek pics name:two --height 50%; echo below";
    for answers in [Answers::Plain, Answers::Kitty, Answers::Sixel] {
        let terminal = Terminal::run(&script(&sandbox, lines), answers);
        let screen = terminal.wait("the picture's size", |screen| screen.contains("64 x 64"));
        let lines = rows(&screen);
        assert_eq!(lines[0], "above");
        assert!(lines[1].starts_with("> name:two") && lines.len() == 16, "{screen}");
        terminal.send("\r");
        let (status, screen, _) = terminal.end();
        let path = sandbox.pics().join("two.png");
        assert_eq!(status.exit_code(), 0);
        assert_eq!(screen.replace('\n', "").trim(), format!("above{}below", path.display()));
    }
}

#[test]
fn at_the_bottom_the_screen_scrolls() {
    let sandbox = three_pictures();
    let lines = "i=0; while [ $i -lt 40 ]; do echo line$i; i=$((i + 1)); done; printf '$ '; \
                  chosen=$(pixseek pics name:two --height 12); printf '%s\\n' \"<${chosen##*/}>\"";
    let terminal = Terminal::run(&script(&sandbox, lines), Answers::Plain);
    let screen = terminal.wait("the selection", |screen| {
        screen.lines().any(|line| line.starts_with('▌') && line.contains("two.png"))
    });
    let lines = rows(&screen);
    // The prompt and what is above it have moved up.
    assert_eq!(lines[17], "$", "{screen}");
    assert_eq!(lines[16], "line39");
    assert!(lines[18].starts_with("> name:two"), "{screen}");
    assert_eq!(selected(&screen).map(|row| row.contains("two.png")), Some(true));
    terminal.send("\r");
    let (status, screen, _) = terminal.end();
    assert_eq!(status.exit_code(), 0);
    let lines = rows(&screen);
    assert_eq!(lines.last(), Some(&"$ <two.png>"), "{screen}");
    assert_eq!(lines[lines.len() - 2], "line39");
}

#[test]
fn a_silent_terminal_gets_the_last_rows() {
    let sandbox = three_pictures();
    let lines = "echo above; pixseek pics --height 12 --protocol halfblocks --query name:two; echo below";
    let terminal = Terminal::run(&script(&sandbox, lines), Answers::Mute);
    terminal.wait("the selection", |screen| {
        screen.lines().nth(18).is_some_and(|line| line.starts_with("> name:two"))
            && selected(screen).is_some_and(|row| row.contains("two.png"))
    });
    terminal.send("\x03");
    let (_, screen, _) = terminal.end();
    assert!(rows(&screen).last() == Some(&"below"), "{screen}");
}

#[test]
fn the_mouse_and_other_sizes_keep_to_the_rows() {
    let sandbox = three_pictures();
    let lines = "echo above; pixseek pics --height 12";
    let terminal = Terminal::run(&script(&sandbox, lines), Answers::Plain);
    let screen = terminal.wait("results", |screen| selected(screen).is_some());
    let third =
        screen.lines().nth(5).unwrap().trim_start_matches(['▌', ' ']).split_whitespace().next().unwrap();
    let third = third.to_owned();
    // The third row of the list is the sixth of the screen, counted from 1; above the browser nothing is clicked.
    terminal.send("\x1b[<0;10;6M\x1b[<0;10;6m");
    terminal.wait("the third row", |screen| {
        screen.lines().nth(5).is_some_and(|line| line.starts_with('▌') && line.contains(&third))
    });
    terminal.send("\x1b[<0;10;1M\x1b[<0;10;1m");
    terminal.resize(90, 20);
    terminal.wait("the smaller screen", |screen| {
        screen.lines().nth(1).is_some_and(|line| line.starts_with('>'))
            && screen.lines().nth(5).is_some_and(|line| line.starts_with('▌'))
    });
    terminal.send("\x03");
    let (status, screen, _) = terminal.end();
    assert_eq!(status.exit_code(), 130);
    assert_eq!(rows(&screen), ["above"]);
}
