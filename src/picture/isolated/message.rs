//! What the parent and the child say: a length in 4 bytes, then JSON. The bytes of a file and of pixels follow the message
//! that announces them.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;

/// Longest message, in bytes. Only reasons of errors have no fixed length, and those are short.
const LONGEST: usize = 16 << 10;

/// What the parent says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum ToWorker {
    /// Read the header of a picture. Its file follows.
    Plan {
        format: Format,
        extension: Option<String>,
        limits: Limits,
        /// Length of the file, in bytes.
        length: u64,
    },
    /// The answer to [`FromWorker::Minimum`]: the smallest width and height that will do, in pixels.
    Minimum { width: u32, height: u32 },
    /// Decode the planned picture, and average every `reduce` x `reduce` pixels.
    Decode { reduce: u32 },
    /// Forget the planned picture.
    Forget,
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromWorker {
    /// Asks for the smallest size that will do for a picture that is displayed at this one, in pixels.
    Minimum { width: u32, height: u32 },
    /// The header was read.
    Planned(Planned),
    /// The picture was decoded. Its pixels follow, in RGB.
    Decoded { width: u32, height: u32, taken_at: Option<i64>, damage: Option<String> },
    /// The picture can't be read.
    Failed(PictureError),
}

/// A plan without its work.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Planned {
    /// Full width and height as stored, in pixels.
    pub stored: (u32, u32),
    /// As EXIF numbers it, from 1 to 8.
    pub orientation: u8,
    pub taken_at: Option<i64>,
    /// Memory that the decoder takes beside the file, in bytes.
    pub memory: u64,
    /// By how much the decoder reduces each side.
    pub factor: u32,
}

/// Sends a message.
///
/// # Errors
/// When the other side is gone, or the message is too long.
pub(super) fn send(out: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let json = serde_json::to_vec(message)?;
    let length = u32::try_from(json.len()).ok().filter(|_| json.len() <= LONGEST);
    let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "message too long"))?;
    // In one piece: both sides wake up once.
    let mut frame = Vec::with_capacity(4 + json.len());
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&json);
    out.write_all(&frame)?;
    out.flush()
}

/// Receives a message. None at the end of the stream.
///
/// # Errors
/// Of the kind `InvalidData` when it is no message of this type; else when the other side is gone in the middle of it.
pub(super) fn receive<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = Vec::with_capacity(4);
    input.take(4).read_to_end(&mut length)?;
    if length.is_empty() {
        return Ok(None);
    }
    let length = length.first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "message too long"));
    }
    let json = receive_bytes(input, length)?;
    serde_json::from_slice(&json).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Receives `length` bytes. The caller has checked that there is room for them.
///
/// # Errors
/// When the other side is gone before the last of them.
pub(super) fn receive_bytes(input: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
    input.take(length as u64).read_to_end(&mut bytes)?;
    if bytes.len() < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_survive_the_way() {
        for error in [
            PictureError::Unsupported("HEIC with layers".into()),
            PictureError::Truncated { format: Format::Heic, reason: "the file ends".into() },
            PictureError::TooManyPixels { width: 1, height: 2, limit: 3_000_000 },
            PictureError::Crashed(Format::Svg),
        ] {
            let said = error.to_string();
            let mut pipe = Vec::new();
            send(&mut pipe, &FromWorker::Failed(error)).unwrap();
            match receive(&mut pipe.as_slice()).unwrap() {
                Some(FromWorker::Failed(error)) => assert_eq!(error.to_string(), said),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_is_cut_short_too_long_or_no_message_is_an_error() {
        let mut pipe = Vec::new();
        send(&mut pipe, &ToWorker::Decode { reduce: 3 }).unwrap();
        for end in 1..pipe.len() {
            let kind = receive::<ToWorker>(&mut &pipe[..end]).unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::UnexpectedEof, "{end} bytes");
        }
        assert!(receive::<ToWorker>(&mut &pipe[..0]).unwrap().is_none());
        let kind = |bytes: &[u8]| receive::<FromWorker>(&mut &bytes[..]).unwrap_err().kind();
        assert_eq!(kind(&pipe), io::ErrorKind::InvalidData, "that is what the parent says");
        assert_eq!(kind(b"y\ny\ny\ny\ny\ny\ny\n"), io::ErrorKind::InvalidData);
        let endless = FromWorker::Failed(PictureError::Unsupported("x".repeat(LONGEST)));
        assert!(send(&mut pipe, &endless).is_err());
    }
}
