//! Texts of a SigLIP model to token ids, as the class of transformers that `tokenizer_config.json` names makes them:
//! always as many as the text tower has positions, padding included.

use std::path::{Path, PathBuf};

use serde_json::json;
use tokenizers::Model as _;

use super::sentencepiece::{Found, SPACE, SentencePiece};
use super::tokenizer_config::{TokenizerClass, TokenizerConfig};
use crate::clip::config::TextConfig;
use crate::clip::error::ModelError;
use crate::clip::tokenizer::{BpeTable, Pipeline, Settings, Side, check_ids};

/// The tokenizer of a SigLIP model.
pub(in crate::clip) struct SiglipTokenizer {
    model: Model,
    /// The id that fills short texts up.
    pad: u32,
    /// The side where padding goes.
    padding_side: Side,
    /// Number of ids of every text.
    context: usize,
    /// Number of token embeddings: ids are smaller.
    vocab_size: usize,
    /// The file, for messages.
    path: PathBuf,
}

enum Model {
    /// The steps of a `tokenizer.json`.
    Pipeline(Pipeline),
    /// The steps of a `tokenizer.json`, of a text that was reduced by [`canonical`] before.
    CanonicalPipeline { pipeline: Pipeline, lower_case: bool },
    /// A `spiece.model`.
    SentencePiece(Box<Pieces>),
}

/// What transformers' `SiglipTokenizer` does around a sentencepiece model.
struct Pieces {
    model: SentencePiece,
    lower_case: bool,
    /// The token that ends a text, and its id.
    eos: (String, u32),
    /// The token for what is unknown, and its id.
    unk: (String, u32),
    /// The side where long texts are cut.
    cut: Side,
}

impl SiglipTokenizer {
    /// The tokenizer of a folder without a `spiece.model`, or whose class has no use for it. `path` is that of
    /// `tokenizer.json`, for messages. `pipeline` was read with the settings of [`adapt`].
    ///
    /// # Errors
    /// When padding or special tokens don't fit the text tower.
    pub(in crate::clip) fn of_pipeline(
        mut pipeline: Pipeline,
        tokenizer: &TokenizerConfig,
        config: &TextConfig,
        path: &Path,
    ) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::invalid(path, reason);
        let class = tokenizer.class().map_err(invalid)?;
        let (default_pad, default_side) = match class {
            TokenizerClass::Siglip => ("</s>", Side::Right),
            TokenizerClass::Gemma | TokenizerClass::Siglip2 => ("<pad>", Side::Left),
            TokenizerClass::AsTheFile => ("<pad>", Side::Right),
        };
        let padding = pipeline.padding();
        let pad = tokenizer.pad_token().or(padding.map(|padding| padding.pad_token.as_str()));
        let pad = pad.unwrap_or(default_pad).to_owned();
        let padding_side = tokenizer.padding_side.or(padding.map(|padding| padding.direction));
        let cut = tokenizer.truncation_side.or(pipeline.cut()).unwrap_or(Side::Right);
        let pad = pipeline
            .token_id(&pad)
            .ok_or_else(|| invalid(format!("has no token '{pad}', which texts are padded with")))?;
        pipeline.limit(config.context, cut).map_err(invalid)?;
        let model = match class {
            TokenizerClass::Siglip => {
                Model::CanonicalPipeline { pipeline, lower_case: tokenizer.lower_case() }
            }
            _ => Model::Pipeline(pipeline),
        };
        Self::new(model, pad, padding_side.unwrap_or(default_side), config, path)
    }

    /// The tokenizer of a folder with a `spiece.model`, for `SiglipTokenizer`. `path` is for messages.
    ///
    /// # Errors
    /// When the model is damaged or not supported.
    pub(in crate::clip) fn of_sentencepiece(
        model: &[u8],
        tokenizer: &TokenizerConfig,
        config: &TextConfig,
        path: &Path,
    ) -> Result<Self, ModelError> {
        let model = SentencePiece::parse(model).map_err(|reason| ModelError::invalid(path, reason))?;
        let token = |name: &str| (name.to_owned(), model.id(name));
        let (eos, unk) = (token(tokenizer.eos_token("</s>")), token(tokenizer.unk_token()));
        let pad = model.id(tokenizer.pad_token().unwrap_or("</s>"));
        let cut = tokenizer.truncation_side.unwrap_or(Side::Right);
        let pieces = Pieces { lower_case: tokenizer.lower_case(), eos, unk, cut, model };
        let side = tokenizer.padding_side.unwrap_or(Side::Right);
        Self::new(Model::SentencePiece(Box::new(pieces)), pad, side, config, path)
    }

    fn new(
        model: Model,
        pad: u32,
        padding_side: Side,
        config: &TextConfig,
        path: &Path,
    ) -> Result<Self, ModelError> {
        let (context, vocab_size) = (config.context, config.vocab_size);
        let tokenizer = Self { model, pad, padding_side, context, vocab_size, path: path.to_owned() };
        tokenizer.encode("")?;
        Ok(tokenizer)
    }

    /// The ids of a text: as many as the text tower has positions.
    ///
    /// # Errors
    /// When there is an id beyond the vocabulary, or the tokenizer can't cope with the text.
    pub(in crate::clip) fn encode(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let mut ids = match &self.model {
            Model::Pipeline(pipeline) => pipeline.encode(text),
            Model::CanonicalPipeline { pipeline, lower_case } => {
                pipeline.encode(&canonical(text, *lower_case))
            }
            Model::SentencePiece(pieces) => Ok(pieces.encode(text, self.context)),
        }
        .map_err(|reason| ModelError::invalid(&self.path, reason))?;
        let missing = std::iter::repeat_n(self.pad, self.context.saturating_sub(ids.len()));
        match self.padding_side {
            Side::Left => drop(ids.splice(..0, missing)),
            Side::Right => ids.extend(missing),
        }
        check_ids(&ids, self.vocab_size, &self.path)?;
        Ok(ids)
    }
}

