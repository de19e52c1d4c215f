//! What tells a file from another one of the same name, size and modification time.

use std::fs::Metadata;

/// What tells a file from another one of the same name, size and modification time; a part is none where the system does
/// not have it, or where it was not noted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileId {
    /// When the file or what is known of it was last changed, in nanoseconds since 1970. Programs can't set it.
    pub ctime_ns: Option<i64>,
    /// The file's number on its device, in the bits of a signed one.
    pub inode: Option<i64>,
}

impl FileId {
    /// What the system tells of a file.
    pub(crate) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let ctime_ns =
                metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec());
            Self { ctime_ns: Some(ctime_ns), inode: Some(metadata.ino().cast_signed()) }
        }
        #[cfg(not(unix))]
        {
            let _ = metadata;
            Self::default()
        }
    }

    /// Whether a part that is known of both differs.
    pub(crate) fn differs(self, other: Self) -> bool {
        let differ = |one: Option<i64>, other: Option<i64>| one.zip(other).is_some_and(|(a, b)| a != b);
        differ(self.ctime_ns, other.ctime_ns) || differ(self.inode, other.inode)
    }
}

/// Device and number of a folder, by which it is known under another name, where the system has them.
pub(crate) fn of_folder(metadata: &Metadata) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_of_both_can_differ() {
        let id = |ctime_ns, inode| FileId { ctime_ns, inode };
        assert!(!id(Some(1), Some(2)).differs(id(Some(1), Some(2))));
        assert!(id(Some(1), Some(2)).differs(id(Some(1), Some(3))));
        assert!(id(Some(1), None).differs(id(Some(2), Some(3))));
        assert!(!id(None, Some(2)).differs(id(Some(1), Some(2))));
        assert!(!id(Some(1), Some(2)).differs(FileId::default()));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_takes_anothers_place_differs() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a"), "1").unwrap();
        std::fs::write(at("b"), "2").unwrap();
        let id = |name| FileId::of(&std::fs::metadata(at(name)).unwrap());
        let before = id("a");
        assert_eq!(before, id("a"));
        std::fs::rename(at("b"), at("a")).unwrap();
        assert!(before.differs(id("a")));
        let folder_id = of_folder(&std::fs::metadata(folder.path()).unwrap());
        assert!(folder_id.is_some());
    }
}
