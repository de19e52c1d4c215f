//! What is wrong with a JPEG, as reasons of ours.

use crate::picture::error::PictureError;
use crate::picture::format::Format;

/// A JPEG whose bytes contradict the format.
pub(super) fn damaged(reason: impl Into<String>) -> PictureError {
    PictureError::Damaged { format: Format::Jpeg, reason: reason.into() }
}

/// A JPEG of which too little is there.
pub(super) fn truncated(reason: impl Into<String>) -> PictureError {
    PictureError::Truncated { format: Format::Jpeg, reason: reason.into() }
}

/// A kind of JPEG that is not decoded.
pub(super) fn unsupported(kind: &str) -> PictureError {
    PictureError::Unsupported(kind.into())
}
