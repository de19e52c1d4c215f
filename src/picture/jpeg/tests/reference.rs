//! Every kind of file, beside what Pillow reads of it.

use super::{file, folder, names};
use crate::picture::decode::decode;
use crate::picture::limits::Limits;

/// A mean difference to Pillow's pixels of no more than this is a matter of rounding.
const ROUNDING: f64 = 0.35;

#[test]
fn pixels_are_those_of_libjpeg() {
    for name in names() {
        let picture = decode(&file(&name), &Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(picture.damage, None, "{name}");
        let expected = image::open(folder().join(format!("{name}.png"))).unwrap().into_rgb8();
        assert_eq!(picture.pixels.dimensions(), expected.dimensions(), "{name}");
        let differences = picture.pixels.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b));
        // Pillow makes RGB of CMYK with roundings of its own.
        let largest = differences.clone().max().unwrap();
        let mean = differences.map(f64::from).sum::<f64>() / expected.len() as f64;
        let is_cmyk = name.contains("cmyk") || name.contains("ycck") || name.contains("of-4");
        let allowed = if is_cmyk { 1 } else { 0 };
        assert!(largest <= allowed && mean <= ROUNDING, "{name}: {largest} at most, {mean} on average");
    }
}
