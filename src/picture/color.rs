//! Colours of an embedded profile (ICC) to sRGB.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, Transform8BitExecutor, TransformOptions};
use parking_lot::Mutex;

use crate::base::panics;

/// Largest profile that is read, in bytes. Those of printing presses have a few megabytes.
const MAX_BYTES: usize = 8 << 20;
/// How many profiles are remembered: the photos of a folder mostly share one.
const REMEMBERED: usize = 8;
/// Pixels that are converted at once.
const CHUNK: usize = 4096;
/// Differences of at most so many levels are not worth a conversion: the profile is sRGB by another name.
const NEGLIGIBLE: u8 = 2;

/// What the numbers of a pixel stand for, eight bits each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    /// One number: how light.
    Gray,
    /// Red, green, blue.
    Rgb,
    /// Cyan, magenta, yellow, black; 0 is no ink.
    Cmyk,
}

impl Channels {
    fn layout(self) -> Layout {
        match self {
            Self::Gray => Layout::Gray,
            Self::Rgb => Layout::Rgb,
            // So moxcms names any four channels.
            Self::Cmyk => Layout::Rgba,
        }
    }

    fn space(self) -> DataColorSpace {
        match self {
            Self::Gray => DataColorSpace::Gray,
            Self::Rgb => DataColorSpace::Rgb,
            Self::Cmyk => DataColorSpace::Cmyk,
        }
    }

    /// Bytes of a pixel.
    fn count(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }
}

/// A conversion from the colours of a profile to sRGB.
#[derive(Clone)]
pub(super) struct ToSrgb {
    transform: Arc<Transform8BitExecutor>,
    channels: Channels,
}

impl ToSrgb {
    /// The conversion for pixels of these channels. `None` when the profile is damaged or of other channels, and when its
    /// colours are those of sRGB: then the pixels stay as they are.
    pub(crate) fn new(profile: &[u8], channels: Channels) -> Option<Self> {
        static KNOWN: Mutex<Vec<CachedProfile>> = Mutex::new(Vec::new());
        if profile.len() > MAX_BYTES {
            return None;
        }
        let hash = *blake3::hash(profile).as_bytes();
        let same = |known: &CachedProfile| known.hash == hash && known.channels == channels;
        if let Some(known) = KNOWN.lock().iter().find(|known| same(known)) {
            return known.conversion.clone();
        }
        // Profiles come with strangers' files: one that makes the parser panic is as good as none.
        let conversion = panics::catch(|| Self::parse(profile, channels)).ok().flatten();
        let mut known = KNOWN.lock();
        if known.len() >= REMEMBERED {
            known.remove(0);
        }
        known.push(CachedProfile { hash, channels, conversion: conversion.clone() });
        conversion
    }

    fn parse(profile: &[u8], channels: Channels) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(profile).ok()?;
        if profile.color_space != channels.space() {
            return None;
        }
        let options =
            TransformOptions { rendering_intent: profile.rendering_intent, ..TransformOptions::default() };
        let transform = profile
            .create_transform_8bit(channels.layout(), &ColorProfile::new_srgb(), Layout::Rgb, options)
            .ok()?;
        let conversion = Self { transform, channels };
        (!conversion.changes_nothing()).then_some(conversion)
    }

    /// Whether samples of all colours stay where they are.
    fn changes_nothing(&self) -> bool {
        const STEPS: [u8; 9] = [0, 32, 64, 96, 128, 160, 192, 224, 255];
        let colors: Vec<[u8; 3]> = match self.channels {
            Channels::Gray => STEPS.iter().map(|&value| [value; 3]).collect(),
            Channels::Rgb => STEPS
                .iter()
                .flat_map(|&r| STEPS.iter().flat_map(move |&g| STEPS.iter().map(move |&b| [r, g, b])))
                .collect(),
            Channels::Cmyk => return false,
        };
        let samples: Vec<u8> = match self.channels {
            Channels::Gray => STEPS.to_vec(),
            _ => colors.iter().flatten().copied().collect(),
        };
        let mut converted = vec![0; colors.len() * 3];
        self.convert(&samples, &mut converted)
            && converted.iter().zip(colors.iter().flatten()).all(|(a, b)| a.abs_diff(*b) <= NEGLIGIBLE)
    }

    /// Converts whole pixels from one slice to another, of RGB. Returns whether that succeeded, which depends only on
    /// the lengths.
    pub(crate) fn convert(&self, from: &[u8], to: &mut [u8]) -> bool {
        let size = self.channels.count();
        let chunks = from.chunks(CHUNK * size).zip(to.chunks_mut(CHUNK * 3));
        let mut done = true;
        for (from, to) in chunks {
            done &= self.transform.transform(from, to).is_ok();
        }
        done
    }

    /// Converts RGB pixels where they are.
    pub(crate) fn convert_in_place(&self, pixels: &mut [u8]) {
        let mut from = vec![0; CHUNK * 3];
        for to in pixels.chunks_mut(CHUNK * 3) {
            let whole = to.len() / 3 * 3;
            let (Some(from), Some(to)) = (from.get_mut(..whole), to.get_mut(..whole)) else { continue };
            from.copy_from_slice(to);
            self.convert(from, to);
        }
    }
}

/// A profile that was looked at before.
struct CachedProfile {
    hash: [u8; 32],
    channels: Channels,
    conversion: Option<ToSrgb>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(profile: &ColorProfile, pixel: [u8; 3]) -> Option<[u8; 3]> {
        let conversion = ToSrgb::new(&profile.encode().unwrap(), Channels::Rgb)?;
        let mut pixels = pixel.to_vec();
        conversion.convert_in_place(&mut pixels);
        Some(pixels.try_into().unwrap())
    }

    #[test]
    fn wide_colours_become_srgb_and_srgb_stays() {
        // By LittleCMS (Pillow's ImageCms.profileToProfile), perceptual.
        let p3 = ColorProfile::new_display_p3();
        for (from, expected) in [
            ([200, 100, 50], [215, 93, 31]),
            ([0, 255, 0], [0, 255, 0]),
            ([128, 128, 128], [128; 3]),
            ([90, 140, 220], [73, 142, 226]),
        ] {
            let converted = convert(&p3, from).unwrap();
            let near = converted.iter().zip(expected).all(|(a, b): (&u8, u8)| a.abs_diff(b) <= 1);
            assert!(near, "{from:?}: {converted:?} {expected:?}");
        }
        assert!(convert(&ColorProfile::new_srgb(), [1, 2, 3]).is_none());
    }

    #[test]
    fn damaged_profiles_and_those_of_other_channels_convert_nothing() {
        let profile = ColorProfile::new_adobe_rgb().encode().unwrap();
        assert!(ToSrgb::new(&profile, Channels::Rgb).is_some());
        assert!(ToSrgb::new(&profile, Channels::Gray).is_none());
        assert!(ToSrgb::new(&profile, Channels::Cmyk).is_none());
        for length in 0..profile.len() {
            // Any answer will do; a panic will not.
            let _ = ToSrgb::new(&profile[..length], Channels::Rgb);
        }
    }
}
