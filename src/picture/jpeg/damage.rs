//! How much of a picture is there, in words.

use crate::picture::error::PictureError;

use super::decoder_error::truncated;
use super::frame::Frame;
use super::scan::{Layout, Reached, Scan};

/// The bits of coefficients that no scan has had yet, when nothing is known of them.
const ALL: u8 = 16;

/// How much of a picture is there.
pub(super) struct Damage {
    is_progressive: bool,
    /// For each component the share of its averages that are there, 0 to 1.
    shares: Vec<f64>,
    /// For each component how many low bits of each coefficient, in zigzag order, have not come yet.
    missing_bits: Vec<[u8; 64]>,
    /// Whether the last scan's data ends too early.
    last_is_short: bool,
    /// Whether the last scan was passed over.
    last_is_skipped: bool,
    /// Whether the file ends within the data.
    is_cut: bool,
    /// Whether there are data that mean nothing.
    pub has_bad_data: bool,
}

impl Damage {
    pub(crate) fn new(frame: &Frame) -> Self {
        let count = frame.components.len();
        Self {
            is_progressive: frame.coding.is_progressive,
            shares: vec![0.0; count],
            missing_bits: vec![[ALL; 64]; count],
            last_is_short: false,
            last_is_skipped: false,
            is_cut: false,
            has_bad_data: false,
        }
    }

    /// Takes note of a scan that was decoded.
    pub(crate) fn add(&mut self, scan: &Scan, layout: &Layout, reached: Reached, bytes: &[u8]) {
        let total = u64::from(layout.mcus.0) * u64::from(layout.mcus.1);
        let share = reached.decoded as f64 / total.max(1) as f64;
        self.last_is_short = reached.decoded < total;
        self.is_cut |= self.last_is_short && reached.position >= bytes.len().saturating_sub(1);
        self.has_bad_data |= reached.bad_codes > 0;
        let has_averages = !self.is_progressive || scan.spectrum.0 == 0 && scan.before == 0;
        for part in &scan.components {
            if let Some(known) = self.shares.get_mut(part.component).filter(|_| has_averages) {
                *known = share.max(*known);
            }
        }
        self.note_bits(scan);
        self.last_is_skipped = false;
        self.has_bad_data |= self.is_progressive && self.last_is_short && !has_averages && !self.is_cut;
    }

    /// Takes note of a scan that was passed over since its coefficients are not needed.
    pub(crate) fn skip(&mut self, scan: &Scan) {
        self.note_bits(scan);
        (self.last_is_short, self.last_is_skipped) = (false, true);
    }

    fn note_bits(&mut self, scan: &Scan) {
        let (first, last, left) =
            if self.is_progressive { (scan.spectrum.0, scan.spectrum.1, scan.after) } else { (0, 63, 0) };
        for part in &scan.components {
            let bits = self.missing_bits.get_mut(part.component);
            if let Some(bits) = bits.and_then(|bits| bits.get_mut(first.into()..=last.into())) {
                bits.fill(left);
            }
        }
    }

    /// What is wrong, in words; `has_no_end` tells that the file has no mark of the picture's end.
    ///
    /// # Errors
    /// When less than a quarter of the picture is there.
    pub(crate) fn judge(&self, has_no_end: bool) -> Result<Option<String>, PictureError> {
        let share = self.shares.first().copied().unwrap_or(0.0);
        let percent = (share * 100.0).floor();
        if share < 0.25 {
            return Err(truncated(if self.is_cut {
                format!("the file ends after {percent} % of the picture")
            } else {
                format!("only {percent} % of the picture is there")
            }));
        }
        let is_complete = self.missing_bits.iter().flatten().all(|bits| *bits == 0);
        Ok(if share < 1.0 {
            Some(if self.is_cut {
                format!("the file ends after {percent} % of the picture")
            } else {
                format!("only {percent} % of the picture is there")
            })
        } else if self.shares.iter().any(|share| *share < 1.0) {
            Some("the file ends before all colours of the picture".into())
        } else if has_no_end && (!is_complete || self.last_is_short || self.last_is_skipped) {
            Some("the file ends before the fine details of the picture".into())
        } else if self.has_bad_data {
            Some("a part of its data is damaged".into())
        } else {
            None
        })
    }
}
