//! Groups of look-alikes, of thumbprints that are made up.

use std::time::Instant;

use super::*;
use crate::base::thumbprint::{CHROMA_SIDE, LUMA_SIDE, Thumbprint};
use crate::catalog::Hash;

/// Numbers from 0 to 1 that are as good as random.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32
    }
}

/// A picture of soft discs, cut by `cut` of its width at the left, with levels that are `tone` times as bright.
fn print(scene: u32, cut: f32, tone: f32) -> Thumbprint {
    let mut noise = Noise(scene.wrapping_mul(7919).wrapping_add(17));
    let discs: Vec<[f32; 6]> = (0..7).map(|_| std::array::from_fn(|_| noise.next())).collect();
    let color = |x: f32, y: f32| {
        let mut color = [150.0, 0.0, 0.0];
        for [at_x, at_y, size, luma, blue, red] in &discs {
            let distance = ((x - at_x).powi(2) + (y - at_y).powi(2)).sqrt();
            let share = ((0.1 + size * 0.2 - distance) * 12.0).clamp(0.0, 1.0);
            let disc = [luma * 220.0, blue * 80.0 - 40.0, red * 80.0 - 40.0];
            for (value, disc) in color.iter_mut().zip(disc) {
                *value += (disc - *value) * share;
            }
        }
        color
    };
    let mut bytes = Vec::new();
    for (channel, side) in [(0, LUMA_SIDE), (1, CHROMA_SIDE), (2, CHROMA_SIDE)] {
        for cell in 0..side * side {
            let mut sum = 0.0;
            for sample in 0..16 {
                let place =
                    |cell: usize, sample: usize| (cell as f32 + (sample as f32 + 0.5) / 4.0) / side as f32;
                let (x, y) = (place(cell % side, sample % 4), place(cell / side, sample / 4));
                sum += color(cut + x * (1.0 - cut), y)[channel] / 16.0;
            }
            bytes.push(if channel == 0 { sum * tone } else { 128.0 + sum }.round() as u8);
        }
    }
    Thumbprint::from_bytes(&bytes).unwrap()
}

fn row(id: i64, hash: u8, size: (u32, u32), thumbprint: Option<Thumbprint>) -> LookRow {
    LookRow {
        id,
        path: format!("{id}.jpg").into(),
        size: 10,
        mtime_ns: id,
        dimensions: Some(size),
        taken: None,
        hash: [hash; 32],
        thumbprint,
    }
}

fn found(looks: Vec<LookRow>, threshold: f32) -> Vec<Vec<i64>> {
    let looks = best_first(looks);
    let mut groups: Vec<Vec<i64>> = groups::find(&looks, threshold)
        .into_iter()
        .map(|group| group.into_iter().map(|(at, _)| looks[at].id).collect())
        .collect();
    groups.sort();
    groups
}

#[test]
fn copies_are_together_with_the_best_first_and_others_apart() {
    let looks = vec![
        row(1, 1, (400, 300), Some(print(1, 0.0, 1.0))),
        row(2, 2, (800, 600), Some(print(1, 0.0, 0.9))),
        row(3, 3, (760, 600), Some(print(1, 0.05, 1.0))),
        row(4, 4, (800, 600), Some(print(2, 0.0, 1.0))),
        row(5, 5, (800, 600), Some(print(3, 0.0, 1.0))),
        // The same picture in other proportions is squeezed.
        row(6, 6, (800, 800), Some(print(1, 0.0, 1.0))),
        // Identical files are together, even without a thumbprint.
        row(7, 7, (800, 600), None),
        row(8, 7, (800, 600), None),
        row(9, 9, (800, 600), None),
    ];
    let groups = found(looks, LOOK_ALIKE);
    assert_eq!(groups.len(), 2, "{groups:?}");
    assert_eq!(groups[0][0], 2, "the most pixels");
    let mut first = groups[0].clone();
    first.sort_unstable();
    assert_eq!((first, &groups[1]), (vec![1, 2, 3], &vec![7, 8]));
}

#[test]
fn of_equal_size_the_oldest_is_the_best() {
    let with =
        |id, taken, mtime_ns| LookRow { taken, mtime_ns, ..row(id, 1, (40, 30), Some(print(1, 0.0, 1.0))) };
    let looks = vec![with(1, None, 1), with(2, Some(50), 9), with(3, Some(40), 9), with(4, Some(40), 8)];
    assert_eq!(found(looks, LOOK_ALIKE), [[4, 3, 2, 1]]);
}

#[test]
fn a_chain_of_small_steps_is_no_group() {
    // Each looks like its neighbours: it is cut by 4 % more.
    let looks: Vec<LookRow> = (0..8)
        .map(|step| row(i64::from(step), step as u8, (400, 300), Some(print(5, step as f32 * 0.04, 1.0))))
        .collect();
    let groups = found(looks.clone(), LOOK_ALIKE);
    assert!(groups.len() > 1, "{groups:?}");
    let ordered = best_first(looks);
    for group in groups::find(&ordered, LOOK_ALIKE) {
        assert!(group.iter().all(|(_, similarity)| *similarity >= LOOK_ALIKE), "{group:?}");
    }
}

#[test]
fn the_threshold_decides() {
    let looks = vec![
        row(1, 1, (400, 300), Some(print(1, 0.0, 1.0))),
        row(2, 2, (400, 300), Some(print(1, 0.04, 0.95))),
    ];
    assert_eq!(found(looks.clone(), 0.8), [[1, 2]]);
    assert!(found(looks, 0.9999).is_empty());
}

/// `cargo test --release --lib look_alikes -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn a_hundred_thousand_pictures() {
    for count in [12_500, 25_000, 50_000, 100_000] {
        let looks: Vec<LookRow> = (0..count)
            .map(|number: u32| {
                // One in ten has three copies.
                let scene = if number % 10 < 3 { number / 10 * 10 } else { number };
                let cut = (number % 10) as f32 * 0.02;
                let mut hash: Hash = [0; 32];
                hash[..4].copy_from_slice(&number.to_le_bytes());
                LookRow { hash, ..row(number.into(), 0, (400, 300), Some(print(scene, cut.min(0.04), 1.0))) }
            })
            .collect();
        let start = Instant::now();
        let looks = best_first(looks);
        let groups = groups::find(&looks, LOOK_ALIKE);
        let pictures: usize = groups.iter().map(Vec::len).sum();
        println!("{count} pictures: {:?}, {} groups of {pictures}", start.elapsed(), groups.len());
        assert!(groups.len() >= count as usize / 10 * 9 / 10);
    }
}
