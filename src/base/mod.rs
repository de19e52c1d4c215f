//! What every room may use and what knows none of them: files that appear whole, private files, locks, the user's folders,
//! paths as bytes, text for terminals and shells, arithmetic on slices, random numbers.

pub(crate) mod allocator;
pub mod atomic;
pub mod blockfile;
pub mod dirs;
pub mod escape;
pub mod latest;
pub mod lock;
pub mod model_key;
pub mod output;
pub mod panics;
pub mod path_bytes;
pub mod paths;
pub mod pixels;
pub mod private;
pub mod quote;
pub mod regular;
pub mod rng;
pub(crate) mod simd;
