//! Moves of the cursor that hold wherever on the terminal the browser's rows are.

use ratatui::layout::Position;

/// The sequence that moves the cursor from one position to another.
pub(crate) fn moved(from: Position, to: Position) -> String {
    let steps = |from: u16, to: u16, (back, forth): (char, char)| match (from.abs_diff(to), to < from) {
        (0, _) => String::new(),
        (count, true) => format!("\x1b[{count}{back}"),
        (count, false) => format!("\x1b[{count}{forth}"),
    };
    steps(from.y, to.y, ('A', 'B')) + &steps(from.x, to.x, ('D', 'C'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_moved_by_steps() {
        let sequence = |from: (u16, u16), to: (u16, u16)| moved(from.into(), to.into());
        assert_eq!(sequence((3, 4), (3, 4)), "");
        assert_eq!(sequence((3, 4), (5, 1)), "\x1b[3A\x1b[2C");
        assert_eq!(sequence((5, 1), (3, 4)), "\x1b[3B\x1b[2D");
    }
}
