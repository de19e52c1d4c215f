//! Names that the hub gives to contents and commits, and the checksums that such names are.

use std::fmt::Write as _;
use std::io::{self, Read};

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Longest name that is taken, in bytes. SHA-256 in hexadecimal has 64.
const MAX_LENGTH: usize = 128;

/// A checksum of a file's contents, in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checksum {
    /// SHA-256 of the contents, which the hub gives for files in large-file storage.
    Sha256(String),
    /// SHA-1 of `blob <length>\0` and the contents, which git names all other files by.
    GitBlob(String),
}

impl Checksum {
    /// Reads `contents` of `length` bytes to their end, and says how their checksum differs from this one; none when it
    /// is the same.
    pub(super) fn mismatch(&self, contents: impl Read, length: u64) -> io::Result<Option<String>> {
        let (name, expected, found) = match self {
            Self::Sha256(expected) => ("SHA-256", expected, hash(Sha256::new(), contents)?),
            Self::GitBlob(expected) => {
                let hasher = Sha1::new_with_prefix(format!("blob {length}\0"));
                ("git's SHA-1", expected, hash(hasher, contents)?)
            }
        };
        Ok((found != *expected).then(|| format!("{name} is {found}")))
    }
}

/// Lower-case hexadecimal hash of all that is read.
fn hash<H: Digest>(mut hasher: H, mut contents: impl Read) -> io::Result<String> {
    let mut buffer = vec![0; 1 << 18];
    loop {
        match contents.read(&mut buffer)? {
            0 => break,
            length => hasher.update(&buffer[..length]),
        }
    }
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

/// The name of a file's contents, which the cache calls the file by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Etag(String);

impl Etag {
    /// Reads the value of an `ETag` or `X-Linked-ETag` header; none when it can't be the name of a file in a folder.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let name = header.trim();
        let name = name.strip_prefix("W/").unwrap_or(name).trim_matches('"');
        is_plain_name(name).then(|| Self(name.to_owned()))
    }

    /// The name in the cache.
    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// The checksum that the name is; none where a hub names contents in another way.
    pub(super) fn checksum(&self) -> Option<Checksum> {
        let name = self.0.to_ascii_lowercase();
        if !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        match name.len() {
            64 => Some(Checksum::Sha256(name)),
            40 => Some(Checksum::GitBlob(name)),
            _ => None,
        }
    }
}

/// Whether a name of contents or of a commit names something in a folder, on every system: letters, digits, `-` and `_`
/// only, so that it neither leads elsewhere nor is taken for a draft.
pub(super) fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_LENGTH).contains(&name.len()) && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for bad in
            ["", "..", "../x", "a/b", "a\\b", "/etc/passwd", "C:x", "a.lock", "a b", "\u{202e}x", "a\0"]
        {
            assert_eq!(Etag::parse(bad), None, "{bad:?}");
            assert_eq!(Etag::parse(&format!("\"{bad}\"")), None, "{bad:?}");
        }
        assert_eq!(Etag::parse(&"a".repeat(MAX_LENGTH + 1)), None);
        for (header, name) in [("\"abc\"", "abc"), ("W/\"0f\"", "0f"), ("d41d8-2", "d41d8-2")] {
            assert_eq!(Etag::parse(header).unwrap().name(), name);
        }
    }

    #[test]
    fn checksums_are_those_of_git_and_sha256sum() {
        // `printf 'pixseek\n' | git hash-object --stdin` and `| sha256sum`.
        let checksum = |name: &str| Etag::parse(name).unwrap().checksum();
        let of = |name: &str, contents: &[u8]| {
            checksum(name).unwrap().mismatch(contents, contents.len() as u64).unwrap()
        };
        for name in [GIT, SHA256, &SHA256.to_uppercase()] {
            assert_eq!(of(name, b"pixseek\n"), None);
            assert!(of(name, b"pixseek").unwrap().contains(" is "));
        }
        assert_eq!(checksum("main"), None);
        assert_eq!(checksum(&"g".repeat(40)), None);
    }

    const GIT: &str = "a905f842a96225a3c9f7eeaf0c9f0e39be8ea450";
    const SHA256: &str = "dfa70e8b7348a65fe6abc7bf0a86d8f4b5fd120c6f4d3f3c8e54405fe0cb973c";
}
