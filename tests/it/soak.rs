//! Long use of the browser through a pseudo-terminal while the folder changes: memory, open files and threads stay flat, and
//! at the end the index is what a fresh one is.
//!
//! `PIXSEEK_SOAK` is the time in seconds (10 unless it is set; `just soak` takes an hour).

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::changing::Changing;
use crate::common::{Sandbox, files};
use crate::fresh::assert_as_fresh;
use crate::terminal::{Answers, Terminal, selected};

const ESC: &str = "\x1b";
const CTRL_S: &str = "\x13";
const CTRL_U: &str = "\x15";
const DOWN: &str = "\x1b[B";
const PAGE_DOWN: &str = "\x1b[6~";
const F1: &str = "\x1bOP";
const F2: &str = "\x1bOQ";
const F3: &str = "\x1bOR";

/// Queries that are typed, a letter at a time.
const QUERIES: [&str; 6] =
    ["red circle", "a boat at sea - night", "sort:newest", "house", "type:png a tree", "two cats + 0.5:snow"];

/// Pictures at most: they come faster than they go.
const MOST_PICTURES: usize = 600;

/// Contents of pictures that come and go.
const CONTENTS: u32 = 2000;

/// Kilobytes that caches may still take after the first fifth of a short run, beside a tenth of what there was.
const MORE_MEMORY: u64 = 65_536;

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    /// Resident memory, in kB.
    memory: u64,
    /// Open file descriptors.
    files: u64,
    threads: u64,
}

impl Held {
    fn by(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let number = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        let files = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count() as u64;
        Self { memory: number("VmRSS:"), files, threads: number("Threads:") }
    }

    /// The middle of each number.
    fn median(of: &[Self]) -> Self {
        let middle = |number: fn(&Self) -> u64| {
            let mut numbers: Vec<u64> = of.iter().map(number).collect();
            numbers.sort_unstable();
            numbers[numbers.len() / 2]
        };
        Self {
            memory: middle(|held| held.memory),
            files: middle(|held| held.files),
            threads: middle(|held| held.threads),
        }
    }
}

/// Types, moves, looks, and goes back to the empty query.
fn use_for_a_while(terminal: &Terminal, query: &str) {
    for letter in query.chars() {
        terminal.send(&letter.to_string());
    }
    terminal.wait("the query and a result", |screen| {
        screen.starts_with(&format!("> {query}")) && selected(screen).is_some()
    });
    (0..5).for_each(|_| terminal.send(DOWN));
    terminal.send(CTRL_S);
    terminal.wait("more like it", |screen| {
        // The folder changes all the time.
        let is_gone = screen.contains("this picture has changed meanwhile, or is gone");
        screen.starts_with("> like ") && (is_gone || selected(screen).is_some())
    });
    terminal.send(ESC);
    terminal.wait("the query again", |screen| screen.starts_with(&format!("> {query}")));
    terminal.send(F3);
    terminal.wait("the contact sheet", |screen| selected(screen).is_none());
    terminal.send(PAGE_DOWN);
    terminal.send(F2);
    terminal.wait("the list again", |screen| selected(screen).is_some());
    terminal.send(F1);
    terminal.shows("mark and go down");
    terminal.send(ESC);
    terminal.wait("no help", |screen| !screen.contains("mark and go down"));
    terminal.resize(120, 40);
    terminal.resize(100, 30);
    terminal.send(CTRL_U);
    terminal.wait("the empty query", |screen| !screen.starts_with(&format!("> {query}")));
}

#[test]
fn memory_files_and_threads_stay_flat() {
    let seconds = std::env::var("PIXSEEK_SOAK").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(10);
    let sandbox = Sandbox::gallery();
    // What is no picture stays as it is.
    let is_table = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "tsv");
    files(&sandbox.pics(), "").into_iter().filter(is_table).for_each(|path| fs::remove_file(path).unwrap());
    let mut pictures = Changing::repeating("soak", &sandbox, 12, CONTENTS);
    let terminal = Terminal::start_with(&sandbox, &["pics"], Answers::Plain);
    terminal.shows("pictures");
    let (begin, length) = (Instant::now(), Duration::from_secs(seconds));
    let mut held = Vec::new();
    for round in 0.. {
        pictures.change(&sandbox);
        let there = files(&sandbox.pics(), "");
        for path in there.iter().skip(MOST_PICTURES) {
            fs::remove_file(path).unwrap();
        }
        use_for_a_while(&terminal, QUERIES[round % QUERIES.len()]);
        terminal.forget_bytes();
        held.push(Held::by(terminal.pid()));
        // A start of a fifth of the time or of the rounds is left out, so there have to be some.
        if begin.elapsed() > length && held.len() >= 10 {
            break;
        }
    }
    terminal.send(ESC);
    assert_eq!(terminal.end().0.exit_code(), 130);
    let fifth = held.len() / 5;
    let (first, last) = (Held::median(&held[fifth..2 * fifth]), Held::median(&held[4 * fifth..]));
    eprintln!("{} rounds in {:.0?}: {first:?} at first, {last:?} at last", held.len(), begin.elapsed());
    assert!(last.memory < first.memory + first.memory / 10 + MORE_MEMORY, "{first:?}, {last:?}");
    assert!(last.files <= first.files + 2 && last.threads <= first.threads, "{first:?}, {last:?}");
    sandbox.run(["index", "pics", "-q"]).expect(0);
    assert_as_fresh(&sandbox, &[]);
}
