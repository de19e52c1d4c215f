//! Drawings of buildings, plants, food, toys, household things, and what is in the sky.

use super::Paint::{Dark, Fixed, Main};
use super::{Art, BEAK, GLASS, INK, LEAF, METAL, PAPER, WOOD, dark, fixed, light, line, main};

pub(in crate::demo) const HOUSE: Art = &[
    fixed(0x8d3b2e, "R 68 14 11 24"),
    main("R 14 46 72 50"),
    fixed(0x9c4331, "M 50 6 L 97 48 3 48 Z"),
    fixed(WOOD, "R 42 66 17 30"),
    fixed(GLASS, "R 21 56 15 15 R 65 56 15 15"),
    line(2.0, Fixed(PAPER), "R 21 56 15 15 R 65 56 15 15 M 28 56 L 28 71 M 72 56 L 72 71"),
];
pub(in crate::demo) const CASTLE: Art = &[
    main("R 26 46 48 50"),
    main(
        "M 4 96 L 4 28 10 28 10 34 15 34 15 28 21 28 21 34 26 34 26 28 31 28 31 96 Z M 69 96 L 69 28 75 28 75 34 80 34 80 28 86 28 86 34 90 34 90 28 96 28 96 96 Z",
    ),
    dark("M 42 96 L 42 74 Q 50 62 58 74 L 58 96 Z R 14 48 7 14 R 79 48 7 14"),
    fixed(0xe23b43, "M 17 4 L 34 10 17 17 Z M 83 4 L 100 10 83 17 Z"),
    line(2.5, Fixed(INK), "M 17 4 L 17 30 M 83 4 L 83 30"),
];
pub(in crate::demo) const TENT: Art = &[
    main("M 50 12 L 98 94 2 94 Z"),
    fixed(INK, "M 50 36 L 66 94 34 94 Z"),
    light("M 50 36 L 34 94 22 94 Z"),
];
pub(in crate::demo) const LIGHTHOUSE: Art = &[
    fixed(0xfff0a0, "M 50 20 L 0 6 0 34 Z M 50 20 L 100 6 100 34 Z"),
    main("M 38 32 L 62 32 72 96 28 96 Z"),
    fixed(PAPER, "M 35.5 48 L 64.5 48 67 62 33 62 Z M 31 78 L 69 78 70.5 88 29.5 88 Z"),
    fixed(INK, "R 34 29 32 5 M 36 12 L 50 2 64 12 Z"),
    fixed(0xffe04a, "R 41 12 18 17"),
];
pub(in crate::demo) const WINDMILL: Art = &[
    main("M 36 40 L 64 40 74 97 26 97 Z"),
    dark("M 34 40 Q 50 20 66 40 Z R 43 76 14 21"),
    fixed(
        PAPER,
        "M 50 38 L 84 10 92 20 Z M 50 38 L 84 66 74 76 Z M 50 38 L 16 66 8 56 Z M 50 38 L 16 10 26 0 Z",
    ),
    line(2.0, Fixed(WOOD), "M 90 4 L 10 72 M 10 4 L 90 72"),
];
pub(in crate::demo) const TREE: Art = &[
    fixed(WOOD, "M 43 60 L 57 60 60 97 40 97 Z"),
    fixed(LEAF, "E 50 26 25 24 E 29 44 24 21 E 71 44 24 21 E 50 50 26 20"),
    fixed(0x57b457, "E 42 24 9 8 E 62 40 9 7"),
];
pub(in crate::demo) const PINE: Art = &[
    fixed(WOOD, "R 44 80 12 17"),
    fixed(0x23744a, "M 50 2 L 74 36 26 36 Z M 50 22 L 82 60 18 60 Z M 50 44 L 90 84 10 84 Z"),
];
pub(in crate::demo) const PALM: Art = &[
    line(8.0, Fixed(WOOD), "M 50 97 Q 44 64 54 34"),
    line(
        9.0,
        Fixed(LEAF),
        "M 54 33 Q 30 14 6 34 M 54 33 Q 78 14 98 38 M 54 33 Q 36 30 20 56 M 54 33 Q 74 34 84 60 M 54 33 Q 52 14 34 5 M 54 33 Q 62 12 80 8",
    ),
    fixed(0x6b4423, "E 48 38 5 5 E 60 38 5 5"),
];
pub(in crate::demo) const CACTUS: Art = &[
    line(13.0, Fixed(0x2f8f4e), "M 50 97 L 50 12 M 50 62 L 22 62 22 36 M 50 52 L 78 52 78 28"),
    fixed(0xf2649a, "E 50 6 7 6"),
];
pub(in crate::demo) const FLOWER: Art = &[
    line(5.0, Fixed(LEAF), "M 50 46 L 50 97"),
    fixed(LEAF, "M 50 82 Q 62 60 84 64 Q 76 84 50 84 Z M 50 88 Q 38 68 16 72 Q 24 92 50 90 Z"),
    main("E 50 13 13 13 E 26 29 13 13 E 35 55 13 13 E 65 55 13 13 E 74 29 13 13"),
    fixed(0xffc928, "E 50 36 13 13"),
];
pub(in crate::demo) const TULIP: Art = &[
    line(5.0, Fixed(LEAF), "M 50 46 L 50 97"),
    fixed(LEAF, "M 50 96 Q 30 84 24 56 Q 46 70 50 96 Z M 50 96 Q 70 84 76 56 Q 54 70 50 96 Z"),
    main("M 26 8 L 40 22 50 4 60 22 74 8 Q 82 54 50 54 Q 18 54 26 8 Z"),
];
pub(in crate::demo) const MUSHROOM: Art = &[
    fixed(0xf3e6cf, "M 38 48 L 62 48 Q 60 78 70 96 L 30 96 Q 40 78 38 48 Z"),
    main("M 4 54 C 4 -4 96 -4 96 54 Q 50 64 4 54 Z"),
    fixed(PAPER, "E 32 30 8 7 E 60 20 7 6 E 74 40 8 6 E 48 44 6 5"),
];
pub(in crate::demo) const APPLE: Art = &[
    main("M 50 28 C 30 14 6 24 8 54 C 10 82 32 100 50 90 C 68 100 90 82 92 54 C 94 24 70 14 50 28 Z"),
    line(4.0, Fixed(WOOD), "M 50 28 Q 50 14 56 6"),
    fixed(LEAF, "M 54 18 Q 66 2 84 8 Q 76 24 54 18 Z"),
];
pub(in crate::demo) const PEAR: Art = &[
    main(
        "M 50 14 C 64 14 66 28 68 40 C 72 54 88 58 86 76 C 84 94 64 97 50 97 C 36 97 16 94 14 76 C 12 58 28 54 32 40 C 34 28 36 14 50 14 Z",
    ),
    line(4.0, Fixed(WOOD), "M 50 16 L 54 3"),
    fixed(LEAF, "M 54 10 Q 66 -2 82 6 Q 72 18 54 10 Z"),
];
pub(in crate::demo) const BANANA: Art = &[
    fixed(0xf8d22e, "M 12 16 Q 26 72 90 74 Q 94 82 84 86 Q 16 94 4 22 Z"),
    fixed(0x6d4a1f, "M 3 14 L 13 10 14 20 5 23 Z M 87 73 L 95 74 93 84 86 84 Z"),
];
pub(in crate::demo) const CARROT: Art = &[
    fixed(LEAF, "M 48 34 Q 30 16 34 2 Q 44 6 50 30 Q 50 6 58 0 Q 64 10 54 32 Q 64 12 78 12 Q 74 28 54 36 Z"),
    fixed(0xf5811f, "M 30 38 Q 50 26 70 38 Q 66 74 50 98 Q 34 74 30 38 Z"),
];
pub(in crate::demo) const CAKE: Art = &[
    line(4.0, Fixed(PAPER), "M 30 36 L 30 18 M 50 36 L 50 18 M 70 36 L 70 18"),
    fixed(0xffb52a, "E 30 13 3.5 5.5 E 50 13 3.5 5.5 E 70 13 3.5 5.5"),
    main("R 10 36 80 58"),
    fixed(
        PAPER,
        "M 10 36 L 90 36 90 52 Q 83 64 77 52 Q 70 64 63 52 Q 57 64 50 52 Q 43 64 37 52 Q 30 64 23 52 Q 17 64 10 52 Z",
    ),
];
pub(in crate::demo) const ICE_CREAM: Art = &[
    fixed(0xd9a45b, "M 26 48 L 74 48 50 99 Z"),
    line(2.0, Fixed(0xb27f3c), "M 34 50 L 56 86 M 50 50 L 63 70 M 66 50 L 44 86 M 50 50 L 37 70"),
    main(
        "M 20 50 C 14 12 40 2 50 2 C 60 2 86 12 80 50 Q 72 58 65 50 Q 58 58 50 50 Q 42 58 35 50 Q 28 58 20 50 Z",
    ),
];
pub(in crate::demo) const CUP: Art = &[
    line(7.0, Main, "M 72 44 Q 97 42 92 62 Q 88 74 68 72"),
    main("M 10 34 L 76 34 Q 76 90 56 92 L 30 92 Q 10 90 10 34 Z"),
    dark("E 43 34 33 7"),
    line(3.0, Fixed(0xd4d8dd), "M 32 22 Q 38 14 32 6 M 52 22 Q 58 14 52 6"),
];
pub(in crate::demo) const BOTTLE: Art = &[
    fixed(WOOD, "R 43 2 14 9"),
    main(
        "M 42 11 L 58 11 58 32 Q 74 40 74 56 L 74 92 Q 74 98 68 98 L 32 98 Q 26 98 26 92 L 26 56 Q 26 40 42 32 Z",
    ),
    fixed(PAPER, "R 26 58 48 22"),
];
pub(in crate::demo) const HAT: Art = &[main("R 26 14 48 62"), main("E 50 78 48 12"), dark("R 26 56 48 12")];
pub(in crate::demo) const SHIRT: Art =
    &[main("M 34 10 Q 50 24 66 10 L 98 28 86 50 74 42 74 92 26 92 26 42 14 50 2 28 Z")];
