//! Texts to pieces as the sentencepiece library cuts them with a unigram model, from its own file, `spiece.model`.
//!
//! `model_file` reads the file, `charsmap` normalizes characters, [`SentencePiece`] finds the best pieces: what
//! `normalizer.cc` and `unigram_model.cc` (`EncodeOptimized`) of <https://github.com/google/sentencepiece> do.

mod charsmap;
mod model_file;

use charsmap::Charsmap;
use model_file::{ModelFile, PieceKind};

/// What stands for a space among pieces.
pub(super) const SPACE: char = '▁';
/// How much worse an unknown character is than the worst piece.
const UNKNOWN_PENALTY: f32 = 10.0;

/// A unigram model with its normalization.
pub(super) struct SentencePiece {
    /// Sorted by their bytes.
    pieces: Vec<Piece>,
    charsmap: Option<Charsmap>,
    /// Whether a space is put in front of a text.
    add_dummy_prefix: bool,
    /// Whether spaces at the ends go, and one of several in a row stays.
    remove_extra_whitespaces: bool,
    /// The id of what is no piece.
    unknown: u32,
    unknown_score: f32,
    /// Ids of pieces that are found by their names only, as the end of a text.
    control: Vec<(String, u32)>,
}

struct Piece {
    text: Vec<u8>,
    id: u32,
    /// Logarithm of its probability.
    score: f32,
}

/// A piece of a text: its id, and its characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub id: u32,
    pub text: String,
}

/// The best way to a position of a text.
#[derive(Clone, Copy)]
struct Step {
    /// Where the last piece begins.
    start: usize,
    id: u32,
    score: f32,
}

impl SentencePiece {
    /// Reads a `spiece.model`.
    ///
    /// # Errors
    /// When it is damaged, or needs what is not supported, as a reason.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let file = ModelFile::parse(bytes)?;
        let (mut pieces, mut control, mut unknown) = (Vec::new(), Vec::new(), None);
        let mut least = f32::INFINITY;
        for (id, piece) in (0_u32..).zip(file.pieces) {
            match piece.kind {
                PieceKind::Normal => {
                    least = least.min(piece.score);
                    pieces.push(Piece { text: piece.text.into_bytes(), id, score: piece.score });
                }
                PieceKind::Unknown => {
                    unknown = Some(id);
                    control.push((piece.text, id));
                }
                PieceKind::Control => control.push((piece.text, id)),
                PieceKind::Unused => {}
            }
        }
        pieces.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        if pieces.is_empty() || !pieces.iter().all(|piece| piece.score.is_finite() && !piece.text.is_empty())
        {
            return Err("has no pieces, or some without a score".into());
        }
        let charsmap = (!file.charsmap.is_empty()).then(|| Charsmap::parse(&file.charsmap)).transpose()?;
        Ok(Self {
            pieces,
            charsmap,
            add_dummy_prefix: file.add_dummy_prefix,
            remove_extra_whitespaces: file.remove_extra_whitespaces,
            unknown: unknown.ok_or("has no piece for what is unknown")?,
            unknown_score: least - UNKNOWN_PENALTY,
            control,
        })
    }

    /// The id of a piece, whatever its kind; that of the unknown piece for what is none.
    pub(super) fn id(&self, text: &str) -> u32 {
        let named = self.control.iter().find(|(name, _)| name == text).map(|(_, id)| *id);
        let found = || self.pieces.binary_search_by(|piece| piece.text.as_slice().cmp(text.as_bytes()));
        named.or_else(|| found().ok().map(|i| self.pieces[i].id)).unwrap_or(self.unknown)
    }

    /// The most probable pieces of a text; unknown characters in a row are one.
    pub(super) fn encode(&self, text: &str) -> Vec<Found> {
        let text = self.normalize(text);
        let mut found: Vec<Found> = Vec::new();
        let mut end = text.len();
        let steps = self.best_steps(&text);
        while let Some(step) = steps.get(end).copied().flatten() {
            let piece = &text[step.start..end];
            match found.last_mut() {
                Some(last) if step.id == self.unknown && last.id == self.unknown => {
                    last.text.insert_str(0, piece);
                }
                _ => found.push(Found { id: step.id, text: piece.to_owned() }),
            }
            end = step.start;
        }
        found.reverse();
        found
    }

    /// The best last step to each position, by Viterbi's algorithm; none at 0, and inside of characters.
    fn best_steps(&self, text: &str) -> Vec<Option<Step>> {
        let mut best: Vec<Option<Step>> = vec![None; text.len() + 1];
        for (start, character) in text.char_indices() {
            // Each character can be a step by itself: every one is reached.
            let before = best[start].map_or(0.0, |step| step.score);
            let next = start + character.len_utf8();
            let mut has_single = false;
            for (length, piece) in self.pieces_at(&text[start..]) {
                improve(&mut best[start + length], Step { start, id: piece.id, score: before + piece.score });
                has_single |= start + length == next;
            }
            if !has_single {
                improve(
                    &mut best[next],
                    Step { start, id: self.unknown, score: before + self.unknown_score },
                );
            }
        }
        best
    }

    /// The pieces that a text begins with, the shortest first, with their lengths in bytes.
    fn pieces_at<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, &'a Piece)> {
        let mut candidates = self.pieces.as_slice();
        let ends = text.char_indices().map(|(at, character)| (at, at + character.len_utf8()));
        ends.map_while(move |(start, end)| {
            // All of them begin with the text up to `start`.
            let part = &text.as_bytes()[start..end];
            let begins = |piece: &Piece| {
                let rest = &piece.text[start..];
                rest[..rest.len().min(part.len())].cmp(part)
            };
            let first = candidates.partition_point(|piece| begins(piece).is_lt());
            let count = candidates[first..].partition_point(|piece| begins(piece).is_eq());
            candidates = &candidates[first..first + count];
            let piece = candidates.first()?;
            Some((piece.text.len() == end).then_some((end, piece)))
        })
        .flatten()
    }

    /// A text as the pieces have it: characters mapped, spaces reduced and replaced.
    fn normalize(&self, text: &str) -> String {
        let mut normalized = String::with_capacity(text.len() + SPACE.len_utf8());
        let mut after_space = self.remove_extra_whitespaces;
        let mut rest = text;
        while !rest.is_empty() {
            let (mapped, length) = match &self.charsmap {
                Some(charsmap) => charsmap.next(rest),
                None => {
                    let length = rest.chars().next().map_or(0, char::len_utf8);
                    (&rest[..length], length)
                }
            };
            rest = &rest[length..];
            let mapped = if after_space { mapped.trim_start_matches(' ') } else { mapped };
            if mapped.is_empty() {
                continue;
            }
            if normalized.is_empty() && self.add_dummy_prefix {
                normalized.push(SPACE);
            }
            normalized.extend(mapped.chars().map(|c| if c == ' ' { SPACE } else { c }));
            after_space = self.remove_extra_whitespaces && mapped.ends_with(' ');
        }
        if self.remove_extra_whitespaces {
            normalized.truncate(normalized.trim_end_matches(SPACE).len());
        }
        normalized
    }
}

/// Takes a step in place of a worse one.
fn improve(best: &mut Option<Step>, step: Step) {
    if best.is_none_or(|best| step.score > best.score) {
        *best = Some(step);
    }
}

#[cfg(test)]
mod tests;
