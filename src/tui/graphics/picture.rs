//! A picture that is encoded for the terminal.

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::protocol::Protocol;

use super::blocks::BlockCell;
use super::kitty_direct::PlacedPicture;

/// A picture that is encoded for the terminal, at a size in cells.
pub(crate) enum EncodedPicture {
    /// By the protocols of kitty, with placeholders, of iTerm2, or by sixels.
    Protocol(Protocol),
    /// By the protocol of kitty without placeholders.
    Placed(PlacedPicture),
    /// As text.
    Blocks(BlockPicture),
}

/// A picture as text.
pub(crate) struct BlockPicture {
    pub(super) size: Size,
    /// Row by row from the top left.
    pub(super) cells: Vec<BlockCell>,
}

impl EncodedPicture {
    /// The size in columns and rows.
    pub(crate) fn size(&self) -> Size {
        match self {
            Self::Protocol(protocol) => protocol.size(),
            Self::Placed(picture) => picture.size(),
            Self::Blocks(picture) => picture.size,
        }
    }

    /// Draws the picture into an area of its own size.
    pub(crate) fn render(&self, area: Rect, buffer: &mut Buffer) {
        match self {
            Self::Protocol(protocol) => Image::new(protocol).render(area, buffer),
            Self::Placed(picture) => picture.render(area, buffer),
            Self::Blocks(picture) => picture.render(area, buffer),
        }
    }
}

impl BlockPicture {
    fn render(&self, area: Rect, buffer: &mut Buffer) {
        let width = usize::from(self.size.width.max(1));
        for (y, row) in (area.y..area.bottom()).zip(self.cells.chunks(width)) {
            for (x, block) in (area.x..area.right()).zip(row) {
                if let Some(cell) = buffer.cell_mut((x, y)) {
                    cell.set_char(block.symbol).set_fg(block.foreground).set_bg(block.background);
                }
            }
        }
    }
}
