//! What the JPEG decoders say, as reasons of ours.

use zune_jpeg::errors::DecodeErrors;

use super::markers::Missing;
use crate::picture::error::PictureError;
use crate::picture::format::Format;

/// The reason that an error of zune-jpeg stands for.
pub(super) fn explain(error: &DecodeErrors) -> PictureError {
    match error {
        DecodeErrors::Unsupported(scheme) => PictureError::Unsupported(format!("JPEG ({scheme:?})")),
        DecodeErrors::ExhaustedData => truncated("it ends within the picture"),
        error => damaged(error.to_string().lines().next().unwrap_or_default()),
    }
}

/// The reason that a file without all of its segments has.
pub(super) fn missing(missing: &Missing) -> PictureError {
    truncated(match missing {
        Missing::Picture => "the picture is missing",
        Missing::End => "the end of the picture is missing",
    })
}

/// A JPEG whose bytes contradict the format.
pub(super) fn damaged(reason: impl ToString) -> PictureError {
    PictureError::Damaged { format: Format::Jpeg, reason: reason.to_string() }
}

fn truncated(reason: &str) -> PictureError {
    PictureError::Truncated { format: Format::Jpeg, reason: reason.into() }
}
