//! The tensors of a checkpoint: one safetensors file or several, memory-mapped or bundled.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use memmap2::Mmap;
use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::error::ModelError;
use super::files::{read_json, shard_names};
use super::open_clip::{TensorNames, TensorPart};

/// All tensors of a checkpoint, by the names that transformers gives them.
pub(crate) struct Weights {
    shards: Vec<Shard>,
    /// The position in `shards` of the file that has a tensor, by the tensor's name.
    index: HashMap<String, usize>,
    /// The file that a missing tensor is missing in: the weights, or the index of a sharded checkpoint.
    path: PathBuf,
    /// How the tensors are called in the files, where open_clip wrote them.
    open_clip: Option<TensorNames>,
}

/// One safetensors file.
struct Shard {
    path: PathBuf,
    bytes: Bytes,
    /// Where the tensors start, in bytes.
    data: usize,
    metadata: Metadata,
}

enum Bytes {
    Mapped(Mmap),
    Bundled(&'static [u8]),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Bundled(bytes) => bytes,
        }
    }
}

impl Weights {
    /// Maps one safetensors file.
    ///
    /// # Errors
    /// When it can't be read or is damaged.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        Self::from_shards(vec![Shard::open(path)?], path)
    }

    /// Maps the files that a `model.safetensors.index.json` lists.
    ///
    /// # Errors
    /// When the index or one of the files is missing or damaged.
    pub(crate) fn open_sharded(index: &Path) -> Result<Self, ModelError> {
        let folder = index.parent().unwrap_or(Path::new(""));
        let shards = shard_names(&read_json(index)?, index)?
            .iter()
            .map(|name| Shard::open(&folder.join(name)))
            .collect::<Result<_, _>>()?;
        Self::from_shards(shards, index)
    }

    /// The weights that are part of this program.
    ///
    /// # Errors
    /// When they are damaged, which only a broken build can cause.
    pub(crate) fn bundled(bytes: &'static [u8], path: &Path) -> Result<Self, ModelError> {
        Self::from_shards(vec![Shard::new(path, Bytes::Bundled(bytes))?], path)
    }

    fn from_shards(shards: Vec<Shard>, path: &Path) -> Result<Self, ModelError> {
        let mut index = HashMap::new();
        for (i, shard) in shards.iter().enumerate() {
            for name in shard.metadata.offset_keys() {
                index.insert(name, i);
            }
        }
        Ok(Self { shards, index, path: path.to_owned(), open_clip: None })
    }

    /// The same tensors, asked for by the names of transformers, where the files have those of open_clip.
    #[must_use]
    pub(crate) fn named_by_open_clip(self) -> Self {
        let names = TensorNames::of(|name| self.contains(name));
        Self { open_clip: Some(names), ..self }
    }

    /// Whether the files have a tensor of this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    /// The tensors whose names begin with `<name>.`.
    pub(crate) fn enter(&self, name: &str) -> Scope<'_> {
        Scope { weights: self, prefix: name.to_owned() }
    }

    /// The numbers of a tensor, which must have this shape (outermost dimension first).
    ///
    /// # Errors
    /// When it is missing, misshapen, or of a type that holds no floating-point numbers.
    pub(crate) fn values(&self, name: &str, shape: &[usize]) -> Result<Values<'_>, ModelError> {
        let Some((stored, part)) = self.open_clip.and_then(|names| names.locate(name)) else {
            return self.stored(name, shape);
        };
        match (part, shape) {
            (TensorPart::Third(third), [rows, rest @ ..]) => {
                let whole = self.stored(&stored, &[&[3 * rows], rest].concat())?;
                let count = shape.iter().product();
                Ok(whole.part(third * count, count))
            }
            (TensorPart::Transposed, &[rows, columns]) => {
                Ok(self.stored(&stored, &[columns, rows])?.transposed(columns))
            }
            _ => self.stored(&stored, shape),
        }
    }

    /// The numbers of a tensor by its name in the files.
    fn stored(&self, name: &str, shape: &[usize]) -> Result<Values<'_>, ModelError> {
        let missing = || ModelError::MissingTensor { name: name.to_owned(), path: self.path.clone() };
        let shard = self.index.get(name).and_then(|&i| self.shards.get(i)).ok_or_else(missing)?;
        let info = shard.metadata.info(name).ok_or_else(missing)?;
        if info.shape != shape {
            return Err(ModelError::MisshapenTensor {
                name: name.to_owned(),
                path: shard.path.clone(),
                found: info.shape.clone(),
                expected: shape.to_owned(),
            });
        }
        let invalid = |reason: String| ModelError::invalid(&shard.path, format!("tensor '{name}' {reason}"));
        let (start, end) = info.data_offsets;
        let data = shard.bytes.as_ref().get(shard.data..).unwrap_or_default();
        let bytes = data.get(start..end).ok_or_else(|| invalid("lies beyond the end of the file".into()))?;
        let (values, size) = match info.dtype {
            Dtype::F32 => (Raw::F32(bytes), 4),
            Dtype::F16 => (Raw::F16(bytes), 2),
            Dtype::BF16 => (Raw::Bf16(bytes), 2),
            other => return Err(invalid(format!("is {other:?}; only F32, F16 and BF16 are supported"))),
        };
        // Whoever reads the values relies on it.
        let expected = shape.iter().try_fold(size, |bytes: usize, side| bytes.checked_mul(*side));
        if expected != Some(bytes.len()) {
            return Err(invalid(format!("of shape {shape:?} has {} bytes", bytes.len())));
        }
        Ok(Values(values))
    }
}

