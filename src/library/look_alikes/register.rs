//! Lays one thumbprint over another as well as a crop allows, and says how much they differ then.
//!
//! Hashes of bits (dHash, pHash) compare each cell with itself, so that a crop of 5 % changes a third of the bits, while two
//! drawings of the sea that differ by a small fish differ in two or three. Here the crop is undone first (a search over
//! windows of both pictures, an axis at a time), then a change of brightness, contrast or saturation (a line fitted to the
//! cells), and what is left is looked at where it is strongest. docs/design/look-alikes.md has the measurements.

use std::sync::LazyLock;

use crate::base::thumbprint::{CHROMA_SIDE, LUMA_SIDE, Thumbprint};

/// How much of a picture is cut off at each end, in parts of its side. Below 0, it is cut off the other picture.
const CUTS: [f32; 5] = [-0.05, -0.025, 0.0, 0.025, 0.05];
/// The index of the option that cuts nothing off.
const UNCUT: usize = (CUTS.len() * CUTS.len()) / 2;
/// The luma cells.
const CELLS: usize = LUMA_SIDE * LUMA_SIDE;
/// The part of the contrast around a cell that a difference may have without counting: edges never fit exactly.
const EDGE: f32 = 0.4;
/// How much a colour difference counts beside a difference of brightness.
const CHROMA_WEIGHT: f32 = 0.8;
/// The variance below which a plane is too even to tell its contrast.
const EVEN: f32 = 60.0;
/// How much weaker the contrast of a recoloured picture may be, or its saturation.
const CONTRAST: f32 = 0.75;
const SATURATION: f32 = 0.6;
/// The deviation of brightness from which on a picture is as lively as any.
const LIVELY: f32 = 10.0;
/// By how many levels the mean of a colour difference may move.
const TINT: f32 = 12.0;
/// A difference that is worth a similarity of 0, in levels of brightness.
const UNLIKE: f32 = 32.0;
/// How far the strongest difference of a place of 2 x 2 cells may be above the mean one that would be as bad.
const LOCAL: f32 = 6.0;
/// The mean difference of profiles that no copy has, in levels of brightness.
pub(super) const FAR: f32 = 9.0;

/// Where a cell of a cut picture lies in the whole one: between two cells, with the weight of the second.
#[derive(Debug, Clone, Copy)]
struct Sample {
    from: usize,
    to: usize,
    weight: f32,
}

/// How both pictures are cut along one axis of `N` cells.
#[derive(Debug, Clone, Copy)]
struct Cut<const N: usize> {
    one: [Sample; N],
    other: [Sample; N],
}

/// All ways to cut along an axis of `N` cells.
fn cuts<const N: usize>() -> Vec<Cut<N>> {
    let window = |start: f32, end: f32| {
        std::array::from_fn(|cell| {
            let place = start + (cell as f32 + 0.5) / N as f32 * (1.0 - start - end);
            let at = (place * N as f32 - 0.5).clamp(0.0, (N - 1) as f32);
            let from = at as usize;
            Sample { from, to: (from + 1).min(N - 1), weight: at - from as f32 }
        })
    };
    let ends = CUTS.iter().flat_map(|start| CUTS.iter().map(move |end| (*start, *end)));
    ends.map(|(start, end)| Cut {
        one: window(start.max(0.0), end.max(0.0)),
        other: window((-start).max(0.0), (-end).max(0.0)),
    })
    .collect()
}

static LUMA_CUTS: LazyLock<Vec<Cut<LUMA_SIDE>>> = LazyLock::new(cuts);
static CHROMA_CUTS: LazyLock<Vec<Cut<CHROMA_SIDE>>> = LazyLock::new(cuts);

/// A thumbprint, ready to be compared.
#[derive(Debug, Clone)]
pub(super) struct Plate {
    luma: [[f32; LUMA_SIDE]; LUMA_SIDE],
    chroma: [[[f32; CHROMA_SIDE]; CHROMA_SIDE]; 2],
    /// The means of the rows and of the columns of the luma.
    profiles: [[f32; LUMA_SIDE]; 2],
    /// The mean of the luma.
    mean: f32,
    /// How much recolouring may explain, 0 to 1: nothing between pictures of one even colour.
    liveliness: f32,
}

impl Plate {
    pub(super) fn new(print: &Thumbprint) -> Self {
        let luma = plane(print.luma());
        let mut profiles = [[0.0; LUMA_SIDE]; 2];
        for (y, row) in luma.iter().enumerate() {
            for (x, value) in row.iter().enumerate() {
                profiles[0][y] += value / LUMA_SIDE as f32;
                profiles[1][x] += value / LUMA_SIDE as f32;
            }
        }
        let mean = profiles[0].iter().sum::<f32>() / LUMA_SIDE as f32;
        let cells = luma.as_flattened();
        let variance = cells.iter().map(|cell| (cell - mean) * (cell - mean)).sum::<f32>() / CELLS as f32;
        let liveliness = (variance.sqrt() / LIVELY).min(1.0);
        Self { luma, chroma: print.chroma().map(plane), profiles, mean, liveliness }
    }
}

