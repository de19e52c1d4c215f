//! From the bytes of a channel to normalized values.

use serde::Deserialize;

/// Mean of the three channels, from 0 to 1, of the pictures that OpenAI trained CLIP with.
pub(super) const OPENAI_MEAN: [f64; 3] = [0.48145466, 0.4578275, 0.40821073];
/// Standard deviation of the same.
pub(super) const OPENAI_STD: [f64; 3] = [0.26862954, 0.26130258, 0.27577711];

/// One number for all channels, or one for each.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Channels {
    All(f64),
    Each([f64; 3]),
}

impl Channels {
    /// The number of each channel.
    pub(super) fn values(self) -> [f64; 3] {
        match self {
            Self::All(value) => [value; 3],
            Self::Each(values) => values,
        }
    }
}

/// What each of the 256 values of each channel becomes: (value x scale - mean) / std.
///
/// # Errors
/// When one of them is no finite number.
pub(super) fn tables(scale: f64, mean: [f64; 3], std: [f64; 3]) -> Result<[[f32; 256]; 3], String> {
    let mut tables = [[0.0; 256]; 3];
    for (table, (mean, std)) in tables.iter_mut().zip(mean.into_iter().zip(std)) {
        for (value, out) in table.iter_mut().enumerate() {
            *out = ((value as f64 * scale - mean) / std) as f32;
            if !out.is_finite() {
                return Err(format!("rescale_factor {scale}, mean {mean} and std {std} make no numbers"));
            }
        }
    }
    Ok(tables)
}
