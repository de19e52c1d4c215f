//! `tokenizer_config.json`: which class of transformers cuts the texts of a SigLIP model, and how it pads them.

use std::path::Path;

use serde::Deserialize;

use crate::clip::error::ModelError;
use crate::clip::tokenizer::Side;

/// The keys of `tokenizer_config.json` that token ids depend on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::clip) struct TokenizerConfig {
    tokenizer_class: Option<String>,
    /// Whether a token is put in front of a text, in place of what `tokenizer.json` says.
    pub(super) add_bos_token: Option<bool>,
    /// Whether a token is put behind a text, in place of what `tokenizer.json` says.
    pub(super) add_eos_token: Option<bool>,
    bos_token: Option<TokenName>,
    eos_token: Option<TokenName>,
    pad_token: Option<TokenName>,
    unk_token: Option<TokenName>,
    /// The side where padding goes.
    pub(super) padding_side: Option<Side>,
    /// The side where long texts are cut.
    pub(super) truncation_side: Option<Side>,
    do_lower_case: Option<bool>,
}

/// A token, by itself or with its properties.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum TokenName {
    Name(String),
    Token { content: String },
}

/// A class of transformers that cuts texts into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clip) enum TokenizerClass {
    /// `SiglipTokenizer`: lower case, no punctuation, then sentencepiece.
    Siglip,
    /// `GemmaTokenizer`: Gemma's byte-pair encoding of the text as it is.
    Gemma,
    /// `Siglip2Tokenizer`: Gemma's, of the text in lower case.
    Siglip2,
    /// Whatever `tokenizer.json` says.
    AsTheFile,
}

impl TokenizerConfig {
    /// Reads `tokenizer_config.json`. `path` is for messages.
    ///
    /// # Errors
    /// When it is damaged.
    pub(in crate::clip) fn parse(json: &[u8], path: &Path) -> Result<Self, ModelError> {
        serde_json::from_slice(json).map_err(|error| ModelError::invalid(path, error))
    }

    /// The class that the file names, whose older forms end in `Fast`. Without a name it is the one that belongs to
    /// `"model_type": "siglip"`.
    ///
    /// # Errors
    /// The name of a class that is not known.
    pub(in crate::clip) fn class(&self) -> Result<TokenizerClass, String> {
        let Some(name) = &self.tokenizer_class else { return Ok(TokenizerClass::Siglip) };
        Ok(match name.strip_suffix("Fast").unwrap_or(name) {
            "SiglipTokenizer" => TokenizerClass::Siglip,
            "GemmaTokenizer" => TokenizerClass::Gemma,
            "Siglip2Tokenizer" => TokenizerClass::Siglip2,
            "PreTrainedTokenizer" | "TokenizersBackend" => TokenizerClass::AsTheFile,
            _ => return Err(format!("tokenizer_class '{name}' is not supported for a SigLIP model")),
        })
    }

    /// Whether `SiglipTokenizer` makes lower case of a text.
    pub(super) fn lower_case(&self) -> bool {
        self.do_lower_case.unwrap_or(true)
    }

    /// The token that begins a text.
    pub(super) fn bos_token(&self) -> &str {
        name(self.bos_token.as_ref(), "<bos>")
    }

    /// The token that ends a text; `default` is the one of the class.
    pub(super) fn eos_token<'a>(&'a self, default: &'a str) -> &'a str {
        name(self.eos_token.as_ref(), default)
    }

    /// The token that stands for what is not in the vocabulary.
    pub(super) fn unk_token(&self) -> &str {
        name(self.unk_token.as_ref(), "<unk>")
    }

    /// The token that fills short texts up, if the file names it.
    pub(super) fn pad_token(&self) -> Option<&str> {
        self.pad_token.as_ref().map(|token| name(Some(token), ""))
    }
}

fn name<'a>(token: Option<&'a TokenName>, default: &'a str) -> &'a str {
    match token {
        Some(TokenName::Name(content) | TokenName::Token { content }) => content,
        None => default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> TokenizerConfig {
        TokenizerConfig::parse(json.as_bytes(), Path::new("m/tokenizer_config.json")).unwrap()
    }

    #[test]
    fn the_class_decides_with_and_without_fast() {
        for (name, class) in [
            ("SiglipTokenizer", TokenizerClass::Siglip),
            ("GemmaTokenizerFast", TokenizerClass::Gemma),
            ("Siglip2Tokenizer", TokenizerClass::Siglip2),
            ("PreTrainedTokenizerFast", TokenizerClass::AsTheFile),
        ] {
            assert_eq!(parse(&format!(r#"{{"tokenizer_class": "{name}"}}"#)).class(), Ok(class));
        }
        assert_eq!(parse("{}").class(), Ok(TokenizerClass::Siglip));
        let error = parse(r#"{"tokenizer_class": "BertTokenizer"}"#).class().unwrap_err();
        assert!(error.contains("'BertTokenizer'"), "{error}");
    }

    #[test]
    fn tokens_come_by_name_or_with_properties() {
        let config = parse(
            r#"{"pad_token": {"content": "[p]", "lstrip": true}, "eos_token": "[e]", "bos_token": null,
                "padding_side": "left", "added_tokens_decoder": {"0": {}}}"#,
        );
        assert_eq!((config.pad_token(), config.eos_token("</s>")), (Some("[p]"), "[e]"));
        assert_eq!((config.bos_token(), config.unk_token()), ("<bos>", "<unk>"));
        assert_eq!((config.padding_side, config.truncation_side), (Some(Side::Left), None));
    }
}