impl Shard {
    fn open(path: &Path) -> Result<Self, ModelError> {
        let unreadable = |reason| ModelError::unreadable(path, reason);
        let file = File::open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(ModelError::invalid(path, "is not a regular file"));
        }
        // SAFETY: the map is private to this process and read-only, and every byte pattern is a
        // valid u8. Someone who overwrites or shortens the file while the model is in use (of a text
        // tower the token embeddings stay in the map) could make us read garbage, which the checks for
        // finite embeddings meet, or be killed by SIGBUS: as for every program that maps its model.
        let map = unsafe { Mmap::map(&file) }.map_err(unreadable)?;
        Self::new(path, Bytes::Mapped(map))
    }

    fn new(path: &Path, bytes: Bytes) -> Result<Self, ModelError> {
        let all = bytes.as_ref();
        let (header, metadata) = SafeTensors::read_metadata(all)
            .map_err(|error| ModelError::invalid(path, damage(&error, all)))?;
        Ok(Self { path: path.to_owned(), data: header + 8, metadata, bytes })
    }
}

/// Says what is wrong with a safetensors file, in the words of someone who copied half of it.
fn damage(error: &SafeTensorError, bytes: &[u8]) -> String {
    match error {
        SafeTensorError::HeaderTooSmall
        | SafeTensorError::InvalidHeaderLength
        | SafeTensorError::MetadataIncompleteBuffer => format!(
            "the file is cut short or damaged: it has {} bytes, its header asks for another size",
            bytes.len()
        ),
        _ => format!("is no safetensors file, or damaged ({error})"),
    }
}

/// The tensors whose names begin with a prefix.
pub(crate) struct Scope<'a> {
    weights: &'a Weights,
    prefix: String,
}

impl<'a> Scope<'a> {
    /// The tensors whose names begin with `<prefix>.<name>.`.
    pub(crate) fn enter(&self, name: &str) -> Self {
        Self { weights: self.weights, prefix: format!("{}.{name}", self.prefix) }
    }

    /// The prefix itself.
    pub(crate) fn name(&self) -> &str {
        &self.prefix
    }

    /// The numbers of the tensor `<prefix>.<name>`, see [`Weights::values`].
    ///
    /// # Errors
    /// As [`Weights::values`].
    pub(crate) fn values(&self, name: &str, shape: &[usize]) -> Result<Values<'a>, ModelError> {
        self.weights.values(&format!("{}.{name}", self.prefix), shape)
    }
}

/// The numbers of a tensor, row-major.
pub(crate) struct Values<'a>(Raw<'a>);

