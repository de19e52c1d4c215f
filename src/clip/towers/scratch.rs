//! Memory between the steps of a block.

use crate::clip::kernels::QuantizedRows;

/// Where the steps of a block leave their results: kept from pass to pass, since fresh memory costs a page
/// fault every 4 KiB. Widths may be padded (`kernels::stride_for`).
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// (tokens, width): f32 input of a product.
    pub rows: Vec<f32>,
    /// (tokens, width): input of a product of bytes.
    pub bytes: QuantizedRows,
    /// (tokens, 3 x width): queries, keys and values.
    pub qkv: Vec<f32>,
    /// (queries, width): attended states.
    pub attended: Vec<f32>,
    /// (tokens, intermediate size): states inside of the feed-forward layer.
    pub hidden: Vec<f32>,
}
