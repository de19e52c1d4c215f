//! The colours that the terminal has. Others are replaced by the nearest of those.

use ratatui::buffer::Buffer;
use ratatui::style::Color;

/// A colour: red, green and blue, as the terminal shows it.
pub(crate) type Rgb8 = [u8; 3];

/// The colours that a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ColourSupport {
    /// The 16 of the palette.
    Sixteen,
    /// The palette, and the 6 x 6 x 6 cube and 24 greys of xterm.
    TwoHundredFiftySix,
    /// Every mixture of red, green and blue.
    True,
}

impl ColourSupport {
    /// How many colours there are, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Sixteen => "16 colours",
            Self::TwoHundredFiftySix => "256 colours",
            Self::True => "all colours",
        }
    }
}

/// The first sixteen colours of xterm. Those of most terminals are similar.
const SIXTEEN: [Rgb8; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];
/// The steps of red, green and blue in the cube.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// The first colour of the cube, which is the same on all terminals.
const CUBE: u8 = 16;

/// The colours of a terminal, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Palette {
    support: ColourSupport,
    /// The first sixteen, as the terminal reported them, or else those of xterm.
    sixteen: [Rgb8; 16],
    /// Whether the terminal reported them.
    is_reported: bool,
}

impl Palette {
    /// A palette whose first sixteen colours are those of xterm, until the terminal reports its own.
    pub(crate) fn new(support: ColourSupport) -> Self {
        Self { support, sixteen: SIXTEEN, is_reported: false }
    }

    /// A palette with the sixteen colours that the terminal reported.
    pub(crate) fn reported(support: ColourSupport, sixteen: [Rgb8; 16]) -> Self {
        Self { support, sixteen, is_reported: true }
    }

    /// How many colours there are.
    pub(crate) fn support(&self) -> ColourSupport {
        self.support
    }

    /// Whether the first sixteen colours are known from the terminal itself.
    pub(crate) fn is_reported(&self) -> bool {
        self.is_reported
    }

    /// The numbers and colours that pictures may use. Of 256 colours, the first sixteen differ between terminals; they are
    /// used only when they are known.
    pub(super) fn entries(&self) -> Vec<(u8, Rgb8)> {
        let sixteen = (0..CUBE).map(|index| (index, self.sixteen[usize::from(index)]));
        let others = (CUBE..=255).map(|index| (index, cube_or_grey(index)));
        match self.support {
            ColourSupport::Sixteen => sixteen.collect(),
            _ if self.is_reported => sixteen.chain(others).collect(),
            _ => others.collect(),
        }
    }

    /// Replaces the colours on a screen that the terminal does not have. A cell that a graphics protocol uses is left
    /// alone: the colour of kitty's placeholders is the number of a picture.
    pub(crate) fn reduce(&self, buffer: &mut Buffer) {
        if self.support == ColourSupport::True {
            return;
        }
        for cell in &mut buffer.content {
            if !cell.symbol().starts_with(['\x1b', '\u{10eeee}']) {
                cell.fg = self.nearest(cell.fg);
                cell.bg = self.nearest(cell.bg);
            }
        }
    }

    fn nearest(&self, colour: Color) -> Color {
        match (self.support, colour) {
            (ColourSupport::TwoHundredFiftySix, Color::Rgb(r, g, b)) => {
                Color::Indexed(nearest_of_256([r, g, b]))
            }
            (ColourSupport::Sixteen, Color::Rgb(r, g, b)) => Color::Indexed(self.nearest_of_16([r, g, b])),
            (ColourSupport::Sixteen, Color::Indexed(index)) if index >= CUBE => {
                Color::Indexed(self.nearest_of_16(cube_or_grey(index)))
            }
            _ => colour,
        }
    }

    fn nearest_of_16(&self, wanted: Rgb8) -> u8 {
        let nearest = (0..).zip(self.sixteen).min_by_key(|(_, known)| distance(wanted, *known));
        nearest.map_or(0, |(index, _)| index)
    }
}

/// How different two colours look, about: the eye sees differences of green best.
fn distance(a: Rgb8, b: Rgb8) -> u32 {
    let square = |at: usize| u32::from(a[at].abs_diff(b[at])).pow(2);
    2 * square(0) + 4 * square(1) + 3 * square(2)
}

fn nearest_of_256(wanted: Rgb8) -> u8 {
    let step = |value: u8| (0..6).min_by_key(|at| STEPS[usize::from(*at)].abs_diff(value)).unwrap_or(0);
    let cube = CUBE + 36 * step(wanted[0]) + 6 * step(wanted[1]) + step(wanted[2]);
    let mean = wanted.iter().map(|channel| u32::from(*channel)).sum::<u32>() / 3;
    let grey = 232 + (mean.saturating_sub(3) / 10).min(23) as u8;
    if distance(wanted, cube_or_grey(grey)) < distance(wanted, cube_or_grey(cube)) { grey } else { cube }
}

/// The colour that xterm shows for an index from 16 on.
fn cube_or_grey(index: u8) -> Rgb8 {
    if index >= 232 {
        [8 + 10 * (index - 232); 3]
    } else {
        let step = |at: u8| STEPS[usize::from(at % 6)];
        let index = index.saturating_sub(CUBE);
        [step(index / 36), step(index / 6), step(index)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_the_palette_is_its_own_nearest() {
        for index in CUBE..=255 {
            assert_eq!(cube_or_grey(nearest_of_256(cube_or_grey(index))), cube_or_grey(index), "{index}");
        }
        for (index, known) in (0..).zip(SIXTEEN) {
            assert_eq!(Palette::new(ColourSupport::Sixteen).nearest_of_16(known), index);
        }
    }

    #[test]
    fn a_screen_keeps_only_colours_of_the_terminal() {
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(0, 0, 3, 1));
        buffer.content[0].set_fg(Color::Rgb(250, 3, 7)).set_bg(Color::Indexed(196));
        buffer.content[1].set_fg(Color::Cyan);
        buffer.content[2].set_symbol("\u{10eeee}\u{305}").set_fg(Color::Rgb(1, 2, 3));
        Palette::new(ColourSupport::Sixteen).reduce(&mut buffer);
        assert_eq!((buffer.content[0].fg, buffer.content[0].bg), (Color::Indexed(9), Color::Indexed(9)));
        assert_eq!(buffer.content[1].fg, Color::Cyan);
        assert_eq!(buffer.content[2].fg, Color::Rgb(1, 2, 3), "the number of a picture");
    }

    #[test]
    fn the_first_sixteen_are_used_as_the_terminal_has_them() {
        let mut own = SIXTEEN;
        own[9] = [10, 20, 30];
        let palette = Palette::reported(ColourSupport::Sixteen, own);
        assert_eq!(palette.nearest_of_16([12, 20, 30]), 9);
        assert_eq!(palette.entries().len(), 16);
        assert_eq!(Palette::new(ColourSupport::TwoHundredFiftySix).entries().len(), 240, "the others differ");
        assert_eq!(Palette::reported(ColourSupport::TwoHundredFiftySix, own).entries().len(), 256);
    }
}
