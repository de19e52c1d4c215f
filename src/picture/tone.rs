//! Linear light of any range to sRGB.
//!
//! Files of linear light have no given brightness: what a renderer writes lies between 0 and 1, a map of the sky reaches
//! thousands. Viewers differ; most clip at 1, which suits the former. The rule here agrees with them there, and brings
//! the others into view: an exposure where the mean brightness is out of the usual range, then Reinhard's curve with a
//! white point (Reinhard et al., "Photographic Tone Reproduction for Digital Images", 2002, equation 4), which changes
//! nothing where the white point is 1.

use rayon::prelude::*;

/// Usual range of the geometric mean of the luminance. Outside, the exposure brings it to the nearer end.
const USUAL_MEAN: (f32, f32) = (0.03, 0.6);
/// Luminance below which a pixel says nothing of the brightness of the picture.
const BLACK: f32 = 1e-6;
/// What infinite light counts as: the largest number that OpenEXR's half floats hold.
const BRIGHTEST: f32 = 65_504.0;
/// Number of samples, at most, that tell the brightness of a picture.
const MAX_SAMPLES: usize = 1 << 18;
/// Number of pixels that one thread maps at once.
const CHUNK: usize = 1 << 14;

/// Maps linear floats (RGB, or RGBA whose colours are multiplied by alpha already, in this machine's byte order) to
/// 8-bit sRGB, laid on white.
pub(super) fn to_srgb(pixels: Vec<u8>, has_alpha: bool) -> Vec<u8> {
    let size = if has_alpha { 16 } else { 12 };
    let tone = Tone::of(&pixels, size);
    let mut out = vec![0; pixels.len() / size * 3];
    out.par_chunks_mut(3 * CHUNK).zip(pixels.par_chunks(size * CHUNK)).for_each(|(out, pixels)| {
        for (place, pixel) in out.as_chunks_mut::<3>().0.iter_mut().zip(pixels.chunks_exact(size)) {
            let [r, g, b, alpha] = floats(pixel);
            *place = tone.apply([r, g, b]).map(|light| encode(light + 1.0 - alpha));
        }
    });
    out
}

/// Three colours and alpha (1 if there is none). Light that is no number, or negative, is none.
fn floats(pixel: &[u8]) -> [f32; 4] {
    let (samples, _) = pixel.as_chunks::<4>();
    let sample = |at: usize, none: f32| samples.get(at).map_or(none, |bytes| f32::from_ne_bytes(*bytes));
    let within = |value: f32, most: f32| if value > 0.0 { value.min(most) } else { 0.0 };
    let light = |at| within(sample(at, 0.0), BRIGHTEST);
    [light(0), light(1), light(2), within(sample(3, 1.0), 1.0)]
}

fn luminance([r, g, b]: [f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// How brightness is mapped.
struct Tone {
    exposure: f32,
    /// Luminance, after exposure, that becomes white; at least 1.
    white: f32,
}

impl Tone {
    fn of(pixels: &[u8], size: usize) -> Self {
        let step = (pixels.len() / size).div_ceil(MAX_SAMPLES).max(1);
        let mut samples: Vec<f32> = pixels
            .chunks_exact(size)
            .step_by(step)
            .map(|pixel| {
                let [r, g, b, _] = floats(pixel);
                luminance([r, g, b])
            })
            .collect();
        let lit = samples.iter().filter(|light| **light > BLACK);
        let (sum, count) =
            lit.fold((0.0, 0u32), |(sum, count), light| (sum + f64::from(light.ln()), count + 1));
        if count == 0 {
            return Self { exposure: 1.0, white: 1.0 };
        }
        let mean = (sum / f64::from(count)).exp() as f32;
        let exposure = mean.clamp(USUAL_MEAN.0, USUAL_MEAN.1) / mean;
        // A few pixels of sun don't darken the rest.
        let at = (samples.len() - 1) / 1000 * 999 + (samples.len() - 1) % 1000 * 999 / 1000;
        let (_, white, _) = samples.select_nth_unstable_by(at, f32::total_cmp);
        Self { exposure, white: (*white * exposure).max(1.0) }
    }

    fn apply(&self, color: [f32; 3]) -> [f32; 3] {
        let light = luminance(color) * self.exposure;
        let scale = self.exposure * (1.0 + light / (self.white * self.white)) / (1.0 + light);
        color.map(|channel| channel * scale)
    }
}

/// The transfer function of sRGB (IEC 61966-2-1), to 8 bits.
fn encode(light: f32) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let value = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (value * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(floats: &[f32]) -> Vec<u8> {
        floats.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    #[test]
    fn light_in_the_usual_range_is_only_encoded() {
        // By the formula of IEC 61966-2-1: 0.5 is 187.5, 0.2 is 123.6, 0.002 is 6.6.
        assert_eq!(to_srgb(bytes(&[1.0, 0.5, 0.0, 0.2, 0.002, 0.2]), false), [255, 188, 0, 124, 7, 124]);
    }

    #[test]
    fn dark_and_bright_pictures_come_into_view() {
        for factor in [1e-4, 1e4] {
            let lights: Vec<f32> = (1..=300).map(|i| i as f32 * factor).collect();
            let shown = to_srgb(bytes(&lights), false);
            let mean = shown.iter().map(|v| u32::from(*v)).sum::<u32>() / 300;
            assert!((40..220).contains(&mean), "{factor}: {mean}");
            assert!(shown.is_sorted());
        }
    }

    #[test]
    fn what_is_no_light_does_no_harm() {
        let odd = [f32::NAN, f32::INFINITY, -1.0, 0.3, 0.3, 0.3];
        assert_eq!(to_srgb(bytes(&odd), false).len(), 6);
        assert_eq!(to_srgb(bytes(&[0.0; 3]), false), [0; 3]);
        assert!(to_srgb(Vec::new(), true).is_empty());
    }

    #[test]
    fn alpha_lies_on_white() {
        assert_eq!(to_srgb(bytes(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]), true), [255, 255, 255, 0, 0, 0]);
    }
}
