//! Texts and pictures to unit-length embeddings, in passes of bounded size.

use std::cell::RefCell;
use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::embedding::{Embedding, Pixels};
use super::error::ModelError;
use super::text_tokenizer::TextTokenizer;
use super::tokenizer::Tokens;
use super::towers::{KvCache, TextTower, VisionTower};
use super::unread::unread;
use crate::base::processors::tie_to_one;

/// Most tokens of one pass through a tower: it bounds the memory of the activations, which stay in the
/// caches of the CPU, and is enough to keep the matrix kernel busy.
const TOKENS_PER_PASS: usize = 640;

/// Most tokens of one pass on a GPU, which has more memory, and more to lose between two passes.
const TOKENS_PER_GPU_PASS: usize = 8192;

/// Embeds texts: the text tower with its tokenizer, and threads of its own, so that a query need not wait for pictures.
pub struct TextEncoder {
    tokenizer: TextTokenizer,
    tower: TextTower,
    threads: ThreadPool,
    /// The last single text.
    last: Mutex<LastText>,
}

/// Token ids of a text, and the keys and values that the tower computed of them.
#[derive(Default)]
struct LastText {
    ids: Vec<u32>,
    kv_cache: KvCache,
}

impl TextEncoder {
    pub(super) fn new(tokenizer: TextTokenizer, tower: TextTower) -> Result<Self, ModelError> {
        let count = rayon::current_num_threads();
        let threads = ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|i| format!("text-{i}"))
            .start_handler(move |number| tie_to_one(number, count))
            .build()
            .map_err(|error| ModelError::Threads(error.to_string()))?;
        Ok(Self { tokenizer, tower, threads, last: Mutex::default() })
    }

    /// Embeds each text: as many embeddings, in the same order. Texts longer than the context are cut, keeping the end
    /// token.
    ///
    /// Of a single text that begins as the single text before only the tokens after that are computed, if the tower is
    /// causal (CLIP's is, SigLIP's isn't).
    ///
    /// # Errors
    /// When a text can't be tokenized or a tensor operation fails.
    pub fn embed(&self, texts: &[&str]) -> Result<Vec<Embedding>, ModelError> {
        let tokens = texts.iter().map(|text| self.tokenizer.encode(text)).collect::<Result<Vec<_>, _>>()?;
        self.threads.install(|| match tokens.as_slice() {
            [tokens] => self.embed_one(tokens.pooled_ids()),
            _ => self.embed_many(&tokens),
        })
    }

    /// Drops what was computed of the last text: the next is computed whole.
    pub fn clear_kv_cache(&self) {
        *self.last.lock() = LastText::default();
    }

    fn embed_one(&self, ids: &[u32]) -> Result<Vec<Embedding>, ModelError> {
        // Should this fail on the way, nothing is kept. The lock is not held meanwhile: a thread that
        // waits for others may be given another text.
        let LastText { ids: before, mut kv_cache } = std::mem::take(&mut *self.last.lock());
        // The state of the last token is asked for: it is computed in any case.
        let shared = ids.iter().zip(&before).take_while(|(a, b)| a == b).count();
        kv_cache.truncate(shared.min(ids.len().saturating_sub(1)));
        let kv_cache = RefCell::new(kv_cache);
        let rows = unit_rows(&self.tower.forward_cached(&kv_cache, ids)?)?;
        *self.last.lock() = LastText { ids: ids.to_vec(), kv_cache: kv_cache.into_inner() };
        Ok(rows)
    }

    fn embed_many(&self, tokens: &[Tokens]) -> Result<Vec<Embedding>, ModelError> {
        let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, tokens) in tokens.iter().enumerate() {
            by_length.entry(tokens.pooled_ids().len()).or_default().push(i);
        }
        let mut embeddings = vec![Embedding::new(); tokens.len()];
        for (length, members) in by_length {
            for members in members.chunks((TOKENS_PER_PASS / length.max(1)).max(1)) {
                let group: Vec<&[u32]> = members.iter().map(|&i| tokens[i].pooled_ids()).collect();
                for (&i, row) in members.iter().zip(unit_rows(&self.tower.forward(&group)?)?) {
                    embeddings[i] = row;
                }
            }
        }
        Ok(embeddings)
    }

    /// The token ids of a text as the tower gets them: start and end included, cut to the context.
    ///
    /// # Errors
    /// When the text can't be tokenized.
    pub fn token_ids(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        Ok(self.tokenizer.encode(text)?.ids)
    }

    /// The end of a text that the tower does not get, since the text is longer than the context; `None` if it gets all.
    ///
    /// # Errors
    /// As [`Self::token_ids`].
    pub fn unread<'a>(&self, text: &'a str) -> Result<Option<&'a str>, ModelError> {
        unread(text, |text| self.token_ids(text))
    }
}

