//! Drawings of plain geometric shapes.

use super::{Art, main};

pub(in crate::demo) const CIRCLE: Art = &[main("E 50 50 46 46")];
pub(in crate::demo) const SQUARE: Art = &[main("R 9 9 82 82")];
pub(in crate::demo) const TRIANGLE: Art = &[main("M 50 6 L 97 90 3 90 Z")];
pub(in crate::demo) const RECTANGLE: Art = &[main("R 2 26 96 48")];
pub(in crate::demo) const OVAL: Art = &[main("E 50 50 48 27")];
pub(in crate::demo) const DIAMOND: Art = &[main("M 50 2 L 86 50 50 98 14 50 Z")];
pub(in crate::demo) const PENTAGON: Art = &[main("M 50 4 L 98 39 80 95 20 95 2 39 Z")];
pub(in crate::demo) const HEXAGON: Art = &[main("M 26 8 L 74 8 98 50 74 92 26 92 2 50 Z")];
pub(in crate::demo) const STAR: Art =
    &[main("M 50 2 L 61.8 36.8 98 37.4 69.1 59.2 79.6 94 50 73 20.4 94 30.9 59.2 2 37.4 38.2 36.8 Z")];
pub(in crate::demo) const HEART: Art =
    &[main("M 50 94 C 20 68 2 50 2 30 C 2 4 38 0 50 24 C 62 0 98 4 98 30 C 98 50 80 68 50 94 Z")];
pub(in crate::demo) const CROSS: Art =
    &[main("M 36 4 L 64 4 64 36 96 36 96 64 64 64 64 96 36 96 36 64 4 64 4 36 36 36 Z")];
// The inner circle runs the other way round, so that the non-zero rule leaves it open.
pub(in crate::demo) const RING: Art = &[main(
    "E 50 50 47 47 M 50 26 C 36.7 26 26 36.7 26 50 C 26 63.3 36.7 74 50 74 C 63.3 74 74 63.3 74 50 C 74 36.7 63.3 26 50 26 Z",
)];
pub(in crate::demo) const CRESCENT: Art = &[main(
    "M 66 5 C 30 2 8 26 8 52 C 8 80 32 99 62 95 C 78 93 88 84 94 74 C 62 84 42 66 42 44 C 42 26 50 12 66 5 Z",
)];
pub(in crate::demo) const ARROW: Art = &[main("M 2 36 L 52 36 52 10 98 50 52 90 52 64 2 64 Z")];
pub(in crate::demo) const SEMICIRCLE: Art = &[main("M 3 74 C 3 10 97 10 97 74 Z")];
pub(in crate::demo) const BOLT: Art = &[main("M 62 2 L 18 56 44 56 32 98 82 40 54 40 Z")];
pub(in crate::demo) const DROP: Art =
    &[main("M 50 2 C 62 30 84 44 84 66 C 84 86 69 98 50 98 C 31 98 16 86 16 66 C 16 44 38 30 50 2 Z")];