pub(in crate::demo) const UMBRELLA: Art = &[
    line(4.5, Fixed(WOOD), "M 50 8 L 50 86 Q 50 97 60 96 Q 68 94 67 84"),
    main(
        "M 3 56 C 4 -4 96 -4 97 56 Q 89 44 81 54 Q 73 44 65 54 Q 57 44 50 54 Q 42 44 35 54 Q 27 44 19 54 Q 11 44 3 56 Z",
    ),
];
pub(in crate::demo) const BALLOON: Art = &[
    line(2.0, Fixed(INK), "M 50 74 Q 40 84 52 99"),
    main(
        "M 50 2 C 78 2 84 26 80 42 C 76 58 62 70 50 72 C 38 70 24 58 20 42 C 16 26 22 2 50 2 Z M 50 70 L 57 79 43 79 Z",
    ),
    light("E 37 22 6 10"),
];
pub(in crate::demo) const KITE: Art = &[
    line(2.5, Fixed(INK), "M 50 70 Q 36 80 52 88 Q 62 94 50 100"),
    main("M 50 2 L 82 30 50 74 18 30 Z"),
    line(2.5, Dark, "M 50 2 L 50 74 M 18 30 L 82 30"),
    dark("M 36 80 L 48 84 36 90 Z M 60 80 L 50 85 62 92 Z"),
];
pub(in crate::demo) const BALL: Art = &[
    main("E 50 52 44 44"),
    fixed(PAPER, "M 50 8 C 66 24 66 80 50 96 C 34 80 34 24 50 8 Z"),
    line(3.0, Dark, "M 7 44 Q 50 64 93 44"),
];
pub(in crate::demo) const BOOK: Art = &[
    main("M 2 22 Q 28 12 50 24 Q 72 12 98 22 L 98 88 Q 72 78 50 90 Q 28 78 2 88 Z"),
    fixed(PAPER, "M 8 18 Q 30 10 49 20 L 49 80 Q 30 70 8 78 Z M 92 18 Q 70 10 51 20 L 51 80 Q 70 70 92 78 Z"),
    line(
        2.0,
        Fixed(METAL),
        "M 16 30 L 42 32 M 16 42 L 42 44 M 16 54 L 42 56 M 84 30 L 58 32 M 84 42 L 58 44 M 84 54 L 58 56",
    ),
];
pub(in crate::demo) const CLOCK: Art = &[
    main("E 50 50 47 47"),
    fixed(PAPER, "E 50 50 37 37"),
    line(5.0, Fixed(INK), "M 50 24 L 50 50 68 60"),
    line(4.0, Fixed(METAL), "M 50 15 L 50 20 M 50 80 L 50 85 M 15 50 L 20 50 M 80 50 L 85 50"),
];
pub(in crate::demo) const KEY: Art =
    &[line(11.0, Main, "E 22 50 16 16 M 38 50 L 94 50 M 74 50 L 74 70 M 90 50 L 90 72")];
