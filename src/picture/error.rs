//! Why a picture could not be read.

use super::format::Format;

/// Why a picture could not be read. Displayed as a short reason without the file's name.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The file could not be opened or read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A folder, a named pipe, a device ...
    #[error("not a regular file")]
    NotAFile,
    /// No bytes at all.
    #[error("empty file")]
    Empty,
    /// More bytes than [`super::Limits::max_file_bytes`].
    #[error("{} MB are over the limit of {} MB", .bytes.div_ceil(1_000_000), .limit / 1_000_000)]
    FileTooLarge {
        /// The file's size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// More pixels than [`super::Limits::max_pixels`].
    #[error("{width}x{height} pixels is over the limit of {} megapixels", .limit / 1_000_000)]
    TooManyPixels {
        /// As the header says.
        width: u32,
        /// As the header says.
        height: u32,
        /// The limit.
        limit: u64,
    },
    /// Within the limit of pixels, but its decoder would pass [`super::Limits::max_memory`].
    #[error("{0} that takes too much memory to decode")]
    TooMuchMemory(Format),
    /// The first bytes are of no picture format we know.
    #[error("not a picture: text or unknown format")]
    Unknown,
    /// A picture, but of a format or kind we don't read.
    #[error("{0} pictures are not supported")]
    Unsupported(String),
    /// The end is missing.
    #[error("truncated {format}: {reason}")]
    Truncated {
        /// What it is.
        format: Format,
        /// What is missing.
        reason: String,
    },
    /// The bytes contradict the format.
    #[error("damaged {format}: {reason}")]
    Damaged {
        /// What it is.
        format: Format,
        /// What is wrong, in the decoder's words.
        reason: String,
    },
    /// The decoder panicked.
    #[error("damaged {0}: its decoder crashed")]
    Crashed(Format),
}
