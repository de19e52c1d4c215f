//! Files that pixseek derives from others. The bytes are the sections of a block file, whose lengths and checksums are made
//! right, so that what is read from the sections is tried too; and, as they are, the whole file.

use std::io;
use std::path::Path;

use super::scratch::file;
use crate::base::blockfile::{self, Kind, Writer};
use crate::base::model_key::{ModelKey, Precision};
use crate::clip::fuzzing::{int8_cache, tokenizer_cache};
use crate::index::hnsw::SegmentStore;
use crate::index::snapshot_file::{Checksum, SnapshotReader};
use crate::library::fuzzing::{snapshot_attachment, words};

/// What the files claim to come from.
pub(super) const SOURCE: &str = "1";
/// Numbers of a vector.
pub(super) const DIMENSION: usize = 8;
/// Words of which a file may have the vectors, and numbers of each.
pub(super) const WORDS: (usize, usize) = (3, 2);

/// The model whose files are read.
pub(super) fn key() -> ModelKey {
    ModelKey { id: "demo".into(), revision: "1".into(), precision: Precision::F32, dimension: DIMENSION }
}

/// Any file of pixseek's own: four letters and a version (u32), then sections, each after its length (u32).
pub(super) fn derived(bytes: &[u8]) {
    if let Ok(path) = file(bytes) {
        let _ = blockfile::verify(&path);
    }
    let Some((name, rest)) = bytes.split_first_chunk::<4>() else { return };
    let Some((version, rest)) = rest.split_first_chunk::<4>() else { return };
    let kind = Kind { name: *name, version: u32::from_le_bytes(*version) };
    let Ok((written, checksum)) = container(kind, rest) else { return };
    let Ok(path) = file(&written) else { return };
    match name {
        b"VECT" => snapshot(&path, checksum),
        b"HNSW" => {
            let _ = SegmentStore::new(Path::new(""), key()).load(&path);
        }
        b"TOKN" => tokenizer_cache(&path, SOURCE),
        b"INT8" => int8_cache(&path, SOURCE),
        b"WORD" => words(&path, source(), WORDS),
        _ => {}
    }
}

fn source() -> blake3::Hash {
    blake3::hash(SOURCE.as_bytes())
}

/// A block file of this kind with the sections of `rest`; the last one may be shorter than its length says.
fn container(kind: Kind, mut rest: &[u8]) -> io::Result<(Vec<u8>, Checksum)> {
    let source = source();
    let mut writer = Writer::new(Vec::new(), kind)?;
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (section, after) = after.split_at((u32::from_le_bytes(*length) as usize).min(after.len()));
        // The first section of these says what they come from, which a fuzzer would have to guess.
        let is_source = writer.sections() == 0 && [*b"TOKN", *b"INT8", *b"WORD"].contains(&kind.name);
        writer.section(if is_source { source.as_bytes() } else { section })?;
        rest = after;
    }
    writer.finish()
}

fn snapshot(path: &Path, checksum: Checksum) {
    let Ok(Some(mut reader)) = SnapshotReader::open(path, DIMENSION, checksum) else { return };
    let rows = reader.rows();
    if reader.attachment().is_ok_and(|attachment| snapshot_attachment(&attachment, rows)) {
        let keep: Vec<bool> = (0..rows).map(|row| row % 3 != 1).collect();
        let kept = keep.iter().filter(|keep| **keep).count();
        if let Ok(vectors) = reader.vectors(&keep) {
            assert_eq!(vectors.len(), kept);
        }
    }
}