fn plane<const N: usize>(bytes: &[u8]) -> [[f32; N]; N] {
    let mut plane = [[0.0; N]; N];
    for (row, bytes) in plane.iter_mut().zip(bytes.chunks_exact(N)) {
        for (value, byte) in row.iter_mut().zip(bytes) {
            *value = f32::from(*byte);
        }
    }
    plane
}

/// A straight line from the levels of one picture to those of another.
#[derive(Debug, Clone, Copy)]
struct Tone {
    gain: f32,
    offset: f32,
}

impl Tone {
    /// The line that brings `one` nearest to `other`, as far as a slight change of contrast (`least` to 1 / `least`) and of
    /// brightness (`most` levels) goes.
    fn between(one: &[f32], other: &[f32], least: f32, most: f32) -> Self {
        let count = one.len().max(1) as f32;
        let (mean_one, mean_other) = (one.iter().sum::<f32>() / count, other.iter().sum::<f32>() / count);
        let (mut variance, mut covariance) = (0.0, 0.0);
        for (a, b) in one.iter().zip(other) {
            variance += (a - mean_one) * (a - mean_one);
            covariance += (a - mean_one) * (b - mean_other);
        }
        let gain = ((covariance / count + EVEN) / (variance / count + EVEN)).clamp(least, least.recip());
        let shift = (mean_other - mean_one).clamp(-most, most);
        Self { gain, offset: mean_one + shift - mean_one * gain }
    }

    fn of(self, level: f32) -> f32 {
        level * self.gain + self.offset
    }
}

/// The cells of an axis after a cut.
fn cut_line<const N: usize>(line: &[f32; N], samples: &[Sample; N]) -> [f32; N] {
    std::array::from_fn(|at| {
        let Sample { from, to, weight } = samples[at];
        line[from] + (line[to] - line[from]) * weight
    })
}

/// The rows of a plane after a cut from top to bottom.
fn cut_rows<const N: usize>(plane: &[[f32; N]; N], samples: &[Sample; N]) -> [[f32; N]; N] {
    std::array::from_fn(|at| {
        let Sample { from, to, weight } = samples[at];
        let (above, below) = (&plane[from], &plane[to]);
        std::array::from_fn(|x| above[x] + (below[x] - above[x]) * weight)
    })
}

fn cut_columns<const N: usize>(plane: &[[f32; N]; N], samples: &[Sample; N]) -> [[f32; N]; N] {
    std::array::from_fn(|y| cut_line(&plane[y], samples))
}

/// The cut that fits two profiles best, and the mean square of what they differ by then.
fn best_for_profiles(one: &[f32; LUMA_SIDE], other: &[f32; LUMA_SIDE], tone: Tone) -> (usize, f32) {
    let one = one.map(|level| tone.of(level));
    let mut best = (UNCUT, f32::INFINITY);
    for (at, cut) in LUMA_CUTS.iter().enumerate() {
        let (a, b) = (cut_line(&one, &cut.one), cut_line(other, &cut.other));
        let error: f32 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
        if error < best.1 {
            best = (at, error);
        }
    }
    (best.0, best.1 / LUMA_SIDE as f32)
}

/// The cut along the rows that fits two planes best.
fn best_rows(one: &[[f32; LUMA_SIDE]; LUMA_SIDE], other: &[[f32; LUMA_SIDE]; LUMA_SIDE]) -> usize {
    let mut best = (UNCUT, f32::INFINITY);
    for (at, cut) in LUMA_CUTS.iter().enumerate() {
        let (a, b) = (cut_rows(one, &cut.one), cut_rows(other, &cut.other));
        let error: f32 = a.as_flattened().iter().zip(b.as_flattened()).map(|(a, b)| (a - b) * (a - b)).sum();
        if error < best.1 {
            best = (at, error);
        }
    }
    best.0
}

/// By how many levels the brightness of a picture may move: more where there is more of it.
fn most_shift(one: &Plate, other: &Plate) -> f32 {
    (12.0 + 0.13 * one.mean.max(other.mean)) * one.liveliness.min(other.liveliness)
}

fn transposed(plane: &[[f32; LUMA_SIDE]; LUMA_SIDE]) -> [[f32; LUMA_SIDE]; LUMA_SIDE] {
    std::array::from_fn(|y| std::array::from_fn(|x| plane[x][y]))
}

