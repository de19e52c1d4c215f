//! Processes are killed with SIGKILL at random moments, and what they leave is compared with a fresh index.
//!
//! `PIXSEEK_KILLS` is the number of kills for each kind of work (4 unless it is set; `just kills` takes 200), `PIXSEEK_SEED`
//! the seed of the moments. A moment is drawn between 0 and the time that the work takes undisturbed.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::changing::{Changing, Moments};
use crate::common::{Ran, Sandbox, counts, files};
use crate::fresh::assert_as_fresh;
use crate::hub::stand::Hub;
use crate::terminal::Terminal;

/// The number of kills for each kind of work.
fn kills() -> u32 {
    std::env::var("PIXSEEK_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(4)
}

/// Runs a command to its end, and returns how long that took.
#[track_caller]
fn timed(command: &mut Command) -> Duration {
    let start = Instant::now();
    Ran::from(command.output().unwrap()).expect(0);
    start.elapsed()
}

/// Runs a command, and kills it after a while unless it has ended by then. True if it was killed.
fn killed_after(command: &mut Command, while_: Duration) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_running = runs_for(&mut child, while_);
    let _ = child.kill();
    child.wait().unwrap();
    is_running
}

/// Waits for a while. False once the process has ended before.
fn runs_for(child: &mut Child, while_: Duration) -> bool {
    let deadline = Instant::now() + while_;
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        // The moment is the point here; nothing is waited for.
        std::thread::sleep(left.min(Duration::from_millis(2)));
    }
}

fn catalog(sandbox: &Sandbox) -> Option<PathBuf> {
    let data = sandbox.home().join("data/pixseek");
    data.is_dir().then(|| files(&data, "catalog.db").into_iter().find(|path| path.ends_with("catalog.db")))?
}

/// What a killed process left can be read, and is whole as far as SQLite can tell.
#[track_caller]
fn assert_whole(sandbox: &Sandbox) {
    let Some(path) = catalog(sandbox) else { return };
    let connection = Connection::open(path).unwrap();
    let found: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(found, "ok");
}

