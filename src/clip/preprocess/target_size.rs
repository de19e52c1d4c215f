//! How large a picture becomes.

/// The size that resizing gives a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TargetSize {
    /// The shorter side gets this length in pixels, the longer one in proportion.
    ShortestEdge(u32),
    /// Both sides are set, in pixels, whatever that does to the proportions.
    Exact { width: u32, height: u32 },
}

impl TargetSize {
    /// Width and height of an upright picture of `width` x `height` (at least 1 x 1) after resizing, in pixels, as
    /// transformers' `get_resize_output_image_size` computes them: the longer side is cut, not rounded.
    pub(crate) fn of(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::Exact { width, height } => (width, height),
            Self::ShortestEdge(edge) => {
                let long = |long: u32, short: u32| {
                    ((f64::from(edge) * f64::from(long)) / f64::from(short)).min(f64::from(u32::MAX)) as u32
                };
                if width <= height { (edge, long(height, width)) } else { (long(width, height), edge) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_transformers() {
        let edge = TargetSize::ShortestEdge(224);
        // int(224 * 10000 / 50), int(224 * 1000 / 333) = int(672.67), and so on.
        assert_eq!(edge.of(50, 10_000), (224, 44_800));
        assert_eq!(edge.of(1000, 333), (672, 224));
        assert_eq!(edge.of(1, 1), (224, 224));
        assert_eq!(edge.of(1, 60_000), (224, 13_440_000));
        assert_eq!(TargetSize::Exact { width: 7, height: 9 }.of(50, 60), (7, 9));
    }
}