pub(in crate::demo) const BELL: Art = &[
    dark("E 50 90 10 8 E 50 8 7 6"),
    main("M 50 8 C 78 10 78 40 80 62 Q 82 76 94 86 L 6 86 Q 18 76 20 62 C 22 40 22 10 50 8 Z"),
];
pub(in crate::demo) const LAMP: Art = &[
    line(6.0, Fixed(METAL), "M 50 48 L 50 90"),
    fixed(METAL, "E 50 92 24 6"),
    main("M 34 6 L 66 6 88 52 12 52 Z"),
    fixed(0xfff0a8, "M 30 53 L 70 53 62 60 38 60 Z"),
];
pub(in crate::demo) const CHAIR: Art = &[
    main("R 20 4 10 92 R 70 56 10 40"),
    main("R 20 50 60 12"),
    dark("R 20 8 10 4 R 30 66 6 28 R 58 66 6 28"),
];
pub(in crate::demo) const GIFT: Art = &[
    main("R 12 38 76 58"),
    dark("R 6 30 88 16"),
    fixed(
        0xffd95a,
        "R 43 30 14 66 M 50 30 C 22 30 18 6 34 6 C 44 6 50 18 50 30 C 50 18 56 6 66 6 C 82 6 78 30 50 30 Z",
    ),
];
pub(in crate::demo) const FLAG: Art = &[
    main("M 20 8 Q 42 -2 60 10 Q 78 20 98 10 L 98 54 Q 78 64 60 54 Q 42 44 20 54 Z"),
    fixed(WOOD, "R 12 3 8 94"),
];
pub(in crate::demo) const GUITAR: Art = &[
    fixed(WOOD, "R 45 4 10 56 R 41 2 18 12"),
    main("M 50 42 C 72 40 70 58 66 62 C 86 72 82 98 50 98 C 18 98 14 72 34 62 C 30 58 28 40 50 42 Z"),
    fixed(INK, "E 50 68 9 9 R 38 85 24 4"),
    line(1.5, Fixed(PAPER), "M 48 6 L 48 86 M 52 6 L 52 86"),
];
pub(in crate::demo) const CROWN: Art = &[
    main("M 6 84 L 2 24 28 50 50 10 72 50 98 24 94 84 Z"),
    dark("R 6 76 88 12"),
    fixed(0xe23b5a, "E 50 62 6 6"),
    fixed(0x3a7be0, "E 24 64 5 5 E 76 64 5 5"),
];
pub(in crate::demo) const CANDLE: Art = &[
    main("O 34 38 32 59 4"),
    line(3.0, Fixed(INK), "M 50 38 L 50 28"),
    fixed(BEAK, "M 50 2 Q 64 20 50 31 Q 36 20 50 2 Z"),
    fixed(0xffe76a, "M 50 14 Q 57 23 50 29 Q 43 23 50 14 Z"),
];
pub(in crate::demo) const BAG: Art =
    &[line(6.0, Dark, "M 32 42 Q 32 10 50 10 Q 68 10 68 42"), main("M 14 36 L 86 36 94 96 6 96 Z")];
