//! A folder of small pictures that changes, at random but the same each time.
//!
//! `PIXSEEK_SEED` is the seed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::common::{Sandbox, files};

/// Random numbers with a fixed seed (SplitMix64), one sequence for each kind of work.
pub struct Moments(u64);

impl Moments {
    /// The sequence of one kind of work.
    pub fn of(work: &str) -> Self {
        let seed: u64 = std::env::var("PIXSEEK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(19);
        Self(work.bytes().fold(seed, |seed, byte| seed.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte)))
    }

    /// A number below `most`.
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % most.max(1)
    }

    /// A part of a duration.
    pub fn within(&mut self, whole: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(whole.as_micros()).unwrap()))
    }
}

/// Pictures, of which some come, some change, some are renamed and some go with each call.
pub struct Changing {
    pub moments: Moments,
    made: u32,
    /// How many contents there are at most; then they come again.
    contents: u32,
}

impl Changing {
    /// Makes so many pictures; `work` tells sequences apart.
    pub fn new(work: &str, sandbox: &Sandbox, pictures: u32) -> Self {
        Self::repeating(work, sandbox, pictures, u32::MAX)
    }

    /// As [`Self::new`], with so many contents at most, which come again: what was deleted is remembered for a month, so
    /// that an index grows with the contents that it has seen.
    pub fn repeating(work: &str, sandbox: &Sandbox, pictures: u32, contents: u32) -> Self {
        let mut changing = Self { moments: Moments::of(work), made: 0, contents };
        (0..pictures).for_each(|_| changing.make(sandbox));
        changing
    }

    /// Makes a picture.
    pub fn make(&mut self, sandbox: &Sandbox) {
        self.made += 1;
        tiny(&sandbox.pics().join(format!("{}/{}.png", self.made % 3, self.made)), self.made % self.contents);
    }

    /// Makes three pictures, and changes, renames or deletes as many.
    pub fn change(&mut self, sandbox: &Sandbox) {
        let mut there = files(&sandbox.pics(), "");
        for _ in 0..3 {
            self.make(sandbox);
            if there.len() < 6 {
                continue;
            }
            let at = self.moments.below(there.len() as u64) as usize;
            let path = there.swap_remove(at);
            match self.moments.below(3) {
                0 => fs::remove_file(path).unwrap(),
                1 => fs::rename(&path, path.with_file_name(format!("moved-{}.png", self.made))).unwrap(),
                _ => tiny(&path, (1000 + self.made) % self.contents),
            }
        }
    }
}

/// Writes a small picture whose content depends on a number.
fn tiny(path: &Path, number: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let shade = |at: u32| u8::try_from((number * 37 + at * 11) % 256).unwrap();
    let pixel =
        |x: u32, y: u32| image::Rgb([shade(x / 4), shade(7 + y / 8), shade(number % 13 + (x + y) / 16)]);
    image::RgbImage::from_fn(32, 32, pixel).save(path).unwrap();
}
