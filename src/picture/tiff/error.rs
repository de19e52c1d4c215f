//! The error of tags that can't be true.

use super::super::error::PictureError;
use super::super::format::Format;

/// An error of tags that contradict each other or the format.
pub(super) fn damaged(reason: impl Into<String>) -> PictureError {
    PictureError::Damaged { format: Format::Tiff, reason: reason.into() }
}
