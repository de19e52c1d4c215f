//! A shared collection on a real Milvus server, which the tests start: the PyPI package `milvus` has one. Its program is
//! `PIXSEEK_MILVUS`, or `milvus-server` on the PATH. `cargo test --features milvus --test it milvus:: -- --ignored` runs them.

mod elsewhere;
mod own_servers;
mod proxy;
mod server;

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::common::{Ran, Sandbox, counts};
use server::Server;

/// A sandbox with a collection of its own on a server.
struct Shared {
    sandbox: Sandbox,
    url: String,
}

/// A URL of a collection that no other test uses.
fn url(port: u16) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("milvus://127.0.0.1:{port}/pics_{}", NUMBER.fetch_add(1, Ordering::SeqCst))
}

impl Shared {
    fn new(port: u16) -> Self {
        Self { sandbox: Sandbox::new(), url: url(port) }
    }

    /// With pictures in several folders, of which some are the same.
    fn with_pictures(port: u16) -> Self {
        let shared = Self::new(port);
        for (name, seed) in [
            ("IMG_1001.png", 1),
            ("IMG_1002.jpg", 2),
            ("a/red boat.png", 3),
            ("a/red boat copy.png", 3),
            ("a/b/été.jpg", 4),
            ("a/b/night_boat.png", 5),
            ("z/1.png", 6),
            ("z/2.png", 7),
            ("z/3.png", 1),
        ] {
            shared.sandbox.picture(name, seed);
        }
        shared
    }

    /// A command of another machine: one with a data folder of its own.
    fn machine(&self, name: &str) -> Command {
        let mut command = self.sandbox.command();
        command.env("PIXSEEK_DATA_DIR", self.sandbox.home().join(name)).env_remove("PIXSEEK_STORE_TOKEN");
        command
    }

    fn run_on(&self, machine: &str, args: &[&str]) -> Ran {
        self.machine(machine).args(args).output().unwrap().into()
    }

    /// Runs a command that uses the store.
    fn run(&self, args: &[&str]) -> Ran {
        self.run_on("data/pixseek", &[args, &["--store", &self.url]].concat())
    }

    #[track_caller]
    fn index(&self) -> Value {
        self.run(&["index", "pics", "--json"]).expect(0).json()
    }
}

/// What was sent and deleted.
#[track_caller]
fn sent(summary: &Value) -> [u64; 3] {
    ["sent", "deleted", "taken"]
        .map(|key| summary["store"][key].as_u64().unwrap_or_else(|| panic!("{summary}")))
}

#[test]
#[ignore = "needs a Milvus server"]
fn answers_are_those_of_the_local_index() {
    let server = Server::common();
    let shared = Shared::with_pictures(server.port());
    let summary = shared.index();
    assert_eq!((counts(&summary), sent(&summary)), ([9, 0, 0, 0, 9], [9, 0, 0]));
    for query in [
        "a red circle",
        "a boat - night",
        "in:a boat",
        "-in:a",
        "name:boat",
        "name:\"red boat\"",
        "name:boa*",
        "-name:img*",
        "ext:jpg",
        "path:*oat*",
        "width>=64 height<65 a thing",
        "mp<1",
        "shape:square",
        "size>1kb",
        "after:2000 before:2100",
        "sort:name",
        "sort:oldest",
        "sort:largest",
        "boat sort:newest",
        "@pics/z/1.png + a boat",
        "camera:nikon",
    ] {
        for top in ["3", "50"] {
            let local = shared
                .run_on("data/pixseek", &["search", "pics", query, "-n", top, "--json", "--store", "local"]);
            let remote = shared.run(&["search", "pics", query, "-n", top, "--json"]);
            assert_eq!(
                (remote.code, remote.text()),
                (local.code, local.text()),
                "{query} {top}: {}",
                remote.stderr
            );
        }
    }
    for picture in ["pics/z/1.png", "pics/a/b/été.jpg"] {
        let local =
            shared.run_on("data/pixseek", &["similar", picture, "-C", "pics", "--json", "--store", "local"]);
        let remote = shared.run(&["similar", picture, "-C", "pics", "--json"]).expect(0);
        assert_eq!(remote.text(), local.text());
    }
    // A part of the folder.
    let local = shared.run_on("data/pixseek", &["search", "pics/a", "boat", "--json", "--store", "local"]);
    assert_eq!(shared.run(&["search", "pics/a", "boat", "--json"]).expect(0).text(), local.text());
    // The store was remembered.
    let again = shared.run_on("data/pixseek", &["status", "pics", "--json"]).expect(0).json();
    assert_eq!((again["store"].as_str(), again["pictures"].as_u64()), (Some(shared.url.as_str()), Some(9)));
    assert_eq!(again["machines"][0]["finished"], true);
}

