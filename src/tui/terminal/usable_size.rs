//! The size of the screen that is drawn on. Terminals report any size, and a screen takes memory for each of its cells.

use ratatui::layout::Size;

/// The largest screen that is drawn on: more than a wall of monitors has with small characters. Of a larger one, the upper
/// left part is used.
const LARGEST: Size = Size { width: 1000, height: 500 };
/// The size where the terminal reports none, as serial lines do.
const USUAL: Size = Size { width: 80, height: 24 };

/// The part of a screen of the reported size that is drawn on.
pub(super) fn usable_size(reported: Size) -> Size {
    if reported.width == 0 || reported.height == 0 {
        return USUAL;
    }
    Size { width: reported.width.min(LARGEST.width), height: reported.height.min(LARGEST.height) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_and_missing_sizes_are_usable() {
        let of = |width, height| usable_size(Size { width, height });
        assert_eq!(of(65535, 65535), LARGEST);
        assert_eq!(of(65535, 24), Size { width: 1000, height: 24 });
        assert_eq!((of(0, 0), of(120, 40)), (USUAL, Size { width: 120, height: 40 }));
    }
}
