//! CIELAB to sRGB.

/// Converts a pixel of CIELAB (D50; L from 0 to 255, a and b from 0 to 255 with 128 in the middle) to sRGB.
///
/// By CIE 15 and the matrix from D50 to linear sRGB with Bradford's adaptation (IEC 61966-2-1, Lindbloom).
pub(super) fn to_srgb([l, a, b]: [u8; 3]) -> [u8; 3] {
    let y = (f32::from(l) * 100.0 / 255.0 + 16.0) / 116.0;
    let x = y + (f32::from(a) - 128.0) / 500.0;
    let z = y - (f32::from(b) - 128.0) / 200.0;
    let cube = |t: f32| if t > 6.0 / 29.0 { t * t * t } else { (t - 4.0 / 29.0) * 108.0 / 841.0 };
    let (x, y, z) = (0.9642 * cube(x), cube(y), 0.8249 * cube(z));
    let rows = [[3.1339, -1.6169, -0.4906], [-0.9788, 1.9161, 0.0335], [0.0719, -0.2290, 1.4052]];
    rows.map(|[from_x, from_y, from_z]: [f32; 3]| {
        let light = (from_x * x + from_y * y + from_z * z).clamp(0.0, 1.0);
        let value = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
        (value * 255.0).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        // By Pillow (littleCMS): sRGB red, green and blue in CIELAB, rounded to bytes; hence the differences.
        for (lab, rgb) in
            [([138, 209, 198], [255, 0, 0]), ([224, 49, 209], [0, 255, 0]), ([75, 196, 16], [0, 0, 255])]
        {
            let found = to_srgb(lab);
            assert!(
                found.iter().zip(rgb).all(|(found, known)| found.abs_diff(known) < 12),
                "{found:?} {rgb:?}"
            );
        }
        assert_eq!(to_srgb([255, 128, 128]), [255; 3]);
        assert_eq!(to_srgb([0, 128, 128]), [0; 3]);
    }
}
