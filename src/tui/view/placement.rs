//! Pictures on the screen, which stay around a box that lies over them.
//!
//! Half-blocks and kitty's placeholders are cells like others: those under the box are left out. Of a sixel or iTerm2 picture
//! nothing can be left out: it is sent whole, as the symbol of its first cell, and text that is written later takes pixels
//! away. So the pictures that a box cuts are sent together just before the first cell of the box, whose other cells are
//! written after them at every frame. The old protocol of kitty places up to four parts around the box.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::{Position, Rect, Size};
use ratatui_image::protocol::Protocol;

use super::placeholder::{self, PLACEHOLDER};
use crate::tui::app::preview::Drawn;
use crate::tui::graphics::{EncodedPicture, moved};

/// The width of a cell whose symbol begins with sequences that show nothing by themselves.
const ONE_COLUMN: CellDiffOption = CellDiffOption::ForcedWidth(NonZeroU16::MIN);

/// Whether something of this size fits into an area.
pub(super) fn fits(size: Size, area: Rect) -> bool {
    size.width <= area.width && size.height <= area.height
}

/// Draws a picture in the middle of a pane; nothing if it does not fit. The box over the results, if there is one, covers
/// `covered` and has to be drawn already.
pub(super) fn place(drawn: &Drawn, pane: Rect, covered: Option<Rect>, buffer: &mut Buffer) {
    let size = drawn.0.size();
    if !fits(size, pane) || size.width == 0 || size.height == 0 {
        return;
    }
    let area = Rect {
        x: pane.x + (pane.width - size.width) / 2,
        y: pane.y + (pane.height - size.height) / 2,
        width: size.width,
        height: size.height,
    };
    let cut = covered.map(|covered| (covered, covered.intersection(area))).filter(|(_, cut)| !cut.is_empty());
    match cut {
        None => drawn.0.render(area, buffer),
        // A picture of kitty's protocol is transmitted when it is drawn for the first time: later, in this case.
        Some((_, hidden)) if hidden == area => {}
        Some((covered, hidden)) => {
            if let EncodedPicture::Placed(picture) = &*drawn.0 {
                return picture.render_around(area, hidden, buffer);
            }
            let mut whole = Buffer::empty(area);
            drawn.0.render(area, &mut whole);
            if matches!(*drawn.0, EncodedPicture::Protocol(Protocol::Kitty(_))) {
                name_columns(&mut whole, hidden);
            }
            let sent = match *drawn.0 {
                EncodedPicture::Protocol(Protocol::Sixel(_) | Protocol::ITerm2(_)) => {
                    let first = &mut whole[area.as_position()];
                    let sequence = first.symbol().to_owned();
                    first.set_symbol(" ").set_diff_option(CellDiffOption::Skip);
                    Some(sequence)
                }
                _ => None,
            };
            for position in area.positions().filter(|position| !hidden.contains(*position)) {
                buffer[position] = whole[position].clone();
            }
            if let Some(sequence) = sent {
                send_before(covered, hidden, area.as_position(), &sequence, buffer);
            }
        }
    }
}

/// Prepares a picture of kitty's protocol to be drawn without the part `hidden`: the cells to the right of that part name
/// their columns, and the transmission goes before a cell that is seen.
fn name_columns(whole: &mut Buffer, hidden: Rect) {
    let area = whole.area;
    if hidden.right() < area.right() {
        for y in hidden.top()..hidden.bottom() {
            let column = hidden.right() - area.x;
            // Past the last mark, the picture has no cells.
            if let Some(symbol) = placeholder::at_column(whole[(area.x, y)].symbol(), column) {
                whole[(hidden.right(), y)].set_symbol(&symbol);
            }
        }
    }
    let first = area.as_position();
    let Some((transmission, _)) = whole[first].symbol().rsplit_once(PLACEHOLDER) else { return };
    if transmission.is_empty() || !hidden.contains(first) {
        return;
    }
    let transmission = transmission.to_owned();
    if let Some(seen) = area.positions().find(|position| !hidden.contains(*position)) {
        let symbol = format!("{transmission}{}", whole[seen].symbol());
        whole[seen].set_symbol(&symbol);
    }
}

/// Puts the sequence that draws a picture at `at` before the first cell of the box `covered`, and has the cells of the box
/// over the picture, `hidden`, written at every frame.
fn send_before(covered: Rect, hidden: Rect, at: Position, sequence: &str, buffer: &mut Buffer) {
    for position in hidden.positions() {
        if buffer[position].diff_option == CellDiffOption::None {
            buffer[position].set_diff_option(CellDiffOption::AlwaysUpdate);
        }
    }
    let carrier = covered.as_position();
    // The end of the box is named, so that the symbol differs, and the picture is sent again, if another box takes its place.
    let end = Position { x: covered.right() - 1, y: covered.bottom() - 1 };
    // ESC 7 keeps where the cursor is, which is somewhere else after the picture, and ESC 8 brings it back.
    let (to_end, to_picture) = (moved(carrier, end), moved(end, at));
    let symbol = format!("\x1b7{to_end}{to_picture}{sequence}\x1b8{}", buffer[carrier].symbol());
    buffer[carrier].set_symbol(&symbol).set_diff_option(ONE_COLUMN);
}
