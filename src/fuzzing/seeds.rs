//! Inputs that fuzzers start from: what the repository has of each kind anyway. `tools/fuzz/corpus` has others.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::model;

/// Bytes of a picture at most that fuzzers start from: changes of larger ones find less.
const MAX_PICTURE: u64 = 32 << 10;

/// The inputs of a target, in the same order each time.
///
/// # Errors
/// When a file of the repository can't be read.
pub fn seeds(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = |name: &str| fs::read_to_string(project.join("docs").join(name));
    let mut seeds = match target {
        "config" => blocks(&document("configuration.md")?),
        "model" => model::seeds()?,
        "picture" | "facts" => {
            let mut paths = Vec::new();
            files_below(&project.join("tests/data/pictures"), &mut paths)?;
            files_below(&project.join("tests/data/parity/pictures"), &mut paths)?;
            paths.into_iter().map(fs::read).collect::<Result<_, _>>()?
        }
        "query" => spans(&document("queries.md")?),
        "words" => vec![fs::read(project.join("assets/neutral.txt"))?],
        _ => Vec::new(),
    };
    let corpus = project.join("tools/fuzz/corpus").join(target);
    if corpus.is_dir() {
        let mut paths = Vec::new();
        files_below(&corpus, &mut paths)?;
        for path in paths {
            seeds.push(fs::read(path)?);
        }
    }
    Ok(seeds)
}

/// The regular files below a folder that are small enough, sorted.
fn files_below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            files_below(&entry.path(), found)?;
        } else if metadata.is_file() && metadata.len() <= MAX_PICTURE {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// The fenced blocks of a document.
fn blocks(text: &str) -> Vec<Vec<u8>> {
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| Some(block.split_once('\n')?.1.as_bytes().to_vec())).collect()
}

/// The words between backquotes in a document.
fn spans(text: &str) -> Vec<Vec<u8>> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .map(|span| span.as_bytes().to_vec())
        .collect()
}
