//! Layers rounded to 8 bits, kept in a file beside the model: rounding them again would cost every start.
//!
//! The file is a cache of one tower: a header with the model's revision, a checksum of all that follows, and
//! the layers by name. If it is missing, damaged, or of another revision, it is made anew; where it can't be
//! written, the next start takes a little longer.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::matrix::Int8;
use crate::base::atomic::{self, Access};
use crate::base::regular;
use crate::clip::fingerprint;

/// The last byte changes with which layers are rounded, how, and how they are laid out.
const MAGIC: &[u8; 8] = b"PXSINT8\x02";
/// Pieces that are hashed side by side.
const PIECE: usize = 4 << 20;

/// The rounded layers of one tower.
pub struct Rounded {
    /// Where they are looked for, and are written to: the first place that can be.
    places: Vec<PathBuf>,
    revision: String,
    layers: Mutex<Layers>,
}

#[derive(Default)]
struct Layers {
    /// From the file.
    kept: HashMap<String, Int8>,
    /// For the file; none when all were in it.
    made: Vec<u8>,
}

impl fmt::Debug for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rounded").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Rounded {
    /// Reads the first of `places` that has the layers of this revision, if any.
    pub fn open(places: Vec<PathBuf>, revision: &str) -> Self {
        let kept = places.iter().find_map(|path| {
            let mut bytes = Vec::new();
            regular::open(path).ok()?.read_to_end(&mut bytes).ok()?;
            let layers = parse(&bytes, revision);
            if layers.is_none() {
                tracing::info!(path = %path.display(), "damaged or of another model: rounding again");
            }
            layers
        });
        let layers = Layers { kept: kept.unwrap_or_default(), made: Vec::new() };
        Self { places, revision: revision.to_owned(), layers: Mutex::new(layers) }
    }

    /// The layer of this name, from the file if it is there and has these sizes.
    pub(super) fn layer(
        &self,
        name: &str,
        inputs: usize,
        outputs: usize,
        round: impl FnOnce() -> Int8,
    ) -> Int8 {
        let kept = self.lock().kept.remove(name);
        if let Some(layer) = kept.filter(|layer| layer.has_shape(inputs, outputs)) {
            return layer;
        }
        let layer = round();
        let made = &mut self.lock().made;
        made.extend((name.len() as u32).to_le_bytes());
        made.extend(name.as_bytes());
        layer.write(made);
        layer
    }

    /// Writes the file, if a layer was not in it. All of the tower's layers must have been asked for.
    pub fn save(&self) {
        let made = std::mem::take(&mut self.lock().made);
        if made.is_empty() {
            return;
        }
        let mut header = MAGIC.to_vec();
        header.extend(blake3::hash(self.revision.as_bytes()).as_bytes());
        header.extend(checksum(&made));
        for path in &self.places {
            match write(path, &header, &made) {
                Ok(()) => return,
                Err(error) => tracing::info!(path = %path.display(), %error, "can't keep the rounded layers"),
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Layers> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(path: &Path, header: &[u8], body: &[u8]) -> io::Result<()> {
    let folder = atomic::folder_of(path);
    fs::create_dir_all(folder)?;
    atomic::remove_abandoned_drafts(folder);
    atomic::write(path, Access::Usual, |file| file.write_all(header).and_then(|()| file.write_all(body)))
}

fn checksum(body: &[u8]) -> [u8; 32] {
    *fingerprint::of_pieces(body.par_chunks(PIECE).map(blake3::hash).collect()).as_bytes()
}

fn parse(bytes: &[u8], revision: &str) -> Option<HashMap<String, Int8>> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let rest = rest.strip_prefix(blake3::hash(revision.as_bytes()).as_bytes())?;
    let (sum, mut rest) = rest.split_first_chunk::<32>()?;
    if checksum(rest) != *sum {
        return None;
    }
    let mut layers = HashMap::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk()?;
        let (name, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = after;
        layers.insert(String::from_utf8(name.to_vec()).ok()?, Int8::read(&mut rest)?);
    }
    Some(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(seed: f32) -> Int8 {
        Int8::quantize(5, vec![seed; 40], |row, out| {
            out.iter_mut().enumerate().for_each(|(i, w)| *w = seed + row as f32 - i as f32);
        })
    }

    fn never() -> Int8 {
        panic!("it is in the file")
    }

    /// A file with two layers.
    fn saved(path: &Path) -> (Int8, Int8) {
        let rounded = Rounded::open(vec![path.to_owned()], "1");
        let (a, b) = (rounded.layer("a", 5, 40, || layer(1.0)), rounded.layer("b", 5, 40, || layer(2.0)));
        rounded.save();
        (a, b)
    }

    #[test]
    fn what_was_saved_is_not_rounded_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/text.bin");
        let (a, b) = saved(&path);
        let again = Rounded::open(vec![path], "1");
        assert_eq!((again.layer("b", 5, 40, never), again.layer("a", 5, 40, never)), (b, a));
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn another_revision_or_shape_is_rounded_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.bin");
        let (a, _) = saved(&path);
        assert_ne!(Rounded::open(vec![path.clone()], "2").layer("a", 5, 40, || layer(3.0)), a);
        assert_ne!(Rounded::open(vec![path], "1").layer("a", 6, 40, || layer(3.0)), a);
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.bin");
        saved(&path);
        let whole = fs::read(&path).unwrap();
        for i in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[i] ^= 1;
            assert!(parse(&bytes, "1").is_none(), "byte {i}");
            assert!(parse(&whole[..i], "1").is_none(), "cut to {i} bytes");
        }
        assert_eq!(parse(&whole, "1").unwrap().len(), 2);
    }

    #[test]
    fn the_second_place_serves_where_the_first_can_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let places = vec![folder.path().join("file/text.bin"), folder.path().join("text.bin")];
        let rounded = Rounded::open(places.clone(), "1");
        let a = rounded.layer("a", 5, 40, || layer(1.0));
        rounded.save();
        assert_eq!(Rounded::open(places, "1").layer("a", 5, 40, never), a);
    }
}
