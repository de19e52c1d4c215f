//! The inputs of a layer moved and scaled, channel by channel, before they are rounded.
//!
//! One channel that is many times as large as the others takes all of the 256 steps for itself, and real checkpoints have
//! such channels after every norm. What a layer computes stays the same when its inputs become x' = (x - mean) / scale and
//! its weights W scale, with W mean added to the bias; and whatever makes the inputs, a norm or the values of attention,
//! can be changed to make x' at no cost. The scale halves the trouble between inputs and weights, as in SmoothQuant (Xiao
//! and others, 2023); the mean is moved as in Outlier Suppression+ (Wei and others, 2023), which also leaves
//! nothing of the inputs' mean to be multiplied by rounded weights.
//!
//! Both come from what the layer gets in f32 for a few drawings or texts: a
//! [`Calibration`](super::calibration::Calibration).

/// How the inputs of a layer are changed before they are rounded: x' = (x - mean) / scale, a number of each for each input.
///
/// Scales are powers of two: nothing is rounded by them, and what differs in the last bits between two CPUs gives the same
/// ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Smoothing {
    pub mean: Vec<f32>,
    pub scale: Vec<f32>,
}

impl Smoothing {
    /// Appends it to a file's bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend((self.mean.len() as u32).to_le_bytes());
        self.mean.iter().chain(&self.scale).for_each(|x| out.extend(x.to_le_bytes()));
    }

    /// Takes what [`Self::write`] wrote off the front of a file's bytes; none when they are too few.
    pub(super) fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (numbers, rest) = rest.split_at_checked(length.checked_mul(8)?)?;
        *bytes = rest;
        let (mean, scale) = numbers.split_at(4 * length);
        let floats = |bytes: &[u8]| bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        Some(Self { mean: floats(mean), scale: floats(scale) })
    }
}

/// Who makes x' of the inputs of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// Whatever comes before: the inputs are x' already.
    Before,
    /// The layer, while it rounds them; it scales only, and its bias makes up for what rounded weights make of the mean.
    ByLayer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let smoothing = Smoothing { mean: vec![1.0, -2.5], scale: vec![0.5, 4.0] };
        let mut bytes = Vec::new();
        smoothing.write(&mut bytes);
        bytes.push(9);
        let mut rest = &bytes[..];
        assert_eq!(Smoothing::read(&mut rest), Some(smoothing));
        assert_eq!(rest, [9]);
        assert!((0..bytes.len() - 1).all(|length| Smoothing::read(&mut &bytes[..length]).is_none()));
    }
}
