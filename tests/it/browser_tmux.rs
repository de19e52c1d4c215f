//! The browser inside tmux.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{Sandbox, wait_for};

/// A tmux server of its own; none where tmux is not installed, which is said.
struct Tmux(String);

impl Tmux {
    /// Starts the binary with these arguments, and keeps the pane when it ends.
    fn start(sandbox: &Sandbox, args: &str) -> Option<Self> {
        Self::run(sandbox, |binary| format!("'{binary}' {args}; sleep 1000"))
    }

    /// Starts a shell's line, which is told where the binary is.
    fn run(sandbox: &Sandbox, line: impl FnOnce(&str) -> String) -> Option<Self> {
        if Command::new("tmux").arg("-V").stdout(Stdio::null()).status().is_err() {
            eprintln!("tmux is not installed: what happens under it was not tested");
            return None;
        }
        let tmux = Self(sandbox.home().join("tmux").to_str().unwrap().to_owned());
        let mut start = sandbox.command();
        let binary = start.get_program().to_str().unwrap().to_owned();
        let variables: Vec<(String, String)> = start
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value?.to_str()?.to_owned())))
            .collect();
        start = Command::new("tmux");
        start.envs(variables).current_dir(sandbox.home()).env_remove("TMUX");
        start.args(["-S", &tmux.0, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30"]);
        start.arg(line(&binary));
        assert!(start.status().unwrap().success());
        Some(tmux)
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux").args(["-S", &self.0]).args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn wait(&self, what: &str, ready: impl Fn(&str) -> bool) -> String {
        wait_for(what, || Some(self.tmux(&["capture-pane", "-p"])).filter(|screen| ready(screen)))
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

#[test]
fn under_tmux_it_searches_and_leaves_the_screen_as_it_was() {
    let sandbox = Sandbox::gallery();
    let Some(tmux) = Tmux::start(&sandbox, "pics") else { return };
    tmux.wait("pictures", |screen| screen.contains("pictures"));
    tmux.tmux(&["send-keys", "red circle"]);
    let screen = tmux.wait("the best one", |screen| {
        screen.lines().any(|row| row.starts_with('▌') && row.contains("red-circle.png"))
    });
    assert!(screen.starts_with("> red circle"), "{screen}");
    tmux.wait("a preview", |screen| screen.contains('▀') && screen.contains("320 x 320"));
    tmux.tmux(&["resize-window", "-x", "50", "-y", "12"]);
    tmux.wait("a narrower screen", |screen| {
        screen.contains("red-circle.png") && screen.lines().all(|row| row.chars().count() <= 50)
    });
    tmux.tmux(&["send-keys", "Enter"]);
    let screen = tmux.wait("the chosen path", |screen| screen.contains("pics/red-circle.png"));
    assert!(!screen.contains("> red"), "{screen}");
}

#[test]
fn under_tmux_the_contact_sheet_and_the_help_come_and_go() {
    let sandbox = Sandbox::gallery();
    let Some(tmux) = Tmux::start(&sandbox, "pics --query 'red circle'") else { return };
    tmux.wait("the best one", |screen| screen.contains("red-circle.png"));
    tmux.tmux(&["send-keys", "C-l"]);
    tmux.wait("thumbnails", |screen| screen.matches("red-").count() > 3 && screen.contains('▀'));
    tmux.tmux(&["send-keys", "F1"]);
    tmux.wait("the help", |screen| screen.contains("keys:"));
    tmux.tmux(&["send-keys", "Escape"]);
    tmux.wait("thumbnails again", |screen| !screen.contains("keys:") && screen.contains('▀'));
}

#[test]
fn tmux_passes_on_only_while_pictures_need_it() {
    let sandbox = Sandbox::gallery();
    let option = |tmux: &Tmux, own: &str| {
        let words = ["show-options", own, "-q", "-v", "-t", "%0", "allow-passthrough"];
        tmux.tmux(&words).trim().to_owned()
    };
    for (protocol, is_needed) in [("kitty", true), ("halfblocks", false), ("auto", false)] {
        let args = format!("pics --query red --protocol {protocol}");
        let Some(tmux) = Tmux::start(&sandbox, &args) else { return };
        let is_known = !tmux.tmux(&["show-options", "-g", "-w", "-q", "allow-passthrough"]).is_empty();
        tmux.wait("the first results", |screen| screen.contains("red") && screen.contains(".png"));
        if is_needed && is_known {
            wait_for("the permission", || (option(&tmux, "-p") == "on").then_some(()));
        }
        tmux.wait("the picture's size", |screen| screen.contains("320 x 320"));
        assert_eq!(option(&tmux, "-p") == "on", is_needed && is_known, "{protocol}");
        tmux.tmux(&["send-keys", "Escape"]);
        wait_for("the option as it was", || option(&tmux, "-p").is_empty().then_some(()));
    }
}

#[test]
fn tmux_is_handed_what_is_copied() {
    let sandbox = Sandbox::gallery();
    let Some(tmux) = Tmux::start(&sandbox, "pics --query 'red circle' --protocol halfblocks") else { return };
    tmux.wait("the best one", |screen| screen.lines().any(|row| row.starts_with('▌')));
    tmux.tmux(&["send-keys", "C-y"]);
    let buffer = wait_for("the path", || Some(tmux.tmux(&["show-buffer"])).filter(|text| !text.is_empty()));
    assert!(buffer.ends_with("/pics/red-circle.png"), "{buffer}");
}

#[test]
fn a_terminal_that_is_gone_ends_the_browser_like_the_signal() {
    let sandbox = Sandbox::gallery();
    let code = sandbox.home().join("code");
    let line = |binary: &str| {
        format!("trap '' HUP; '{binary}' pics --query red; echo $? >code.new; mv code.new code")
    };
    let Some(tmux) = Tmux::run(&sandbox, line) else { return };
    tmux.wait("the first results", |screen| screen.contains(".png"));
    tmux.tmux(&["kill-server"]);
    let code = wait_for("the end", || fs::read_to_string(&code).ok());
    assert_eq!(code.trim(), "129");
}
