//! Pictures as text of two colours a cell, on terminals with all colours.
//!
//! Of each cell, twelve samples of the picture are known. Every character divides them in two parts; if each part gets its
//! mean, what remains is the variance within the parts. The character with the least is taken, as chafa does
//! (<https://hpjansson.org/chafa/>).

use image::RgbImage;
use ratatui::style::Color;

use super::glyphs::{COLUMNS, Division, GlyphSet, ROWS, counts};
use super::palette::Rgb8;

/// A character with its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockCell {
    pub(super) symbol: char,
    pub(super) foreground: Color,
    pub(super) background: Color,
}

/// The share of red, green and blue in how bright a colour looks.
const LUMA: [f32; 3] = [0.30, 0.59, 0.11];

/// The sums of red, green and blue of some samples.
type Sums = [u32; 3];

/// Makes cells of a picture of [`COLUMNS`] x [`ROWS`] pixels a cell, row by row from the top left.
pub(super) fn draw(picture: &RgbImage, set: GlyphSet) -> Vec<BlockCell> {
    let columns = picture.width() as usize / COLUMNS;
    let rows = picture.height() as usize / ROWS;
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    cells.map(|(row, column)| cell(&samples(picture, row, column), set)).collect()
}

fn samples(picture: &RgbImage, row: usize, column: usize) -> [Rgb8; COLUMNS * ROWS] {
    std::array::from_fn(|at| {
        let (x, y) = (column * COLUMNS + at % COLUMNS, row * ROWS + at / COLUMNS);
        picture.get_pixel(x as u32, y as u32).0
    })
}

fn cell(samples: &[Rgb8; COLUMNS * ROWS], set: GlyphSet) -> BlockCell {
    let all = sums(samples, u16::MAX);
    // Of a part with the sum s of n samples, the variance is the sum of squares, which all divisions share, less s²/n.
    let quality = |division: &Division| {
        let first = sums(samples, division.mask);
        let (n, m) = counts(division.mask);
        let gain = |channel: usize| {
            let (s, t) = (first[channel] as f32, (all[channel] - first[channel]) as f32);
            LUMA[channel] * (s * s / n as f32 + t * t / m as f32)
        };
        gain(0) + gain(1) + gain(2)
    };
    let best = set.divisions().iter().map(|division| (quality(division), division));
    let Some((_, division)) = best.max_by(|(a, _), (b, _)| a.total_cmp(b)) else {
        return uniform(mean(all, COLUMNS * ROWS));
    };
    let first = sums(samples, division.mask);
    let second: Sums = std::array::from_fn(|channel| all[channel] - first[channel]);
    let (n, m) = counts(division.mask);
    let (first, second) = (mean(first, n as usize), mean(second, m as usize));
    if first == second {
        return uniform(first);
    }
    // The brighter part is the foreground: where a font's blocks leave a gap, a dark line is seen less.
    if luma(first) >= luma(second) {
        BlockCell { symbol: division.glyph, foreground: rgb(first), background: rgb(second) }
    } else {
        BlockCell { symbol: division.inverse, foreground: rgb(second), background: rgb(first) }
    }
}

fn sums(samples: &[Rgb8], mask: u16) -> Sums {
    let mut sums = [0; 3];
    for (at, sample) in samples.iter().enumerate() {
        if mask >> at & 1 == 1 {
            (0..3).for_each(|channel| sums[channel] += u32::from(sample[channel]));
        }
    }
    sums
}

fn mean(sums: Sums, count: usize) -> Rgb8 {
    let count = count.max(1) as u32;
    // A mean of bytes is a byte.
    sums.map(|sum| ((sum + count / 2) / count) as u8)
}

fn luma(colour: Rgb8) -> f32 {
    (0..3).map(|channel| LUMA[channel] * f32::from(colour[channel])).sum()
}

fn rgb([r, g, b]: Rgb8) -> Color {
    Color::Rgb(r, g, b)
}

fn uniform(colour: Rgb8) -> BlockCell {
    BlockCell { symbol: ' ', foreground: rgb(colour), background: rgb(colour) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgb8 = [200, 10, 10];
    const BLUE: Rgb8 = [10, 10, 100];

    /// A cell whose samples are red where the text has a `#`.
    fn of(pattern: [&str; ROWS], set: GlyphSet) -> (char, Color, Color) {
        let picture = RgbImage::from_fn(COLUMNS as u32, ROWS as u32, |x, y| {
            let is_red = pattern[y as usize].as_bytes()[x as usize] == b'#';
            image::Rgb(if is_red { RED } else { BLUE })
        });
        let cell = draw(&picture, set)[0];
        (cell.symbol, cell.foreground, cell.background)
    }

    #[test]
    fn patterns_become_their_characters() {
        let (red, blue) = (rgb(RED), rgb(BLUE));
        let upper_left = ["#.", "#.", "#.", "..", "..", ".."];
        assert_eq!(of(upper_left, GlyphSet::Quadrants), ('▘', red, blue));
        assert_eq!(of(upper_left, GlyphSet::Sextants), ('▘', red, blue), "quarters are among them");
        let middle = ["..", "..", "##", "##", "..", ".."];
        // BLOCK SEXTANT-34.
        assert_eq!(of(middle, GlyphSet::Sextants), ('\u{1fb0b}', red, blue));
        assert_eq!(of(["##"; ROWS], GlyphSet::Sextants), (' ', red, red));
        let lower = ["..", "..", "..", "##", "##", "##"];
        assert_eq!(of(lower, GlyphSet::Halves), ('▄', red, blue));
        assert_eq!(of(["#."; ROWS], GlyphSet::Quadrants), ('▌', red, blue));
    }

    #[test]
    fn more_characters_are_never_worse() {
        // The error is measured anew from what is drawn, by the masks of the characters.
        let noise = RgbImage::from_fn(40, 60, |x, y| {
            let value = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 7;
            image::Rgb([value as u8, (value >> 5) as u8, (x * 6) as u8])
        });
        let error = |set: GlyphSet| -> f64 {
            let cells = draw(&noise, set);
            let mut error = 0.0;
            for (at, cell) in cells.iter().enumerate() {
                let samples = samples(&noise, at / 20, at % 20);
                let division =
                    set.divisions().iter().find(|d| d.glyph == cell.symbol || d.inverse == cell.symbol);
                let mask = division.map_or(0, |d| if d.glyph == cell.symbol { d.mask } else { !d.mask });
                for (at, sample) in samples.iter().enumerate() {
                    let shown = if mask >> at & 1 == 1 { cell.foreground } else { cell.background };
                    let Color::Rgb(r, g, b) = shown else { panic!("{shown:?}") };
                    error += (0..3)
                        .map(|c| {
                            let off = f64::from(sample[c]) - f64::from([r, g, b][c]);
                            f64::from(LUMA[c]) * off * off
                        })
                        .sum::<f64>();
                }
            }
            error
        };
        let errors = [GlyphSet::Halves, GlyphSet::Quadrants, GlyphSet::Sextants].map(error);
        assert!(errors[0] > errors[1] * 1.2 && errors[1] > errors[2] * 1.1, "{errors:?}");
    }
}
