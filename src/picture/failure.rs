//! Errors in groups, for people who want to know what kinds of files could not be read.

use super::error::PictureError;

/// A group of errors. Its [name](Self::name) is kept in catalogues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureKind {
    /// The end of the file is missing.
    CutShort,
    /// The bytes contradict the format.
    Damaged,
    /// A known format, or a kind of one, that is not decoded.
    Unsupported,
    /// The bytes are those of no known format.
    NotAPicture,
    /// The file has no bytes.
    Empty,
    /// The file or the picture passes the limits.
    TooLarge,
    /// Decoding takes longer than the time limit.
    TooSlow,
    /// The system does not let the file be read.
    NotReadable,
    /// A command of the user's gave no picture.
    Command,
}

impl FailureKind {
    /// Every group.
    pub const ALL: [Self; 9] = [
        Self::CutShort,
        Self::Damaged,
        Self::Unsupported,
        Self::NotAPicture,
        Self::Empty,
        Self::TooLarge,
        Self::TooSlow,
        Self::NotReadable,
        Self::Command,
    ];

    /// Its name in catalogues and for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::CutShort => "cut short",
            Self::Damaged => "damaged",
            Self::Unsupported => "not supported",
            Self::NotAPicture => "no picture",
            Self::Empty => "empty",
            Self::TooLarge => "too large",
            Self::TooSlow => "too slow",
            Self::NotReadable => "not readable",
            Self::Command => "no picture by command",
        }
    }

    /// The group with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a file of this group can be read once more formats are.
    pub fn depends_on_formats(self) -> bool {
        matches!(self, Self::Unsupported | Self::NotAPicture | Self::Command)
    }
}

impl PictureError {
    /// The group that the error belongs to.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Io(_) | Self::NotAFile => FailureKind::NotReadable,
            Self::Empty => FailureKind::Empty,
            Self::FileTooLarge { .. } | Self::TooManyPixels { .. } | Self::TooMuchMemory(_) => {
                FailureKind::TooLarge
            }
            Self::Unknown => FailureKind::NotAPicture,
            Self::Unsupported(_) | Self::NotBuiltIn(_) | Self::NoPreview => FailureKind::Unsupported,
            Self::Truncated { .. } => FailureKind::CutShort,
            Self::Damaged { .. } | Self::Crashed(_) | Self::DecoderProcess { .. } => FailureKind::Damaged,
            Self::TooSlow { .. } => FailureKind::TooSlow,
            Self::Command { .. } => FailureKind::Command,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{Format, Limits, decode};

    #[test]
    fn names_lead_back() {
        for kind in FailureKind::ALL {
            assert_eq!(FailureKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(FailureKind::from_name("odd"), None);
    }

    #[test]
    fn errors_of_decoding_fall_into_groups() {
        let kind = |bytes: &[u8]| decode(bytes, &Limits::default()).unwrap_err().kind();
        assert_eq!(kind(b""), FailureKind::Empty);
        assert_eq!(kind(b"a text"), FailureKind::NotAPicture);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), FailureKind::CutShort);
        assert_eq!(PictureError::Crashed(Format::Tiff).kind(), FailureKind::Damaged);
        assert_eq!(PictureError::TooMuchMemory(Format::Tiff).kind(), FailureKind::TooLarge);
    }
}
