//! `pixseek completions` and `pixseek man`: the tab key in real shells, in a pseudo-terminal, and real manual pages. zsh, fish
//! and man are tried where they are installed.

use std::fs;
use std::process::Command;

use crate::common::Sandbox;
use crate::shells::{in_sandbox, interactive};
use crate::terminal::{Answers, Terminal};

/// Types the beginnings of command lines, each with the tab key, and compares the words that the shell then has.
fn completes(name: &str, settings: &str) {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.home().join("my photos/it's 2024")).unwrap();
    fs::create_dir(sandbox.home().join("home/other")).ok();
    fs::write(sandbox.home().join("my photos/notes.txt"), "").unwrap();
    sandbox.picture("red.png", 1);
    fs::copy(sandbox.pics().join("red.png"), sandbox.home().join("my photos/red.png")).unwrap();
    sandbox.index();
    let Some(shell) = interactive(&sandbox, name, settings) else { return };
    let terminal = Terminal::run(&shell, Answers::Plain);
    let pics = sandbox.pics().to_string_lossy().into_owned();
    let beginning = pics[..pics.len() - 2].to_owned();
    let forget = format!("pixseek collections forget {beginning}");
    let cases: &[(&str, &[&str])] = &[
        ("pixseek stat", &["pixseek", "status"]),
        ("pixseek index --no-ignore-d", &["pixseek", "index", "--no-ignore-defaults"]),
        ("pixseek search my", &["pixseek", "search", "my photos/"]),
        ("pixseek search my\\ photos/i", &["pixseek", "search", "my photos/it's 2024/"]),
        ("pixseek similar my\\ photos/r", &["pixseek", "similar", "my photos/red.png"]),
        ("pixseek status -m dem", &["pixseek", "status", "-m", "demo"]),
        (
            "pixseek models path openai/clip-vit-l",
            &["pixseek", "models", "path", "openai/clip-vit-large-patch14"],
        ),
        ("pixseek embed --image=my\\ photos/r", &["pixseek", "embed", "--image=my photos/red.png"]),
        ("pixseek search . @my\\ photos/r", &["pixseek", "search", ".", "@my photos/red.png"]),
        ("pixseek search . shape:pa", &["pixseek", "search", ".", "shape:panorama"]),
        ("pixseek embed --precision f3", &["pixseek", "embed", "--precision", "f32"]),
        (&forget, &["pixseek", "collections", "forget", &pics]),
    ];
    terminal.wait("the prompt", |screen| screen.lines().any(|line| line.starts_with("P>")));
    for (i, (typed, words)) in cases.iter().enumerate() {
        let out = sandbox.home().join(format!("out-{i}"));
        terminal.send(&format!("{typed}\t"));
        // The rest of the line is typed behind what was completed; readline and zle keep the order of keys.
        terminal.send(&format!(" '' > {}\x01printf '<%s>' \r", out.display()));
        let expected: String = words.iter().chain(&[""]).map(|word| format!("<{word}>")).collect();
        let printed = crate::common::wait_for("the output", || {
            fs::read_to_string(&out).ok().filter(|text| text.ends_with("<>"))
        });
        // zsh takes the slash behind a folder away when a blank follows; bash adds one.
        assert_eq!(printed.replace("/>", ">"), expected.replace("/>", ">"), "{name}: {typed}");
    }
    terminal.send("exit\r");
    terminal.end();
}

#[test]
fn bash_completes() {
    completes("bash", "PS1='P> '\neval \"$(pixseek completions bash)\"\n");
}

#[test]
fn zsh_completes() {
    let settings = "PROMPT='P> '\nunsetopt prompt_sp\nautoload -Uz compinit\ncompinit -u -D\n\
                    eval \"$(pixseek completions zsh)\"\n";
    completes("zsh", settings);
}

#[test]
fn fish_completes() {
    let settings = "function fish_prompt\n    printf 'P> '\nend\nset -g fish_greeting\n\
                    set -g fish_autosuggestion_enabled 0\npixseek completions fish | source\n";
    completes("fish", settings);
}

#[test]
fn scripts_are_sound() {
    let sandbox = Sandbox::new();
    for name in ["bash", "zsh", "fish", "elvish", "powershell", "nushell"] {
        let script = sandbox.run(["completions", name]).expect(0).text();
        assert!(script.contains("pixseek"), "{name}");
        // The folder that this program lies in is nobody else's: scripts call what is on PATH.
        assert!(!script.contains("target/"), "{name}: {script}");
        let file = sandbox.home().join("script");
        fs::write(&file, &script).unwrap();
        let checked = match name {
            "bash" | "zsh" | "fish" => in_sandbox(&sandbox, name).arg("-n").arg(&file).output(),
            _ => continue,
        };
        if let Ok(checked) = checked {
            assert!(checked.status.success(), "{name}: {}", String::from_utf8_lossy(&checked.stderr));
        }
    }
    sandbox.run(["completions", "tcsh"]).expect(2).says(&["bash, zsh, fish"]);
}

#[test]
fn manual_pages_have_no_warnings() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("man1");
    sandbox.run(["man", "--out", folder.to_str().unwrap()]).expect(0);
    let page = sandbox.run(["man"]).expect(0).text();
    assert_eq!(page, fs::read_to_string(folder.join("pixseek.1")).unwrap());
    let search = sandbox.run(["man", "search"]).expect(0).text();
    assert_eq!(search, fs::read_to_string(folder.join("pixseek-search.1")).unwrap());
    assert!(
        search.contains("NAME") && search.contains("\\-\\-relevant") && search.contains("EXAMPLES"),
        "{search}"
    );
    sandbox.run(["man", "serach"]).expect(2).says(&["search"]);
    let pages: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.len() > 15 && !folder.join("pixseek-decode-worker.1").exists(), "{pages:?}");
    for page in pages {
        let groff = Command::new("groff").args(["-man", "-ww", "-Tutf8", "-z"]).arg(&page).output();
        let Ok(groff) = groff else { return eprintln!("groff is not installed: pages are not read") };
        let said = String::from_utf8_lossy(&groff.stderr);
        assert!(groff.status.success() && said.is_empty(), "{}: {said}", page.display());
    }
}
