//! The widgets of `pixseek init` in real shells, in a pseudo-terminal. zsh and fish are tried where they are installed.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::common::Sandbox;
use crate::terminal::{Answers, Terminal, selected};

/// A program in the sandbox's environment, with the binary first on its path.
pub fn in_sandbox(sandbox: &Sandbox, program: &str) -> Command {
    let inherited = sandbox.command();
    let bin = sandbox.home().join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        symlink(inherited.get_program(), bin.join("pixseek")).unwrap();
    }
    let mut command = Command::new(program);
    for (name, value) in inherited.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", bin.display())).env("LC_ALL", "C.UTF-8");
    command.current_dir(sandbox.home());
    command
}

/// A plain shell that runs a script in the sandbox, in which `pixseek` is the binary.
pub fn script(sandbox: &Sandbox, lines: &str) -> Command {
    let mut shell = in_sandbox(sandbox, "sh");
    shell.arg("-c").arg(lines);
    shell
}

/// An interactive shell that reads only a settings file with these lines; `None` where it is not installed.
pub fn interactive(sandbox: &Sandbox, name: &str, lines: &str) -> Option<Command> {
    let home = sandbox.home().join("home");
    fs::create_dir_all(&home).unwrap();
    let mut shell = in_sandbox(sandbox, name);
    let file = match name {
        "bash" => {
            shell.arg("--noprofile").arg("--rcfile").arg(home.join("rc")).arg("-i");
            home.join("rc")
        }
        "zsh" => {
            shell.env("ZDOTDIR", &home).args(["-d", "-i"]);
            home.join(".zshrc")
        }
        _ => {
            let folder = sandbox.home().join("config/fish");
            fs::create_dir_all(&folder).unwrap();
            shell.arg("-i");
            folder.join("config.fish")
        }
    };
    fs::write(file, lines).unwrap();
    let is_there = Command::new(name).arg("--version").output().is_ok_and(|ran| ran.status.success());
    if !is_there {
        eprintln!("{name} is not installed: it is not tried");
    }
    is_there.then_some(shell)
}

/// Picks a picture of a very odd name with the widget, hands it to a command, and compares what that got.
fn picks(name: &str, settings: &str) {
    let sandbox = Sandbox::new();
    let odd = "it's \"a\" $HOME `x` \\ *\n2;é.png";
    sandbox.picture(odd, 1);
    sandbox.picture("plain.png", 2);
    sandbox.index();
    let Some(shell) = interactive(&sandbox, name, settings) else { return };
    let terminal = Terminal::run(&shell, Answers::Plain);
    terminal.wait("the prompt", |screen| screen.lines().any(|line| line.starts_with("P>")));
    terminal.send("echo above\r");
    terminal.wait("its output", |screen| screen.lines().any(|line| line.trim_end() == "above"));
    terminal.send("printf %s ");
    terminal.shows("printf %s");
    terminal.send("\x1bi");
    // bash takes its prompt away meanwhile; what stands above stays in every shell.
    terminal.wait("the browser below", |screen| {
        screen.starts_with("P> echo above") && screen.contains("what is in the picture?")
    });
    terminal.send("name:2");
    terminal.wait("one result", |screen| {
        selected(screen).is_some_and(|row| row.contains("it's")) && !screen.contains("plain.png")
    });
    terminal.send("\r");
    terminal.wait("the path behind the command", |screen| {
        !screen.contains("> name:2") && screen.contains("printf %s ") && screen.contains("pics")
    });
    terminal.send("> out\r");
    let out = sandbox.home().join("out");
    let picked =
        crate::common::wait_for("the output", || fs::read(&out).ok().filter(|bytes| !bytes.is_empty()));
    assert_eq!(Path::new(std::ffi::OsStr::from_bytes(&picked)), sandbox.pics().join(odd));
    // Leaving without a choice changes nothing.
    terminal.send("echo un\x1bi");
    terminal.shows("what is in the picture?");
    terminal.send("\x1b");
    terminal.wait("the prompt again", |screen| !screen.contains("what is in the picture?"));
    terminal.send("changed\r");
    terminal.wait("the command", |screen| screen.lines().any(|line| line.trim_end() == "unchanged"));
    terminal.send("exit\r");
    terminal.end();
}

#[test]
fn bash_inserts_quoted_paths() {
    picks("bash", "PS1='P> '\neval \"$(pixseek init bash -C pics)\"\n");
}

#[test]
fn zsh_inserts_quoted_paths() {
    picks("zsh", "PROMPT='P> '\nunsetopt prompt_sp\neval \"$(pixseek init zsh -C pics)\"\n");
}

#[test]
fn fish_inserts_quoted_paths() {
    let settings = "function fish_prompt\n    printf 'P> '\nend\nset -g fish_greeting\n\
                    set -g fish_autosuggestion_enabled 0\npixseek init fish -C pics | source\n";
    picks("fish", settings);
}

#[test]
fn scripts_are_sound_and_keys_are_checked() {
    let sandbox = Sandbox::new();
    for name in ["bash", "zsh", "fish"] {
        let script = sandbox.run(["init", name, "--key", "ctrl-g", "-C", "it's"]).expect(0).text();
        let file = sandbox.home().join("script");
        fs::write(&file, &script).unwrap();
        let checked = Command::new(name).arg("-n").arg(&file).output();
        if let Ok(checked) = checked {
            assert!(checked.status.success(), "{name}: {}", String::from_utf8_lossy(&checked.stderr));
        }
        // Read where nobody types, it does nothing.
        assert_eq!(in_sandbox(&sandbox, name).arg(&file).output().map_or(0, |ran| ran.stdout.len()), 0);
    }
    sandbox.run(["init", "bash", "--key", "f5"]).expect(2).says(&["'f5'", "ctrl- and a letter"]);
    sandbox.run(["init", "tcsh"]).expect(2).says(&["bash, zsh, fish"]);
}
