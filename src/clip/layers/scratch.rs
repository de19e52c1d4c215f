//! Memory between the steps of a block, and the memory of a causal transformer.

use super::matrix::QuantizedRows;

/// Where the steps of a block leave their results: kept from pass to pass, since fresh memory costs a page
/// fault every 4 KiB.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Rows of f32 that a product reads.
    pub rows: Vec<f32>,
    /// Rows of bytes that a product reads.
    pub bytes: QuantizedRows,
    /// Queries, keys and values of all tokens.
    pub qkv: Vec<f32>,
    /// What the queries found.
    pub attended: Vec<f32>,
    /// Inside of the feed-forward layer.
    pub hidden: Vec<f32>,
}

/// Keys and values of the tokens that a causal transformer has seen: a token's depend on those before it
/// only, so that they stay as they are when others follow.
#[derive(Debug, Default)]
pub struct Past {
    /// Of each block queries, keys and values of [`Self::tokens`] tokens.
    pub(super) layers: Vec<Vec<f32>>,
    tokens: usize,
}

impl Past {
    /// Tokens seen.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Forgets all but the first `tokens`.
    pub fn truncate(&mut self, tokens: usize) {
        self.tokens = self.tokens.min(tokens);
    }

    pub(super) fn extend(&mut self, tokens: usize) {
        self.tokens += tokens;
    }
}
