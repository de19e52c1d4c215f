//! Finds the pictures whose coarse looks are near those of one: a k-d tree (Bentley 1975) over their lowest frequencies,
//! searched with distances that grow from box to box (Arya and Mount 1993).

use std::sync::LazyLock;

use crate::base::thumbprint::{CHROMA_SIDE, LUMA_SIDE, Thumbprint};

/// The numbers of a point: 9 of the luma, 3 of each colour difference, and one that is always 0.
const DIMENSIONS: usize = 16;
/// Points of a leaf, at most.
const LEAF: usize = 24;

/// The lowest frequencies of a picture: of a cosine transform (DCT-II) without the mean of the luma, in levels of brightness.
pub(super) type Point = [f32; DIMENSIONS];

static LUMA_WAVES: LazyLock<[[f32; LUMA_SIDE]; 8]> = LazyLock::new(waves);
static CHROMA_WAVES: LazyLock<[[f32; CHROMA_SIDE]; 2]> = LazyLock::new(waves);

/// The first `M` waves of the transform over `N` cells, scaled so that the first gives the mean.
fn waves<const N: usize, const M: usize>() -> [[f32; N]; M] {
    std::array::from_fn(|frequency| {
        let scale = if frequency == 0 { 1.0 } else { std::f32::consts::SQRT_2 } / N as f32;
        std::array::from_fn(|cell| {
            let phase = std::f32::consts::PI * (2 * cell + 1) as f32 * frequency as f32 / (2 * N) as f32;
            phase.cos() * scale
        })
    })
}

/// The coefficient of a wave down and a wave across.
fn coefficient<const N: usize>(cells: &[u8], down: &[f32; N], across: &[f32; N]) -> f32 {
    let rows = cells.chunks_exact(N).zip(down);
    rows.map(|(row, weight)| {
        weight * row.iter().zip(across).map(|(cell, wave)| f32::from(*cell) * wave).sum::<f32>()
    })
    .sum()
}

/// Where a picture is among the others.
pub(super) fn point(print: &Thumbprint) -> Point {
    let mut point = [0.0; DIMENSIONS];
    let luma = [(0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0)];
    for (value, (down, across)) in point.iter_mut().zip(luma) {
        *value = coefficient(print.luma(), &LUMA_WAVES[down], &LUMA_WAVES[across]);
    }
    for (plane, values) in print.chroma().into_iter().zip(point[luma.len()..].chunks_exact_mut(3)) {
        for (value, (down, across)) in values.iter_mut().zip([(0, 0), (0, 1), (1, 0)]) {
            *value = coefficient(plane, &CHROMA_WAVES[down], &CHROMA_WAVES[across]);
        }
    }
    point
}

/// Whether each of the 63 lowest frequencies of the luma, but for its mean, is above 0: a perceptual hash as pHash (Zauner
/// 2010), compared with 0 instead of the median.
pub(super) fn signs(print: &Thumbprint) -> u64 {
    // Across first, then down: the same sums as by `coefficient`, of which each row is used eight times.
    let rows: Vec<[f32; 8]> = print
        .luma()
        .chunks_exact(LUMA_SIDE)
        .map(|row| {
            LUMA_WAVES.map(|wave| row.iter().zip(&wave).map(|(cell, weight)| f32::from(*cell) * weight).sum())
        })
        .collect();
    let mut signs = 0;
    for wave in LUMA_WAVES.iter() {
        for across in 0..8 {
            let sum: f32 = rows.iter().zip(wave).map(|(row, weight)| row[across] * weight).sum();
            signs = signs << 1 | u64::from(sum > 0.0);
        }
    }
    // The first is the mean.
    signs & (u64::MAX >> 1)
}

/// Points in a tree. A node splits the points of a range at the middle of their order along an axis.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    points: &'a [Point],
    /// The numbers of the points in the order of the leaves.
    order: Vec<u32>,
    nodes: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    /// The range of `order` that it has.
    Leaf(usize, usize),
    /// Points of less than `at` along `axis` are in the next node, the others in the node `above`.
    Split { axis: usize, at: f32, above: usize },
}

impl<'a> Tree<'a> {
    pub(super) fn new(points: &'a [Point]) -> Self {
        let order = (0..u32::try_from(points.len()).unwrap_or(u32::MAX)).collect();
        let mut tree = Self { points, order, nodes: Vec::new() };
        tree.split(0, tree.order.len());
        tree
    }

    fn split(&mut self, from: usize, until: usize) {
        let axis = self.widest_axis(from, until).filter(|_| until - from > LEAF);
        let Some(axis) = axis else {
            self.nodes.push(Node::Leaf(from, until));
            return;
        };
        let points = self.points;
        let value = |number: &u32| points[*number as usize][axis];
        let middle = from + (until - from) / 2;
        let range = &mut self.order[from..until];
        range.select_nth_unstable_by(middle - from, |a, b| value(a).total_cmp(&value(b)));
        let (at, node) = (value(&self.order[middle]), self.nodes.len());
        self.nodes.push(Node::Split { axis, at, above: 0 });
        self.split(from, middle);
        let next = self.nodes.len();
        if let Node::Split { above, .. } = &mut self.nodes[node] {
            *above = next;
        }
        self.split(middle, until);
    }

