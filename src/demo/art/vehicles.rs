//! Drawings of vehicles.

use super::Paint::{Dark, Fixed, Main};
use super::{Art, BEAK, GLASS, INK, METAL, PAPER, WOOD, dark, fixed, light, line, main};

const WHEELS: &str = "E 27 80 12 12 E 74 80 12 12";
const HUBS: &str = "E 27 80 5 5 E 74 80 5 5";

pub(in crate::demo) const CAR: Art = &[
    main(
        "M 3 76 L 3 60 Q 4 51 15 50 L 24 49 Q 33 29 45 29 L 62 29 Q 73 30 80 49 L 92 53 Q 98 56 98 64 L 98 76 Z",
    ),
    fixed(GLASS, "M 31 49 Q 38 35 45 35 L 49 35 49 49 Z M 54 35 L 62 35 Q 69 36 74 49 L 54 49 Z"),
    fixed(0xffe680, "E 94 62 3 4"),
    fixed(INK, WHEELS),
    fixed(METAL, HUBS),
];
pub(in crate::demo) const BUS: Art = &[
    main("O 2 22 96 58 8"),
    fixed(GLASS, "R 8 31 15 18 R 27 31 15 18 R 46 31 15 18 R 65 31 15 18 R 84 31 13 30"),
    dark("R 2 60 80 6"),
    fixed(INK, "E 25 80 11 11 E 74 80 11 11"),
    fixed(METAL, "E 25 80 4 4 E 74 80 4 4"),
];
pub(in crate::demo) const TRUCK: Art = &[
    light("R 2 26 58 50"),
    main("M 63 76 L 63 40 84 40 98 58 98 76 Z"),
    main("R 2 26 58 36"),
    fixed(GLASS, "M 69 46 L 82 46 91 58 69 58 Z"),
    fixed(INK, "E 20 80 11 11 E 46 80 11 11 E 82 80 11 11"),
    fixed(METAL, "E 20 80 4 4 E 46 80 4 4 E 82 80 4 4"),
];
pub(in crate::demo) const TRAIN: Art = &[
    main("O 12 40 56 34 6"),
    main("R 62 18 34 56"),
    dark("R 18 20 12 22 R 58 13 41 8"),
    fixed(GLASS, "R 69 28 20 18"),
    fixed(0xd6d9de, "E 20 12 9 7 E 34 6 8 6"),
    fixed(INK, "E 22 80 11 11 E 48 80 11 11 E 78 80 13 13"),
    fixed(METAL, "E 22 80 4 4 E 48 80 4 4 E 78 80 5 5"),
];
pub(in crate::demo) const BICYCLE: Art = &[
    line(5.0, Fixed(INK), "E 22 68 19 19 E 78 68 19 19"),
    line(6.5, Main, "M 22 68 L 40 38 68 38 78 68 M 40 38 L 50 68 68 38 M 22 68 L 50 68"),
    line(6.0, Fixed(INK), "M 33 32 L 47 32 M 66 38 L 63 25 75 25"),
];
pub(in crate::demo) const BOAT: Art = &[
    line(4.0, Fixed(WOOD), "M 50 6 L 50 72"),
    main("M 54 8 Q 92 40 90 64 L 54 64 Z"),
    light("M 46 18 Q 20 46 14 64 L 46 64 Z"),
    main("M 4 71 L 96 71 Q 90 93 76 94 L 24 94 Q 10 92 4 71 Z"),
];
pub(in crate::demo) const PLANE: Art = &[
    dark("M 44 46 L 62 14 72 14 64 46 Z"),
    main("M 4 24 L 15 24 28 42 78 42 Q 97 46 97 54 Q 96 62 78 62 L 26 62 Q 12 58 4 24 Z"),
    fixed(GLASS, "E 40 50 3.5 3.5 E 52 50 3.5 3.5 E 64 50 3.5 3.5 M 80 46 Q 90 47 92 52 L 80 52 Z"),
    dark("M 40 56 L 60 56 44 90 34 90 Z"),
];
pub(in crate::demo) const HELICOPTER: Art = &[
    line(5.0, Fixed(INK), "M 8 17 L 94 17 M 56 17 L 56 32"),
    main(
        "M 2 36 L 12 36 14 46 34 46 Q 44 31 62 31 Q 92 32 94 58 Q 92 74 68 75 L 50 75 Q 38 72 33 57 L 4 50 Z",
    ),
    fixed(GLASS, "M 66 37 Q 86 38 88 56 L 66 56 Z"),
    line(4.0, Fixed(INK), "M 50 75 L 46 88 M 74 75 L 78 88 M 34 89 L 92 89"),
];
pub(in crate::demo) const ROCKET: Art = &[
    fixed(BEAK, "M 38 80 Q 50 112 62 80 Z"),
    dark("M 32 54 L 14 84 34 80 Z M 68 54 L 86 84 66 80 Z"),
    main("M 50 2 C 74 22 74 56 66 82 L 34 82 C 26 56 26 22 50 2 Z"),
    fixed(GLASS, "E 50 38 10 10"),
    line(3.0, Dark, "E 50 38 10 10"),
];
pub(in crate::demo) const HOT_AIR_BALLOON: Art = &[
    line(2.0, Fixed(WOOD), "M 34 62 L 42 82 M 66 62 L 58 82"),
    main("M 50 2 C 90 2 98 44 66 68 L 34 68 C 2 44 10 2 50 2 Z"),
    light("M 50 2 C 64 16 66 48 57 68 L 43 68 C 34 48 36 16 50 2 Z"),
    fixed(WOOD, "O 38 80 24 18 3"),
];
pub(in crate::demo) const UFO: Art = &[
    fixed(GLASS, "M 28 46 C 28 12 72 12 72 46 Z"),
    main("E 50 55 48 20"),
    fixed(0xffe680, "E 20 56 5 5 E 40 62 5 5 E 60 62 5 5 E 80 56 5 5"),
];
pub(in crate::demo) const TRACTOR: Art = &[
    main("M 40 16 L 72 16 74 46 96 48 96 72 34 72 Z"),
    fixed(GLASS, "M 46 22 L 66 22 68 46 42 46 Z"),
    fixed(INK, "R 86 26 5 22 E 30 70 24 24 E 84 80 13 13"),
    fixed(PAPER, "E 30 70 10 10 E 84 80 5 5"),
];
