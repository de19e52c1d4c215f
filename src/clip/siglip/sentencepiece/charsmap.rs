//! The map of characters in a sentencepiece model: stretches of text to what stands for them.

/// A map from stretches of text to what replaces them, as sentencepiece compiles it: a double-array trie (Darts-clone)
/// whose values are positions among the replacements.
pub(super) struct Charsmap {
    /// The units of the trie, see [`Unit`].
    units: Vec<Unit>,
    /// The replacements, each ended by a NUL.
    replacements: String,
}

/// A node of the trie: its label, where its children are, and whether it ends a key; or a value.
#[derive(Clone, Copy)]
struct Unit(u32);

impl Unit {
    /// Whether the first child is a value.
    fn has_value(self) -> bool {
        self.0 >> 8 & 1 == 1
    }

    fn value(self) -> usize {
        (self.0 & 0x7fff_ffff) as usize
    }

    /// The byte that leads here; never equal to one for a value.
    fn label(self) -> u32 {
        self.0 & (1 << 31 | 0xff)
    }

    /// What a node's position is combined with for those of its children.
    fn offset(self) -> usize {
        ((self.0 >> 10) << ((self.0 & 1 << 9) >> 6)) as usize
    }
}

impl Charsmap {
    /// Reads the `precompiled_charsmap` of a model: the length of the trie in bytes, the trie, the replacements.
    ///
    /// # Errors
    /// When it is damaged, as a reason.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let damaged = || "has a damaged map of characters".to_owned();
        let (length, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let (trie, replacements) =
            rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(damaged)?;
        let (units, []) = trie.as_chunks() else { return Err(damaged()) };
        let units = units.iter().map(|unit| Unit(u32::from_le_bytes(*unit))).collect();
        let replacements = String::from_utf8(replacements.to_vec()).map_err(|_| damaged())?;
        Ok(Self { units, replacements })
    }

    /// What stands for the beginning of a text that is not empty, and how many bytes of the text that is: the longest
    /// stretch in the map, or one character as it is.
    pub(super) fn next<'a>(&'a self, text: &'a str) -> (&'a str, usize) {
        let one = text.chars().next().map_or(0, char::len_utf8);
        let mapped = self.longest(text.as_bytes()).and_then(|(value, length)| {
            let replacement = self.replacements.get(value..)?.split('\0').next()?;
            text.is_char_boundary(length).then_some((replacement, length))
        });
        mapped.unwrap_or((&text[..one], one))
    }

    /// Value and length of the longest key that a text begins with.
    fn longest(&self, text: &[u8]) -> Option<(usize, usize)> {
        let mut found = None;
        let mut at = self.units.first()?.offset();
        for (length, byte) in (1..).zip(text) {
            at ^= usize::from(*byte);
            let Some(unit) = self.units.get(at).filter(|unit| unit.label() == u32::from(*byte)) else {
                break;
            };
            at ^= unit.offset();
            if unit.has_value() {
                found = self.units.get(at).map(|unit| (unit.value(), length));
            }
        }
        found
    }
}