/// Changes the settings of a `tokenizer.json` to what transformers' class makes of them: the classes of Gemma and SigLIP 2
/// take the vocabulary and the merges of the file, and have steps of their own. `parsed` is none for a file of another
/// kind.
///
/// # Errors
/// When the class needs a file of this kind, or a token is missing; as a reason.
pub(in crate::clip) fn adapt(
    parsed: Option<(&mut Settings, &BpeTable)>,
    tokenizer: &TokenizerConfig,
) -> Result<(), String> {
    let class = tokenizer.class()?;
    let is_gemma = matches!(class, TokenizerClass::Gemma | TokenizerClass::Siglip2);
    let Some((settings, table)) = parsed else {
        return if is_gemma {
            Err("is no byte-pair encoding, as tokenizer_config.json says that it is".into())
        } else {
            Ok(())
        };
    };
    if is_gemma {
        let spaces = json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"});
        settings.normalizer = match class {
            TokenizerClass::Siglip2 => {
                json!({"type": "Sequence", "normalizers": [{"type": "Lowercase"}, spaces]})
            }
            _ => spaces,
        };
        settings.pre_tokenizer = json!({
            "type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": false
        });
        settings.rules.unk_token = Some(tokenizer.unk_token().to_owned());
        settings.rules.end_of_word_suffix = None;
        settings.rules.fuse_unk = true;
        settings.rules.byte_fallback = true;
        settings.rules.ignore_merges = false;
    }
    if class != TokenizerClass::Siglip
        && (tokenizer.add_bos_token.is_some() || tokenizer.add_eos_token.is_some())
    {
        settings.post_processor = template(table, tokenizer)?;
    }
    Ok(())
}

