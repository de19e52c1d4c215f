//! Reading a `tokenizer.json` of byte-pair encoding into its compact form.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokenizers::AddedToken;

use super::bpe_table::{BpeRules, BpeTable};

/// All of a `tokenizer.json` but the vocabulary and the merges; the names are those of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::clip) struct Settings {
    /// Tokens that are found in a text before anything else is done with it.
    pub added_tokens: Vec<AddedToken>,
    /// What is done to the text.
    pub normalizer: Value,
    /// How the text is cut into words.
    pub pre_tokenizer: Value,
    /// What is put around the tokens.
    pub post_processor: Value,
    /// How short texts are padded, if the file says so.
    pub padding: Option<Padding>,
    /// How long texts are cut, if the file says so.
    pub truncation: Option<Truncation>,
    /// What the model does besides merging.
    pub rules: BpeRules,
}

/// How short texts are padded; the names are those of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::clip) struct Padding {
    /// The side where padding goes.
    pub direction: Side,
    /// The token that fills up.
    pub pad_token: String,
}

/// How long texts are cut; the name is that of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::clip) struct Truncation {
    /// The side where tokens are cut off.
    pub direction: Side,
}

/// An end of a text; files write it in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::clip) enum Side {
    /// Its beginning.
    #[serde(alias = "left")]
    Left,
    /// Its end.
    #[serde(alias = "right")]
    Right,
}

/// Reads a `tokenizer.json`; none if its model is not byte-pair encoding as [`BpeTable`] does it.
///
/// # Errors
/// When it is damaged or contradicts itself.
pub(in crate::clip) fn parse(json: &[u8]) -> Result<Option<(Settings, BpeTable)>, String> {
    let Kind { model } = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let plain = model.continuing_subword_prefix.is_none_or(|prefix| prefix.is_empty())
        && model.dropout.is_none_or(|share| share == 0.0);
    if model.kind.as_deref() != Some("BPE") || !plain {
        return Ok(None);
    }
    let file: File = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if let Some(version) = file.version.filter(|version| version != "1.0") {
        return Err(format!("Unknown tokenizer version '{version}'"));
    }
    let rules = BpeRules {
        unk_token: file.model.unk_token,
        end_of_word_suffix: file.model.end_of_word_suffix,
        fuse_unk: file.model.fuse_unk.unwrap_or_default(),
        byte_fallback: file.model.byte_fallback.unwrap_or_default(),
        ignore_merges: file.model.ignore_merges.unwrap_or_default(),
    };
    let mut pairs = Vec::with_capacity(file.model.merges.len());
    for merge in &file.model.merges {
        match merge {
            Merge::Pair(left, right) => pairs.push((left.as_str(), right.as_str())),
            Merge::Line(line) if line.starts_with("#version") => {}
            Merge::Line(line) => {
                let pair = line.split_once(' ').filter(|(_, right)| !right.contains(' '));
                pairs.push(pair.ok_or_else(|| format!("merge '{line}' is no pair"))?);
            }
        }
    }
    let table = BpeTable::new(&file.model.vocab, pairs, rules.clone())
        .map_err(|token| format!("a merge needs token '{token}', which is not in the vocabulary"))?;
    let settings = Settings {
        added_tokens: file.added_tokens,
        normalizer: file.normalizer,
        pre_tokenizer: file.pre_tokenizer,
        post_processor: file.post_processor,
        padding: file.padding,
        truncation: file.truncation,
        rules,
    };
    Ok(Some((settings, table)))
}

/// What tells whether the model is byte-pair encoding.
#[derive(Deserialize)]
struct Kind {
    model: ModelKind,
}

#[derive(Deserialize)]
struct ModelKind {
    #[serde(rename = "type")]
    kind: Option<String>,
    dropout: Option<f32>,
    continuing_subword_prefix: Option<String>,
}

/// A file whose model is byte-pair encoding.
#[derive(Deserialize)]
struct File {
    version: Option<String>,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    #[serde(default)]
    post_processor: Value,
    padding: Option<Padding>,
    truncation: Option<Truncation>,
    model: Model,
}

#[derive(Deserialize)]
struct Model {
    unk_token: Option<String>,
    end_of_word_suffix: Option<String>,
    fuse_unk: Option<bool>,
    byte_fallback: Option<bool>,
    ignore_merges: Option<bool>,
    vocab: HashMap<String, u32>,
    merges: Vec<Merge>,
}

/// A merge, as newer and older versions of the library write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Line(String),
}
