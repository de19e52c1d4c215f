//! `pixseek index --watch` and the browser follow what happens in the folder.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::common::{Sandbox, counts};
use crate::terminal::{Terminal, selected};
use serde_json::Value;

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// `index --watch` under way. Dropping it kills it.
struct Watching {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Watching {
    fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        let mut command = sandbox.command();
        command.args(["index", "pics", "--watch", "--json"]).args(args);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        // The test may be over before the output is.
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The next summary.
    fn next(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("another summary");
        serde_json::from_str(&line).unwrap()
    }

    /// Reads summaries until one has so many pictures and unreadable files.
    fn until(&self, pictures: u64, failed: u64) -> Value {
        loop {
            let summary = self.next();
            let [.., now_failed, now] = counts(&summary);
            if (now, now_failed) == (pictures, failed) {
                return summary;
            }
        }
    }

    /// Asks it to end with a signal, and returns the exit code.
    fn end(mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn found(sandbox: &Sandbox) -> Vec<String> {
    let mut names = sandbox.run(["search", "pics", "a shape", "-n99", "--json"]).names();
    names.sort();
    names
}

fn follow_everything(args: &[&str]) {
    let sandbox = Sandbox::new();
    let pics = sandbox.pics();
    sandbox.picture("1.png", 1);
    sandbox.picture("2.png", 2);
    let watching = Watching::start(&sandbox, args);
    assert_eq!(counts(&watching.next()), [2, 0, 0, 0, 2]);
    // Copied, edited, renamed, deleted.
    fs::copy(sandbox.picture(".out/3.png", 3), pics.join("3.png")).unwrap();
    watching.until(3, 0);
    fs::copy(sandbox.picture(".out/4.png", 44), pics.join("2.png")).unwrap();
    assert_eq!(counts(&watching.next())[4], 3);
    fs::rename(pics.join("1.png"), pics.join("one.png")).unwrap();
    let renamed = watching.next();
    assert_eq!(counts(&renamed), [0, 3, 0, 0, 3]);
    assert_eq!(found(&sandbox), ["2.png", "3.png", "one.png"]);
    fs::remove_file(pics.join("3.png")).unwrap();
    watching.until(2, 0);
    // A folder that is new, and one in it; a folder renamed and then filled.
    sandbox.picture("new/deep/5.png", 5);
    watching.until(3, 0);
    fs::rename(pics.join("new"), pics.join("renamed")).unwrap();
    assert_eq!(counts(&watching.next()), [0, 3, 0, 0, 3]);
    sandbox.picture("renamed/deep/6.png", 6);
    watching.until(4, 0);
    // A folder with pictures moved in and out again.
    sandbox.picture(".out/more/7.png", 7);
    fs::rename(pics.join(".out/more"), pics.join("more")).unwrap();
    watching.until(5, 0);
    fs::rename(pics.join("more"), pics.join(".out/more")).unwrap();
    watching.until(4, 0);
    // Left out by a file that says so.
    fs::write(pics.join(".ignore"), "renamed/\n").unwrap();
    watching.until(2, 0);
    assert_eq!(found(&sandbox), ["2.png", "one.png"]);
    assert_eq!(watching.end("TERM"), Some(0));
}

#[test]
fn the_index_follows_the_folder() {
    follow_everything(&[]);
}

#[test]
fn the_index_follows_a_folder_that_is_polled() {
    follow_everything(&["--poll=0.1"]);
}

#[test]
fn a_picture_that_is_still_being_copied_ends_up_indexed() {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    let whole = fs::read(sandbox.picture(".out/2.png", 2)).unwrap();
    let watching = Watching::start(&sandbox, &["-q"]);
    watching.until(1, 0);
    fs::write(sandbox.pics().join("2.png"), &whole[..whole.len() / 8]).unwrap();
    watching.until(1, 1);
    fs::write(sandbox.pics().join("2.png"), &whole).unwrap();
    watching.until(2, 0);
    assert_eq!(watching.end("INT"), Some(0));
}

fn survive_the_loss_of_the_folder(args: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    let pics = sandbox.pics();
    let watching = Watching::start(&sandbox, args);
    watching.until(1, 0);
    fs::rename(&pics, sandbox.home().join("away")).unwrap();
    fs::rename(sandbox.home().join("away"), &pics).unwrap();
    sandbox.picture("2.png", 2);
    watching.until(2, 0);
    // Followed as before.
    sandbox.picture("3.png", 3);
    watching.until(3, 0);
    assert_eq!(watching.end("INT"), Some(0));
}

#[test]
fn watching_survives_the_loss_of_the_folder() {
    survive_the_loss_of_the_folder(&["-q"]);
}

#[test]
fn polling_survives_the_loss_of_the_folder() {
    survive_the_loss_of_the_folder(&["--poll=0.1", "-q"]);
}

#[test]
fn poll_needs_watch() {
    let sandbox = Sandbox::new();
    sandbox.run(["index", "pics", "--poll"]).expect(2).says(&["--watch"]);
    sandbox.run(["index", "pics", "--watch", "--poll=never"]).expect(2).says(&["seconds"]);
}

fn browser_follows(args: &[&str]) {
    let sandbox = Sandbox::gallery();
    let pics = sandbox.pics();
    let picture = pics.join("red-circle.png");
    let away = sandbox.home().join("away.png");
    fs::rename(&picture, &away).unwrap();
    let terminal = Terminal::start(&sandbox, &[&["pics", "--query", "red circle"], args].concat());
    terminal.wait("results without it", |screen| {
        selected(screen).is_some() && !screen.contains("red-circle.png")
    });
    fs::copy(&away, &picture).unwrap();
    terminal.selects("red-circle.png");
    terminal.wait("the preview", |screen| screen.contains("320 x 320"));
    fs::rename(&picture, pics.join("a-red-one.png")).unwrap();
    terminal.selects("a-red-one.png");
    // Edited: the preview shows the new picture.
    image::open(&away).unwrap().thumbnail(200, 200).save(pics.join("a-red-one.png")).unwrap();
    terminal.wait("the edited picture", |screen| screen.contains("200 x 200"));
    fs::remove_file(pics.join("a-red-one.png")).unwrap();
    terminal
        .wait("results without it", |screen| selected(screen).is_some() && !screen.contains("a-red-one.png"));
    terminal.send("\x1b");
    assert_eq!(terminal.end().0.exit_code(), 130);
}

#[test]
fn the_browser_follows_the_folder() {
    browser_follows(&[]);
}

#[test]
fn the_browser_follows_a_folder_that_is_polled() {
    browser_follows(&["--poll=0.1"]);
}
