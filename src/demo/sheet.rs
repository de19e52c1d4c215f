//! The canvas that pictures are painted on, and the colours and paints for it.

use image::RgbImage;
use tiny_skia::{
    Color, FillRule, FilterQuality, GradientStop, LineCap, LineJoin, LinearGradient, Path, Pattern as Tile,
    Pixmap, Point, Shader, SpreadMode, Stroke, Transform,
};

use super::art::{Art, Paint, parse};
use super::words::Pattern;
use crate::base::rng::Rng;

/// A colour scaled by a factor, in 8-bit sRGB, which is good enough for shading.
pub(super) fn scaled(rgb: [u8; 3], factor: f32) -> [u8; 3] {
    rgb.map(|channel| (f32::from(channel) * factor).round().clamp(0.0, 255.0) as u8)
}

/// The colour `a` with a share of `b` mixed in.
pub(super) fn mixed(a: [u8; 3], b: [u8; 3], share: f32) -> [u8; 3] {
    std::array::from_fn(|i| (f32::from(a[i]) + (f32::from(b[i]) - f32::from(a[i])) * share).round() as u8)
}

/// The channels of a colour that is given as 0xRRGGBB.
pub(super) fn rgb(hex: u32) -> [u8; 3] {
    [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]
}

/// The colour, made somewhat lighter or darker, warmer or colder.
pub(super) fn varied(colour: [u8; 3], rng: &mut Rng) -> [u8; 3] {
    let light = rng.range(0.92, 1.06);
    colour.map(|channel| (f32::from(channel) * light + rng.range(-9.0, 9.0)).round().clamp(0.0, 255.0) as u8)
}

/// A canvas with a coordinate system of 100 x 100.
pub(super) struct Sheet {
    pixels: Pixmap,
    /// The transformation from 100 x 100 units to pixels.
    pub(super) scale: Transform,
}

impl Sheet {
    /// An empty canvas of `side` x `side` pixels. `None` if there can be none of that size.
    pub(super) fn new(side: u32) -> Option<Self> {
        let scale = side as f32 / 100.0;
        Some(Self { pixels: Pixmap::new(side, side)?, scale: Transform::from_scale(scale, scale) })
    }

    /// Fills a path of the art language (see [`super::art`]).
    pub(super) fn fill(&mut self, path: &str, colour: [u8; 3], alpha: f32) {
        if let Some(path) = parse(path) {
            self.fill_path(&path, solid(colour, alpha), self.scale);
        }
    }

    /// Strokes a path of the art language.
    pub(super) fn stroke(&mut self, path: &str, width: f32, colour: [u8; 3], alpha: f32) {
        if let Some(path) = parse(path) {
            self.stroke_path(&path, width, solid(colour, alpha), self.scale);
        }
    }

    /// Fills a path with colours that change from top to bottom.
    pub(super) fn fill_gradient(&mut self, path: &str, top: f32, bottom: f32, colours: &[[u8; 3]]) {
        let stops = colours.iter().enumerate().map(|(i, colour)| {
            let at = i as f32 / (colours.len() - 1).max(1) as f32;
            GradientStop::new(at, opaque(*colour, 1.0))
        });
        let (start, end) = (Point::from_xy(0.0, top), Point::from_xy(0.0, bottom));
        let gradient =
            LinearGradient::new(start, end, stops.collect(), SpreadMode::Pad, Transform::identity());
        if let (Some(path), Some(shader)) = (parse(path), gradient) {
            self.fill_path(&path, shader, self.scale);
        }
    }

    /// Draws art whose box has its left top corner and its scale given by `place`.
    pub(super) fn art(&mut self, art: Art, place: Transform, paints: &Paints) {
        for part in art {
            let Some(path) = parse(part.path) else { continue };
            let (shader, base) = paints.shader(part.paint);
            match part.stroke {
                Some(width) => self.stroke_path(&path, width, shader, place),
                None => {
                    self.fill_path(&path, shader, place);
                    let outline = if matches!(part.paint, Paint::Main) { 1.8 } else { 1.0 };
                    self.stroke_path(&path, outline, solid(scaled(base, 0.5), 0.75), place);
                }
            }
        }
    }

    /// Draws the outline of all parts, thickened, in one colour.
    pub(super) fn silhouette(&mut self, art: Art, place: Transform, grow: f32, colour: [u8; 3], alpha: f32) {
        for part in art {
            let Some(path) = parse(part.path) else { continue };
            let grown = part.stroke.unwrap_or(0.0) + grow;
            self.stroke_path(&path, grown, solid(colour, alpha), place);
            if part.stroke.is_none() && grow < 4.0 {
                self.fill_path(&path, solid(colour, alpha), place);
            }
        }
    }

