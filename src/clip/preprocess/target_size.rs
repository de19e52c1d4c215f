//! How large a picture becomes.

/// The size that resizing gives a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TargetSize {
    /// The shorter side gets this length in pixels, the longer one in proportion.
    ShortestEdge(u32),
    /// The longer side gets this length in pixels, the shorter one in proportion.
    LongestEdge(u32),
    /// Both sides are set, in pixels, whatever that does to the proportions.
    Exact { width: u32, height: u32 },
}

impl TargetSize {
    /// Width and height of an upright picture of `width` x `height` (at least 1 x 1) after resizing, in pixels.
    ///
    /// By the shortest edge they are those of transformers' `get_resize_output_image_size` and of torchvision's `Resize`,
    /// which cut the longer side; by the longest edge those of open_clip's `ResizeKeepRatio`, which rounds, halves to
    /// even, and refuses to make a side 0, where this makes it 1.
    pub(crate) fn of(self, width: u32, height: u32) -> (u32, u32) {
        match self {
            Self::Exact { width, height } => (width, height),
            Self::ShortestEdge(edge) => {
                let long = |long: u32, short: u32| {
                    ((f64::from(edge) * f64::from(long)) / f64::from(short)).min(f64::from(u32::MAX)) as u32
                };
                if width <= height { (edge, long(height, width)) } else { (long(width, height), edge) }
            }
            Self::LongestEdge(edge) => {
                let ratio = f64::from(width.max(height)) / f64::from(edge);
                let side = |side: u32| ((f64::from(side) / ratio).round_ties_even() as u32).max(1);
                (side(width), side(height))
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

    #[test]
    fn the_longest_edge_is_open_clips() {
        let edge = TargetSize::LongestEdge(100);
        // round(333 / (1000 / 100)) = round(33.3), round(345 / 10) = round(34.5), round(355 / 10) = round(35.5).
        assert_eq!(edge.of(1000, 333), (100, 33));
        assert_eq!(edge.of(345, 1000), (34, 100));
        assert_eq!(edge.of(1000, 355), (100, 36));
        assert_eq!(edge.of(1, 1), (100, 100));
        assert_eq!(edge.of(10_000, 3), (100, 1));
    }
}