/// Embeds pictures: the vision tower.
pub struct VisionEncoder {
    tower: VisionTower,
}

impl VisionEncoder {
    pub(super) fn new(tower: VisionTower) -> Self {
        Self { tower }
    }

    /// How many numbers a picture has: 3 x size x size, see [`Pixels`].
    pub fn pixel_count(&self) -> usize {
        self.tower.pixel_count()
    }

    /// Multiplications and additions that one picture takes, in the products with weights.
    pub fn operations(&self) -> u64 {
        self.tower.operations()
    }

    /// Embeds a batch of any size: as many embeddings, in the same order.
    ///
    /// # Errors
    /// When one of the pictures was prepared for another checkpoint, or a tensor operation fails.
    pub fn embed(&self, batch: &[Pixels]) -> Result<Vec<Embedding>, ModelError> {
        let mut embeddings = Vec::with_capacity(batch.len());
        // Inside of the pool: the many small parallel steps of a pass need not be handed to it one by one.
        rayon::scope(|_| {
            let tokens = if self.tower.is_on_cpu() { TOKENS_PER_PASS } else { TOKENS_PER_GPU_PASS };
            for pass in batch.chunks(pass_size(batch.len(), self.tower.tokens(), tokens)) {
                embeddings.extend(unit_rows(&self.tower.forward(pass)?)?);
            }
            Ok(embeddings)
        })
    }
}

/// How many pictures go through a tower at a time: nearly equal parts, as a small rest would cost more than its share.
fn pass_size(pictures: usize, tokens: usize, most_tokens: usize) -> usize {
    let passes = pictures.div_ceil((most_tokens / tokens.max(1)).max(1));
    pictures.div_ceil(passes.max(1)).max(1)
}

/// The rows of a matrix, (embeddings, dimension), each divided by its length.
///
/// # Errors
/// When a row is not finite, or has no direction.
pub(super) fn unit_rows(rows: &Tensor) -> Result<Vec<Embedding>, ModelError> {
    let mut rows = rows.to_dtype(DType::F32)?.to_vec2::<f32>()?;
    for row in &mut rows {
        let length = row.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
        if !length.is_finite() || length < f64::from(f32::MIN_POSITIVE) {
            return Err(ModelError::NotFinite);
        }
        row.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn matrix(rows: &[[f32; 2]]) -> Tensor {
        Tensor::from_vec(rows.concat(), (rows.len(), 2), &Device::Cpu).unwrap()
    }

    #[test]
    fn pictures_pass_in_nearly_equal_parts() {
        let parts = |pictures, tokens| pass_size(pictures, tokens, 640);
        assert_eq!([parts(0, 50), parts(1, 50), parts(8, 65), parts(10, 65)], [1, 1, 8, 5]);
        assert_eq!([parts(32, 50), parts(32, 65), parts(3, 1000)], [11, 8, 1]);
    }

    #[test]
    fn rows_become_unit_vectors() {
        assert_eq!(unit_rows(&matrix(&[[3.0, 4.0], [0.0, -2e30]])).unwrap(), [[0.6, 0.8], [0.0, -1.0]]);
    }

    #[test]
    fn rows_without_a_direction_are_errors() {
        for row in [[0.0, 0.0], [f32::NAN, 1.0], [f32::INFINITY, 1.0]] {
            assert!(matches!(unit_rows(&matrix(&[row])), Err(ModelError::NotFinite)));
        }
    }

    #[test]
    fn encoders_can_move_to_other_threads() {
        fn is_send<T: Send>() {}
        is_send::<TextEncoder>();
        is_send::<VisionEncoder>();
    }
}
