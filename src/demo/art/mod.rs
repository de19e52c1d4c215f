//! The drawings: vector art in a box of 100 x 100 with y downwards, written in a small path language.
//!
//! `shapes`, `animals`, `vehicles`, `objects` hold the art; [`parse`] turns one path into geometry.
//!
//! The language: `M x y` moves, `L x y` lines (more pairs may follow), `Q` and `C` curve as in SVG,
//! `Z` closes; and whole figures: `E cx cy rx ry` an ellipse, `R x y w h` a rectangle,
//! `O x y w h r` one with round corners. Coordinates are absolute.

pub(in crate::demo) mod animals;
pub(in crate::demo) mod objects;
pub(in crate::demo) mod shapes;
pub(in crate::demo) mod vehicles;

use tiny_skia::{Path, PathBuilder, Rect};

/// The paint of a part.
#[derive(Debug, Clone, Copy)]
pub(in crate::demo) enum Paint {
    /// The thing's colour and pattern.
    Main,
    /// A darker shade of the thing's colour.
    Dark,
    /// A lighter shade of the thing's colour.
    Light,
    /// Always this colour, 0xRRGGBB.
    Fixed(u32),
}

/// One filled or stroked path of a drawing.
#[derive(Debug, Clone, Copy)]
pub(in crate::demo) struct Part {
    /// The paint.
    pub(in crate::demo) paint: Paint,
    /// The width of the line. `None` if the path is filled.
    pub(in crate::demo) stroke: Option<f32>,
    /// The path, in the language of this module.
    pub(in crate::demo) path: &'static str,
}

/// A drawing, whose parts are painted from the first to the last.
pub(in crate::demo) type Art = &'static [Part];

const fn main(path: &'static str) -> Part {
    Part { paint: Paint::Main, stroke: None, path }
}

const fn dark(path: &'static str) -> Part {
    Part { paint: Paint::Dark, stroke: None, path }
}

const fn light(path: &'static str) -> Part {
    Part { paint: Paint::Light, stroke: None, path }
}

const fn fixed(rgb: u32, path: &'static str) -> Part {
    Part { paint: Paint::Fixed(rgb), stroke: None, path }
}

const fn line(width: f32, paint: Paint, path: &'static str) -> Part {
    Part { paint, stroke: Some(width), path }
}

const INK: u32 = 0x2b2b33;
const PAPER: u32 = 0xffffff;
const GLASS: u32 = 0xcdeafc;
const SKIN: u32 = 0xf2c79b;
const WOOD: u32 = 0x8a5a2b;
const LEAF: u32 = 0x3f9a3f;
const METAL: u32 = 0x9aa1ab;
const BEAK: u32 = 0xf59a1b;

/// Reads a path. `None` if the text isn't of the language (a test checks all art).
pub(in crate::demo) fn parse(text: &str) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut op = "";
    let mut tokens = text.split_ascii_whitespace().peekable();
    while let Some(&token) = tokens.peek() {
        if token.parse::<f32>().is_err() {
            op = token;
            tokens.next();
        }
        let mut number = || tokens.next()?.parse::<f32>().ok();
        match op {
            "M" => {
                path.move_to(number()?, number()?);
                op = "L";
            }
            "L" => path.line_to(number()?, number()?),
            "Q" => path.quad_to(number()?, number()?, number()?, number()?),
            "C" => path.cubic_to(number()?, number()?, number()?, number()?, number()?, number()?),
            "Z" => path.close(),
            "E" => {
                let (cx, cy, rx, ry) = (number()?, number()?, number()?, number()?);
                path.push_oval(Rect::from_xywh(cx - rx, cy - ry, 2.0 * rx, 2.0 * ry)?);
            }
            "R" => path.push_rect(Rect::from_xywh(number()?, number()?, number()?, number()?)?),
            "O" => {
                let (x, y, w, h, r) = (number()?, number()?, number()?, number()?, number()?);
                let (right, bottom) = (x + w, y + h);
                path.move_to(x + r, y);
                path.line_to(right - r, y);
                path.quad_to(right, y, right, y + r);
                path.line_to(right, bottom - r);
                path.quad_to(right, bottom, right - r, bottom);
                path.line_to(x + r, bottom);
                path.quad_to(x, bottom, x, bottom - r);
                path.line_to(x, y + r);
                path.quad_to(x, y, x + r, y);
                path.close();
            }
            _ => return None,
        }
    }
    path.finish()
}