/// The post-processor that puts tokens around a text as `tokenizer_config.json` says.
fn template(table: &BpeTable, tokenizer: &TokenizerConfig) -> Result<serde_json::Value, String> {
    let (bos, eos) = (tokenizer.bos_token(), tokenizer.eos_token("<eos>"));
    let part = |token: &str| json!({"SpecialToken": {"id": token, "type_id": 0}});
    let (mut single, mut special) =
        (vec![json!({"Sequence": {"id": "A", "type_id": 0}})], serde_json::Map::new());
    for (token, wanted, at_start) in
        [(bos, tokenizer.add_bos_token, true), (eos, tokenizer.add_eos_token, false)]
    {
        if !wanted.unwrap_or_default() {
            continue;
        }
        let id = table.token_to_id(token);
        let id = id.ok_or_else(|| format!("has no token '{token}', which tokenizer_config.json asks for"))?;
        special.insert(token.to_owned(), json!({"id": token, "ids": [id], "tokens": [token]}));
        if at_start { single.insert(0, part(token)) } else { single.push(part(token)) }
    }
    let pair =
        [json!({"Sequence": {"id": "A", "type_id": 0}}), json!({"Sequence": {"id": "B", "type_id": 1}})];
    Ok(json!({"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special}))
}

impl Pieces {
    /// The ids of a text, at most `most`, the last of them the end.
    fn encode(&self, text: &str, most: usize) -> Vec<u32> {
        let text = format!("{SPACE}{}", text.replace(SPACE, " "));
        let mut found: Vec<Found> = Vec::new();
        let parts = split(&text, [&self.eos.0, &self.unk.0]);
        let named = |part: &str| [&self.eos, &self.unk].into_iter().find(|(name, _)| name == part);
        for (i, part) in parts.iter().enumerate() {
            if let Some((name, id)) = named(part) {
                found.push(Found { id: *id, text: name.clone() });
                continue;
            }
            // Those tokens take the spaces around them with them.
            let mut part = *part;
            if i > 0 {
                part = part.trim_start_matches(is_space);
            }
            if i + 1 < parts.len() {
                part = part.trim_end_matches(is_space);
            }
            if !part.is_empty() {
                found.extend(self.pieces(part));
            }
        }
        if let [first, second, ..] = found.as_slice()
            && first.text.chars().eq([SPACE])
            && named(&second.text).is_some()
        {
            found.remove(0);
        }
        let mut ids: Vec<u32> = found.into_iter().map(|found| found.id).collect();
        let most = most.saturating_sub(1);
        match self.cut {
            Side::Right => ids.truncate(most),
            Side::Left => drop(ids.drain(..ids.len().saturating_sub(most))),
        }
        if ids.last() != Some(&self.eos.1) {
            ids.push(self.eos.1);
        }
        ids
    }

    /// The pieces of a part of a text. As in transformers, the unknown token is put in front, so that no space is added
    /// there, and its pieces are dropped.
    fn pieces(&self, part: &str) -> Vec<Found> {
        let unk = &self.unk.0;
        let mut found = self.model.encode(&format!("{unk}{}", canonical(part, self.lower_case)));
        let in_front = self.model.encode(unk).len();
        if found.len() >= in_front {
            found.drain(..in_front);
        }
        found
    }
}

/// Splits a text at tokens, which are parts of the result; of two at the same place the first counts.
fn split<'a>(text: &'a str, tokens: [&str; 2]) -> Vec<&'a str> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let token = tokens.iter().find(|token| !token.is_empty() && text[at..].starts_with(**token));
        match token {
            Some(token) => {
                parts.extend([&text[start..at], &text[at..at + token.len()]]);
                at += token.len();
                start = at;
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// What `SiglipTokenizer` makes of a text before it is cut: lower case, no ASCII punctuation, single spaces.
fn canonical(text: &str, lower_case: bool) -> String {
    let text = if lower_case { text.to_lowercase() } else { text.to_owned() };
    let text: String = text.chars().filter(|c| !c.is_ascii_punctuation()).collect();
    text.split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What Python takes for white space, which is a little more than Unicode does.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_reduced_as_by_the_reference() {
        // By transformers 5.24: SiglipTokenizer.canonicalize_text.
        for (text, expected) in [
            ("A Photo, of  a\tCAT!", "a photo of a cat"),
            ("it's rock-n-roll…", "its rocknroll…"),
            (" \u{1c}İ ΟΔΟΣ\u{a0}", "i\u{307} οδος"),
            ("...", ""),
        ] {
            assert_eq!(canonical(text, true), expected);
        }
        assert_eq!(canonical("A B.", false), "A B");
    }

    #[test]
    fn texts_are_split_at_tokens() {
        assert_eq!(split("a</s>b<unk></s>", ["</s>", "<unk>"]), ["a", "</s>", "b", "<unk>", "</s>"]);
        assert_eq!(split("", ["</s>", "<unk>"]), [""; 0]);
        assert_eq!(split("é</s", ["</s>", ""]), ["é</s"]);
    }
}
