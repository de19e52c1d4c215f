//! What every room may use and what knows none of them: files that appear whole, private files, locks, the user's folders,
//! paths as bytes, child processes, text for terminals and shells, arithmetic on slices, random numbers, what
//! helps the processor.

pub(crate) mod allocator;
pub(crate) mod atomic;
pub(crate) mod blockfile;
pub(crate) mod canonical;
pub(crate) mod causes;
pub(crate) mod child;
pub(crate) mod child_output;
pub(crate) mod closest;
pub(crate) mod cpu;
pub(crate) mod dirs;
pub(crate) mod disk_space;
pub(crate) mod escape;
pub(crate) mod file_id;
pub(crate) mod latest;
pub(crate) mod lock;
pub(crate) mod model_key;
pub(crate) mod output;
pub(crate) mod panics;
pub(crate) mod path_bytes;
pub(crate) mod paths;
pub(crate) mod picture_facts;
pub(crate) mod pixels;
pub(crate) mod prefetch;
pub(crate) mod private;
pub(crate) mod processors;
pub(crate) mod programs;
pub(crate) mod quote;
pub(crate) mod reader_gone;
pub(crate) mod regular;
pub(crate) mod resample;
pub(crate) mod rng;
pub(crate) mod simd;
pub(crate) mod thumbprint;
