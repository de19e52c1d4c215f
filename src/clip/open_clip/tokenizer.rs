//! open_clip's `SimpleTokenizer`, with the vocabulary of the model's folder.

use std::path::Path;

use tokenizers::models::ModelWrapper;
use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{
    Model, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, SplitDelimiterBehavior, Tokenizer,
};

use super::clean;
use crate::clip::bpe::{END, END_OF_WORD, START};
use crate::clip::error::ModelError;

/// What open_clip calls the tokens at start and end of a text; a text may spell them.
const SPELLED_START: &str = "<start_of_text>";
const SPELLED_END: &str = "<end_of_text>";

/// The pieces that texts are cut into. open_clip's pattern ignores case, which after lowering matters only for the odd
/// letters that fold to ASCII ones, and for U+0345, a mark that folds to a letter: Python's `regex` takes it for neither.
const PIECES: &str =
    r"(?i:<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d)|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}\x{345}]+";

/// Texts to token ids as open_clip's `SimpleTokenizer` makes them: cleaned, in lower case, cut into pieces, and these
/// into byte pairs.
pub(in crate::clip) struct OpenClipTokenizer {
    pieces: Split,
    bpe: BPE,
    start: u32,
    end: u32,
    /// The character that stands for each byte in the vocabulary.
    byte_characters: [char; 256],
}

impl OpenClipTokenizer {
    /// Takes the vocabulary and merges of a tokenizer; its other steps are not used. `path` is for messages.
    ///
    /// # Errors
    /// When it is not of CLIP's kind.
    pub(in crate::clip) fn new(tokenizer: &Tokenizer, path: &Path) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::invalid(path, reason);
        let bpe = match tokenizer.get_model() {
            ModelWrapper::BPE(bpe) if bpe.end_of_word_suffix.as_deref() == Some(END_OF_WORD) => bpe.clone(),
            _ => return Err(invalid("is no tokenizer of CLIP's kind, which open_clip's models need".into())),
        };
        let id = |names: [&str; 2]| {
            let found = names.iter().find_map(|name| tokenizer.token_to_id(name));
            found.ok_or_else(|| invalid(format!("has no token {} or {}", names[0], names[1])))
        };
        let pieces = Split::new(SplitPattern::Regex(PIECES.into()), SplitDelimiterBehavior::Removed, true);
        Ok(Self {
            pieces: pieces.map_err(|error| invalid(error.to_string()))?,
            start: id([START, SPELLED_START])?,
            end: id([END, SPELLED_END])?,
            bpe,
            byte_characters: byte_characters(),
        })
    }

    /// The ids of a text, start and end included, at most `context` of them: longer texts are cut, and end all the same.
    ///
    /// # Errors
    /// When the vocabulary lacks a byte.
    pub(in crate::clip) fn encode(&self, text: &str, context: usize) -> tokenizers::Result<Vec<u32>> {
        let mut pieces = PreTokenizedString::from(clean::lower(text));
        self.pieces.pre_tokenize(&mut pieces)?;
        let mut ids = vec![self.start];
        for (piece, _, _) in pieces.get_splits(OffsetReferential::Original, OffsetType::None) {
            match piece {
                SPELLED_START => ids.push(self.start),
                SPELLED_END => ids.push(self.end),
                _ => {
                    let word: String = piece.bytes().map(|b| self.byte_characters[usize::from(b)]).collect();
                    ids.extend(self.bpe.tokenize(&word)?.iter().map(|token| token.id));
                }
            }
            if ids.len() >= context {
                break;
            }
        }
        ids.truncate(context.saturating_sub(1));
        ids.push(self.end);
        Ok(ids)
    }
}

/// The table `bytes_to_unicode` of `tokenizer.py`: printable characters of Latin-1 stand for themselves, the other bytes
/// for the characters from U+0100 on.
fn byte_characters() -> [char; 256] {
    let mut others = (0x100u16..).filter_map(|code| char::from_u32(code.into()));
    std::array::from_fn(|byte| match byte as u8 {
        printable @ (b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff) => char::from(printable),
        other => others.next().unwrap_or(char::from(other)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tokenizer that knows every byte, alone and at the end of a word, and a few merges.
    fn tokenizer() -> OpenClipTokenizer {
        let mut tokens: Vec<String> = byte_characters().iter().map(char::to_string).collect();
        tokens.extend(byte_characters().iter().map(|c| format!("{c}{END_OF_WORD}")));
        tokens.extend(["ca", "cat</w>", START, END].map(str::to_owned));
        let vocabulary: serde_json::Map<_, _> =
            tokens.into_iter().enumerate().map(|(id, token)| (token, id.into())).collect();
        let vocabulary = serde_json::to_vec(&vocabulary).unwrap();
        let path = Path::new("m/vocab.json");
        let inner = crate::clip::bpe::clip_tokenizer(
            (&vocabulary, path),
            (b"#version: 0.2\nc a\nca t</w>\n", Path::new("m/merges.txt")),
        );
        OpenClipTokenizer::new(&inner.unwrap(), path).unwrap()
    }

    #[test]
    fn start_and_end_can_be_spelled_where_a_piece_begins() {
        let tokenizer = tokenizer();
        let encode = |text| tokenizer.encode(text, 77).unwrap();
        let (cat, start, end) = (513, 514, 515);
        assert_eq!(encode("a cat"), [start, 256 + u32::from(b'a'), cat, end]);
        assert_eq!(encode("CAT<End_Of_Text><start_of_text>cat"), [start, cat, end, start, cat, end]);
        // Behind other punctuation it is part of that.
        assert!(!encode("!<end_of_text>")[1..5].contains(&end));
        // What transformers calls the end is nothing special here.
        assert!(encode("<|endoftext|>").len() > 5);
    }

    #[test]
    fn long_texts_end_all_the_same() {
        let tokenizer = tokenizer();
        for context in 2..6 {
            let ids = tokenizer.encode("cat cat cat cat cat cat", context).unwrap();
            assert_eq!(ids, [vec![514], vec![513; context - 2], vec![515]].concat());
        }
        assert_eq!(tokenizer.encode(" \n", 5).unwrap(), [514, 515]);
    }

    #[test]
    fn bytes_have_the_characters_of_gpt_2() {
        let characters = byte_characters();
        // From Python's bytes_to_unicode().
        for (byte, character) in
            [(0, 'Ā'), (32, 'Ġ'), (33, '!'), (127, 'ġ'), (160, 'ł'), (173, 'Ń'), (255, 'ÿ'), (10, 'Ċ')]
        {
            assert_eq!(characters[byte], character, "{byte}");
        }
    }
}