/// How similar two pictures look, 0 to 1: 1 is the same to a level of brightness; re-encodings have 0.97 and more, crops of
/// 5 % mostly more than 0.9. Pictures whose rows and columns differ too much on the whole have 0.
pub(super) fn similarity(one: &Plate, other: &Plate) -> f32 {
    // The question is the same from either side, and so is the answer.
    let (one, other) = if one.mean < other.mean { (other, one) } else { (one, other) };
    let tone =
        Tone::between(one.luma.as_flattened(), other.luma.as_flattened(), CONTRAST, most_shift(one, other));
    let (_, error_of_rows) = best_for_profiles(&one.profiles[0], &other.profiles[0], tone);
    if error_of_rows > 2.0 * FAR * FAR {
        return 0.0;
    }
    let (columns, error_of_columns) = best_for_profiles(&one.profiles[1], &other.profiles[1], tone);
    if ((error_of_rows + error_of_columns) / 2.0).sqrt() > FAR {
        return 0.0;
    }
    let toned = one.luma.map(|row| row.map(|level| tone.of(level)));
    let cut = &LUMA_CUTS[columns];
    let rows = best_rows(&cut_columns(&toned, &cut.one), &cut_columns(&other.luma, &cut.other));
    let cut = &LUMA_CUTS[rows];
    let (a, b) = (cut_rows(&toned, &cut.one), cut_rows(&other.luma, &cut.other));
    let columns = best_rows(&transposed(&a), &transposed(&b));
    1.0 - (difference(one, other, rows, columns) / UNLIKE).min(1.0)
}

/// What two pictures differ by once they are cut, in levels of brightness.
fn difference(one: &Plate, other: &Plate, rows: usize, columns: usize) -> f32 {
    let mut squares = [[0.0f32; LUMA_SIDE]; LUMA_SIDE];
    let (down, across) = (&LUMA_CUTS[rows], &LUMA_CUTS[columns]);
    let a = cut_columns(&cut_rows(&one.luma, &down.one), &across.one);
    let b = cut_columns(&cut_rows(&other.luma, &down.other), &across.other);
    let of_luma = excess(&a, &b, CONTRAST, most_shift(one, other));
    for (row, of_luma) in squares.iter_mut().zip(&of_luma) {
        for (square, difference) in row.iter_mut().zip(of_luma) {
            *square = difference * difference;
        }
    }
    let most_tint = TINT * one.liveliness.min(other.liveliness);
    let (down, across) = (&CHROMA_CUTS[rows], &CHROMA_CUTS[columns]);
    for (one, other) in one.chroma.iter().zip(&other.chroma) {
        let a = cut_columns(&cut_rows(one, &down.one), &across.one);
        let b = cut_columns(&cut_rows(other, &down.other), &across.other);
        let of_chroma = excess(&a, &b, SATURATION, most_tint);
        for (y, row) in squares.iter_mut().enumerate() {
            for (x, square) in row.iter_mut().enumerate() {
                let difference = of_chroma[y / 2][x / 2] * CHROMA_WEIGHT;
                *square += difference * difference;
            }
        }
    }
    let mean = (squares.as_flattened().iter().sum::<f32>() / CELLS as f32).sqrt();
    let roots = squares.map(|row| row.map(f32::sqrt));
    let mut strongest = 0.0f32;
    for (above, below) in roots.iter().zip(&roots[1..]) {
        for x in 1..LUMA_SIDE {
            strongest = strongest.max((above[x - 1] + above[x] + below[x - 1] + below[x]) / 4.0);
        }
    }
    mean.max(strongest / LOCAL)
}

/// What the cells of two planes differ by after a change of tone, beyond what an edge that falls between cells explains.
fn excess<const N: usize>(a: &[[f32; N]; N], b: &[[f32; N]; N], least: f32, most: f32) -> [[f32; N]; N] {
    let tone = Tone::between(a.as_flattened(), b.as_flattened(), least, most);
    let a = a.map(|row| row.map(|level| tone.of(level)));
    let (of_a, of_b) = (contrast(&a), contrast(b));
    std::array::from_fn(|y| {
        std::array::from_fn(|x| ((a[y][x] - b[y][x]).abs() - EDGE * of_a[y][x].min(of_b[y][x])).max(0.0))
    })
}

/// The largest difference among each cell and its neighbours.
fn contrast<const N: usize>(plane: &[[f32; N]; N]) -> [[f32; N]; N] {
    let around = |at: usize| at.saturating_sub(1)..=(at + 1).min(N - 1);
    let across: [[(f32, f32); N]; N] = std::array::from_fn(|y| {
        std::array::from_fn(|x| {
            around(x).fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), x| {
                (least.min(plane[y][x]), most.max(plane[y][x]))
            })
        })
    });
    std::array::from_fn(|y| {
        std::array::from_fn(|x| {
            let (least, most) = around(y).fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), y| {
                (least.min(across[y][x].0), most.max(across[y][x].1))
            });
            most - least
        })
    })
}
