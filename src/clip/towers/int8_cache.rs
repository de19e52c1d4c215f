//! A file with the layers of a tower rounded to 8 bits: rounding them again would cost every start.
//!
//! The file is a [`blockfile`](crate::base::blockfile): a section with a hash of what the layers come from, and one for each layer with its name.
//! If it is missing, damaged, or of another source, it is made anew; where it can't be written, the next start takes a
//! little longer.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rayon::prelude::*;

use super::layer_weights::LayerWeights;
use super::smoothing::Smoothing;
use crate::base::atomic::{self, Access};
use crate::base::blockfile::{BlockfileError, Kind, Reader, Writer};
use crate::clip::kernels::PackedInt8;

/// The version changes with which layers are rounded, how, and how they are laid out.
const KIND: Kind = Kind { name: *b"INT8", version: 5 };

/// The layers of one tower rounded to 8 bits, from a file or for one.
pub struct Int8Cache {
    /// Paths where the file is looked for; it is written to the first that can be written.
    places: Vec<PathBuf>,
    /// What the layers come from: names the model and the state of its files.
    source: String,
    layers: Mutex<Layers>,
}

/// Layers by name, with how their inputs are changed before they are rounded.
type Stored = HashMap<String, (Option<Smoothing>, PackedInt8)>;

#[derive(Default)]
struct Layers {
    /// Layers from the file that were not asked for yet, by name.
    stored: Stored,
    /// Sections of the layers that were made, for the file; empty when all were in it.
    made: Vec<Vec<u8>>,
    /// Whether no layer of the tower is to be rounded.
    is_given_up: bool,
}

impl fmt::Debug for Int8Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Int8Cache").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Int8Cache {
    /// Reads the first of `places` that has the layers of this source, if any.
    pub fn open(places: Vec<PathBuf>, source: &str) -> Self {
        let stored = places.iter().find_map(|path| match read(path, source) {
            Ok(layers) => Some(layers),
            Err(BlockfileError::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::info!(path = %path.display(), %error, "int8 cache can't be used: quantizing again");
                None
            }
        });
        // A file without layers says that there are to be none.
        let is_given_up = stored.as_ref().is_some_and(HashMap::is_empty);
        let layers = Layers { stored: stored.unwrap_or_default(), made: Vec::new(), is_given_up };
        Self { places, source: source.to_owned(), layers: Mutex::new(layers) }
    }

    /// Whether the file was of no use, so that every layer is quantized.
    pub fn is_empty(&self) -> bool {
        self.layers.lock().stored.is_empty()
    }

    /// Whether the tower is to stay in f32, since it was found to lose too much.
    pub fn is_given_up(&self) -> bool {
        self.layers.lock().is_given_up
    }

    /// Drops the layers that were made; the file will say that the tower stays in f32.
    pub fn give_up(&self) {
        *self.layers.lock() = Layers { is_given_up: true, ..Layers::default() };
        self.write(&[]);
    }

    /// How the inputs of the layer of this name are changed before they are rounded, as the file says.
    pub(super) fn smoothing(&self, name: &str) -> Option<Smoothing> {
        self.layers.lock().stored.get(name).and_then(|(smoothing, _)| smoothing.clone())
    }

    /// The layer with these weights, from the file if it is there, was smoothed as they are, and has their sizes, else by
    /// `quantize`.
    pub(super) fn layer(
        &self,
        weights: &LayerWeights<'_>,
        quantize: impl FnOnce() -> PackedInt8,
    ) -> PackedInt8 {
        let (name, smoothing) = (weights.name(), weights.smoothing().map(|(smoothing, _)| smoothing));
        let stored = self.layers.lock().stored.remove(name);
        if let Some((kept, layer)) = stored
            && kept.as_ref() == smoothing
            && layer.has_shape(weights.inputs(), weights.outputs())
        {
            return layer;
        }
        let layer = quantize();
        let mut section = (name.len() as u32).to_le_bytes().to_vec();
        section.extend(name.as_bytes());
        section.push(u8::from(smoothing.is_some()));
        if let Some(smoothing) = smoothing {
            smoothing.write(&mut section);
        }
        layer.write(&mut section);
        self.layers.lock().made.push(section);
        layer
    }

    /// Writes the file, if a layer was not in it. To be called when all layers of the tower have been asked for.
    pub fn save(&self) {
        let made = std::mem::take(&mut self.layers.lock().made);
        if made.is_empty() {
            return;
        }
        self.write(&made);
    }

    fn write(&self, layers: &[Vec<u8>]) {
        for path in &self.places {
            match write(path, &self.source, layers) {
                Ok(()) => return,
                Err(error) => tracing::info!(path = %path.display(), %error, "can't write the int8 cache"),
            }
        }
    }
}

fn write(path: &Path, source: &str, layers: &[Vec<u8>]) -> io::Result<()> {
    let folder = atomic::folder_of(path);
    fs::create_dir_all(folder)?;
    atomic::remove_abandoned_drafts(folder);
    atomic::write(path, Access::Usual, |file| {
        let mut writer = Writer::new(file, KIND)?;
        writer.section(blake3::hash(source.as_bytes()).as_bytes())?;
        layers.iter().try_for_each(|layer| writer.section(layer))?;
        writer.finish().map(drop)
    })
}

