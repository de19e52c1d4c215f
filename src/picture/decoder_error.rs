//! What the decoders of the `image` and `png` crates say, as reasons of ours.

use std::error::Error;
use std::io::ErrorKind;

use image::error::{ImageError, UnsupportedErrorKind};

use super::error::PictureError;
use super::format::Format;

/// The reason that an error of the `image` crate stands for.
pub(super) fn explain(error: ImageError, format: Format) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooMuchMemory(format),
        ImageError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => truncated(format),
        ImageError::Unsupported(error) => PictureError::Unsupported(match error.kind() {
            UnsupportedErrorKind::Color(color) => format!("{format} {color:?}"),
            UnsupportedErrorKind::GenericFeature(feature) => format!("{format} ({feature})"),
            _ => format!("such {format}"),
        }),
        error => damaged(&error, format),
    }
}

/// A file that is damaged or cut short: decoders wrap the end of the file in errors of their own.
pub(super) fn damaged(error: &dyn Error, format: Format) -> PictureError {
    let reason = innermost(error);
    let ends = ["end of file", "unexpected eof", "fill whole buffer", "Unexpected end"];
    if ends.iter().any(|end| reason.contains(end)) {
        truncated(format)
    } else {
        PictureError::Damaged { format, reason }
    }
}

/// A file whose last bytes are missing.
pub(super) fn truncated(format: Format) -> PictureError {
    PictureError::Truncated { format, reason: "the file ends too early".into() }
}

/// The least share of a picture that is worth showing.
const LEAST: f64 = 0.25;

/// What is wrong with a picture of which only a `share` is there, from 0 to 1: for people, when that is enough to show.
///
/// # Errors
/// When it is not.
pub(super) fn partial(format: Format, share: f64, truncated: bool) -> Result<String, PictureError> {
    // Never rounded up to all of it.
    let percent = (share * 100.0).floor().clamp(0.0, 99.0);
    let reason = if truncated {
        format!("the file ends after {percent} % of the picture")
    } else {
        format!("the file is damaged after {percent} % of the picture")
    };
    match (share >= LEAST, truncated) {
        (true, _) => Ok(reason),
        (false, true) => Err(PictureError::Truncated { format, reason }),
        (false, false) => Err(PictureError::Damaged { format, reason }),
    }
}

/// The last of a chain of errors, in one line: the others only say that there was one.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}
