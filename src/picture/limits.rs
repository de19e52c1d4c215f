//! How much one picture may cost.

use serde::{Deserialize, Serialize};

/// How much one picture may cost before it is refused.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Limits {
    /// Largest width x height, in pixels.
    pub max_pixels: u64,
    /// Largest file, in bytes.
    pub max_file_bytes: u64,
    /// Most memory for file and decoder together, in bytes.
    pub max_memory: u64,
}

impl Default for Limits {
    /// 256 megapixels, 450 MB of file, 850 MB of memory.
    fn default() -> Self {
        Self { max_pixels: 256_000_000, max_file_bytes: 450_000_000, max_memory: 850_000_000 }
    }
}
