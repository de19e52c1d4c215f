//! Colours that HEIC and AVIF files name by numbers (ITU-T H.273, "CICP"), to sRGB.

use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics};
use rayon::prelude::*;

use super::tone;

/// Primaries and transfer function of a picture, by the numbers of ITU-T H.273.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cicp {
    /// 1 is BT.709 (sRGB), 9 BT.2020, 12 Display P3; 2 is unknown.
    pub primaries: u16,
    /// 1 is BT.709, 13 sRGB, 16 PQ, 18 HLG; 2 is unknown.
    pub transfer: u16,
}

/// Luminance of diffuse white in PQ and HLG, in cd/m² (ITU-R BT.2408).
const WHITE: f32 = 203.0;

impl Cicp {
    /// The colours of a screen.
    pub(super) const SRGB: Self = Self { primaries: 1, transfer: 13 };

    /// Whether its light goes beyond the white of a screen.
    pub(super) fn is_hdr(self) -> bool {
        matches!(self.transfer, 16 | 18)
    }

    /// An ICC profile of these colours; none when they are those of sRGB or unknown. Viewers take BT.709's and BT.601's
    /// transfer functions for that of sRGB, and so does this.
    pub(super) fn profile(self) -> Option<Vec<u8>> {
        let plain = matches!(self.transfer, 0 | 1 | 2 | 6 | 13 | 14 | 15);
        if matches!(self.primaries, 0..=2) && plain {
            return None;
        }
        let color_primaries = CicpColorPrimaries::try_from(u8::try_from(self.primaries).ok()?).ok()?;
        let transfer = if plain { 13 } else { u8::try_from(self.transfer).ok()? };
        let transfer_characteristics = TransferCharacteristics::try_from(transfer).ok()?;
        let profile = ColorProfile::new_from_cicp(CicpProfile {
            color_primaries,
            transfer_characteristics,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        });
        profile.red_trc.is_some().then(|| profile.encode().ok()).flatten()
    }

    /// Linear BT.709 light of a pixel, where 1 is diffuse white.
    fn linear(self, pixel: [u16; 3]) -> [f32; 3] {
        let signal = pixel.map(|value| f32::from(value) / 65_535.0);
        let light = if self.transfer == 16 { signal.map(pq) } else { hlg(signal) };
        match self.primaries {
            // From BT.2020 and Display P3 (both D65) to BT.709, by the chromaticities of ITU-R BT.2020 and SMPTE EG 432.
            9 => mix(
                light,
                [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
            ),
            12 => mix(light, [[1.2249, -0.2247, 0.0], [-0.0421, 1.0421, 0.0], [-0.0196, -0.0786, 1.0979]]),
            _ => light,
        }
    }
}

/// Maps RGB of 16 bits, in PQ or HLG, to 8-bit sRGB.
pub(super) fn tone_map(pixels: &[u16], color: Cicp) -> Vec<u8> {
    let (pixels, _) = pixels.as_chunks::<3>();
    let mut linear = vec![0; pixels.len() * 12];
    linear.par_chunks_exact_mut(12).with_min_len(4096).zip(pixels).for_each(|(place, pixel)| {
        place.copy_from_slice(color.linear(*pixel).map(f32::to_ne_bytes).as_flattened());
    });
    tone::to_srgb(linear, false)
}

fn mix([r, g, b]: [f32; 3], rows: [[f32; 3]; 3]) -> [f32; 3] {
    rows.map(|[from_r, from_g, from_b]| r * from_r + g * from_g + b * from_b)
}

/// SMPTE ST 2084: signal to light, where 1 is diffuse white.
fn pq(signal: f32) -> f32 {
    let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 4096.0 * 128.0);
    let (c1, c2, c3) = (3424.0 / 4096.0, 2413.0 / 4096.0 * 32.0, 2392.0 / 4096.0 * 32.0);
    let power = signal.powf(1.0 / m2);
    10_000.0 / WHITE * ((power - c1).max(0.0) / (c2 - c3 * power)).powf(1.0 / m1)
}

/// ITU-R BT.2100: HLG to the light of a screen of 1000 cd/m², where 1 is diffuse white.
fn hlg(signal: [f32; 3]) -> [f32; 3] {
    let (a, b, c) = (0.178_832_77, 0.284_668_92, 0.559_910_7);
    let scene =
        signal.map(
            |value: f32| {
                if value <= 0.5 { value * value / 3.0 } else { (((value - c) / a).exp() + b) / 12.0 }
            },
        );
    let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
    let gain = 1000.0 / WHITE * luminance.max(1e-6).powf(0.2);
    scene.map(|light| light * gain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diffuse_white_is_one_in_both_curves() {
        // ITU-R BT.2408: diffuse white is 58 % of PQ and 75 % of HLG.
        assert!((pq(0.5807) - 1.0).abs() < 0.02, "{}", pq(0.5807));
        assert!((hlg([0.75; 3])[0] - 1.0).abs() < 0.02, "{:?}", hlg([0.75; 3]));
        assert!((pq(1.0) * WHITE - 10_000.0).abs() < 5.0);
    }

    #[test]
    fn profiles_are_made_of_all_colours_but_srgb() {
        assert!(Cicp::SRGB.profile().is_none());
        assert!(Cicp { primaries: 2, transfer: 2 }.profile().is_none());
        for color in [Cicp { primaries: 12, transfer: 13 }, Cicp { primaries: 9, transfer: 1 }] {
            let profile = color.profile().unwrap();
            assert!(ColorProfile::new_from_slice(&profile).is_ok(), "{color:?}");
        }
        assert!(Cicp { primaries: 300, transfer: 13 }.profile().is_none());
    }

    #[test]
    fn white_stays_neutral_from_all_primaries() {
        for primaries in [1, 9, 12] {
            for transfer in [16, 18] {
                let [r, g, b] = Cicp { primaries, transfer }.linear([40_000; 3]);
                assert!((r - g).abs() < 0.01 * g && (b - g).abs() < 0.01 * g, "{r} {g} {b}");
            }
        }
    }
}
