//! SVG, plain and compressed, by resvg: drawn on white, with the fonts of this machine and nothing from outside the file.

use std::io::{Cursor, Read};
use std::sync::{Arc, LazyLock};
use std::thread;

use flate2::read::MultiGzDecoder;
use image::metadata::Orientation;
use image::{ImageReader, RgbImage};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree, fontdb, roxmltree};

use super::error::PictureError;
use super::format::Format;
use super::limits::Limits;
use super::plan::{DecodePlan, Decoded, MinimumSize, check_size};
use super::row_average;
use crate::base::panics;

const FORMAT: Format = Format::Svg;
/// Longest side in pixels: drawings have no size of their own, and some claim any.
const LONGEST: f32 = 4096.0;
/// Shortest longest side in pixels: some drawings are one unit wide.
const SHORTEST: f32 = 16.0;
/// Longest text in bytes.
const MAX_TEXT: u64 = 64 << 20;
/// Most elements and texts.
const MAX_NODES: u32 = 500_000;
/// Most pixels of a picture inside of a drawing.
const MAX_INNER_PIXELS: u64 = 50_000_000;
/// Stack of the thread that reads and draws, in bytes: both call themselves for elements in elements, of which usvg
/// allows 1024.
const STACK: usize = 256 << 20;
/// Memory that a drawing takes beside its pixels, as a multiple of its text.
const MEMORY_OF_TEXT: u64 = 20;

/// The fonts of this machine. They are looked for once, when the first drawing is read.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_system_fonts();
    Arc::new(fonts)
});

/// Reads a drawing and plans how it is drawn, at a size that suits the caller.
pub(super) fn plan<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let text = text_of(bytes)?;
    let text_length = text.len() as u64;
    let tree = on_large_stack(|| read(&text))?;
    drop(text);
    let (width, height) = (tree.size().width(), tree.size().height());
    let longest = width.max(height);
    let scale = longest.clamp(SHORTEST, LONGEST) / longest;
    let side = |length: f32| ((length * scale).round() as u32).max(1);
    let stored = (side(width), side(height));
    check_size(stored.0, stored.1, limits)?;
    let factor = row_average::factor(stored, minimum_size(stored.0, stored.1)).max(1);
    let (drawn_width, drawn_height) = (stored.0.div_ceil(factor), stored.1.div_ceil(factor));
    let pixels = u64::from(drawn_width) * u64::from(drawn_height);
    // Groups that are transparent are drawn on layers of their own.
    let memory = (pixels * 40).saturating_add(text_length * MEMORY_OF_TEXT).saturating_add(16 << 20);
    let work = move || {
        let mut canvas = Pixmap::new(drawn_width, drawn_height).ok_or(PictureError::TooMuchMemory(FORMAT))?;
        canvas.fill(Color::WHITE);
        // The last pixels may stand for less than the others.
        let across = stored.0 as f32 / width / factor as f32;
        let down = stored.1 as f32 / height / factor as f32;
        on_large_stack(|| {
            resvg::render(&tree, Transform::from_scale(across, down), &mut canvas.as_mut());
            Ok(())
        })?;
        let pixels = canvas.data().as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
        let pixels = RgbImage::from_raw(drawn_width, drawn_height, pixels)
            .ok_or(PictureError::TooMuchMemory(FORMAT))?;
        Ok(Decoded::whole(pixels, None))
    };
    Ok(DecodePlan {
        format: FORMAT,
        stored,
        orientation: Orientation::NoTransforms,
        taken_at: None,
        memory,
        factor,
        work: Box::new(work),
    })
}

fn damaged(reason: impl Into<String>) -> PictureError {
    PictureError::Damaged { format: FORMAT, reason: reason.into() }
}

/// The text of a file that may be compressed, within the limit.
fn text_of(bytes: &[u8]) -> Result<String, PictureError> {
    let mut text = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(bytes)
            .take(MAX_TEXT + 1)
            .read_to_end(&mut text)
            .map_err(|_| damaged("it can't be decompressed"))?;
    } else {
        text.extend_from_slice(bytes.get(..MAX_TEXT as usize + 1).unwrap_or(bytes));
    }
    if text.len() as u64 > MAX_TEXT {
        return Err(PictureError::TooMuchMemory(FORMAT));
    }
    String::from_utf8(text).map_err(|_| damaged("its text is not UTF-8"))
}

fn read(text: &str) -> Result<Tree, PictureError> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..Default::default() };
    let xml =
        roxmltree::Document::parse_with_options(text, options).map_err(|error| damaged(error.to_string()))?;
    Tree::from_xmltree(&xml, &drawing_options()).map_err(|error| damaged(error.to_string()))
}

