//! Kitty's protocol without placeholders, for kitty before 0.28 and for Konsole: the picture is placed on the screen at the
//! cursor, above the text, and stays until it is deleted.
//!
//! <https://sw.kovidgoyal.net/kitty/graphics-protocol/#display-images-on-screen>

use std::collections::BTreeSet;
use std::fmt::Write;
use std::num::NonZeroU16;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::RgbImage;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Position, Rect, Size};

use super::cursor::moved;

/// What every picture's sequence begins with; the number of the picture follows.
const BEGINNING: &str = "\x1b_Gq=2,a=T,i=";
/// The number of bytes that one sequence may carry, before base64.
const CHUNK: usize = 4096 / 4 * 3;

/// What moves the cursor past the cell that carries a picture, which counts as one column.
const ONE_COLUMN: &str = "\x1b[C";

/// A picture to be placed.
pub(crate) struct PlacedPicture {
    size: Size,
    /// Width and height in pixels.
    pixels: (u32, u32),
    id: u32,
    /// What places the whole picture.
    sequence: String,
    /// Where in the sequence the pixels begin, after the words on their place.
    data: usize,
}

impl PlacedPicture {
    /// A picture that covers `size` cells under a number of its own, from 1.
    pub(super) fn new(picture: &RgbImage, size: Size, id: u32) -> Self {
        let pixels = picture.dimensions();
        let mut sequence = String::with_capacity(picture.len() / 3 * 4 + 4096);
        sequence.push_str(&first_words(id, pixels));
        // Writing to a string can't fail.
        let _ = write!(sequence, "c={},r={}", size.width, size.height);
        let data = sequence.len();
        let mut chunks = picture.as_raw().chunks(CHUNK).peekable();
        let mut is_first = true;
        while let Some(chunk) = chunks.next() {
            let more = u8::from(chunks.peek().is_some());
            let start = if std::mem::take(&mut is_first) { "" } else { "\x1b_Gq=2" };
            let _ = write!(sequence, "{start},m={more};");
            BASE64_STANDARD.encode_string(chunk, &mut sequence);
            sequence.push_str("\x1b\\");
        }
        sequence.push_str(ONE_COLUMN);
        Self { size, pixels, id, sequence, data }
    }

    /// The size in columns and rows.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Draws the picture into an area of its own size. Its first cell carries the sequence, and blanks lie over the others,
    /// so that no old text does.
    pub(super) fn render(&self, area: Rect, buffer: &mut Buffer) {
        blank(area, buffer);
        carry(area.as_position(), &self.sequence, buffer);
    }

    /// Draws the picture around a part of its area that something else covers: text does not hide it, so up to four parts
    /// are placed. The first cell of the first of them carries the sequences, and all else is as with [`Self::render`].
    pub(crate) fn render_around(&self, area: Rect, covered: Rect, buffer: &mut Buffer) {
        let parts = around(area, covered);
        let Some((first, others)) = parts.split_first() else { return };
        parts.iter().for_each(|part| blank(*part, buffer));
        let carrier = first.as_position();
        let data = self.sequence.get(self.data..).and_then(|data| data.strip_suffix(ONE_COLUMN));
        // The picture goes with all its places, so that none of an earlier box stays.
        let mut sequence = delete(std::iter::once(&self.id)) + &first_words(self.id, self.pixels);
        sequence.push_str(&self.source(area, *first));
        sequence.push_str(data.unwrap_or_default());
        let mut at = carrier;
        for (place, part) in (2..).zip(others) {
            sequence.push_str(&moved(at, part.as_position()));
            at = part.as_position();
            let source = self.source(area, *part);
            // Writing to a string can't fail.
            let _ = write!(sequence, "\x1b_Gq=2,a=p,i={},p={place},C=1,{source};\x1b\\", self.id);
        }
        sequence.push_str(&moved(at, carrier));
        sequence.push_str(ONE_COLUMN);
        carry(carrier, &sequence, buffer);
    }

    /// Which pixels of the picture a part of its area shows, and on how many cells.
    fn source(&self, area: Rect, part: Rect) -> String {
        let pixel = |cells: u16, all: u16, pixels: u32| u32::from(cells) * pixels / u32::from(all.max(1));
        let (width, height) = self.pixels;
        let across = |column: u16| pixel(column - area.x, area.width, width);
        let down = |row: u16| pixel(row - area.y, area.height, height);
        let (x, y) = (across(part.x), down(part.y));
        let (w, h) = (across(part.right()) - x, down(part.bottom()) - y);
        // 0 would stand for all of the picture.
        format!("x={x},y={y},w={},h={},c={},r={}", w.max(1), h.max(1), part.width, part.height)
    }
}

/// What the transmission of a picture begins with. C=1 leaves the cursor where it is. Pictures lie above the text: kitty
/// 0.26 shows remnants of earlier frames where they lie below.
fn first_words(id: u32, (width, height): (u32, u32)) -> String {
    format!("{BEGINNING}{id},p=1,C=1,f=24,s={width},v={height},")
}

