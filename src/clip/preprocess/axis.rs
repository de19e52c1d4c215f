//! The part of a picture that the crop of the resized picture keeps, along one side.

/// Where the middle is of a length that can't be halved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Centring {
    /// As transformers' `center_crop`: an odd pixel too many is cut at the end, an odd pixel too few is padded at the
    /// start.
    Transformers,
    /// As torchvision's `CenterCrop` and open_clip's `CenterCropOrPad`: half of what is too much is rounded, halves to
    /// even, and cut at the start; an odd pixel too few is padded at the end.
    Torchvision,
}

impl Centring {
    /// Pixels that are cut at the start when `surplus` are too many.
    fn cut(self, surplus: u32) -> u32 {
        let half = surplus / 2;
        match self {
            Self::Transformers => half,
            Self::Torchvision => half + (surplus & half & 1),
        }
    }

    /// Pixels that are padded at the start when `shortage` are too few.
    fn pad(self, shortage: u32) -> u32 {
        match self {
            Self::Transformers => shortage.div_ceil(2),
            Self::Torchvision => shortage / 2,
        }
    }
}

/// Resizing and centre crop along one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Length of the output, in pixels.
    pub crop: u32,
    /// Pixels of the output that come from the picture; the rest is padding.
    pub kept: u32,
    /// Pixels of padding before the kept ones.
    pub pad: u32,
    /// Where the kept part starts in the picture, in pixels of the picture.
    pub start: f64,
    /// Length of the kept part, in pixels of the picture.
    pub length: f64,
}

impl Axis {
    /// The axis of a picture `source` long that is resized to `resized`, then cropped to `crop` around its centre, all in
    /// pixels.
    pub(crate) fn new(source: u32, resized: u32, crop: u32, centring: Centring) -> Self {
        let resized = resized.max(1);
        let kept = resized.min(crop);
        let scale = f64::from(source) / f64::from(resized);
        let start = f64::from(centring.cut(resized - kept)) * scale;
        let length = (f64::from(kept) * scale).min(f64::from(source) - start);
        Self { crop, kept, pad: centring.pad(crop - kept), start, length }
    }

    /// The same part of a picture that is stored the other way round; `source` is its full length in pixels.
    pub(crate) fn mirrored(self, source: u32) -> Self {
        Self { start: (f64::from(source) - self.start - self.length).max(0.0), ..self }
    }

    /// The same part of a picture of which `factor` pixels became one.
    pub(crate) fn reduced(self, factor: u32) -> Self {
        let factor = f64::from(factor);
        Self { start: self.start / factor, length: self.length / factor, ..self }
    }

    /// The pixels of a picture `source` long that a filter reads which reaches `support` pixels of the output: the
    /// first, and how many.
    pub(crate) fn span(&self, source: u32, support: f64) -> (u32, u32) {
        let reach = support * (self.length / f64::from(self.kept.max(1))).max(1.0);
        // One more on each side than the filter's own rounding can ask for.
        let first = (self.start - reach).floor() - 1.0;
        let last = (self.start + self.length + reach).ceil() + 1.0;
        let first = first.max(0.0) as u32;
        (first, (last.min(source.into()) as u32).saturating_sub(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crop_is_the_middle() {
        let axis = Axis::new(10_000, 44_800, 224, Centring::Transformers);
        assert_eq!((axis.kept, axis.pad), (224, 0));
        assert_eq!(axis.start, 22_288.0 * 10_000.0 / 44_800.0);
        assert_eq!(axis.length, 50.0);
        // (673 - 224) // 2 = 224, so the odd pixel goes at the end.
        assert_eq!(Axis::new(673, 673, 224, Centring::Transformers).start, 224.0);
    }

    #[test]
    fn an_odd_pixel_goes_where_the_reference_puts_it() {
        // int(round(d / 2.0)) in Python.
        let torchvision: Vec<u32> = (0..10).map(|surplus| Centring::Torchvision.cut(surplus)).collect();
        assert_eq!(torchvision, [0, 0, 1, 2, 2, 2, 3, 4, 4, 4]);
        let transformers: Vec<u32> = (0..10).map(|surplus| Centring::Transformers.cut(surplus)).collect();
        assert_eq!(transformers, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!((Centring::Torchvision.pad(3), Centring::Transformers.pad(3)), (1, 2));
    }

    #[test]
    fn a_crop_larger_than_the_picture_is_padded() {
        let axis = Axis::new(100, 5, 8, Centring::Transformers);
        assert_eq!((axis.kept, axis.pad, axis.start, axis.length), (5, 2, 0.0, 100.0));
    }

    #[test]
    fn the_source_box_never_leaves_the_picture() {
        for source in (1..2000).step_by(7).chain([65_535, 1 << 24]) {
            for resized in [1, 2, 223, 224, 225, 1023, 44_801] {
                for crop in [1, 31, 224, 336] {
                    for centring in [Centring::Transformers, Centring::Torchvision] {
                        let axis = Axis::new(source, resized, crop, centring);
                        assert!(axis.start >= 0.0 && axis.length > 0.0);
                        assert!(axis.start + axis.length <= f64::from(source), "{source} {resized} {crop}");
                        let (first, rows) = axis.span(source, 3.0);
                        assert!(f64::from(first) <= axis.start && rows > 0 && first + rows <= source);
                        assert!(f64::from(first + rows) >= axis.start + axis.length);
                    }
                }
            }
        }
    }
}
