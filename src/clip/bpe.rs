//! CLIP's byte-pair encoding from `vocab.json` and `merges.txt`, for folders without `tokenizer.json`.

use std::path::Path;

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::replace::ReplacePattern;
use tokenizers::normalizers::{Lowercase, NFC, NormalizerWrapper, Replace, Sequence};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::{AddedToken, Model, SplitDelimiterBehavior, Tokenizer};

use super::error::ModelError;
use crate::base::panics;

/// The tokens at start and end of a text, as the vocabularies of transformers name them.
pub(super) const START: &str = "<|startoftext|>";
pub(super) const END: &str = "<|endoftext|>";

/// What marks the last symbol of a word.
pub(super) const END_OF_WORD: &str = "</w>";

/// The pieces that texts are cut into, as transformers' `CLIPTokenizer` does.
const PIECES: &str =
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// The tokenizer that transformers' `CLIPTokenizer` makes of `vocab.json` and `merges.txt`. The paths are for messages.
///
/// # Errors
/// When one of the files is damaged, or they contradict each other.
pub(super) fn clip_tokenizer(
    (vocabulary, vocabulary_path): (&[u8], &Path),
    (merges, merges_path): (&[u8], &Path),
) -> Result<Tokenizer, ModelError> {
    let bpe = read((vocabulary, vocabulary_path), (merges, merges_path))?;
    let id = |token: &str| {
        let missing = || ModelError::invalid(vocabulary_path, format!("has no token {token}"));
        bpe.token_to_id(token).ok_or_else(missing)
    };
    let (start, end) = (id(START)?, id(END)?);
    assemble(bpe, start, end).map_err(|reason| ModelError::invalid(vocabulary_path, reason))
}

/// Puts the steps around the model, in the order of `tokenization_clip.py`.
fn assemble(bpe: BPE, start: u32, end: u32) -> tokenizers::Result<Tokenizer> {
    let spaces = Replace::new(ReplacePattern::Regex(r"\s+".into()), " ")?;
    let normalizers: Vec<NormalizerWrapper> = vec![NFC.into(), spaces.into(), Lowercase.into()];
    let pieces = Split::new(SplitPattern::Regex(PIECES.into()), SplitDelimiterBehavior::Removed, true)?;
    let steps: Vec<PreTokenizerWrapper> = vec![pieces.into(), ByteLevel::new(false, true, true).into()];
    let processing = RobertaProcessing::new((END.into(), end), (START.into(), start));
    let mut tokenizer = Tokenizer::new(bpe);
    tokenizer.with_normalizer(Some(Sequence::new(normalizers)))?;
    tokenizer.with_pre_tokenizer(Some(PreTokenizers::new(steps)));
    tokenizer.with_post_processor(Some(processing.trim_offsets(false).add_prefix_space(false)));
    tokenizer.add_special_tokens([AddedToken::from(START, true), AddedToken::from(END, true)])?;
    Ok(tokenizer)
}

fn read(
    (vocabulary, vocabulary_path): (&[u8], &Path),
    (merges, merges_path): (&[u8], &Path),
) -> Result<BPE, ModelError> {
    let tokens: std::collections::HashMap<String, u32> =
        serde_json::from_slice(vocabulary).map_err(|error| ModelError::invalid(vocabulary_path, error))?;
    let merges = read_merges(merges).map_err(|reason| ModelError::invalid(merges_path, reason))?;
    let vocabulary: Vocab = tokens.into_iter().collect();
    let builder = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .unk_token(END.into())
        .continuing_subword_prefix(String::new())
        .end_of_word_suffix(END_OF_WORD.into());
    // The library copies a pair into a buffer as long as the longest token, without a check.
    panics::catch(|| builder.build())
        .map_err(|_| {
            ModelError::invalid(merges_path, format!("does not belong to {}", vocabulary_path.display()))
        })?
        .map_err(|error| ModelError::invalid(merges_path, error))
}

/// The pairs of a `merges.txt`, best first; a first line with a version is left out.
fn read_merges(merges: &[u8]) -> Result<Vec<(String, String)>, String> {
    let merges = std::str::from_utf8(merges).map_err(|error| error.to_string())?;
    let lines = merges.lines().enumerate();
    let pairs = lines.filter(|(i, line)| !(line.is_empty() || *i == 0 && line.starts_with("#version")));
    pairs
        .map(|(i, line)| match line.split_once(' ') {
            Some((a, b)) if !a.is_empty() && !b.is_empty() && !b.contains(' ') => {
                Ok((a.to_owned(), b.to_owned()))
            }
            _ => Err(format!("line {} is no pair of tokens", i + 1)),
        })
        .collect()
}
