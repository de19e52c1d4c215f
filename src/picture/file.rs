//! The bytes of a file that may be anything.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::PictureError;
use super::limits::Limits;

/// Reads a whole regular file of at most [`Limits::max_file_bytes`].
///
/// # Errors
/// When it is something else (opening a named pipe would wait for its writer), empty, too large, or
/// can't be read.
pub fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, PictureError> {
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Err(PictureError::NotAFile);
    }
    let too_large = |bytes| PictureError::FileTooLarge { bytes, limit: limits.max_file_bytes };
    if metadata.len() > limits.max_file_bytes {
        return Err(too_large(metadata.len()));
    }
    // One byte more lets the end be found without growing.
    let length = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = Vec::with_capacity(length.saturating_add(1));
    // The file may grow, and those of /proc have no length.
    File::open(path)?.take(limits.max_file_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        0 => Err(PictureError::Empty),
        length if length > limits.max_file_bytes => Err(too_large(length)),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(path: &Path, limits: &Limits) -> String {
        read(path, limits).unwrap_err().to_string()
    }

    #[test]
    fn only_regular_files_of_a_reasonable_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let limits = Limits { max_file_bytes: 2_000_000, ..Limits::default() };
        let file = folder.path().join("a.jpg");
        assert!(matches!(read(&file, &limits), Err(PictureError::Io(_))));
        assert_eq!(reason(folder.path(), &limits), "not a regular file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(reason(&file, &limits), "empty file");
        std::fs::write(&file, vec![1; 2_000_001]).unwrap();
        assert_eq!(reason(&file, &limits), "3 MB are over the limit of 2 MB");
        std::fs::write(&file, "abc").unwrap();
        assert_eq!(read(&file, &limits).unwrap(), b"abc");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_named_pipe_and_a_device_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.jpg");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(reason(&pipe, &Limits::default()), "not a regular file");
        assert_eq!(reason(Path::new("/dev/zero"), &Limits::default()), "not a regular file");
    }
}
