//! Compares an index with a fresh one of the same folder: the same paths, the same vectors.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Ran, Sandbox};

/// Vectors of the same picture differ by at most this in each number: batches are cut differently.
const TOLERANCE: f32 = 4e-3;

/// Fails the test unless the index of `pics` has what a fresh one has, and nothing is broken in it.
#[track_caller]
pub fn assert_as_fresh(sandbox: &Sandbox, options: &[&str]) {
    let report = run(sandbox, &["doctor", "pics", "--json"], options, "data/pixseek").expect(0).json();
    assert_eq!(report["problems"].to_string(), "[]", "{report}");
    let data = "data/fresh";
    run(sandbox, &["index", "pics", "-q"], options, data).expect(0);
    let (found, fresh) = (exported(sandbox, options, "data/pixseek"), exported(sandbox, options, data));
    fs::remove_dir_all(sandbox.home().join(data)).unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), fresh.keys().collect::<Vec<_>>());
    for (path, vector) in &found {
        let other = &fresh[path];
        let off = vector.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(vector.len() == other.len() && off < TOLERANCE, "{path}: {off}");
    }
}

fn run(sandbox: &Sandbox, args: &[&str], options: &[&str], data: &str) -> Ran {
    let mut command: Command = sandbox.command();
    command.env("PIXSEEK_DATA_DIR", sandbox.home().join(data)).args(args).args(options);
    command.output().unwrap().into()
}

/// The vectors of an index by path.
fn exported(sandbox: &Sandbox, options: &[&str], data: &str) -> BTreeMap<String, Vec<f32>> {
    let args = ["export", "pics", "--f32", "--out", "fresh.npy", "--paths", "fresh.txt"];
    run(sandbox, &args, options, data).expect(0);
    let at = |name: &str| sandbox.home().join(name);
    let (table, list) = (fs::read(at("fresh.npy")).unwrap(), fs::read_to_string(at("fresh.txt")).unwrap());
    [at("fresh.npy"), at("fresh.txt")].iter().for_each(|path: &std::path::PathBuf| forget(path));
    let start = 10 + usize::from(u16::from_le_bytes([table[8], table[9]]));
    let numbers: Vec<f32> =
        table[start..].chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    let rows = list.lines().count();
    list.lines().map(str::to_owned).zip(numbers.chunks(numbers.len() / rows).map(<[f32]>::to_vec)).collect()
}

fn forget(path: &Path) {
    fs::remove_file(path).unwrap();
}
