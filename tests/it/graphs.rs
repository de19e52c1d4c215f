//! Approximate search from end to end: graphs are built by `index`, used when asked for, and never trusted.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Ran, Sandbox};

/// The files of graphs anywhere below the sandbox.
fn graphs(dir: &Path) -> Vec<PathBuf> {
    let mut found = crate::common::files(dir, "hnsw-");
    found.retain(|path| path.extension().is_some_and(|extension| extension == "bin"));
    found
}

fn search(sandbox: &Sandbox, how: &str) -> Ran {
    sandbox.run(["search", "pics", "a red car in the snow", "--json", "-n", "12", how])
}

fn kind(sandbox: &Sandbox) -> String {
    sandbox.run(["status", "pics", "--json"]).expect(0).json()["index"].as_str().unwrap().to_owned()
}

#[test]
fn a_small_gallery_has_graphs_only_when_asked() {
    let sandbox = Sandbox::gallery();
    sandbox.run(["index", "pics"]).expect(0);
    assert_eq!((graphs(sandbox.home()).len(), kind(&sandbox).as_str()), (0, "flat"));
    search(&sandbox, "--approximate").expect(1).says(&["pixseek index pics --approximate"]);

    let ran = sandbox.run(["index", "pics", "--approximate", "--json"]).expect(0);
    assert!(ran.stderr.contains("building graphs"), "{}", ran.stderr);
    let built = graphs(sandbox.home());
    assert_eq!((built.len(), kind(&sandbox).as_str()), (1, "hnsw"));
    let exact = search(&sandbox, "--exact").expect(0).text();
    assert_eq!(exact.lines().count(), 12);
    assert_eq!(search(&sandbox, "--approximate").expect(0).text(), exact);
    let similar = |how: &str| {
        let picture = sandbox.pics().join("red-circle.png");
        let args = ["similar", picture.to_str().unwrap(), "pics", "--paths", how];
        sandbox.run(args).expect(0).text()
    };
    assert_eq!(similar("--approximate"), similar("--exact"));

    // Nothing to do, and it is remembered that graphs are wanted.
    assert!(!sandbox.run(["index", "pics"]).expect(0).stderr.contains("building graphs"));
    assert_eq!(graphs(sandbox.home()), built);
    sandbox.run(["index", "pics", "--exact"]).expect(0);
    assert_eq!((graphs(sandbox.home()).len(), kind(&sandbox).as_str()), (0, "flat"));
}

#[test]
fn pictures_that_come_and_go_do_so_in_approximate_results_too() {
    let sandbox = Sandbox::gallery();
    sandbox.run(["index", "pics", "--approximate"]).expect(0);
    let first = search(&sandbox, "--approximate").expect(0).names().remove(0);
    fs::rename(sandbox.pics().join(&first), sandbox.pics().join("moved.png")).unwrap();
    fs::copy(sandbox.pics().join("moved.png"), sandbox.pics().join("copied.png")).unwrap();
    sandbox.run(["index", "pics"]).expect(0);
    let names = search(&sandbox, "--approximate").expect(0).names();
    assert_eq!(names[..2], ["copied.png", "moved.png"]);
    assert!(!names.contains(&first));
    for name in ["copied.png", "moved.png"] {
        fs::remove_file(sandbox.pics().join(name)).unwrap();
    }
    sandbox.run(["index", "pics"]).expect(0);
    let found = search(&sandbox, "--approximate").expect(0);
    assert_eq!(found.text(), search(&sandbox, "--exact").expect(0).text());
    assert!(!found.names().contains(&"moved.png".to_owned()));
    // All of them: the number asked for is more than graphs lead to.
    let all = |how| sandbox.run(["search", "pics", "boat", "--paths", "-n", "9999", how]).expect(0).text();
    assert_eq!(all("--approximate"), all("--exact"));
}

#[test]
fn damaged_graphs_are_built_again() {
    let sandbox = Sandbox::gallery();
    sandbox.run(["index", "pics", "--approximate"]).expect(0);
    let path = graphs(sandbox.home()).remove(0);
    let good = fs::read(&path).unwrap();
    let exact = search(&sandbox, "--exact").expect(0).text();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 4;
    for damaged in [flipped, good[..good.len() / 3].to_vec(), Vec::new(), b"not a graph".to_vec()] {
        fs::write(&path, &damaged).unwrap();
        assert_eq!(kind(&sandbox), "flat");
        search(&sandbox, "--approximate").expect(1).says(&["damaged", "pixseek index pics --approximate"]);
        assert_eq!(search(&sandbox, "--exact").expect(0).text(), exact);
        sandbox.run(["index", "pics"]).expect(0);
        assert_eq!(kind(&sandbox), "hnsw");
        assert_eq!(search(&sandbox, "--approximate").expect(0).text(), exact);
        let rebuilt = graphs(sandbox.home());
        assert_eq!(rebuilt.len(), 1);
        if rebuilt[0] != path {
            fs::rename(&rebuilt[0], &path).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn the_browser_builds_what_is_missing_while_it_answers() {
    let sandbox = Sandbox::gallery();
    sandbox.run(["index", "pics", "--approximate"]).expect(0);
    fs::remove_file(graphs(sandbox.home()).remove(0)).unwrap();
    let terminal = crate::terminal::Terminal::start(&sandbox, &["pics", "--query", "red circle"]);
    terminal.selects("red-circle.png");
    crate::common::wait_for("a graph", || (!graphs(sandbox.home()).is_empty()).then_some(()));
    terminal.send("\x15a blue fish on the sea");
    terminal
        .wait("results", |screen| crate::terminal::selected(screen).is_some_and(|row| row.contains("fish")));
    terminal.send("\x1b");
    assert_eq!(terminal.end().0.exit_code(), 130);
    assert_eq!(kind(&sandbox), "hnsw");
}