/// The layers in a file, by name.
fn read(path: &Path, source: &str) -> Result<Stored, BlockfileError> {
    let mut file = Reader::open(path, KIND)?;
    // What has the right checksum and is something else was written for something else.
    let other = || BlockfileError::Io(io::Error::other("it is of another model"));
    if file.length(0) != Some(blake3::OUT_LEN as u64)
        || file.read(0)?.check()? != blake3::hash(source.as_bytes()).as_bytes()
    {
        return Err(other());
    }
    // The threads take turns at reading, and meanwhile check and unpack what they have read.
    (1..file.sections())
        .map(|section| file.read(section))
        .par_bridge()
        .map(|section| parse(&section?.check()?).ok_or_else(other))
        .collect()
}

/// The name of a layer, how its inputs are changed, and the layer, from a section.
fn parse(section: &[u8]) -> Option<(String, (Option<Smoothing>, PackedInt8))> {
    let (length, rest) = section.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let (is_smoothed, mut rest) = rest.split_first()?;
    let smoothing = if *is_smoothed == 1 { Some(Smoothing::read(&mut rest)?) } else { None };
    let layer = PackedInt8::read(&mut rest)?;
    Some((String::from_utf8(name.to_vec()).ok()?, (smoothing, layer))).filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::smoothing::Applied;
    use super::*;
    use crate::clip::weights::Values;

    fn weights(name: &str, inputs: usize) -> LayerWeights<'static> {
        LayerWeights::new(name, Values::from_f32(&vec![1.0; inputs * 40]), inputs, 40)
    }

    fn smoothing() -> Option<Smoothing> {
        Some(Smoothing { mean: vec![0.5; 5], scale: vec![2.0; 5] })
    }

    fn smoothed(name: &str) -> LayerWeights<'static> {
        weights(name, 5).with_smoothed_inputs(smoothing(), Applied::Before)
    }

    fn layer(seed: f32) -> PackedInt8 {
        PackedInt8::quantize(5, vec![seed; 40], None, |row, out| {
            out.iter_mut().enumerate().for_each(|(i, w)| *w = seed + row as f32 - i as f32);
        })
    }

    fn never() -> PackedInt8 {
        panic!("it is in the file")
    }

    /// A file with two layers.
    fn saved(path: &Path) -> (PackedInt8, PackedInt8) {
        let cache = Int8Cache::open(vec![path.to_owned()], "1");
        let (a, b) =
            (cache.layer(&weights("a", 5), || layer(1.0)), cache.layer(&smoothed("b"), || layer(2.0)));
        cache.save();
        (a, b)
    }

    #[test]
    fn what_was_saved_is_not_quantized_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/text.bin");
        let (a, b) = saved(&path);
        let again = Int8Cache::open(vec![path], "1");
        assert_eq!((again.smoothing("a"), again.smoothing("b")), (None, smoothing()));
        assert_eq!((again.layer(&smoothed("b"), never), again.layer(&weights("a", 5), never)), (b, a));
        assert_eq!(fs::read_dir(folder.path().join("new")).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn what_was_given_up_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.bin");
        let cache = Int8Cache::open(vec![path.clone()], "1");
        assert!(!cache.is_given_up());
        cache.layer(&weights("a", 5), || layer(1.0));
        cache.give_up();
        assert!(cache.is_given_up());
        cache.save();
        assert!(Int8Cache::open(vec![path.clone()], "1").is_given_up());
        assert!(!Int8Cache::open(vec![path], "2").is_given_up());
    }

    #[test]
    fn another_source_or_shape_is_quantized_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.bin");
        let (a, _) = saved(&path);
        let open = |source| Int8Cache::open(vec![path.clone()], source);
        assert!(open("2").is_empty() && !open("1").is_empty());
        assert_ne!(open("2").layer(&weights("a", 5), || layer(3.0)), a);
        assert_ne!(open("1").layer(&weights("a", 6), || layer(3.0)), a);
        assert_ne!(open("1").layer(&smoothed("a"), || layer(3.0)), a);
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
            fs::write(&path, &bytes).unwrap();
            assert!(read(&path, "1").is_err(), "byte {i}");
            fs::write(&path, &whole[..i]).unwrap();
            assert!(read(&path, "1").is_err(), "cut to {i} bytes");
        }
        fs::write(&path, &whole).unwrap();
        assert_eq!(read(&path, "1").unwrap().len(), 2);
    }

    #[test]
    fn the_second_place_serves_where_the_first_can_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let places = vec![folder.path().join("file/text.bin"), folder.path().join("text.bin")];
        let cache = Int8Cache::open(places.clone(), "1");
        let a = cache.layer(&weights("a", 5), || layer(1.0));
        cache.save();
        assert_eq!(Int8Cache::open(places, "1").layer(&weights("a", 5), never), a);
    }
}