    /// The axis along which the points of a range lie farthest apart; `None` if they are all the same.
    fn widest_axis(&self, from: usize, until: usize) -> Option<usize> {
        let mut ends = [(f32::INFINITY, f32::NEG_INFINITY); DIMENSIONS];
        for number in &self.order[from..until] {
            for ((least, most), value) in ends.iter_mut().zip(&self.points[*number as usize]) {
                (*least, *most) = (least.min(*value), most.max(*value));
            }
        }
        let widths = ends.map(|(least, most)| most - least);
        let (axis, width) = widths.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
        (*width > 0.0).then_some(axis)
    }

    /// Hands the numbers of the points within `radius` of `centre` to `take`.
    pub(super) fn near(&self, centre: &Point, radius: f32, mut take: impl FnMut(usize)) {
        self.visit(0, centre, radius * radius, 0.0, &mut [0.0; DIMENSIONS], &mut take);
    }

    /// Visits a node whose box is as far from the centre as `beyond` says for each axis, `distance` in all (squared).
    fn visit(
        &self,
        node: usize,
        centre: &Point,
        radius: f32,
        distance: f32,
        beyond: &mut Point,
        take: &mut impl FnMut(usize),
    ) {
        match self.nodes[node] {
            Node::Leaf(from, until) => {
                for number in &self.order[from..until] {
                    let point = &self.points[*number as usize];
                    let square: f32 = point.iter().zip(centre).map(|(a, b)| (a - b) * (a - b)).sum();
                    if square <= radius {
                        take(*number as usize);
                    }
                }
            }
            Node::Split { axis, at, above } => {
                let offset = centre[axis] - at;
                let (near, far) = if offset < 0.0 { (node + 1, above) } else { (above, node + 1) };
                self.visit(near, centre, radius, distance, beyond, take);
                let before = beyond[axis];
                let distance = distance - before * before + offset * offset;
                if distance <= radius {
                    beyond[axis] = offset;
                    self.visit(far, centre, radius, distance, beyond, take);
                    beyond[axis] = before;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::thumbprint::BYTES;

    /// Numbers that are as good as random.
    fn noise(seed: u32) -> f32 {
        let mixed = (seed ^ (seed >> 15)).wrapping_mul(0x2c1b_3c6d);
        (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39) as f32 / u32::MAX as f32
    }

    #[test]
    fn the_tree_finds_what_a_scan_finds() {
        let points: Vec<Point> = (0..3000)
            .map(|number| std::array::from_fn(|axis| 20.0 * noise(number * 31 + axis as u32 + 7)))
            .chain(std::iter::repeat_n([3.0; DIMENSIONS], 100))
            .collect();
        let tree = Tree::new(&points);
        for centre in points.iter().step_by(97) {
            for radius in [0.0, 5.0, 18.0, 25.0] {
                let mut found = Vec::new();
                tree.near(centre, radius, |number| found.push(number));
                found.sort_unstable();
                let square =
                    |point: &Point| -> f32 { point.iter().zip(centre).map(|(a, b)| (a - b) * (a - b)).sum() };
                let expected: Vec<usize> =
                    (0..points.len()).filter(|at| square(&points[*at]) <= radius * radius).collect();
                assert_eq!(found, expected, "within {radius}");
            }
        }
        Tree::new(&[]).near(&[0.0; DIMENSIONS], 1.0, |_| panic!("nothing is there"));
    }

    #[test]
    fn a_point_is_made_of_waves_and_means() {
        let mut bytes = [128; BYTES];
        assert!(point(&Thumbprint(bytes))[..9].iter().all(|value| value.abs() < 1e-3));
        for (at, byte) in bytes.iter_mut().take(LUMA_SIDE * LUMA_SIDE).enumerate() {
            let phase = std::f32::consts::PI * (2 * (at % LUMA_SIDE) + 1) as f32 / (2 * LUMA_SIDE) as f32;
            *byte = (128.0 + 100.0 * phase.cos()).round() as u8;
        }
        let point = point(&Thumbprint(bytes));
        // A wave of 100 levels has 100 / sqrt(2) by the scaled transform.
        assert!((point[0] - 70.71).abs() < 0.1 && point[1].abs() < 0.1, "{point:?}");
        assert!((point[9] - 128.0).abs() < 1e-3 && (point[12] - 128.0).abs() < 1e-3, "{point:?}");
    }

    #[test]
    fn signs_are_those_of_the_waves() {
        let mut bytes = [128; BYTES];
        for (at, byte) in bytes.iter_mut().take(LUMA_SIDE * LUMA_SIDE).enumerate() {
            *byte = (40.0 + 170.0 * noise(at as u32)) as u8;
        }
        let (signs, print) = (signs(&Thumbprint(bytes)), Thumbprint(bytes));
        for down in 0..8 {
            for across in 0..8 {
                let value = coefficient(print.luma(), &LUMA_WAVES[down], &LUMA_WAVES[across]);
                let expected = down + across > 0 && value > 0.0;
                assert_eq!(signs >> (63 - down * 8 - across) & 1 == 1, expected, "{down}, {across}: {value}");
            }
        }
    }
}
