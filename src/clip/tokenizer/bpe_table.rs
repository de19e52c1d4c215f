//! Byte-pair encoding over sorted tables: a vocabulary of 256,000 tokens is ready as soon as its bytes are in memory,
//! where hash maps of strings would take a second to fill.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokenizers::models::bpe::BpeTrainer;
use tokenizers::{Model, Token};

/// How a [`BpeTable`] treats what is not in its vocabulary, and the ends of words; the keys of the same names in the
/// `model` of `tokenizer.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::clip) struct BpeRules {
    /// The token of characters that are not in the vocabulary.
    pub unk_token: Option<String>,
    /// What is appended to the last character of a word.
    pub end_of_word_suffix: Option<String>,
    /// Whether unknown characters in a row become one token.
    pub fuse_unk: bool,
    /// Whether unknown characters become their bytes, `<0x00>` to `<0xFF>`, if the vocabulary has these.
    pub byte_fallback: bool,
    /// Whether a word that is a token becomes that token, whatever merges would make of it.
    pub ignore_merges: bool,
}

/// A vocabulary and the merges of byte-pair encoding, in two blocks of bytes that can be kept in a file as they are. All
/// numbers are u32, little-endian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::clip) struct BpeTable {
    /// The number of tokens; where each token begins among the strings, and where the last one ends; the id of each; the
    /// strings, sorted by their bytes.
    tokens: Vec<u8>,
    /// Number of tokens.
    count: usize,
    /// For each merge, sorted: the left and the right id, its rank (the lowest is merged first), the id of both
    /// together.
    merges: Vec<u8>,
    rules: BpeRules,
}

/// Bytes of a number.
const NUMBER: usize = size_of::<u32>();
/// Bytes of a merge.
const MERGE: usize = 4 * NUMBER;