#[test]
#[ignore = "needs a Milvus server"]
fn a_second_run_sends_only_what_has_changed() {
    let server = Server::common();
    let shared = Shared::with_pictures(server.port());
    shared.index();
    assert_eq!(sent(&shared.index()), [0, 0, 0]);
    let pics = shared.sandbox.pics();
    std::fs::remove_file(pics.join("z/2.png")).unwrap();
    std::fs::rename(pics.join("z/1.png"), pics.join("z/moved.png")).unwrap();
    shared.sandbox.picture("new.png", 9);
    let summary = shared.index();
    assert_eq!((counts(&summary)[4], sent(&summary)), (9, [2, 2, 0]));
    let names = shared.run(&["search", "pics", "sort:name", "-n", "50", "--json"]).expect(0).names();
    assert!(names.contains(&"moved.png".to_owned()) && !names.contains(&"1.png".to_owned()), "{names:?}");
    assert_eq!(names.len(), 9);
}

#[test]
#[ignore = "needs a Milvus server"]
fn machines_share_the_work_and_what_they_have_done() {
    let server = Server::common();
    let shared = Shared::with_pictures(server.port());
    let mut indexed = 0;
    for part in 1..=3 {
        let (machine, shard) = (format!("machine{part}"), format!("{part}/3"));
        let args = ["index", "pics", "--shard", &shard, "--store", &shared.url, "--json"];
        let summary = shared.run_on(&machine, &args).expect(0).json();
        assert_eq!(summary["indexed"], summary["store"]["sent"]);
        indexed += summary["indexed"].as_u64().unwrap();
        // Again, nothing is done; and on a machine that lost its disk nothing either.
        let again = shared.run_on(&machine, &args).expect(0).json();
        assert_eq!((again["indexed"].as_u64(), sent(&again)), (Some(0), [0, 0, 0]));
        let anew = shared.run_on(&format!("{machine}anew"), &args).expect(0).json();
        assert_eq!(
            (anew["indexed"].as_u64(), sent(&anew)),
            (Some(0), [0, 0, summary["indexed"].as_u64().unwrap()])
        );
    }
    assert_eq!(indexed, 9);
    let status =
        shared.run_on("viewer", &["status", "pics", "--store", &shared.url, "--json"]).expect(0).json();
    assert_eq!(
        (status["pictures"].as_u64(), status["machines"].as_array().map(Vec::len)),
        (Some(9), Some(3))
    );
    assert_eq!(status["machines"][2]["shard"], "3/3");
    // One that was never indexed on this machine can be searched, also under another name of its root.
    let home = shared.sandbox.home();
    std::fs::create_dir_all(home.join("config/pixseek")).unwrap();
    std::fs::rename(home.join("pics"), home.join("elsewhere")).unwrap();
    let mount = home.join("elsewhere");
    let settings = format!("store = \"{}\"\n[roots]\npics = \"{}\"\n", shared.url, mount.display());
    std::fs::write(home.join("config/pixseek/config.toml"), settings).unwrap();
    let found = shared.run_on("viewer2", &["search", "elsewhere/a", "boat", "-n", "50", "--json"]).expect(0);
    assert_eq!(found.names().len(), 4);
    assert!(
        found.text().contains(mount.canonicalize().unwrap().join("a/b").to_str().unwrap()),
        "{}",
        found.text()
    );
}

#[test]
#[ignore = "needs a Milvus server"]
fn a_misfit_is_refused_before_anything_is_written() {
    let server = Server::common();
    let shared = Shared::with_pictures(server.port());
    shared.run(&["search", "pics", "boat"]).expect(1).says(&["127.0.0.1", "no collection", "pixseek index"]);
    shared.index();
    let model = shared.sandbox.model("tests/data/parity/b32-quick-gelu");
    let model = model.to_str().unwrap();
    let other = shared.run(&["index", "pics", "--model", model]).expect(1);
    let other = other.says(&["its vectors have", "name another collection"]);
    assert!(!other.stderr.contains("sent"));
    // Another folder of the same name would delete these.
    let stranger = Shared { sandbox: Sandbox::new(), url: shared.url.clone() };
    for seed in 0..4 {
        stranger.sandbox.picture(format!("other{seed}.png"), seed);
    }
    for seed in 0..30 {
        shared.sandbox.picture(format!("more/{seed}.png"), seed);
    }
    shared.index();
    stranger.run(&["index", "pics"]).expect(1).says(&["would be deleted", "[roots]", "--prune"]);
    let status = shared.run(&["status", "pics", "--json"]).expect(0).json();
    // What it had was sent; nothing was deleted.
    assert_eq!(status["pictures"], 9 + 30 + 4);
    for (args, words) in [
        (vec!["search", "pics", "boat", "--fold"], "--fold"),
        (vec!["search", "pics", "boat", "-n", "20000"], "at most 16384"),
        (vec!["dupes", "pics"], "index of this machine"),
        (vec!["index", "pics", "--watch"], "--watch"),
    ] {
        let ran = shared.run(&args);
        assert!(ran.code != Some(0) && ran.stderr.contains(words), "{args:?}: {}", ran.stderr);
    }
}
