//! Saved searches on the command line and in the browser, and `search --follow`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

use crate::common::Sandbox;
#[cfg(unix)]
use crate::common::wait_for;
#[cfg(unix)]
use crate::terminal::{Terminal, selected};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn write_settings(sandbox: &Sandbox, text: &str) {
    fs::create_dir_all(sandbox.home().join("config/pixseek")).unwrap();
    fs::write(sandbox.home().join("config/pixseek/config.toml"), text).unwrap();
}

fn indexed() -> Sandbox {
    let sandbox = Sandbox::three_pictures();
    sandbox.index();
    sandbox
}

#[test]
fn a_saved_search_stands_for_its_query() {
    let sandbox = indexed();
    write_settings(
        &sandbox,
        "[searches]\nshapes = \"a red shape - @2.png\"\nsecond = \"name:2\"\n\"all of it\" = \"search:shapes ext:png\"\n",
    );
    let found = |query: &str| sandbox.run(["search", "pics", query, "--json"]).expect(0).text();
    assert_eq!(found("search:shapes"), found("a red shape - @2.png"));
    assert_eq!(found("search:shapes + blue name:2"), found("a red shape - @2.png + blue name:2"));
    assert_eq!(found("blue search:second"), found("blue name:2"));
    assert_eq!(found("search:\"all of it\" + blue"), found("a red shape - @2.png + blue ext:png"));
    sandbox.run(["search", "pics", "-q", "--explain", "search:second"]).expect(0).says(&["query    name:2"]);
}

#[test]
fn names_that_lead_nowhere_are_told_with_their_column() {
    let sandbox = indexed();
    write_settings(
        &sandbox,
        "[searches]\nboats = \"a boat\"\na = \"search:b\"\nb = \"x search:a\"\nlost = \"@nowhere.png\"\n",
    );
    for (query, words) in [
        ("red search:boat", "query, column 5: there is no saved search 'boat': did you mean 'boats'?"),
        ("search:a", "query, column 1: the saved search 'a' leads back to itself: a -> b -> a"),
        ("red + search:lost", "there is no picture 'nowhere.png'"),
        ("red search:lost", "query, column 5: there is no picture 'nowhere.png'"),
        ("-search:boats", "search: can't be negated"),
        ("red - search:boats", "query, column 7: search: can't be negated"),
        ("search:boats search:a", "search: may be given only once"),
    ] {
        sandbox.run(["search", "pics", query]).expect(2).says(&[words]);
    }
    write_settings(&sandbox, "[searches]\nboats = \"a boat\"\nwide = \"width>=banana\"\n");
    sandbox
        .run(["search", "pics", "red"])
        .expect(1)
        .says(&["config.toml', line 3: query, column 1: width>="]);
}

/// `search --follow` under way. Dropping it kills it.
struct Following {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Following {
    fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        let mut command = sandbox.command();
        command.args(["search", "pics", "--follow", "-q"]).args(args);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines: lines_of(out) }
    }

    /// The file name, or the whole line if it is no path, of the next line.
    #[track_caller]
    fn next(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE).expect("another line");
        line.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

fn lines_of(out: BufReader<ChildStdout>) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    // The test may be over before the output is.
    std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

impl Drop for Following {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn new_matches_are_printed_as_they_are_indexed() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.index();
    let mut following = Following::start(&sandbox, &["--paths", "ext:png"]);
    assert_eq!(following.next(), "1.png");
    sandbox.picture("2.png", 2);
    sandbox.picture("3.jpg", 3);
    sandbox.index();
    assert_eq!(following.next(), "2.png");
    // What moves is not new, and what comes after it is.
    fs::rename(sandbox.pics().join("1.png"), sandbox.pics().join("moved.png")).unwrap();
    sandbox.picture("4.png", 4);
    sandbox.index();
    assert_eq!(following.next(), "4.png");
    #[cfg(unix)]
    {
        let pid = following.child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
        assert_eq!(following.child.wait().unwrap().code(), Some(130));
    }
    #[cfg(not(unix))]
    following.child.kill().unwrap();
    assert!(following.lines.recv_timeout(PATIENCE).is_err(), "nothing else is printed");
}

#[test]
fn of_pictures_that_are_compared_only_the_best_match() {
    let sandbox = indexed();
    let following = Following::start(&sandbox, &["--json", "-n2", "@1.png - @3.png"]);
    let rank_and_name = || {
        let line = following.lines.recv_timeout(PATIENCE).expect("another line");
        let hit: Value = serde_json::from_str(&line).unwrap();
        let name = hit["path"].as_str().unwrap().rsplit('/').next().unwrap_or_default().to_owned();
        (hit["rank"].as_u64().unwrap(), name)
    };
    assert_eq!(rank_and_name(), (1, "1.png".into()));
    assert_eq!(rank_and_name(), (2, "2.png".into()));
    // A copy of the worst is none of the best two; one of the best is, beside it.
    fs::copy(sandbox.pics().join("3.png"), sandbox.pics().join("worst.png")).unwrap();
    sandbox.index();
    fs::copy(sandbox.pics().join("1.png"), sandbox.pics().join("again.png")).unwrap();
    sandbox.index();
    let (rank, name) = rank_and_name();
    assert!(rank <= 2 && name == "again.png", "{rank} {name}");
}

#[cfg(unix)]
#[test]
fn following_ends_when_nobody_reads() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.index();
    let mut command = sandbox.command();
    command.args(["search", "pics", "--follow", "--paths", "ext:png"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    drop(out);
    let status = wait_for("the end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn the_browser_saves_lists_and_deletes_searches() {
    const ALT_W: &str = "\x1bw";
    const ALT_Q: &str = "\x1bq";
    let sandbox = indexed();
    write_settings(&sandbox, "# mine\n[searches]\nshapes = \"a red shape\" # all\n");
    let settings = || fs::read_to_string(sandbox.home().join("config/pixseek/config.toml")).unwrap();
    let terminal = Terminal::start(&sandbox, &["pics", "--query", "name:2"]);
    terminal.wait("the picture", |screen| selected(screen).is_some_and(|row| row.contains("2.png")));
    terminal.send(ALT_W);
    terminal.shows("save the query as");
    terminal.send("second\r");
    terminal.shows("search:second stands for it");
    assert_eq!(settings(), "# mine\n[searches]\nshapes = \"a red shape\" # all\nsecond = \"name:2\"\n");
    terminal.send("\x15");
    terminal.shows("what is in the picture?");
    terminal.send("search:sec");
    terminal.send("\x1b[C");
    terminal.wait("the search", |screen| {
        screen.contains("search:second") && selected(screen).is_some_and(|row| row.contains("2.png"))
    });
    terminal.send(ALT_Q);
    terminal.wait("the list", |screen| screen.contains("saved searches") && screen.contains("a red shape"));
    terminal.send("shap\r");
    terminal.wait("its query", |screen| screen.contains("> a red shape"));
    terminal.send(ALT_Q);
    terminal.shows("saved searches");
    terminal.send("\x1b[3~");
    terminal.shows("delete this search?");
    terminal.send("y");
    terminal.shows("deleted the saved search");
    assert_eq!(settings().matches('=').count(), 1, "{}", settings());
    terminal.send("\x1b");
    terminal.wait("the results", |screen| !screen.contains("saved searches"));
    terminal.send("\x03");
    assert_eq!(terminal.end().0.exit_code(), 130);
}