impl BpeTable {
    /// Sorts a vocabulary and the merges of pairs of its tokens, first merges first.
    ///
    /// # Errors
    /// The token that is not in the vocabulary although a merge needs it.
    pub(in crate::clip) fn new<'a>(
        vocabulary: &HashMap<String, u32>,
        merges: impl IntoIterator<Item = (&'a str, &'a str)>,
        rules: BpeRules,
    ) -> Result<Self, String> {
        let id = |token: &str| vocabulary.get(token).copied().ok_or_else(|| token.to_owned());
        let mut ranked = Vec::new();
        for (rank, (left, right)) in (0_u32..).zip(merges) {
            ranked.push([id(left)?, id(right)?, rank, id(&format!("{left}{right}"))?]);
        }
        // Of a pair that is listed twice the later rank counts, as in the library.
        ranked.sort_unstable_by_key(|[left, right, rank, _]| (*left, *right, Reverse(*rank)));
        ranked.dedup_by_key(|[left, right, ..]| (*left, *right));

        let mut sorted: Vec<(&str, u32)> =
            vocabulary.iter().map(|(token, id)| (token.as_str(), *id)).collect();
        sorted.sort_unstable();
        let ends = sorted.iter().scan(0_u32, |end, (token, _)| {
            *end += token.len() as u32;
            Some(*end)
        });
        let numbers =
            [sorted.len() as u32, 0].into_iter().chain(ends).chain(sorted.iter().map(|(_, id)| *id));
        let mut tokens: Vec<u8> = numbers.flat_map(u32::to_le_bytes).collect();
        sorted.iter().for_each(|(token, _)| tokens.extend(token.as_bytes()));
        let merges = ranked.as_flattened().iter().flat_map(|number| number.to_le_bytes()).collect();
        Ok(Self { tokens, count: sorted.len(), merges, rules })
    }

    /// The table of the blocks that [`Self::blocks`] gave; none if they contradict themselves.
    pub(in crate::clip) fn from_blocks(tokens: Vec<u8>, merges: Vec<u8>, rules: BpeRules) -> Option<Self> {
        let count = number(&tokens, 0)? as usize;
        let table = Self { tokens, count, merges, rules };
        let strings = table.tokens.len().checked_sub(table.strings())?;
        let ends = (0..=count).map(|i| number(&table.tokens, 1 + i)).collect::<Option<Vec<_>>>()?;
        let fits = ends.is_sorted() && ends.last().is_some_and(|end| *end as usize == strings);
        (fits && table.merges.len().is_multiple_of(MERGE)).then_some(table)
    }

    /// The blocks of tokens and of merges.
    pub(in crate::clip) fn blocks(&self) -> [&[u8]; 2] {
        [&self.tokens, &self.merges]
    }

    /// The same table with other rules.
    #[must_use]
    pub(in crate::clip) fn with_rules(self, rules: BpeRules) -> Self {
        Self { rules, ..self }
    }

    /// Where the strings begin in the block of tokens.
    fn strings(&self) -> usize {
        (2 + 2 * self.count) * NUMBER
    }

    /// The bytes of the token that is the `index`-th in order.
    fn token(&self, index: usize) -> &[u8] {
        let at = |i| number(&self.tokens, 1 + i).map(|at| self.strings() + at as usize);
        match (at(index), at(index + 1)) {
            (Some(start), Some(end)) => self.tokens.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The id of the token with these bytes.
    fn id_of(&self, token: &[u8]) -> Option<u32> {
        let index = search(self.count, |index| self.token(index).cmp(token))?;
        number(&self.tokens, 2 + self.count + index)
    }

    /// Rank and id of what a pair is merged to.
    fn merge_of(&self, left: u32, right: u32) -> Option<(u32, u32)> {
        let at = |merge, field| number(&self.merges, 4 * merge + field);
        let index = search(self.merges.len() / MERGE, |merge| {
            (at(merge, 0), at(merge, 1)).cmp(&(Some(left), Some(right)))
        })?;
        at(index, 2).zip(at(index, 3))
    }

    /// The symbols that a word begins with: one for each character, or more where bytes stand in for it.
    fn symbols(&self, word: &str) -> Result<Symbols, String> {
        let mut symbols = Symbols::default();
        // An unknown stretch that may grow.
        let mut unknown: Option<(u32, usize)> = None;
        let mut buffer = String::new();
        for (at, character) in word.char_indices() {
            let length = character.len_utf8();
            buffer.clear();
            buffer.push(character);
            if at + length == word.len() {
                buffer.push_str(self.rules.end_of_word_suffix.as_deref().unwrap_or_default());
            }
            if let Some(id) = self.id_of(buffer.as_bytes()) {
                unknown.take().into_iter().for_each(|(id, length)| symbols.push(id, length));
                symbols.push(id, length);
                continue;
            }
            if self.rules.byte_fallback {
                let byte = |byte: u8| self.id_of(format!("<{byte:#04X}>").as_bytes());
                if let Some(ids) = buffer.bytes().map(byte).collect::<Option<Vec<_>>>() {
                    // As in the library, which does not end an unknown stretch here.
                    ids.into_iter().for_each(|id| symbols.push(id, 1));
                    continue;
                }
            }
            let Some(unk_token) = &self.rules.unk_token else { continue };
            unknown = Some(match unknown {
                Some((id, before)) if self.rules.fuse_unk => (id, before + length),
                before => {
                    before.into_iter().for_each(|(id, length)| symbols.push(id, length));
                    let id = self.id_of(unk_token.as_bytes());
                    (
                        id.ok_or_else(|| format!("its unk_token '{unk_token}' is not in its vocabulary"))?,
                        length,
                    )
                }
            });
        }
        unknown.into_iter().for_each(|(id, length)| symbols.push(id, length));
        Ok(symbols)
    }
}

/// The `index`-th number of a block.
fn number(block: &[u8], index: usize) -> Option<u32> {
    let at = index.checked_mul(NUMBER)?;
    block.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// The position of what compares as equal among `count` things in order.
fn search(count: usize, compare: impl Fn(usize) -> Ordering) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(middle) {
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
            Ordering::Equal => return Some(middle),
        }
    }
    None
}

