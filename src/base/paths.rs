//! Paths: the user's folders, paths as bytes, and paths as text for people.

pub use super::dirs::{cache_dir, config_file, data_dir, env_path, log_file};
pub use super::escape::path as display;
pub use super::path_bytes::{from_bytes, is_relative, mtime_ns, to_bytes};