/// The numbers as they lie in the file, little-endian and perhaps unaligned, or brought into another order.
enum Raw<'a> {
    F32(&'a [u8]),
    F16(&'a [u8]),
    Bf16(&'a [u8]),
    Reordered(Vec<f32>),
}

impl<'a> Values<'a> {
    /// Numbers that a test made up, whose memory is never given back.
    #[cfg(test)]
    pub(super) fn from_f32(values: &[f32]) -> Values<'static> {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Values(Raw::F32(bytes.leak()))
    }

    /// All numbers, row-major, as f32.
    pub(crate) fn to_vec(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.len()];
        self.read(0, &mut values);
        values
    }

    /// The `count` numbers from flat position `first` on.
    ///
    /// # Panics
    /// When the tensor has not so many, by the shape that it was asked for with.
    pub(crate) fn part(&self, first: usize, count: usize) -> Self {
        let last = first + count;
        Self(match &self.0 {
            Raw::F32(bytes) => Raw::F32(&bytes[4 * first..4 * last]),
            Raw::F16(bytes) => Raw::F16(&bytes[2 * first..2 * last]),
            Raw::Bf16(bytes) => Raw::Bf16(&bytes[2 * first..2 * last]),
            Raw::Reordered(values) => Raw::Reordered(values[first..last].to_vec()),
        })
    }

    /// How many numbers there are.
    fn len(&self) -> usize {
        match &self.0 {
            Raw::F32(bytes) => bytes.len() / 4,
            Raw::F16(bytes) | Raw::Bf16(bytes) => bytes.len() / 2,
            Raw::Reordered(values) => values.len(),
        }
    }

    /// The transposed matrix of one with so many rows.
    fn transposed(&self, rows: usize) -> Self {
        let values = self.to_vec();
        let columns = values.len() / rows.max(1);
        let column = |column| values.iter().skip(column).step_by(columns.max(1));
        Self(Raw::Reordered((0..columns).flat_map(column).copied().collect()))
    }

    /// Fills `out` with the numbers from flat position `first` on, as f32.
    ///
    /// # Panics
    /// When the tensor has not so many, by the shape that it was asked for with.
    pub(crate) fn read(&self, first: usize, out: &mut [f32]) {
        let (last, out) = (first + out.len(), out.iter_mut());
        match &self.0 {
            Raw::F32(bytes) => out
                .zip(bytes[4 * first..4 * last].as_chunks().0)
                .for_each(|(out, bytes)| *out = f32::from_le_bytes(*bytes)),
            Raw::F16(bytes) => out
                .zip(bytes[2 * first..2 * last].as_chunks().0)
                .for_each(|(out, bytes)| *out = f16::from_le_bytes(*bytes).to_f32()),
            Raw::Bf16(bytes) => out
                .zip(bytes[2 * first..2 * last].as_chunks().0)
                .for_each(|(out, bytes)| *out = bf16::from_le_bytes(*bytes).to_f32()),
            Raw::Reordered(values) => out.zip(&values[first..last]).for_each(|(out, value)| *out = *value),
        }
    }
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::TensorView;

    use super::*;

    /// A file with `a` of every type, 2 x 2, and an integer `ids`.
    fn write(path: &Path) {
        let f32s: Vec<u8> = [1.0f32, -2.0, 0.5, 4.0].iter().flat_map(|v| v.to_le_bytes()).collect();
        let f16s: Vec<u8> =
            [1.0f32, -2.0, 0.5, 4.0].iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
        let bf16s: Vec<u8> =
            [1.0f32, -2.0, 0.5, 4.0].iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect();
        let tensors = [
            ("f32", Dtype::F32, &f32s),
            ("f16", Dtype::F16, &f16s),
            ("bf16", Dtype::BF16, &bf16s),
            ("ids", Dtype::I32, &f32s),
        ];
        let views = tensors.map(|(name, dtype, data)| {
            (format!("a.{name}"), TensorView::new(dtype, vec![2, 2], data).unwrap())
        });
        safetensors::serialize_to_file(views, None, path).unwrap();
    }

    #[test]
    fn every_float_type_is_read_from_the_mapped_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        write(&path);
        let weights = Weights::open(&path).unwrap();
        for name in ["f32", "f16", "bf16"] {
            let values = weights.enter("a").values(name, &[2, 2]).unwrap();
            assert_eq!(values.to_vec(), [1.0, -2.0, 0.5, 4.0], "{name}");
            let mut two = [0.0; 2];
            values.read(2, &mut two);
            assert_eq!(two, [0.5, 4.0], "{name}");
            assert_eq!(values.part(1, 2).to_vec(), [-2.0, 0.5], "{name}");
        }
    }

    #[test]
    fn errors_name_the_tensor_and_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        write(&path);
        let weights = Weights::open(&path).unwrap();
        let error = |name, shape: &[usize]| weights.values(name, shape).err().unwrap().to_string();
        assert!(error("b", &[1]).ends_with("model.safetensors: tensor 'b' is missing"));
        let misshapen = error("a.f32", &[4]);
        assert!(
            misshapen.contains("'a.f32' has shape [2, 2], but the configuration asks for [4]"),
            "{misshapen}"
        );
        assert!(error("a.ids", &[2, 2]).contains("tensor 'a.ids' is I32"));
    }

    #[test]
    fn every_truncation_is_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        write(&path);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = Weights::open(&path).err().unwrap().to_string();
            assert!(
                error.contains("model.safetensors: the file is cut short or damaged"),
                "{length}: {error}"
            );
        }
        std::fs::write(&path, vec![b'x'; 500]).unwrap();
        let error = Weights::open(&path).err().unwrap().to_string();
        assert!(error.contains("is no safetensors file"), "{error}");
    }
}
