//! Every kind of file, beside what Pillow reads of it.

use super::{file, folder, names};
use crate::picture::decode::decode;
use crate::picture::limits::Limits;

#[test]
fn pixels_are_those_of_libjpeg() {
    for name in names() {
        let picture = decode(&file(&name), &Limits::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(picture.damage, None, "{name}");
        let expected = image::open(folder().join(format!("{name}.png"))).unwrap().into_rgb8();
        assert_eq!(picture.pixels.dimensions(), expected.dimensions(), "{name}");
        let differences = picture.pixels.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b));
        assert_eq!(differences.max(), Some(0), "{name}");
    }
}
