//! A file with the layers of a tower rounded to 8 bits: rounding them again would cost every start.
//!
//! The file has a header with a hash of what the layers come from, a checksum of all that follows, and the layers by
//! name. If it is missing, damaged, or of another source, it is made anew; where it can't be written, the next start
//! takes a little longer.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rayon::prelude::*;

use crate::base::atomic::{self, Access};
use crate::base::regular;
use crate::clip::fingerprint;
use crate::clip::kernels::PackedInt8;

/// First bytes of the file. The last of them changes with which layers are rounded, how, and how they are laid out.
const MAGIC: &[u8; 8] = b"PXSINT8\x02";
/// Length in bytes of the pieces that are hashed side by side.
const PIECE: usize = 4 << 20;
/// Largest file that is read, in bytes; that of a large model has 300 MB.
const MAX_BYTES: u64 = 4 << 30;

/// The layers of one tower rounded to 8 bits, from a file or for one.
pub struct Int8Cache {
    /// Paths where the file is looked for; it is written to the first that can be written.
    places: Vec<PathBuf>,
    /// What the layers come from: names the model and the state of its files.
    source: String,
    layers: Mutex<Layers>,
}

#[derive(Default)]
struct Layers {
    /// Layers from the file that were not asked for yet, by name.
    stored: HashMap<String, PackedInt8>,
    /// Bytes of the layers that were made, for the file; empty when all were in it.
    made: Vec<u8>,
}

impl fmt::Debug for Int8Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Int8Cache").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Int8Cache {
    /// Reads the first of `places` that has the layers of this source, if any.
    pub fn open(places: Vec<PathBuf>, source: &str) -> Self {
        let stored = places.iter().find_map(|path| {
            let mut bytes = Vec::new();
            // A longer file than that is cut, and its checksum wrong.
            regular::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
            let layers = parse(&bytes, source);
            if layers.is_none() {
                tracing::info!(path = %path.display(), "int8 cache is damaged or of another model: quantizing again");
            }
            layers
        });
        let layers = Layers { stored: stored.unwrap_or_default(), made: Vec::new() };
        Self { places, source: source.to_owned(), layers: Mutex::new(layers) }
    }

    /// The layer of this name, from the file if it is there and has these sizes, else by `quantize`.
    pub(super) fn layer(
        &self,
        name: &str,
        inputs: usize,
        outputs: usize,
        quantize: impl FnOnce() -> PackedInt8,
    ) -> PackedInt8 {
        let stored = self.layers.lock().stored.remove(name);
        if let Some(layer) = stored.filter(|layer| layer.has_shape(inputs, outputs)) {
            return layer;
        }
        let layer = quantize();
        let made = &mut self.layers.lock().made;
        made.extend((name.len() as u32).to_le_bytes());
        made.extend(name.as_bytes());
        layer.write(made);
        layer
    }

    /// Writes the file, if a layer was not in it. To be called when all layers of the tower have been asked for.
    pub fn save(&self) {
        let made = std::mem::take(&mut self.layers.lock().made);
        if made.is_empty() {
            return;
        }
        let mut header = MAGIC.to_vec();
        header.extend(blake3::hash(self.source.as_bytes()).as_bytes());
        header.extend(checksum(&made));
        for path in &self.places {
            match write(path, &header, &made) {
                Ok(()) => return,
                Err(error) => tracing::info!(path = %path.display(), %error, "can't write the int8 cache"),
            }
        }
    }
}

fn write(path: &Path, header: &[u8], body: &[u8]) -> io::Result<()> {
    let folder = atomic::folder_of(path);
    fs::create_dir_all(folder)?;
    atomic::remove_abandoned_drafts(folder);
    atomic::write(path, Access::Usual, |file| file.write_all(header).and_then(|()| file.write_all(body)))
}

fn checksum(body: &[u8]) -> [u8; 32] {
    *fingerprint::hash_of_pieces(body.par_chunks(PIECE).map(blake3::hash).collect()).as_bytes()
}

/// The layers in the bytes of a file, by name; none when they are damaged or of another source.
fn parse(bytes: &[u8], source: &str) -> Option<HashMap<String, PackedInt8>> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let rest = rest.strip_prefix(blake3::hash(source.as_bytes()).as_bytes())?;
    let (sum, mut rest) = rest.split_first_chunk::<32>()?;
    if checksum(rest) != *sum {
        return None;
    }
    let mut layers = HashMap::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk()?;
        let (name, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = after;
        layers.insert(String::from_utf8(name.to_vec()).ok()?, PackedInt8::read(&mut rest)?);
    }
    Some(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(seed: f32) -> PackedInt8 {
        PackedInt8::quantize(5, vec![seed; 40], |row, out| {
            out.iter_mut().enumerate().for_each(|(i, w)| *w = seed + row as f32 - i as f32);
        })
    }

    fn never() -> PackedInt8 {
        panic!("it is in the file")
    }

    /// A file with two layers.
    fn saved(path: &Path) -> (PackedInt8, PackedInt8) {
        let cache = Int8Cache::open(vec![path.to_owned()], "1");
        let (a, b) = (cache.layer("a", 5, 40, || layer(1.0)), cache.layer("b", 5, 40, || layer(2.0)));
        cache.save();
        (a, b)
    }

    #[test]
    fn what_was_saved_is_not_quantized_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/text.bin");
        let (a, b) = saved(&path);
        let again = Int8Cache::open(vec![path], "1");
        assert_eq!((again.layer("b", 5, 40, never), again.layer("a", 5, 40, never)), (b, a));
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn another_source_or_shape_is_quantized_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.bin");
        let (a, _) = saved(&path);
        assert_ne!(Int8Cache::open(vec![path.clone()], "2").layer("a", 5, 40, || layer(3.0)), a);
        assert_ne!(Int8Cache::open(vec![path], "1").layer("a", 6, 40, || layer(3.0)), a);
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
        let cache = Int8Cache::open(places.clone(), "1");
        let a = cache.layer("a", 5, 40, || layer(1.0));
        cache.save();
        assert_eq!(Int8Cache::open(places, "1").layer("a", 5, 40, never), a);
    }
}
