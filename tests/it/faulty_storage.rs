//! Disks that fail: calls of the system return errors, at moments with a fixed seed, through a library that is loaded into
//! pixseek (`faults.c`, built with `cc`); and small disks of memory, where mounting is allowed. Whatever fails, pixseek ends
//! with a word, never by a signal, and the next run on a good disk makes what a fresh index has.
//!
//! `PIXSEEK_FAULTS` is the number of faults for each kind of work and of fault (2 unless it is set; `just kills` takes 60).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::common::{Ran, Sandbox};
use crate::fresh::assert_as_fresh;
use crate::hub::stand::{Hub, ID};

const KINDS: [&str; 5] = ["eio", "once", "full", "short", "read"];

fn faults() -> u64 {
    std::env::var("PIXSEEK_FAULTS").ok().and_then(|number| number.parse().ok()).unwrap_or(2)
}

/// The library, built once; none without a compiler.
fn shim() -> Option<&'static Path> {
    static SHIM: OnceLock<Option<(tempfile::TempDir, PathBuf)>> = OnceLock::new();
    let built = SHIM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("faults.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).args([&library, &source]).arg("-ldl");
        match compiler.output() {
            Ok(built) if built.status.success() => Some((folder, library)),
            other => {
                eprintln!("skipped: there is no C compiler to make disks fail with: {other:?}");
                None
            }
        }
    });
    built.as_ref().map(|(_, library)| library.as_path())
}

/// A kind of work that writes below a folder.
struct Work<'a> {
    command: Box<dyn Fn() -> Command + 'a>,
    below: PathBuf,
    /// Brings everything to where it was before the work.
    before: Box<dyn Fn() + 'a>,
}

impl Work<'_> {
    /// Has calls of the work fail, one moment after the other, and checks that it ends with a word.
    fn suffer(&self, shim: &Path, counted: &Path) {
        for (nth, kind) in KINDS.into_iter().enumerate() {
            let run = |after: u64| -> Ran {
                (self.before)();
                let mut command = (self.command)();
                command.env("LD_PRELOAD", shim).env("FAULT_BELOW", &self.below).env("FAULT_KIND", kind);
                command.env("FAULT_AFTER", after.to_string()).env("FAULT_COUNT", counted);
                command.output().unwrap().into()
            };
            run(1 << 40).expect(0);
            let Ok(text) = fs::read_to_string(counted) else {
                assert_eq!(kind, "read", "nothing is written below {:?}", self.below);
                continue;
            };
            fs::remove_file(counted).unwrap();
            let calls: u64 = text.parse().unwrap();
            for round in 0..faults() {
                // Evenly over all calls, each kind a little aside of the other.
                let after = (round * 2 * KINDS.len() as u64 + 2 * nth as u64 + 1) * calls
                    / (2 * KINDS.len() as u64 * faults());
                let ran = run(after);
                let _ = fs::remove_file(counted);
                let told = format!("{kind} after {after} of {calls} calls: {:?}\n{}", ran.code, ran.stderr);
                assert!(matches!(ran.code, Some(0 | 1)), "{told}");
                assert!(!ran.stderr.contains("panicked"), "{told}");
                assert!(ran.code == Some(0) || !ran.stderr.is_empty(), "{told}");
            }
        }
    }
}

fn pictures(sandbox: &Sandbox, count: u8) {
    (1..=count).for_each(|seed| drop(sandbox.picture(format!("{}/{seed}.png", seed % 2), seed)));
}

#[test]
fn an_index_survives_faults_of_its_disk() {
    let (Some(shim), sandbox) = (shim(), Sandbox::new()) else { return };
    pictures(&sandbox, 6);
    let data = sandbox.home().canonicalize().unwrap().join("data");
    let index = || {
        let mut command = sandbox.command();
        command.args(["index", "pics", "-q", "--approximate"]);
        command
    };
    let counted = sandbox.home().join("counted");
    let anew = Work {
        command: Box::new(index),
        below: data.clone(),
        before: Box::new(|| drop(fs::remove_dir_all(&data))),
    };
    anew.suffer(shim, &counted);
    // On top of what the last run left, with something to do: nothing of what was there may be lost.
    let next = std::cell::Cell::new(10);
    let more = Work {
        command: Box::new(index),
        below: data.clone(),
        before: Box::new(|| {
            next.set(next.get() + 1);
            drop(sandbox.picture("more.png", next.get()));
        }),
    };
    more.suffer(shim, &counted);
    Ran::from(index().output().unwrap()).expect(0);
    assert_as_fresh(&sandbox, &[]);
}

#[test]
fn import_and_export_survive_faults_of_their_disk() {
    let (Some(shim), sandbox) = (shim(), Sandbox::new()) else { return };
    pictures(&sandbox, 6);
    sandbox.index();
    let home = sandbox.home().canonicalize().unwrap();
    let out = home.join("out");
    fs::create_dir(&out).unwrap();
    let export = || {
        let mut command = sandbox.command();
        command.args(["export", "pics", "--out", "out/x.npy", "--paths", "out/x.txt"]);
        command
    };
    let counted = home.join("counted");
    Ran::from(export().output().unwrap()).expect(0);
    let (table, list) = (fs::read(out.join("x.npy")).unwrap(), fs::read(out.join("x.txt")).unwrap());
    let work = Work {
        command: Box::new(export),
        below: out.clone(),
        before: Box::new(|| {
            // What was there stays whole, whatever happened to the new one.
            assert!(
                fs::read(out.join("x.npy")).unwrap() == table && fs::read(out.join("x.txt")).unwrap() == list
            );
        }),
    };
    work.suffer(shim, &counted);
    (work.before)();
    let data = home.join("data");
    let import = || {
        let mut command = sandbox.command();
        command.args(["import", "pics", "--embeddings", "out/x.npy", "--paths", "out/x.txt", "-q"]);
        command
    };
    let work = Work {
        command: Box::new(import),
        below: data.clone(),
        before: Box::new(|| drop(fs::remove_dir_all(&data))),
    };
    work.suffer(shim, &counted);
    Ran::from(import().output().unwrap()).expect(0);
    assert_as_fresh(&sandbox, &[]);
}