pub(in crate::demo) const SOCK: Art = &[
    main("M 36 6 L 70 6 70 56 Q 70 66 62 72 L 34 94 Q 14 100 10 84 Q 10 72 22 66 L 36 52 Z"),
    light("R 33 2 40 14"),
];
pub(in crate::demo) const SUN: Art = &[
    line(
        6.0,
        Fixed(0xffb71c),
        "M 50 2 L 50 16 M 50 84 L 50 98 M 2 50 L 16 50 M 84 50 L 98 50 M 16 16 L 26 26 M 74 74 L 84 84 M 84 16 L 74 26 M 26 74 L 16 84",
    ),
    fixed(0xffd52e, "E 50 50 28 28"),
];
pub(in crate::demo) const MOON: Art = &[
    fixed(0xf5ecc0, "E 50 50 44 44"),
    fixed(0xd8cc98, "E 34 36 10 10 E 62 60 13 12 E 64 28 6 6 E 32 68 7 7"),
];
pub(in crate::demo) const CLOUD: Art =
    &[fixed(0xf4f8fc, "E 28 58 25 20 E 50 42 25 24 E 74 56 24 20 O 22 56 58 22 11")];
pub(in crate::demo) const RAINBOW: Art = &[
    line(8.0, Fixed(0xe53935), "M 6 84 C 6 4 94 4 94 84"),
    line(8.0, Fixed(0xfb9a2c), "M 14 84 C 14 16 86 16 86 84"),
    line(8.0, Fixed(0xfde047), "M 22 84 C 22 28 78 28 78 84"),
    line(8.0, Fixed(0x43a047), "M 30 84 C 30 40 70 40 70 84"),
    line(8.0, Fixed(0x3b7de0), "M 38 84 C 38 52 62 52 62 84"),
];