/// Options with which nothing is read but the drawing itself: pictures in it only from `data:` and of bounded size.
fn drawing_options() -> Options<'static> {
    let resolve_data = ImageHrefResolver::default_data_resolver();
    Options {
        fontdb: Arc::clone(&FONTS),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(move |kind, data, options: &Options<'_>| {
                (kind == "image/svg+xml" || is_bounded(&data))
                    .then(|| resolve_data(kind, data, options))
                    .flatten()
            }),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    }
}

/// Whether a picture inside of a drawing has a bearable size.
fn is_bounded(data: &[u8]) -> bool {
    let size =
        ImageReader::new(Cursor::new(data)).with_guessed_format().ok().map(ImageReader::into_dimensions);
    matches!(size, Some(Ok((width, height))) if u64::from(width) * u64::from(height) <= MAX_INNER_PIXELS)
}

/// Runs `work` on a thread with a stack for deeply nested drawings.
fn on_large_stack<T: Send>(work: impl FnOnce() -> Result<T, PictureError> + Send) -> Result<T, PictureError> {
    thread::scope(|scope| {
        let started = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || panics::catch(work).unwrap_or(Err(PictureError::Crashed(FORMAT))))?;
        started.join().unwrap_or(Err(PictureError::Crashed(FORMAT)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::decode::{decode, decode_reduced};

    fn drawing(attributes: &str, content: &str) -> Vec<u8> {
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {attributes}>{content}</svg>").into_bytes()
    }

    fn reason(bytes: &[u8]) -> String {
        decode(bytes, &Limits::default()).unwrap_err().to_string()
    }

    #[test]
    fn huge_and_tiny_drawings_get_a_sensible_size() {
        for (attributes, size) in [
            ("width=\"60000\" height=\"30000\"", (4096, 2048)),
            ("width=\"2\" height=\"1\"", (16, 8)),
            ("width=\"1e9\" height=\"1\"", (4096, 1)),
            ("viewBox=\"0 0 300 200\"", (300, 200)),
        ] {
            let bytes = drawing(attributes, "<rect width=\"100%\" height=\"100%\" fill=\"#080\"/>");
            let picture = decode(&bytes, &Limits::default()).unwrap();
            assert_eq!((picture.width, picture.height), size, "{attributes}");
            assert_eq!(picture.pixels.get_pixel(0, 0).0, [0, 136, 0]);
        }
    }

    #[test]
    fn a_drawing_is_drawn_no_larger_than_needed() {
        let bytes = drawing("width=\"4000\" height=\"3000\"", "<rect width=\"2000\" height=\"3000\"/>");
        let reduced =
            decode_reduced(&bytes, &Limits::default(), |_, _| (200, 150), |_| true).unwrap().unwrap();
        assert_eq!((reduced.image.factor, reduced.image.pixels.dimensions()), (10, (400, 300)));
        assert_eq!(reduced.image.pixels.get_pixel(190, 299).0, [0; 3]);
        assert_eq!(reduced.image.pixels.get_pixel(210, 0).0, [255; 3]);
    }

    #[test]
    fn nothing_outside_of_the_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("black.png");
        RgbImage::new(9, 9).save(&path).unwrap();
        for href in [format!("file://{}", path.display()), path.display().to_string()] {
            let image = format!("<image href=\"{href}\" width=\"20\" height=\"20\"/>");
            let picture = decode(&drawing("width=\"20\" height=\"20\"", &image), &Limits::default()).unwrap();
            assert!(picture.pixels.as_raw().iter().all(|value| *value == 255), "{href}");
        }
        let entity = b"<!DOCTYPE svg [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><svg>&a;</svg>";
        assert!(reason(entity).starts_with("damaged SVG: "));
    }

    #[test]
    fn nesting_entities_and_nonsense_are_survived() {
        let deep = |depth: usize| {
            drawing("width=\"9\" height=\"9\"", &("<g>".repeat(depth) + &"</g>".repeat(depth)))
        };
        decode(&deep(900), &Limits::default()).unwrap();
        let _ = decode(&deep(100_000), &Limits::default());
        let mut laughs = String::from("<!DOCTYPE svg [<!ENTITY a \"aaaaaaaaaa\">");
        for (name, of) in "bcdefghij".chars().zip("abcdefghi".chars()) {
            laughs += &format!("<!ENTITY {name} \"{}\">", format!("&{of};").repeat(10));
        }
        laughs += "]><svg width=\"9\" height=\"9\"><text>&j;</text></svg>";
        assert!(reason(laughs.as_bytes()).starts_with("damaged SVG: "));
        assert!(reason(b"<svg width=\"1\"").starts_with("damaged SVG: "));
        assert!(reason(b"<svg>\xff\xfe</svg>").starts_with("damaged SVG: its text is not UTF-8"));
    }
}
