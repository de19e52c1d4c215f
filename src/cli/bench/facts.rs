//! Facts of pictures that are drawn by a generator, for filters to compare.

use crate::base::picture_facts::{PictureFacts, Place, TakenAt, TakenFrom};
use crate::base::rng::Rng;
use crate::catalog::FactsRecord;

/// 2004 to 2024, in seconds since 1970.
const YEARS: std::ops::Range<f32> = 1_072_915_200.0..1_735_689_600.0;
const CAMERAS: [(&str, &str); 4] = [
    ("Canon", "Canon EOS R5"),
    ("FUJIFILM", "X-T3"),
    ("Apple", "iPhone 15"),
    ("NIKON CORPORATION", "NIKON Z 6"),
];
const LENSES: [&str; 3] = ["RF50mm F1.2 L", "XF23mmF1.4 R", "NIKKOR Z 24-70mm f/4"];
const TAGS: [&str; 6] = ["beach", "family", "New York", "snow", "birds", "work"];
const ISO: [u32; 5] = [100, 200, 400, 800, 3200];
const SIZES: [(u32, u32); 5] = [(4000, 3000), (3000, 4000), (1920, 1080), (6000, 2000), (1024, 1024)];

/// What the file of the picture with this number says, and its size in pixels.
pub(super) fn drawn(number: usize) -> (FactsRecord, (u32, u32)) {
    let mut rng = Rng::new(number as u64 + 1);
    let (make, model) = *rng.pick(&CAMERAS);
    let (lens, iso, size) = (*rng.pick(&LENSES), *rng.pick(&ISO), *rng.pick(&SIZES));
    let tags = (0..rng.below(3)).map(|_| (*rng.pick(&TAGS)).to_owned()).collect();
    let (rating, has_place) = (rng.below(6) as i8, rng.chance(0.5));
    let place = Place {
        latitude: f64::from(rng.range(-60.0, 70.0)),
        longitude: f64::from(rng.range(-180.0, 180.0)),
        altitude: None,
    };
    let taken = TakenAt {
        seconds: rng.range(YEARS.start, YEARS.end) as i64,
        nanoseconds: 0,
        offset: None,
        source: TakenFrom::Exif,
    };
    let facts = PictureFacts {
        make: Some(make.to_owned()),
        model: Some(model.to_owned()),
        lens: Some(lens.to_owned()),
        iso: Some(iso),
        rating: Some(rating),
        place: has_place.then_some(place),
        tags,
        ..PictureFacts::default()
    };
    (FactsRecord { version: 1, sidecars: None, taken, facts }, size)
}