/// The parts of an area around another one: above, left, right and below, without empty ones.
fn around(area: Rect, covered: Rect) -> Vec<Rect> {
    let covered = covered.intersection(area);
    let between = |left: u16, top: u16, right: u16, bottom: u16| Rect {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
    };
    let mut parts = vec![
        between(area.left(), area.top(), area.right(), covered.top()),
        between(area.left(), covered.top(), covered.left(), covered.bottom()),
        between(covered.right(), covered.top(), area.right(), covered.bottom()),
        between(area.left(), covered.bottom(), area.right(), area.bottom()),
    ];
    parts.retain(|part| !part.is_empty());
    parts
}

fn blank(area: Rect, buffer: &mut Buffer) {
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
        }
    }
}

/// Has a cell carry a sequence, which shows nothing by itself.
fn carry(at: Position, sequence: &str, buffer: &mut Buffer) {
    if let Some(cell) = buffer.cell_mut(at) {
        let one_column = CellDiffOption::ForcedWidth(NonZeroU16::MIN);
        cell.set_symbol(sequence).set_diff_option(one_column);
    }
}

/// The pictures that lie on the screen. Text that is written over them takes none away.
#[derive(Debug, Default)]
pub(crate) struct Placements(BTreeSet<u32>);

impl Placements {
    /// Takes in a frame that was drawn. Returns the sequences that delete the pictures of the frame before that are not on
    /// this one.
    pub(crate) fn update(&mut self, frame: &Buffer) -> String {
        let number = |symbol: &str| symbol.split_once(BEGINNING)?.1.split(',').next()?.parse().ok();
        let carriers =
            frame.content.iter().map(|cell| cell.symbol()).filter(|symbol| symbol.starts_with('\x1b'));
        let now = carriers.filter_map(number).collect();
        let before = std::mem::replace(&mut self.0, now);
        delete(before.difference(&self.0))
    }

    /// The sequences that delete all pictures.
    pub(crate) fn clear(&mut self) -> String {
        delete(std::mem::take(&mut self.0).iter())
    }
}

fn delete<'a>(ids: impl Iterator<Item = &'a u32>) -> String {
    ids.map(|id| format!("\x1b_Gq=2,a=d,d=I,i={id};\x1b\\")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_sent_in_pieces_and_deleted_when_they_are_gone() {
        let image = RgbImage::from_pixel(40, 60, image::Rgb([1, 2, 3]));
        let size = Size { width: 5, height: 3 };
        let picture = PlacedPicture::new(&image, size, 77);
        let pieces: Vec<&str> = picture.sequence.split("\x1b\\").collect();
        // 7,200 bytes are three pieces; the last part moves the cursor.
        assert_eq!(pieces.len(), 4);
        assert!(pieces[0].starts_with("\x1b_Gq=2,a=T,i=77,p=1,C=1,f=24,s=40,v=60,c=5,r=3,m=1;"));
        assert!(pieces[1].starts_with("\x1b_Gq=2,m=1;") && pieces[2].starts_with("\x1b_Gq=2,m=0;"));
        let data: String =
            pieces.iter().filter_map(|piece| piece.split_once(';')).map(|(_, data)| data).collect();
        assert_eq!(BASE64_STANDARD.decode(data).unwrap(), *image.as_raw());
        let area = Rect::new(0, 0, 10, 4);
        let mut buffer = Buffer::empty(area);
        buffer.set_string(0, 1, "old text", ratatui::style::Style::new());
        picture.render(Rect::new(1, 0, 5, 3), &mut buffer);
        assert_eq!(buffer[(3, 1)].symbol(), " ");
        let mut placements = Placements::default();
        assert_eq!(placements.update(&buffer), "");
        assert_eq!(placements.update(&buffer), "", "it stays");
        assert_eq!(placements.update(&Buffer::empty(area)), "\x1b_Gq=2,a=d,d=I,i=77;\x1b\\");
        placements.update(&buffer);
        assert!(placements.clear().contains("i=77"));
        assert_eq!(placements.clear(), "");
    }

    #[test]
    fn parts_around_a_box_show_their_own_pixels() {
        let image = RgbImage::from_pixel(40, 60, image::Rgb([1, 2, 3]));
        let picture = PlacedPicture::new(&image, Size { width: 5, height: 3 }, 77);
        let area = Rect::new(1, 1, 5, 3);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 5));
        buffer.set_string(3, 2, "box", ratatui::style::Style::new());
        picture.render_around(area, Rect::new(3, 2, 9, 1), &mut buffer);
        assert_eq!(buffer[(3, 2)].symbol(), "b", "the box stays");
        let symbol = buffer[(1, 1)].symbol();
        assert!(symbol.starts_with("\x1b_Gq=2,a=d,d=I,i=77;\x1b\\\x1b_Gq=2,a=T,i=77,p=1,C=1,f=24,s=40,v=60,x=0,y=0,w=40,h=20,c=5,r=1,m=1;"));
        assert!(
            symbol.ends_with(
                "\x1b[1B\x1b_Gq=2,a=p,i=77,p=2,C=1,x=0,y=20,w=16,h=20,c=2,r=1;\x1b\\\
             \x1b[1B\x1b_Gq=2,a=p,i=77,p=3,C=1,x=0,y=40,w=40,h=20,c=5,r=1;\x1b\\\x1b[2A\x1b[C"
            ),
            "{symbol:?}"
        );
        let mut placements = Placements::default();
        placements.update(&buffer);
        assert!(placements.clear().contains("i=77"), "it is taken away as a whole");
        picture.render_around(area, area, &mut buffer);
        assert_eq!(around(area, area), []);
    }
}
