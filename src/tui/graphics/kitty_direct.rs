//! Kitty's protocol without placeholders, for kitty before 0.28 and for Konsole: the picture is placed on the screen at the
//! cursor, below the text, and stays until it is deleted.
//!
//! <https://sw.kovidgoyal.net/kitty/graphics-protocol/#display-images-on-screen>

use std::collections::BTreeSet;
use std::fmt::Write;
use std::num::NonZeroU16;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::RgbImage;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Rect, Size};

/// What every picture's sequence begins with; the number of the picture follows.
const BEGINNING: &str = "\x1b_Gq=2,a=T,i=";
/// The number of bytes that one sequence may carry, before base64.
const CHUNK: usize = 4096 / 4 * 3;

/// A picture to be placed.
pub(crate) struct PlacedPicture {
    size: Size,
    sequence: String,
}

impl PlacedPicture {
    /// A picture that covers `size` cells under a number of its own, from 1.
    pub(super) fn new(picture: &RgbImage, size: Size, id: u32) -> Self {
        let mut sequence = String::with_capacity(picture.len() / 3 * 4 + 4096);
        let mut chunks = picture.as_raw().chunks(CHUNK).peekable();
        let mut is_first = true;
        while let Some(chunk) = chunks.next() {
            let more = u8::from(chunks.peek().is_some());
            // Writing to a string can't fail.
            let _ = if std::mem::take(&mut is_first) {
                let (width, height) = picture.dimensions();
                // C=1 leaves the cursor where it is, z=-1 puts the picture below the text.
                write!(
                    sequence,
                    "{BEGINNING}{id},p=1,C=1,z=-1,f=24,s={width},v={height},c={},r={},m={more};",
                    size.width, size.height
                )
            } else {
                write!(sequence, "\x1b_Gq=2,m={more};")
            };
            BASE64_STANDARD.encode_string(chunk, &mut sequence);
            sequence.push_str("\x1b\\");
        }
        // The cell that carries the sequence counts as one column.
        sequence.push_str("\x1b[C");
        Self { size, sequence }
    }

    /// The size in columns and rows.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Draws the picture into an area of its own size. Its first cell carries the sequence, and blanks lie over the others,
    /// so that no old text does.
    pub(super) fn render(&self, area: Rect, buffer: &mut Buffer) {
        for position in area.positions() {
            if let Some(cell) = buffer.cell_mut(position) {
                cell.reset();
            }
        }
        if let Some(cell) = buffer.cell_mut(area.as_position()) {
            let one_column = CellDiffOption::ForcedWidth(NonZeroU16::MIN);
            cell.set_symbol(&self.sequence).set_diff_option(one_column);
        }
    }
}

/// The pictures that lie on the screen. Text that is written over them takes none away.
#[derive(Debug, Default)]
pub(crate) struct Placements(BTreeSet<u32>);

impl Placements {
    /// Takes in a frame that was drawn. Returns the sequences that delete the pictures of the frame before that are not on
    /// this one.
    pub(crate) fn update(&mut self, frame: &Buffer) -> String {
        let number = |symbol: &str| symbol.strip_prefix(BEGINNING)?.split(',').next()?.parse().ok();
        let now = frame.content.iter().filter_map(|cell| number(cell.symbol())).collect();
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
        assert!(pieces[0].starts_with("\x1b_Gq=2,a=T,i=77,p=1,C=1,z=-1,f=24,s=40,v=60,c=5,r=3,m=1;"));
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
}
