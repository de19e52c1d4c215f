//! Pictures as text, on terminals with 256 or 16 colours: the error of each part of a cell is made good in the parts
//! beside and below it (Floyd and Steinberg, 1976).
//!
//! Errors are counted in linear light, as it adds up in the eye. Where a cell has more parts than colours, its parts are
//! dithered first as if each had a colour of its own; the two colours that were taken most become those of the cell, and
//! the parts are dithered again with these two.

use image::RgbImage;
use ratatui::style::Color;

use super::blocks::BlockCell;
use super::glyphs::GlyphSet;
use super::palette::{Palette, Rgb8};

/// Light of red, green and blue: 0 is none, 1 the most.
type Light = [f32; 3];

/// Makes cells of a picture with as many pixels a cell as the set has parts, row by row from the top left.
pub(super) fn draw(picture: &RgbImage, set: GlyphSet, palette: &Palette) -> Vec<BlockCell> {
    let (across, down) = set.parts();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut canvas = Canvas {
        width,
        height,
        light: picture.pixels().map(|pixel| pixel.0.map(linear)).collect(),
        entries: palette.entries().iter().map(|(index, colour)| Entry::new(*index, *colour)).collect(),
    };
    let mut cells = Vec::with_capacity(width * height / (across * down));
    for top in (0..height / down).map(|row| row * down) {
        for left in (0..width / across).map(|column| column * across) {
            cells.push(canvas.cell(left, top, set));
        }
    }
    cells
}

/// A colour of the terminal.
#[derive(Debug, Clone, Copy)]
struct Entry {
    index: u8,
    /// The values of sRGB from 0 to 1.
    value: [f32; 3],
    light: Light,
}

impl Entry {
    fn new(index: u8, colour: Rgb8) -> Self {
        Self { index, value: colour.map(|value| f32::from(value) / 255.0), light: colour.map(linear) }
    }
}

/// The picture with the errors that were made so far.
struct Canvas {
    width: usize,
    height: usize,
    light: Vec<Light>,
    entries: Vec<Entry>,
}

impl Canvas {
    fn cell(&mut self, left: usize, top: usize, set: GlyphSet) -> BlockCell {
        let (across, down) = set.parts();
        let parts: Vec<(usize, usize)> =
            (0..down).flat_map(|y| (0..across).map(move |x| (left + x, top + y))).collect();
        let (first, second) = if parts.len() == 2 {
            // Each has a colour of its own.
            let first = self.nearest(left, top, &self.entries);
            self.pass_on(left, top, first, left);
            let second = self.nearest(left, top + 1, &self.entries);
            self.pass_on(left, top + 1, second, left);
            return block(set, 1, first, second);
        } else {
            self.two_colours(left, &parts)
        };
        let mut bits = 0;
        for (bit, &(x, y)) in parts.iter().enumerate() {
            let taken = self.nearest(x, y, &[first, second]);
            if taken.index == first.index {
                bits |= 1 << bit;
            }
            self.pass_on(x, y, taken, left);
        }
        block(set, bits, first, second)
    }

