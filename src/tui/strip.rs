//! Small pictures side by side on the terminal, which stay there: `search --preview`.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crossterm::cursor::MoveTo;
use crossterm::{execute, queue};
use ratatui::backend::Backend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::style::Style;
use rayon::prelude::*;

use super::app::preview::{PreviewContent, PreviewKey};
use super::display;
use super::graphics::{GraphicsEncoder, GraphicsProtocol};
use super::terminal::output::Output;
use super::terminal::ownership::ask_cursor;
use super::terminal::region::{Height, RegionBackend, Rows};
use super::terminal::{probe, tmux};
use super::workers::preview::encode;
use super::workers::words::refusal;
use crate::base::escape;
use crate::library::Boundary;

/// The cells of a picture: 3 to 2 where a cell is twice as high as wide.
const PICTURE: Size = Size { width: 24, height: 8 };
/// The columns between two pictures.
const GAP: u16 = 2;
/// The rows of a band: pictures, their names, and a free one.
const BAND: u16 = PICTURE.height + 2;

/// Prints pictures, whose paths are absolute, in bands as wide as the terminal: by the protocol that it understands, else
/// as coloured blocks. None outside `boundary` is opened. Nothing else may write to the terminal meanwhile.
///
/// # Errors
/// When the terminal can't be read or written.
pub(crate) fn print_strip(
    pictures: &[PathBuf],
    boundary: &Boundary,
    protocol: GraphicsProtocol,
) -> io::Result<()> {
    let (columns, all) = crossterm::terminal::size()?;
    let across = usize::from((columns + GAP) / (PICTURE.width + GAP));
    if pictures.is_empty() || across == 0 || all <= BAND {
        return Ok(());
    }
    let borrowed = Borrowed::begin()?;
    // Pictures need their colours whatever NO_COLOR says of text.
    crossterm::style::force_color_output(true);
    let mut writer = BufWriter::with_capacity(1 << 16, Output::open()?);
    let encoder = probe::ask(&mut writer, protocol)?.capabilities(protocol).encoder;
    let mut cursor = ask_cursor(&mut writer, &mut Vec::new())?;
    for band in pictures.chunks(across) {
        let drawn: Vec<(String, PreviewContent)> =
            band.par_iter().map(|path| (label(path), small(path, boundary, &encoder))).collect();
        let (rows, scrolled) = Rows::below(cursor, BAND, all);
        if scrolled > 0 {
            queue!(writer, MoveTo(0, all - 1))?;
            writer.write_all("\n".repeat(scrolled.into()).as_bytes())?;
        }
        let buffer = arranged(&drawn, columns, &encoder);
        let mut backend = RegionBackend::new(&mut writer, Some((Height::Rows(BAND), rows)));
        backend.draw(Buffer::empty(buffer.area).diff(&buffer).into_iter())?;
        let below = Position::new(0, rows.top + BAND - 1);
        execute!(writer, MoveTo(below.x, below.y))?;
        cursor = Some(below);
    }
    if encoder.in_tmux {
        // tmux answers once it has read the pictures, which it has to pass on.
        ask_cursor(&mut writer, &mut Vec::new())?;
    }
    drop(borrowed);
    Ok(())
}

/// Raw mode, in which the terminal does not echo its own answers, and what tmux passes on, until this is dropped.
struct Borrowed;

impl Borrowed {
    fn begin() -> io::Result<Self> {
        crossterm::terminal::enable_raw_mode().map(|()| Self)
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        tmux::give_up();
        // If the terminal is gone, so are its settings.
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

fn small(path: &Path, boundary: &Boundary, encoder: &GraphicsEncoder) -> PreviewContent {
    match boundary.resolve(path) {
        Ok(path) => encode(&PreviewKey { path, size: PICTURE }, encoder),
        Err(error) => PreviewContent::Unreadable(refusal(&error)),
    }
}

/// The name of a picture, as wide as the picture at most.
fn label(path: &Path) -> String {
    display::caption(path, PICTURE.width.into())
}

/// Puts pictures side by side, and their names below.
fn arranged(drawn: &[(String, PreviewContent)], columns: u16, encoder: &GraphicsEncoder) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, BAND));
    let places = (0..).step_by(usize::from(PICTURE.width + GAP));
    for (x, (name, content)) in places.zip(drawn) {
        match content {
            PreviewContent::Picture { drawn, .. } => {
                let size = drawn.0.size();
                let y = PICTURE.height.saturating_sub(size.height);
                drawn.0.render(Rect { x, y, width: size.width, height: size.height }, &mut buffer);
            }
            PreviewContent::Unreadable(reason) => {
                let reason = display::truncate_end(&escape::text(reason), PICTURE.width.into());
                buffer.set_string(x, PICTURE.height - 1, reason, Style::new());
            }
        }
        buffer.set_string(x, PICTURE.height, name, Style::new());
    }
    encoder.palette.reduce(&mut buffer);
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_side_by_side_on_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let picture = |name: &str, width, height| {
            let path = root.join(name);
            image::RgbImage::from_pixel(width, height, image::Rgb([250, 10, 10])).save(&path).unwrap();
            path
        };
        let wide = picture("wide.png", 60, 20);
        let high = picture("a-name-that-is-longer-than-its-picture.png", 20, 60);
        let broken = root.join("broken.png");
        std::fs::write(&broken, "no picture").unwrap();
        let (boundary, encoder) = (Boundary::new(&root, false), GraphicsEncoder::text());
        let band = [wide, high, broken].map(|path| (label(&path), small(&path, &boundary, &encoder)));
        let buffer = arranged(&band, 80, &encoder);
        let row = |y: u16| (0..80).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        let names = row(PICTURE.height);
        assert!(names.starts_with("wide.png  ") && names.contains("its-picture  broken.png"), "{names}");
        let reason: String = row(PICTURE.height - 1).chars().skip(52).collect();
        assert!(!reason.trim().is_empty(), "it stands in the place of the picture");
        assert_ne!(buffer[(0, PICTURE.height - 1)].fg, buffer[(79, 0)].fg, "the wide one stands on its name");
        assert_eq!(row(BAND - 1).trim(), "");
    }
}