/// Nobody goes on with the drafts of who was killed: on Linux they have no names.
#[track_caller]
fn assert_no_drafts(sandbox: &Sandbox) {
    if cfg!(target_os = "linux") {
        let left: Vec<PathBuf> = files(sandbox.home(), ".pixseek-")
            .into_iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "draft"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn index() {
    let sandbox = Sandbox::new();
    let mut pictures = Changing::new("index", &sandbox, 40);
    let command = || {
        let mut command = sandbox.command();
        command.args(["index", "pics", "-q"]);
        command
    };
    // The first run makes the catalogue, which is a moment of its own.
    let fresh = timed(&mut command());
    fs::remove_dir_all(sandbox.home().join("data")).unwrap();
    for _ in 0..kills() {
        killed_after(&mut command(), pictures.moments.within(fresh));
        assert_whole(&sandbox);
        pictures.change(&sandbox);
    }
    // Now one with something to do each time.
    for round in 0..kills() {
        pictures.change(&sandbox);
        let mut command = command();
        if round % 2 == 1 {
            command.arg("--prune");
        }
        killed_after(&mut command, pictures.moments.within(fresh));
        assert_whole(&sandbox);
    }
    timed(&mut command());
    assert_no_drafts(&sandbox);
    assert_as_fresh(&sandbox, &[]);
}

#[test]
fn index_watch() {
    let sandbox = Sandbox::new();
    let mut pictures = Changing::new("watch", &sandbox, 12);
    let time = timed(sandbox.command().args(["index", "pics", "-q"])) + Duration::from_millis(300);
    for _ in 0..kills() {
        let mut command = sandbox.command();
        command.args(["index", "pics", "--watch", "-q"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let half = pictures.moments.within(time) / 2;
        assert!(runs_for(&mut child, half), "it goes on until it is killed");
        pictures.change(&sandbox);
        runs_for(&mut child, pictures.moments.within(time));
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert_whole(&sandbox);
    }
    timed(sandbox.command().args(["index", "pics", "-q"]));
    assert_as_fresh(&sandbox, &[]);
}

#[test]
fn import() {
    let sandbox = Sandbox::new();
    let mut moments = Changing::new("import", &sandbox, 60).moments;
    timed(sandbox.command().args(["index", "pics", "-q"]));
    timed(sandbox.command().args(["export", "pics", "--out", "x.npy", "--paths", "x.txt"]));
    let forget = || fs::remove_dir_all(sandbox.home().join("data")).unwrap();
    let command = || {
        let mut command = sandbox.command();
        command.args(["import", "pics", "--embeddings", "x.npy", "--paths", "x.txt", "-q"]);
        command
    };
    forget();
    let time = timed(&mut command());
    for _ in 0..kills() {
        forget();
        killed_after(&mut command(), moments.within(time));
        assert_whole(&sandbox);
        let _ = fs::create_dir(sandbox.home().join("data"));
    }
    timed(&mut command());
    assert_as_fresh(&sandbox, &[]);
    assert_eq!(counts(&sandbox.index())[0], 0, "nothing is left to encode");
}

#[test]
fn the_browser() {
    let sandbox = Sandbox::new();
    let mut pictures = Changing::new("browser", &sandbox, 12);
    let time = timed(sandbox.command().args(["index", "pics", "-q"])) + Duration::from_millis(500);
    for _ in 0..kills() {
        pictures.change(&sandbox);
        let terminal = Terminal::start(&sandbox, &["pics", "--query", "a shape"]);
        // The moment is the point here; nothing is waited for.
        std::thread::sleep(pictures.moments.within(time));
        let pid = terminal.pid().to_string();
        assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        drop(terminal);
        assert_whole(&sandbox);
    }
    timed(sandbox.command().args(["index", "pics", "-q"]));
    assert_as_fresh(&sandbox, &[]);
}

#[test]
fn the_snapshot_and_graphs() {
    let sandbox = Sandbox::new();
    let mut moments = Changing::new("derived", &sandbox, 8).moments;
    let originals = files(&sandbox.pics(), "");
    fs::create_dir(sandbox.pics().join("more")).unwrap();
    for copy in 0..2100 {
        let name = sandbox.pics().join(format!("more/{copy:04}.png"));
        fs::hard_link(&originals[copy % originals.len()], name).unwrap();
    }
    timed(sandbox.command().args(["index", "pics", "-q"]));
    let command = || {
        let mut command = sandbox.command();
        command.args(["index", "pics", "--approximate", "-q"]);
        command
    };
    let forget = || {
        for beginning in ["vectors-", "hnsw-"] {
            files(&sandbox.home().join("data"), beginning)
                .iter()
                .for_each(|path| fs::remove_file(path).unwrap());
        }
    };
    forget();
    let time = timed(&mut command());
    let search = ["search", "pics", "a shape", "--json", "-n", "5"];
    let expected = sandbox.run(search).expect(0).text();
    for _ in 0..kills() {
        forget();
        killed_after(&mut command(), moments.within(time));
        assert_whole(&sandbox);
        assert_eq!(sandbox.run(search).expect(0).text(), expected);
    }
    timed(&mut command());
    assert_no_drafts(&sandbox);
    assert_eq!(sandbox.run(search.into_iter().chain(["--approximate"])).expect(0).text(), expected);
    let report = sandbox.run(["doctor", "pics", "--json"]).expect(0).json();
    assert_eq!((&report["index"]["snapshot_rows"], &report["index"]["graphs"]), (&2108.into(), &1.into()));
    assert_eq!(report["notes"].to_string(), "[]", "{report}");
}

#[test]
fn int8_caches() {
    let sandbox = Sandbox::new();
    let model = sandbox.model("assets/demo-model");
    let picture = sandbox.picture("1.png", 1);
    let command = || {
        let mut command = sandbox.command();
        command.arg("embed").arg("--image").arg(&picture).arg("--model").arg(&model);
        command.args(["--precision", "int8", "--json"]);
        command
    };
    let forget = || files(&model, "pixseek-").iter().for_each(|path| fs::remove_file(path).unwrap());
    let time = timed(&mut command());
    forget();
    let expected = Ran::from(command().output().unwrap()).expect(0).text();
    let mut moments = Moments::of("int8");
    for _ in 0..kills() {
        forget();
        killed_after(&mut command(), moments.within(time));
        assert_eq!(Ran::from(command().output().unwrap()).expect(0).text(), expected);
    }
    assert_no_drafts(&sandbox);
}

#[test]
fn models_fetch() {
    let hub = Hub::start();
    let mut moments = Moments::of("fetch");
    let command = |sandbox: &Sandbox| {
        let mut command = hub.command(sandbox);
        command.args(["models", "fetch", crate::hub::stand::ID]);
        command
    };
    let time = timed(&mut command(&Sandbox::new()));
    let sandbox = Sandbox::new();
    for round in 0..kills() {
        if round % 3 == 0 {
            let _ = fs::remove_dir_all(sandbox.home().join("hf"));
        }
        killed_after(&mut command(&sandbox), moments.within(time));
    }
    timed(&mut command(&sandbox));
    hub.assert_fetched(&sandbox);
}