    /// The two colours that a cell's parts would take most if each had its own. The errors are then as before.
    fn two_colours(&mut self, left: usize, parts: &[(usize, usize)]) -> (Entry, Entry) {
        let before: Vec<Light> = parts.iter().map(|&(x, y)| self.light[y * self.width + x]).collect();
        let outside = self.around(parts);
        let mut counts: Vec<(Entry, usize)> = Vec::new();
        for &(x, y) in parts {
            let taken = self.nearest(x, y, &self.entries);
            match counts.iter_mut().find(|(entry, _)| entry.index == taken.index) {
                Some((_, count)) => *count += 1,
                None => counts.push((taken, 1)),
            }
            self.pass_on(x, y, taken, left);
        }
        for (&(x, y), light) in parts.iter().zip(before) {
            self.light[y * self.width + x] = light;
        }
        for (at, light) in outside {
            self.light[at] = light;
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let first = counts[0].0;
        (first, counts.get(1).map_or(first, |(second, _)| *second))
    }

    /// What lies right of and below a cell, where its errors go.
    fn around(&self, parts: &[(usize, usize)]) -> Vec<(usize, Light)> {
        let around = parts.iter().flat_map(|&(x, y)| [(x + 1, y), (x + 1, y + 1), (x, y + 1)]);
        let inside = around.filter(|&(x, y)| x < self.width && y < self.height);
        inside.map(|(x, y)| (y * self.width + x, self.light[y * self.width + x])).collect()
    }

    fn nearest(&self, x: usize, y: usize, among: &[Entry]) -> Entry {
        let wanted = self.light[y * self.width + x].map(encoded);
        let off = |entry: &Entry| distance(wanted, entry.value);
        let nearest = among.iter().min_by(|a, b| off(a).total_cmp(&off(b)));
        nearest.copied().unwrap_or(Entry::new(0, [0; 3]))
    }

    /// Passes the error of a part on to those that come later; `left` is the first column of its cell.
    fn pass_on(&mut self, x: usize, y: usize, taken: Entry, left: usize) {
        let at = y * self.width + x;
        // Where no colour is bright or dark enough, errors would gather and smear without an end.
        let wanted = self.light[at].map(|light| light.clamp(-1.0, 2.0));
        let error: Light = std::array::from_fn(|channel| wanted[channel] - taken.light[channel]);
        let has_right = x + 1 < self.width;
        let has_below = y + 1 < self.height;
        // The cell to the left is done, so its share goes straight down.
        let (below_left, below) = if x > left { (3.0, 5.0) } else { (0.0, 8.0) };
        let mut add = |at: usize, share: f32| {
            (0..3).for_each(|channel| self.light[at][channel] += error[channel] * share / 16.0);
        };
        if has_right {
            add(at + 1, 7.0);
        }
        if has_below {
            let beneath = at + self.width;
            add(beneath, below);
            if below_left > 0.0 {
                add(beneath - 1, below_left);
            }
            if has_right {
                add(beneath + 1, 1.0);
            }
        }
    }
}

fn block(set: GlyphSet, bits: u8, first: Entry, second: Entry) -> BlockCell {
    let (columns, rows) = set.parts();
    let full = (1_u8 << (columns * rows)) - 1;
    let (symbol, foreground, background) = match (first.index == second.index, bits) {
        (true, _) => (' ', first, first),
        (false, 0) => (' ', second, second),
        (false, bits) if bits == full => (' ', first, first),
        (false, bits) => (set.glyph(bits), first, second),
    };
    BlockCell {
        symbol,
        foreground: Color::Indexed(foreground.index),
        background: Color::Indexed(background.index),
    }
}

/// The light of a value of sRGB (IEC 61966-2-1).
fn linear(value: u8) -> f32 {
    let value = f32::from(value) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The value of sRGB, from 0 to 1 for light that can be shown. It goes on beyond, so that errors that have gathered count.
fn encoded(light: f32) -> f32 {
    let size = light.abs();
    let value = if size <= 0.003_130_8 { size * 12.92 } else { 1.055 * size.powf(1.0 / 2.4) - 0.055 };
    value.copysign(light)
}

/// How different two colours look, about: the eye sees differences of green best.
fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let square = |at: usize| (a[at] - b[at]).powi(2);
    2.0 * square(0) + 4.0 * square(1) + 3.0 * square(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::graphics::palette::ColourSupport;

    /// The mean light of a drawn picture, by the parts of its characters.
    fn mean_light(cells: &[BlockCell], set: GlyphSet, palette: &Palette) -> Light {
        let entries = palette.entries();
        let light = |colour: Color| {
            let Color::Indexed(index) = colour else { panic!("{colour:?}") };
            entries.iter().find(|(known, _)| *known == index).unwrap().1.map(linear)
        };
        let (columns, rows) = set.parts();
        let parts = columns * rows;
        let mut sum = [0.0; 3];
        for cell in cells {
            let bits = (0..1_u8 << parts).find(|bits| set.glyph(*bits) == cell.symbol).unwrap();
            for bit in 0..parts {
                let shown = light(if bits >> bit & 1 == 1 { cell.foreground } else { cell.background });
                (0..3).for_each(|c| sum[c] += shown[c] / (cells.len() * parts) as f32);
            }
        }
        sum
    }

    #[test]
    fn areas_keep_their_light_whatever_the_colours() {
        for support in [ColourSupport::Sixteen, ColourSupport::TwoHundredFiftySix] {
            let palette = Palette::new(support);
            for colour in [[128, 128, 128], [60, 90, 40], [230, 180, 140]] {
                for set in [GlyphSet::Halves, GlyphSet::Quadrants, GlyphSet::Sextants] {
                    let (columns, rows) = set.parts();
                    let size = (40 * columns as u32, 40 * rows as u32);
                    let picture = RgbImage::from_pixel(size.0, size.1, image::Rgb(colour));
                    let cells = draw(&picture, set, &palette);
                    assert_eq!(cells.len(), 1600);
                    let shown = mean_light(&cells, set, &palette);
                    for channel in 0..3 {
                        let off = shown[channel] - linear(colour[channel]);
                        // Two colours a cell are not always enough of sixteen.
                        let most = if set == GlyphSet::Halves { 0.04 } else { 0.1 };
                        assert!(off.abs() < most, "{colour:?} in {support:?}, {set:?}: {shown:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn colours_of_the_terminal_are_drawn_plainly() {
        let picture = RgbImage::from_fn(4, 8, |_, y| image::Rgb(if y < 4 { [255, 0, 0] } else { [0, 0, 0] }));
        let cells = draw(&picture, GlyphSet::Halves, &Palette::new(ColourSupport::Sixteen));
        let expected = |index| BlockCell {
            symbol: ' ',
            foreground: Color::Indexed(index),
            background: Color::Indexed(index),
        };
        assert_eq!(cells[..8], [expected(9); 8]);
        assert_eq!(cells[8..], [expected(0); 8]);
    }

    #[test]
    fn light_and_values_are_inverses() {
        for value in 0..=255 {
            assert_eq!((encoded(linear(value)) * 255.0).round(), f32::from(value));
        }
        // A value of 188 has half the light.
        assert!((linear(188) - 0.5).abs() < 0.01);
    }
}
