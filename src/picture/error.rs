//! Why a picture could not be read.

use serde::{Deserialize, Serialize};

use super::format::Format;

/// Why a picture could not be read. Displayed as a short reason without the file's name.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
pub enum PictureError {
    /// The file could not be opened or read.
    #[error(transparent)]
    #[serde(skip)]
    Io(#[from] std::io::Error),
    /// The path leads to a folder, a named pipe, a device ...
    #[error("not a regular file")]
    NotAFile,
    /// The file has no bytes.
    #[error("empty file")]
    Empty,
    /// The file has more bytes than [`Limits::max_file_bytes`](super::limits::Limits::max_file_bytes).
    #[error("{} MB are over the limit of {} MB", .bytes.div_ceil(1_000_000), .limit / 1_000_000)]
    FileTooLarge {
        /// Size of the file, in bytes.
        bytes: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The picture has more pixels than [`Limits::max_pixels`](super::limits::Limits::max_pixels).
    #[error("{width}x{height} pixels is over the limit of {} megapixels", .limit / 1_000_000)]
    TooManyPixels {
        /// Width in pixels, as the header says.
        width: u32,
        /// Height in pixels, as the header says.
        height: u32,
        /// The limit, in pixels.
        limit: u64,
    },
    /// The picture is within the limit of pixels, but its decoder would pass
    /// [`Limits::max_memory`](super::limits::Limits::max_memory).
    #[error("{0} that takes too much memory to decode")]
    TooMuchMemory(Format),
    /// The first bytes are those of no known picture format.
    #[error("not a picture: text or unknown format")]
    Unknown,
    /// The picture is of a known format or kind that is not decoded: its name.
    #[error("{0} pictures are not supported")]
    Unsupported(String),
    /// A camera's raw file without a preview: sensors' data is not developed.
    #[error("this raw file has no preview")]
    NoPreview,
    /// The picture is of a format that this program reads, but not as it was built.
    #[error("{0} pictures are not supported by this build")]
    NotBuiltIn(Format),
    /// The end of the file is missing.
    #[error("truncated {format}: {reason}")]
    Truncated {
        /// The format of the file.
        format: Format,
        /// What is missing.
        reason: String,
    },
    /// The bytes contradict the format.
    #[error("damaged {format}: {reason}")]
    Damaged {
        /// The format of the file.
        format: Format,
        /// What is wrong, in the decoder's words.
        reason: String,
    },
    /// The decoder of this format panicked.
    #[error("damaged {0}: its decoder crashed")]
    Crashed(Format),
    /// Decoding was stopped because it took too long.
    #[error("{format} that takes longer than {seconds} s to decode")]
    TooSlow {
        /// The format of the file.
        format: Format,
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The process that decodes this format could not be started, or gave a wrong answer.
    #[error("{format} that could not be decoded: {reason}")]
    DecoderProcess {
        /// The format of the file.
        format: Format,
        /// What happened to the process.
        reason: String,
    },
    /// The command that config.toml names for files of this extension gave no picture.
    #[error("'{program}', the decoder for .{extension} files in config.toml, {reason}")]
    Command {
        /// The program that the command runs.
        program: String,
        /// The extension of the file's name, in lower case.
        extension: String,
        /// What went wrong.
        reason: String,
    },
}
