//! Drawings of animals and people.

use super::Paint::{Dark, Fixed, Main};
use super::{Art, BEAK, INK, PAPER, SKIN, WOOD, dark, fixed, light, line, main};

pub(in crate::demo) const CAT: Art = &[
    line(8.0, Main, "M 70 84 Q 98 84 90 52"),
    main("M 24 96 Q 20 56 50 54 Q 80 56 78 96 Z"),
    main("M 20 4 L 38 18 62 18 80 4 82 40 Q 78 62 50 62 Q 22 62 18 40 Z"),
    fixed(PAPER, "E 37 36 7 8 E 63 36 7 8"),
    fixed(INK, "E 38 37 3.5 6 E 62 37 3.5 6 M 45 47 L 55 47 50 53 Z"),
    line(2.0, Fixed(INK), "M 8 44 L 30 48 M 8 56 L 30 53 M 92 44 L 70 48 M 92 56 L 70 53"),
];
pub(in crate::demo) const DOG: Art = &[
    line(8.0, Main, "M 12 52 Q 2 40 6 26"),
    main("O 10 46 62 26 10"),
    main("R 13 62 11 34 R 28 62 10 34 R 50 62 10 34 R 61 62 11 34"),
    main("M 58 18 Q 66 12 80 16 L 84 28 98 32 Q 98 46 84 48 L 72 62 56 56 Z"),
    dark("M 56 16 Q 70 16 68 42 Q 58 52 52 38 Z"),
    fixed(INK, "E 77 26 3.5 3.5 E 95 33 4 4"),
];
pub(in crate::demo) const FISH: Art = &[
    main("M 74 50 L 98 22 94 50 98 78 Z"),
    dark("M 34 28 Q 50 6 64 30 Z M 42 72 Q 50 90 62 70 Z"),
    main("M 2 52 Q 20 20 50 24 Q 72 30 80 50 Q 70 74 48 77 Q 20 80 2 52 Z"),
    fixed(PAPER, "E 23 44 7 7"),
    fixed(INK, "E 22 45 3.5 3.5"),
    line(3.0, Dark, "M 38 32 Q 46 50 37 70"),
];
pub(in crate::demo) const BIRD: Art = &[
    fixed(BEAK, "M 80 28 L 99 36 80 43 Z"),
    main("M 2 54 L 24 50 Q 38 28 56 34 Q 60 14 74 16 Q 88 20 86 38 Q 84 74 52 76 Q 30 76 22 62 Z"),
    dark("M 30 50 Q 52 44 64 54 Q 50 72 28 62 Z"),
    fixed(INK, "E 75 30 3.5 3.5"),
    line(3.0, Fixed(BEAK), "M 46 76 L 46 92 M 58 75 L 58 92 M 40 93 L 50 93 M 54 93 L 66 93"),
];
pub(in crate::demo) const DUCK: Art = &[
    fixed(BEAK, "M 78 30 L 99 32 Q 98 42 78 42 Z"),
    main(
        "M 4 50 Q 20 62 46 58 Q 54 54 50 38 Q 48 12 68 12 Q 86 14 84 38 Q 80 52 84 66 Q 84 92 50 92 Q 12 92 4 50 Z",
    ),
    dark("M 24 66 Q 42 58 62 66 Q 54 84 34 80 Z"),
    fixed(INK, "E 70 28 4 4"),
];
pub(in crate::demo) const BUTTERFLY: Art = &[
    main("M 50 46 C 34 2 2 8 4 32 C 6 50 28 54 50 52 Z M 50 46 C 66 2 98 8 96 32 C 94 50 72 54 50 52 Z"),
    dark(
        "M 50 52 C 24 52 10 66 18 82 C 28 96 46 82 50 58 Z M 50 52 C 76 52 90 66 82 82 C 72 96 54 82 50 58 Z",
    ),
    light("E 24 30 8 8 E 76 30 8 8"),
    fixed(INK, "E 50 54 4 26"),
    line(2.0, Fixed(INK), "M 49 30 Q 44 14 36 10 M 51 30 Q 56 14 64 10"),
];
pub(in crate::demo) const RABBIT: Art = &[
    main("E 38 22 8 21 E 62 22 8 21"),
    fixed(0xf6b8c4, "E 38 22 3.5 15 E 62 22 3.5 15"),
    main("E 50 80 30 18 E 50 52 25 21"),
    fixed(INK, "E 41 48 3.5 4.5 E 59 48 3.5 4.5"),
    fixed(0xe98a9a, "E 50 57 4 3"),
    fixed(PAPER, "R 46 61 8 8"),
];
pub(in crate::demo) const TURTLE: Art = &[
    dark("E 88 58 11 9 E 22 82 9 8 E 68 82 9 8 M 14 74 L 0 82 14 80 Z"),
    main("M 8 76 Q 12 28 46 28 Q 80 28 84 76 Z"),
    line(
        3.0,
        Dark,
        "M 46 28 L 34 50 20 54 M 34 50 L 40 76 M 46 28 L 58 50 74 54 M 58 50 L 54 76 M 34 50 L 58 50",
    ),
    fixed(INK, "E 92 55 2.5 2.5"),
];
pub(in crate::demo) const SNAIL: Art = &[
    fixed(0xd9b88a, "M 4 90 Q 40 74 74 78 L 78 46 Q 92 40 94 54 L 94 78 Q 92 92 76 92 L 4 92 Z"),
    line(3.0, Fixed(0xb08d5c), "M 82 46 L 78 30 M 90 46 L 94 30"),
    main("E 42 56 32 31"),
    line(5.0, Dark, "M 42 56 Q 52 50 50 62 Q 40 74 30 62 Q 24 42 44 38 Q 64 40 62 62"),
];
pub(in crate::demo) const OWL: Art = &[
    main("M 18 6 L 36 14 64 14 82 6 Q 90 60 74 86 Q 50 102 26 86 Q 10 60 18 6 Z"),
    dark("M 16 44 Q 10 74 26 86 Q 32 62 16 44 Z M 84 44 Q 90 74 74 86 Q 68 62 84 44 Z"),
    fixed(PAPER, "E 35 34 14 14 E 65 34 14 14"),
    fixed(INK, "E 36 35 6 6 E 64 35 6 6"),
    fixed(BEAK, "M 44 46 L 56 46 50 58 Z"),
    light("E 50 74 13 13"),
];
pub(in crate::demo) const ELEPHANT: Art = &[
    main("R 14 60 14 35 R 48 60 14 35"),
    main(
        "M 6 62 Q 6 28 40 26 L 62 24 Q 90 22 92 46 L 94 78 Q 90 90 84 82 L 80 60 Q 70 66 62 66 L 62 74 6 74 Z",
    ),
    dark("E 60 44 13 18"),
    fixed(INK, "E 82 40 3 3"),
    fixed(PAPER, "M 76 58 Q 84 70 94 64 L 92 59 Q 84 62 80 56 Z"),
    line(3.0, Dark, "M 8 46 L 2 66"),
];
pub(in crate::demo) const HORSE: Art = &[
    line(8.0, Dark, "M 10 44 Q 0 56 6 74"),
    main("R 14 58 9 38 R 26 58 8 38 R 54 58 8 38 R 64 58 9 38"),
    main(
        "M 8 48 Q 12 36 30 38 L 54 38 66 10 78 2 80 12 98 28 92 38 78 32 74 60 Q 66 70 54 66 L 24 68 Q 8 66 8 48 Z",
    ),
    dark("M 68 6 L 54 20 48 40 58 40 Z"),
    fixed(INK, "E 81 19 2.5 2.5"),
];
pub(in crate::demo) const PENGUIN: Art = &[
    fixed(BEAK, "E 36 94 14 5 E 64 94 14 5"),
    fixed(
        INK,
        "M 50 4 C 78 4 82 40 82 62 C 82 88 66 96 50 96 C 34 96 18 88 18 62 C 18 40 22 4 50 4 Z M 20 44 L 2 74 20 72 Z M 80 44 L 98 74 80 72 Z",
    ),
    fixed(PAPER, "M 50 36 C 72 40 74 90 50 91 C 26 90 28 40 50 36 Z E 38 26 8 9 E 62 26 8 9"),
    fixed(INK, "E 40 26 3.5 4 E 60 26 3.5 4"),
    fixed(BEAK, "M 42 34 L 58 34 50 45 Z"),
];
pub(in crate::demo) const BEE: Art = &[
    fixed(0xdff1ff, "E 44 26 14 20 E 66 28 12 18"),
    fixed(0xfbc62a, "E 50 58 40 25"),
    fixed(
        INK,
        "M 40 34 Q 33 58 40 82 L 50 83 Q 43 58 50 33 Z M 60 34 Q 55 58 60 82 L 70 79 Q 65 58 70 37 Z E 18 52 3 4 M 88 54 L 99 58 88 62 Z",
    ),
];
pub(in crate::demo) const PERSON: Art = &[
    fixed(0x39415a, "R 34 66 13 30 R 53 66 13 30"),
    line(9.0, Main, "M 32 42 L 16 62 M 68 42 L 84 62"),
    fixed(SKIN, "E 15 64 5 5 E 85 64 5 5"),
    main("M 28 36 Q 50 28 72 36 L 70 70 30 70 Z"),
    fixed(SKIN, "E 50 19 15 16"),
    fixed(WOOD, "M 34 18 Q 34 1 50 1 Q 66 1 66 18 Q 58 10 50 11 Q 40 10 34 18 Z"),
    fixed(INK, "E 44 20 2 2.5 E 56 20 2 2.5"),
];
pub(in crate::demo) const SNOWMAN: Art = &[
    line(3.0, Fixed(WOOD), "M 26 52 L 4 38 M 74 52 L 96 38"),
    fixed(0xfafcff, "E 50 76 30 22 E 50 46 22 18 E 50 24 15 14"),
    fixed(INK, "R 37 1 26 12 R 30 12 40 4 E 44 22 2 2 E 56 22 2 2 E 50 42 2.5 2.5 E 50 51 2.5 2.5"),
    fixed(BEAK, "M 49 24 L 72 29 49 30 Z"),
    fixed(0xd8313b, "O 36 34 28 6 3"),
];
pub(in crate::demo) const ROBOT: Art = &[
    line(3.0, Fixed(INK), "M 50 16 L 50 4"),
    fixed(0xe5343d, "E 50 4 4 4"),
    main("O 26 14 48 32 6"),
    dark("R 32 78 12 18 R 56 78 12 18 R 8 50 12 28 R 80 50 12 28"),
    main("O 22 48 56 34 5"),
    fixed(0xfff3a0, "E 40 27 6 6 E 60 27 6 6"),
    fixed(INK, "R 38 37 24 4 R 36 58 28 14"),
    fixed(0x7df09a, "R 40 62 20 3"),
];