#[test]
fn models_survive_faults_of_their_disk() {
    let (Some(shim), sandbox, hub) = (shim(), Sandbox::new(), Hub::start()) else { return };
    let home = sandbox.home().canonicalize().unwrap();
    let counted = home.join("counted");
    let fetch = || {
        let mut command = hub.command(&sandbox);
        command.args(["models", "fetch", ID]);
        command
    };
    let hf = home.join("hf");
    let work = Work {
        command: Box::new(fetch),
        below: hf.clone(),
        before: Box::new(|| drop(fs::remove_dir_all(&hf))),
    };
    work.suffer(shim, &counted);
    Ran::from(fetch().output().unwrap()).expect(0);
    hub.assert_fetched(&sandbox);

    let model = sandbox.model("assets/demo-model").canonicalize().unwrap();
    let picture = sandbox.picture("1.png", 1);
    let embed = || {
        let mut command = sandbox.command();
        command.arg("embed").arg("--image").arg(&picture).arg("--model").arg(&model);
        command.args(["--precision", "int8", "--json"]);
        command
    };
    // Where the model's folder can't be written, the cache is elsewhere.
    let forget = || {
        crate::common::files(&model, "pixseek-").iter().for_each(|path| fs::remove_file(path).unwrap());
        let _ = fs::remove_dir_all(home.join("cache"));
    };
    Ran::from(embed().output().unwrap()).expect(0);
    let work = Work { command: Box::new(embed), below: model.clone(), before: Box::new(forget) };
    work.suffer(shim, &counted);
    forget();
    let expected = Ran::from(embed().output().unwrap()).expect(0).text();
    assert_eq!(Ran::from(embed().output().unwrap()).expect(0).text(), expected, "from the cache");
}

/// A disk of memory of so many kB, mounted on a folder until it is dropped; none where mounting is refused.
#[cfg(target_os = "linux")]
struct SmallDisk(PathBuf);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount(path: &Path, kilobytes: u32) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let size = format!("size={kilobytes}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(path).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(path.to_owned())),
            other => {
                eprintln!("skipped: no small disk can be mounted: {other:?}");
                None
            }
        }
    }

    /// Leaves no byte free.
    fn fill(&self) {
        let mut file = fs::File::create(self.0.join("filler")).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            while std::io::Write::write_all(&mut file, &vec![1; size]).is_ok() {}
        }
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_disk_with_no_byte_free_searches_go_on() {
    let sandbox = Sandbox::new();
    pictures(&sandbox, 4);
    let Some(disk) = SmallDisk::mount(&sandbox.home().join("data"), 2048) else { return };
    sandbox.index();
    let search = ["search", "pics", "a shape", "--json"];
    let before = sandbox.run(search).expect(0).names();
    disk.fill();
    for _ in 0..2 {
        let ran = sandbox.run(search).expect(0);
        assert_eq!(ran.names(), before);
    }
    sandbox.picture("new.png", 9);
    let ran = sandbox.run(["index", "pics"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let words = ran.stderr.to_lowercase();
    assert!(words.contains("disk is full") || words.contains("can't be written"), "{}", ran.stderr);
    let report = sandbox.run(["doctor", "pics", "--json"]).expect(1).json();
    assert!(report["problems"].to_string().contains("nearly full"), "{report}");
    assert_eq!(report["index"]["free_bytes"], 0, "{report}");
    sandbox.run(["export", "pics", "--out", "x.npy"]).expect(0);
    fs::remove_file(disk.0.join("filler")).unwrap();
    assert_eq!(crate::common::counts(&sandbox.index()), [1, 4, 0, 0, 5]);
}

#[cfg(target_os = "linux")]
#[test]
fn every_writer_says_that_its_disk_is_full() {
    let sandbox = Sandbox::new();
    pictures(&sandbox, 4);
    sandbox.index();
    let Some(disk) = SmallDisk::mount(&sandbox.home().join("small"), 64) else { return };
    disk.fill();
    let full = |args: &[&str]| {
        let ran = sandbox.run(args).expect(1);
        let words = ran.stderr.to_lowercase();
        assert!(
            words.contains("no space left") || words.contains("disk is full"),
            "{args:?}: {}",
            ran.stderr
        );
    };
    full(&["export", "pics", "--out", "small/x.npy"]);
    full(&["demo", "small/gallery", "--write"]);
    let mut command = sandbox.command();
    command.env("PIXSEEK_DATA_DIR", disk.0.join("data")).args(["index", "pics"]);
    let ran = Ran::from(command.output().unwrap()).expect(1);
    assert!(ran.stderr.contains("small/data"), "{}", ran.stderr);
    let hub = Hub::start();
    let mut command = hub.command(&sandbox);
    command.env("HF_HOME", disk.0.join("hf")).args(["models", "fetch", ID]);
    let ran = Ran::from(command.output().unwrap()).expect(1);
    assert!(ran.stderr.contains("small/hf"), "{}", ran.stderr);
    // A cache that can't be written costs time and nothing else.
    let model = sandbox.model("assets/demo-model");
    let mut command = sandbox.command();
    command.env("XDG_CACHE_HOME", disk.0.join("cache"));
    command.args(["embed", "--text", "red", "--json", "--precision", "int8", "--model"]).arg(model);
    Ran::from(command.output().unwrap()).expect(0);
}
