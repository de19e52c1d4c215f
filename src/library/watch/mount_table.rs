//! Disks that come and go, which make no events in watched folders.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::base::paths;

/// What Linux has mounted (proc_pid_mountinfo(5)).
const TABLE: &str = "/proc/self/mountinfo";
/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// As good as never, where there is no such table.
const NEVER: Duration = Duration::from_secs(24 * 3600);

/// What is mounted in a folder and above it, as the system listed it last.
pub(super) struct MountTable {
    folder: PathBuf,
    /// Links lead anywhere: all that is mounted counts.
    follow: bool,
    seen: Option<Vec<Vec<u8>>>,
}

impl MountTable {
    pub(super) fn new(folder: PathBuf, follow: bool) -> Self {
        let mut mounts = Self { folder, follow, seen: None };
        mounts.has_changed();
        mounts
    }

    /// Whether something was mounted or unmounted since this was last asked.
    pub(super) fn has_changed(&mut self) -> bool {
        let now = std::fs::read(TABLE).ok().map(|table| self.relevant(&table));
        let changed = now != self.seen;
        self.seen = now;
        changed
    }

    /// How long to wait before asking again.
    pub(super) fn interval(&self) -> Duration {
        if self.seen.is_some() { EVERY } else { NEVER }
    }

    /// The lines of a table that matter, each up to where it is mounted: what follows are options.
    fn relevant(&self, table: &[u8]) -> Vec<Vec<u8>> {
        let lines = table.split(|&byte| byte == b'\n').filter_map(|line| {
            let fields: Vec<_> = line.split(|&byte| byte == b' ').take(5).collect();
            let path = unescape(fields.get(4)?);
            let path: &Path = &paths::from_bytes(&path);
            let related = self.follow || path.starts_with(&self.folder) || self.folder.starts_with(path);
            related.then(|| fields.join(&b' '))
        });
        lines.collect()
    }
}

/// Undoes `\040` for a space and the like.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, more @ ..] = rest {
        let octal = match more {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] if *first == b'\\' => {
                Some((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'))
            }
            _ => None,
        };
        plain.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &more[3..] } else { more };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_what_is_mounted_here_counts() {
        let table = br"21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
24 21 0:5 / /dev rw - devtmpfs devtmpfs rw
61 21 7:0 / /my\040pics/disk rw,relatime shared:1 - ext4 /dev/loop0 rw
62 21 7:1 / /my\040pics2 rw - ext4 /dev/loop1 rw
";
        let relevant = |folder: &str, follow| {
            let mounts = MountTable { folder: folder.into(), follow, seen: None };
            let lines = mounts.relevant(table);
            lines.iter().map(|line| String::from_utf8_lossy(&line[..2]).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(relevant("/my pics", false), ["21", "61"]);
        assert_eq!(relevant("/my pics/disk/deep", false), ["21", "61"]);
        assert_eq!(relevant("/home", false), ["21"]);
        assert_eq!(relevant("/home", true), ["21", "24", "61", "62"]);
    }

    #[test]
    fn what_stays_is_no_change() {
        let mut mounts = MountTable::new(std::env::temp_dir(), false);
        assert!(!mounts.has_changed());
        if let Some(seen) = &mut mounts.seen {
            seen.pop();
            assert!(mounts.has_changed());
        }
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescape(br"/a\040b\134c\9\04"), br"/a b\c\9\04");
    }
}
