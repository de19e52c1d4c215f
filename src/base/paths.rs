//! Paths: the user's folders, paths as bytes, and paths as text for people.

pub(crate) use super::canonical::canonicalize;
pub(crate) use super::dirs::{cache_dir, config_file, log_file};
pub(crate) use super::escape::path as display;
pub(crate) use super::path_bytes::{from_bytes, is_relative, mtime_ns, to_bytes};
