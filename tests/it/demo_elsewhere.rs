//! The demo model on other pictures than its gallery: it works, says that photos are beyond it, and never stays.

use std::fs;

use crate::common::{Ran, Sandbox};
use crate::terminal::Terminal;

const BEYOND: &str = "does not understand photos";
/// The model for photos, which is not here.
const PHOTOS: &str = "google/siglip2-base-patch32-256";

/// Runs the binary without `PIXSEEK_MODEL`.
fn plainly(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.command().env_remove("PIXSEEK_MODEL").args(args).output().unwrap().into()
}

fn two_pictures() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.picture("1.png", 1);
    sandbox.picture("2.png", 2);
    sandbox
}

#[test]
fn photos_do_not_remember_the_demo_model() {
    let sandbox = two_pictures();
    plainly(&sandbox, &["index", "pics", "--model", "demo", "-q"]).expect(0);
    let asked: [&[&str]; 4] = [
        &["search", "pics", "red"],
        &["search", "pics", "red", "--update"],
        &["similar", "pics/1.png", "pics"],
        &["search", "-C", "pics", "red", "--json"],
    ];
    for args in asked {
        let ran = plainly(&sandbox, args)
            .expect(1)
            .says(&[&format!("models fetch {PHOTOS}"), "`pixseek demo` needs no download"]);
        assert!(ran.stdout.is_empty() && !ran.stderr.contains("--model demo"), "{}", ran.stderr);
    }
    plainly(&sandbox, &["search", "pics", "red"]).expect(1).says(&["`pixseek index pics --model google/"]);
    plainly(&sandbox, &["index", "pics"])
        .expect(1)
        .says(&["models fetch", "`pixseek demo` needs no download"]);
    plainly(&sandbox, &["pics", "--select-1"]).expect(1).says(&["models fetch"]);
    // What is there can be seen, and used by who says so.
    let status = plainly(&sandbox, &["status", "pics", "--json"]).expect(0).json();
    assert_eq!((status["pictures"].as_u64(), status["model"].as_str()), (Some(2), Some("demo")));
    let listed = plainly(&sandbox, &["collections", "--json"]).expect(0).json();
    assert_eq!((listed["pictures"].as_u64(), listed["model"].as_str()), (Some(2), Some("demo")));
    let found = plainly(&sandbox, &["search", "pics", "red", "--model", "demo", "--json"]);
    assert_eq!(found.expect(0).names().len(), 2);
}

#[test]
fn the_demo_model_does_not_take_the_place_of_another() {
    let sandbox = two_pictures();
    sandbox.model("tests/data/parity/b32-quick-gelu");
    plainly(&sandbox, &["index", "pics", "--model", "model", "-q"]).expect(0);
    let model = |command: &[&str]| {
        let shown = plainly(&sandbox, &[command, &["--json"]].concat()).expect(0).json();
        shown["model"].as_str().unwrap().to_owned()
    };
    let own = model(&["status", "pics"]);
    plainly(&sandbox, &["index", "pics", "--model", "demo", "-q"]).expect(0);
    assert_eq!(model(&["status", "pics"]), own);
    assert_eq!(model(&["collections"]), own);
    plainly(&sandbox, &["search", "pics", "red"]).expect(0);
    // A catalogue of before that remembers it.
    plainly(&sandbox, &["index", "pics", "--here", "-q"]).expect(0);
    let catalog = rusqlite::Connection::open(sandbox.pics().join(".pixseek/catalog.db")).unwrap();
    catalog.execute("UPDATE meta SET value = 'demo' WHERE key = 'model'", []).unwrap();
    drop(catalog);
    assert_eq!(model(&["status", "pics"]), own);
    plainly(&sandbox, &["search", "pics", "red"]).expect(0);
}

#[test]
fn its_gallery_remembers_the_demo_model() {
    let sandbox = Sandbox::new();
    plainly(&sandbox, &["demo", "pics", "--write", "-q"]).expect(0);
    let ran = plainly(&sandbox, &["index", "pics", "--model", "demo"]).expect(0);
    assert!(!ran.stderr.contains(BEYOND), "{}", ran.stderr);
    let ran = plainly(&sandbox, &["search", "pics", "a red circle", "--paths", "-n1"]).expect(0);
    assert!(
        ran.text().ends_with("/red-circle.png\n") && ran.stderr.is_empty(),
        "{}{}",
        ran.text(),
        ran.stderr
    );
    // Another picture among them makes it a folder as any other.
    sandbox.picture("mine.png", 1);
    plainly(&sandbox, &["search", "pics", "a red circle"]).expect(1).says(&["models fetch"]);
}

#[test]
fn that_photos_are_beyond_it_is_said_once() {
    let sandbox = two_pictures();
    let told = |ran: &Ran| ran.stderr.matches(BEYOND).count();
    let export = ["export", "pics", "--out", "out.npy", "-q"];
    let import = ["import", "pics", "--embeddings", "out.npy", "--paths", "out.paths.txt"];
    plainly(&sandbox, &["index", "pics", "--model", "demo", "-q"]).expect(0);
    plainly(&sandbox, &export).expect(0);
    let commands: [&[&str]; 5] = [
        &["index", "pics"],
        &["search", "pics", "red"],
        &["search", "pics", "red", "--update"],
        &["similar", "pics/1.png", "pics"],
        &import,
    ];
    for command in commands {
        let with =
            |more: &[&str]| plainly(&sandbox, &[command, &["--model", "demo"], more].concat()).expect(0);
        assert_eq!(told(&with(&[])), 1, "{command:?}");
        assert_eq!(told(&with(&["-q"])), 0, "{command:?}");
        assert_eq!(told(&with(&["--json"])), 0, "{command:?}");
        assert_eq!(told(&sandbox.run(command).expect(0)), 1, "{command:?} with PIXSEEK_MODEL");
    }
    // From the settings, too.
    let config = sandbox.home().join("config/pixseek");
    fs::create_dir_all(&config).unwrap();
    fs::write(config.join("config.toml"), "model = \"demo\"\n").unwrap();
    assert_eq!(told(&plainly(&sandbox, &["search", "pics", "red"]).expect(0)), 1);
}

#[test]
fn the_browser_says_it_in_its_own_way() {
    let sandbox = two_pictures();
    sandbox.index();
    let terminal = Terminal::start(&sandbox, &["pics"]);
    terminal.shows(BEYOND);
    // Not esc, after which the terminal's answers to the browser's questions could be taken for more of the same key.
    terminal.send("\x03");
    assert_eq!(terminal.end().0.exit_code(), 130);
}
