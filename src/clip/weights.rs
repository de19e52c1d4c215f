//! The tensors of a checkpoint: one safetensors file or several, on the disk or bundled.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::Dtype;

use super::error::ModelError;
use super::files::{read_json, shard_names};
use super::open_clip::{TensorNames, TensorPart};
use super::safetensors_file::SafetensorsFile;

/// All tensors of a checkpoint, by the names that transformers gives them.
pub(crate) struct Weights {
    shards: Vec<SafetensorsFile>,
    /// The position in `shards` of the file that has a tensor, by the tensor's name.
    index: HashMap<String, usize>,
    /// The file that a missing tensor is missing in: the weights, or the index of a sharded checkpoint.
    path: PathBuf,
    /// How the tensors are called in the files, where open_clip wrote them.
    open_clip: Option<TensorNames>,
}

impl Weights {
    /// Opens one safetensors file.
    ///
    /// # Errors
    /// When it can't be read or is damaged.
    pub(crate) fn open(path: &Path) -> Result<Self, ModelError> {
        Self::from_shards(vec![SafetensorsFile::open(path)?], path)
    }

    /// Opens the files that a `model.safetensors.index.json` lists.
    ///
    /// # Errors
    /// When the index or one of the files is missing or damaged.
    pub(crate) fn open_sharded(index: &Path) -> Result<Self, ModelError> {
        let folder = index.parent().unwrap_or(Path::new(""));
        let shards = shard_names(&read_json(index)?, index)?
            .iter()
            .map(|name| SafetensorsFile::open(&folder.join(name)))
            .collect::<Result<_, _>>()?;
        Self::from_shards(shards, index)
    }

    /// The weights that are part of this program.
    ///
    /// # Errors
    /// When they are damaged, which only a broken build can cause.
    pub(crate) fn bundled(bytes: &'static [u8], path: &Path) -> Result<Self, ModelError> {
        Self::from_shards(vec![SafetensorsFile::bundled(bytes, path)?], path)
    }

    fn from_shards(shards: Vec<SafetensorsFile>, path: &Path) -> Result<Self, ModelError> {
        let mut index = HashMap::new();
        for (i, shard) in shards.iter().enumerate() {
            for name in shard.names() {
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

    /// Whether everything that was asked for since the last call could be read: values that could not are no numbers (NaN).
    ///
    /// # Errors
    /// When a file could not be read, or became shorter meanwhile.
    pub(crate) fn check(&self) -> Result<(), ModelError> {
        self.shards.iter().try_for_each(SafetensorsFile::check)
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
        let info = shard.info(name).ok_or_else(missing)?;
        if info.shape != shape {
            return Err(ModelError::MisshapenTensor {
                name: name.to_owned(),
                path: shard.path().to_owned(),
                found: info.shape.clone(),
                expected: shape.to_owned(),
            });
        }
        let invalid = |reason: String| ModelError::invalid(shard.path(), format!("tensor '{name}' {reason}"));
        let (start, end) = info.data_offsets;
        let float = match info.dtype {
            Dtype::F32 => Float::F32,
            Dtype::F16 => Float::F16,
            Dtype::BF16 => Float::Bf16,
            other => return Err(invalid(format!("is {other:?}; only F32, F16 and BF16 are supported"))),
        };
        // Whoever reads the values relies on it.
        let expected = shape.iter().try_fold(float.size(), |bytes: usize, side| bytes.checked_mul(*side));
        let bytes = end.saturating_sub(start);
        if expected != Some(bytes) {
            return Err(invalid(format!("of shape {shape:?} has {bytes} bytes")));
        }
        let count = bytes / float.size();
        Ok(Values(Raw::Stored { file: shard, float, start: start as u64, count }))
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

/// The numbers as they lie in a file, or brought into another order.
enum Raw<'a> {
    Stored {
        file: &'a SafetensorsFile,
        float: Float,
        /// Where they begin among the bytes of all tensors.
        start: u64,
        count: usize,
    },
    Reordered(Vec<f32>),
}

/// A type of numbers, little-endian.
#[derive(Debug, Clone, Copy)]
enum Float {
    F32,
    F16,
    Bf16,
}

/// Bytes that are read at once: they stay in a core's cache until they are numbers.
const AT_ONCE: usize = 16 << 10;

impl Float {
    /// Bytes of a number.
    fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    fn decode(self, bytes: &[u8], out: &mut [f32]) {
        let out = out.iter_mut();
        match self {
            Self::F32 => {
                out.zip(bytes.as_chunks().0).for_each(|(out, bytes)| *out = f32::from_le_bytes(*bytes));
            }
            Self::F16 => out
                .zip(bytes.as_chunks().0)
                .for_each(|(out, bytes)| *out = f16::from_le_bytes(*bytes).to_f32()),
            Self::Bf16 => out
                .zip(bytes.as_chunks().0)
                .for_each(|(out, bytes)| *out = bf16::from_le_bytes(*bytes).to_f32()),
        }
    }
}

impl<'a> Values<'a> {
    /// Numbers that a test made up, whose memory is never given back.
    #[cfg(test)]
    pub(super) fn from_f32(values: &[f32]) -> Values<'static> {
        Values(Raw::Reordered(values.to_vec()))
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
            &Raw::Stored { file, float, start, count: all } => {
                assert!(last <= all, "the numbers of a tensor");
                Raw::Stored { file, float, start: start + (float.size() * first) as u64, count }
            }
            Raw::Reordered(values) => Raw::Reordered(values[first..last].to_vec()),
        })
    }

    /// How many numbers there are.
    fn len(&self) -> usize {
        match &self.0 {
            Raw::Stored { count, .. } => *count,
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

    /// Fills `out` with the numbers from flat position `first` on, as f32. What can't be read is no number:
    /// [`Weights::check`] says why.
    ///
    /// # Panics
    /// When the tensor has not so many, by the shape that it was asked for with.
    pub(crate) fn read(&self, first: usize, out: &mut [f32]) {
        let last = first + out.len();
        match &self.0 {
            &Raw::Stored { file, float, start, count } => {
                assert!(last <= count, "the numbers of a tensor");
                let mut bytes = [0; AT_ONCE];
                let mut at = start + (float.size() * first) as u64;
                for out in out.chunks_mut(AT_ONCE / float.size()) {
                    let bytes = &mut bytes[..float.size() * out.len()];
                    if file.read(at, bytes) {
                        float.decode(bytes, out);
                    } else {
                        out.fill(f32::NAN);
                    }
                    at += bytes.len() as u64;
                }
            }
            Raw::Reordered(values) => out.copy_from_slice(&values[first..last]),
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
    fn every_float_type_is_read_from_the_file() {
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
    fn a_file_that_shrinks_is_an_error_and_no_signal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let tensor = TensorView::new(Dtype::F32, vec![4096, 4], &[0; 1 << 16]).unwrap();
        safetensors::serialize_to_file([("a.b", tensor)], None, &path).unwrap();
        let weights = Weights::open(&path).unwrap();
        let values = weights.enter("a").values("b", &[4096, 4]).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(20_000).unwrap();
        let read = values.to_vec();
        assert!(read[0] == 0.0 && read[16_000].is_nan(), "what is there is read");
        let error = weights.check().unwrap_err().to_string();
        assert!(error.contains("model.safetensors: became shorter while it was in use"), "{error}");
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
