//! What fuzzers and their tests call in this room: the files that are derived from a model.

use std::path::Path;

use super::tokenizer::{Pipeline, TokenizerCache};
use super::towers::Int8Cache;

/// Reads the compact form of a tokenizer that comes from `source`, and cuts a text with it.
pub(crate) fn tokenizer_cache(path: &Path, source: &str) {
    let read = TokenizerCache::new(vec![path.to_owned()], source).read();
    if let Some(Ok(pipeline)) = read.map(|(settings, table)| Pipeline::compact(settings, table)) {
        let _ = pipeline.encode("A cat's photo, naïve: 2 日本\u{200d} 👍🏽");
    }
}

/// Reads the layers of a tower that were rounded to 8 bits.
pub(crate) fn int8_cache(path: &Path, source: &str) {
    let cache = Int8Cache::open(vec![path.to_owned()], source);
    assert!(!cache.is_given_up() || cache.is_empty());
}