/// The symbols of a word, a list linked both ways.
#[derive(Default)]
struct Symbols(Vec<Symbol>);

#[derive(Clone, Copy)]
struct Symbol {
    id: u32,
    /// Bytes of the word; 0 once it was merged into the one before.
    length: usize,
    previous: Option<usize>,
    next: Option<usize>,
}

impl Symbols {
    fn push(&mut self, id: u32, length: usize) {
        let at = self.0.len();
        if let Some(last) = self.0.last_mut() {
            last.next = Some(at);
        }
        self.0.push(Symbol { id, length, previous: at.checked_sub(1), next: None });
    }

    /// Merges pairs, the lowest rank first, and of equal ones the first in the word, until there is none left.
    fn merge(&mut self, table: &BpeTable) {
        let Self(symbols) = self;
        let candidate = |symbols: &[Symbol], at: usize| {
            let next = symbols[symbols[at].next?];
            let (rank, id) = table.merge_of(symbols[at].id, next.id)?;
            Some(Reverse((rank, at, id)))
        };
        let mut queue: BinaryHeap<_> = (0..symbols.len()).filter_map(|at| candidate(symbols, at)).collect();
        while let Some(Reverse((_, at, id))) = queue.pop() {
            // A merge that was made meanwhile may have taken one of the two.
            let (left, Some(next)) = (symbols[at], symbols[at].next) else { continue };
            let right = symbols[next];
            if left.length == 0 || table.merge_of(left.id, right.id).is_none_or(|(_, merged)| merged != id) {
                continue;
            }
            symbols[at] = Symbol { id, length: left.length + right.length, next: right.next, ..left };
            symbols[next].length = 0;
            if let Some(after) = right.next {
                symbols[after].previous = Some(at);
            }
            queue.extend(left.previous.and_then(|before| candidate(symbols, before)));
            queue.extend(candidate(symbols, at));
        }
    }
}

impl Model for BpeTable {
    type Trainer = BpeTrainer;

    /// Cuts a word into tokens, as the library's `BPE` does. Their strings are left empty: nobody reads them.
    fn tokenize(&self, word: &str) -> tokenizers::Result<Vec<Token>> {
        if word.is_empty() {
            return Ok(Vec::new());
        }
        if self.rules.ignore_merges
            && let Some(id) = self.id_of(word.as_bytes())
        {
            return Ok(vec![Token::new(id, String::new(), (0, word.len()))]);
        }
        let mut symbols = self.symbols(word)?;
        symbols.merge(self);
        let mut end = 0;
        let tokens = symbols.0.iter().filter(|symbol| symbol.length > 0).map(|symbol| {
            let start = end;
            end += symbol.length;
            Token::new(symbol.id, String::new(), (start, end))
        });
        Ok(tokens.collect())
    }

    fn token_to_id(&self, token: &str) -> Option<u32> {
        self.id_of(token.as_bytes())
    }

    /// Looks through all of the vocabulary: only decoding asks for it.
    fn id_to_token(&self, id: u32) -> Option<String> {
        let index = (0..self.count).find(|i| number(&self.tokens, 2 + self.count + i) == Some(id))?;
        String::from_utf8(self.token(index).to_vec()).ok()
    }

    fn get_vocab(&self) -> HashMap<String, u32> {
        let entry = |index| {
            let id = number(&self.tokens, 2 + self.count + index)?;
            Some((String::from_utf8(self.token(index).to_vec()).ok()?, id))
        };
        (0..self.count).filter_map(entry).collect()
    }

    fn get_vocab_size(&self) -> usize {
        self.count
    }

    fn save(&self, _: &Path, _: Option<&str>) -> tokenizers::Result<Vec<PathBuf>> {
        Err("this form of a tokenizer is not written as tokenizer.json".into())
    }

    fn get_trainer(&self) -> BpeTrainer {
        BpeTrainer::default()
    }
}

#[cfg(test)]
mod tests;
