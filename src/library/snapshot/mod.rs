//! What the searcher had in memory, in a file: a collection opens as quickly as that is read.
//!
//! The catalogue stays the truth. `vectors-<key>.bin` is the state after one of its changes, and the changes since are read
//! from it as always. The catalogue vouches for the file by the checksum of its directory, which has those of everything
//! else. A file that is damaged, half written, or of another catalogue (an old one that was put back, a new one at the same
//! place) is ignored, and in time replaced.
//!
//! [`files`] finds and reads snapshots, [`saving`] writes them a block at a time, and `attachment` encodes what the library
//! knows of each row.

mod attachment;
#[cfg(any(test, fuzzing))]
pub(super) use attachment::decode as decode_attachment;
pub(super) mod files;
pub(super) mod saving;