    fn fill_path(&mut self, path: &Path, shader: Shader, place: Transform) {
        let paint = tiny_skia::Paint { shader, ..tiny_skia::Paint::default() };
        self.pixels.fill_path(path, &paint, FillRule::Winding, place, None);
    }

    fn stroke_path(&mut self, path: &Path, width: f32, shader: Shader, place: Transform) {
        let paint = tiny_skia::Paint { shader, ..tiny_skia::Paint::default() };
        let stroke =
            Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        self.pixels.stroke_path(path, &paint, &stroke, place, None);
    }

    /// The pixels of what was painted, once something opaque covers the whole.
    pub(super) fn into_picture(self) -> RgbImage {
        let (width, height) = (self.pixels.width(), self.pixels.height());
        let mut picture = RgbImage::new(width, height);
        // The backdrop is opaque, so premultiplied equals plain.
        for (to, from) in picture.pixels_mut().zip(self.pixels.pixels()) {
            to.0 = [from.red(), from.green(), from.blue()];
        }
        picture
    }
}

fn opaque(colour: [u8; 3], alpha: f32) -> Color {
    let [r, g, b] = colour;
    Color::from_rgba8(r, g, b, (alpha * 255.0).round().clamp(0.0, 255.0) as u8)
}

fn solid(colour: [u8; 3], alpha: f32) -> Shader<'static> {
    Shader::SolidColor(opaque(colour, alpha))
}

/// The paints of one thing.
pub(super) struct Paints {
    colour: [u8; 3],
    tile: Option<Pixmap>,
}

/// Number of pixels a unit of art in pattern tiles.
const TILE_SCALE: f32 = 4.0;

impl Paints {
    /// The paints of one colour with a pattern on it.
    pub(super) fn new(colour: [u8; 3], pattern: Pattern, light_on_dark: bool) -> Self {
        let accent = if light_on_dark { [252, 252, 250] } else { [58, 58, 66] };
        Self { colour, tile: tile(colour, accent, pattern, light_on_dark) }
    }

    fn shader(&self, paint: Paint) -> (Shader<'_>, [u8; 3]) {
        let colour = match paint {
            Paint::Main => {
                let shader = match &self.tile {
                    Some(tile) => Tile::new(
                        tile.as_ref(),
                        SpreadMode::Repeat,
                        FilterQuality::Bilinear,
                        1.0,
                        Transform::from_scale(1.0 / TILE_SCALE, 1.0 / TILE_SCALE),
                    ),
                    None => shaded(self.colour),
                };
                return (shader, self.colour);
            }
            Paint::Dark => scaled(self.colour, 0.68),
            Paint::Light => mixed(self.colour, [255, 255, 255], 0.42),
            Paint::Fixed(hex) => rgb(hex),
        };
        (solid(colour, 1.0), colour)
    }
}

/// A paint that is lit from above.
fn shaded(colour: [u8; 3]) -> Shader<'static> {
    let stops = vec![
        GradientStop::new(0.0, opaque(mixed(colour, [255, 255, 255], 0.10), 1.0)),
        GradientStop::new(1.0, opaque(scaled(colour, 0.88), 1.0)),
    ];
    let (top, bottom) = (Point::from_xy(0.0, 0.0), Point::from_xy(0.0, 100.0));
    LinearGradient::new(top, bottom, stops, SpreadMode::Pad, Transform::identity())
        .unwrap_or(solid(colour, 1.0))
}

/// One period of a pattern. A dark accent takes less room, so that white stays white.
fn tile(colour: [u8; 3], accent: [u8; 3], pattern: Pattern, light_on_dark: bool) -> Option<Pixmap> {
    let path = match (pattern, light_on_dark) {
        (Pattern::Plain, _) => return None,
        (Pattern::Striped, true) => "R 0 0 9 20",
        (Pattern::Striped, false) => "R 0 0 5 20",
        (Pattern::Dotted, true) => "E 10 10 6 6",
        (Pattern::Dotted, false) => "E 10 10 4.5 4.5",
        (Pattern::Checkered, true) => "R 0 0 10 10 R 10 10 10 10",
        (Pattern::Checkered, false) => "R 0 0 8 8 R 10 10 8 8",
    };
    let side = (20.0 * TILE_SCALE) as u32;
    let mut pixels = Pixmap::new(side, side)?;
    pixels.fill(opaque(colour, 1.0));
    let paint = tiny_skia::Paint { shader: solid(accent, 1.0), ..tiny_skia::Paint::default() };
    let scale = Transform::from_scale(TILE_SCALE, TILE_SCALE);
    pixels.fill_path(&parse(path)?, &paint, FillRule::Winding, scale, None);
    Some(pixels)
}
