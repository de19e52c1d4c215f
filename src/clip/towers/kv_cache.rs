//! The keys and values that a causal transformer has computed.

/// Keys and values of the tokens of one sequence that a causal transformer has seen: those of a token depend on the
/// tokens before it only, so that they stay as they are when others follow.
#[derive(Debug, Default)]
pub(crate) struct KvCache {
    /// For each block (tokens, 3 x width): queries, keys and values of [`Self::tokens`] tokens, and perhaps of more
    /// that were dropped.
    pub(super) blocks: Vec<Vec<f32>>,
    tokens: usize,
}

impl KvCache {
    /// The number of tokens whose keys and values are kept.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// Drops all but the first `tokens`.
    pub(crate) fn truncate(&mut self, tokens: usize) {
        self.tokens = self.tokens.min(tokens);
    }

    /// Counts `tokens` more, whose keys and values have been written to every block.
    pub(super) fn extend(&mut self, tokens: usize) {
        self.tokens += tokens;
    }
}
