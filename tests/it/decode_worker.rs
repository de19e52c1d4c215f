//! The child processes that decode what a decoder could loop or abort on: they end with their parent.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::common::{Sandbox, counts, wait_for};

/// The beginning of a HEIC file: enough for a child to be started.
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";

/// Starts `index --watch` on a folder with such a file.
fn watch(sandbox: &Sandbox) -> Child {
    sandbox.picture("a.png", 1);
    fs::write(sandbox.pics().join("b.heic"), HEIC).unwrap();
    let mut command = sandbox.command();
    command.args(["index", "pics", "--watch", "-q"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// Fields of a process's /proc/PID/stat from the second on: state, parent, process group; none when it is gone.
fn fields(process: u32) -> Option<(char, u32, u32)> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut words = stat.rsplit_once(") ")?.1.split(' ');
    let state = words.next()?.chars().next()?;
    Some((state, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// The decoding child of a process, once there is one.
fn worker_of(parent: u32) -> u32 {
    let is_worker = |process: u32| {
        let command = fs::read(Path::new("/proc").join(process.to_string()).join("cmdline")).ok()?;
        let is_worker = command.ends_with(b"\0decode-worker\0");
        (is_worker && fields(process)?.1 == parent).then_some(process)
    };
    wait_for("a decoding child", || {
        let names =
            fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter_map(|name| name.parse().ok()).find_map(is_worker)
    })
}

#[test]
fn children_end_with_their_parent_even_if_that_is_killed() {
    for signal in ["-KILL", "-INT"] {
        let sandbox = Sandbox::new();
        let mut parent = watch(&sandbox);
        let worker = worker_of(parent.id());
        let (_, _, group) = fields(worker).unwrap();
        assert_eq!(group, worker, "ctrl-c in a terminal must not reach it");
        let kill = std::process::Command::new("kill").args([signal, &parent.id().to_string()]).status();
        assert!(kill.unwrap().success());
        parent.wait().unwrap();
        wait_for("the child to end", || fields(worker).is_none_or(|(state, ..)| state == 'Z').then_some(()));
    }
}

#[test]
fn the_command_is_hidden_and_keeps_quiet() {
    let sandbox = Sandbox::new();
    let help = sandbox.run(["--help"]).expect(0).text();
    assert!(help.contains("collections") && !help.contains("decode-worker"), "{help}");
    // Standard input ends at once: the parent is gone.
    let ran = sandbox.run(["decode-worker"]).expect(0);
    assert_eq!((ran.text(), ran.stderr), (String::new(), String::new()));
}

#[test]
fn a_child_that_is_killed_while_idle_is_replaced() {
    let sandbox = Sandbox::new();
    let mut parent = watch(&sandbox);
    let first = worker_of(parent.id());
    let failed = || sandbox.run(["status", "pics", "--failed"]).text();
    wait_for("the file to be read", || failed().contains("b.heic").then_some(()));
    assert!(
        std::process::Command::new("kill").args(["-KILL", &first.to_string()]).status().unwrap().success()
    );
    wait_for("the child to die", || fields(first).is_none_or(|(state, ..)| state == 'Z').then_some(()));
    let other = [HEIC, b"other"].concat();
    fs::write(sandbox.pics().join("c.heic"), other).unwrap();
    let text = wait_for("the next file to be read", || Some(failed()).filter(|text| text.contains("c.heic")));
    assert!(!text.contains("crashed") && !text.contains("memory"), "{text}");
    assert_ne!(worker_of(parent.id()), first);
    parent.kill().unwrap();
    parent.wait().unwrap();
}

#[test]
fn pictures_of_the_risky_formats_come_through_children() {
    let sandbox = Sandbox::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures/formats");
    let names = ["420.heic", "444-full.avif", "gray.jxl", "gray.jp2"];
    for name in names {
        fs::copy(folder.join(name), sandbox.pics().join(name)).unwrap();
    }
    let drawing =
        "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'><circle r='9' fill='red'/></svg>";
    fs::write(sandbox.pics().join("drawing.svg"), drawing).unwrap();
    // Groups in groups: more than any stack holds, and refused in time.
    let nested = format!("<svg xmlns='http://www.w3.org/2000/svg'>{}", "<g>".repeat(2_000_000));
    fs::write(sandbox.pics().join("nested.svg"), nested).unwrap();
    assert_eq!(counts(&sandbox.index()), [5, 0, 0, 1, 5]);
    let mut found = sandbox.run(["search", "pics", "red", "--json"]).expect(0).names();
    found.sort();
    assert_eq!(found, ["420.heic", "444-full.avif", "drawing.svg", "gray.jp2", "gray.jxl"]);
}
