//! Where a picture lies for all machines: the name of a root, and a path below it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::base::paths;

/// The part of a store's pictures that one folder of this machine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name by which all machines know the folder's root.
    pub root: String,
    /// The path of the collection's root below that; empty where they are the same.
    inner: Vec<u8>,
    /// The path of the folder that was asked for below the collection's root; empty for all of it.
    pub prefix: Vec<u8>,
}

impl Place {
    /// The place of a collection at `root`, of which the part `prefix` was asked for. `mounts` has the folders of this machine
    /// at which named roots are; of several, the innermost counts. A folder that lies in none is a root of its own name.
    pub fn of(root: &Path, prefix: &Path, mounts: &BTreeMap<String, PathBuf>) -> Self {
        let canonical = |mount: &PathBuf| paths::canonicalize(mount).unwrap_or_else(|_| mount.clone());
        let below = mounts.iter().filter_map(|(name, mount)| {
            let inner = root.strip_prefix(canonical(mount)).ok()?;
            Some((inner.components().count(), name, paths::to_bytes(inner)))
        });
        let prefix = paths::to_bytes(prefix);
        match below.min_by_key(|(depth, ..)| *depth) {
            Some((_, name, inner)) => Self { root: name.clone(), inner, prefix },
            None => {
                let name =
                    root.file_name().map_or_else(|| "/".into(), |name| name.to_string_lossy().into_owned());
                Self { root: name, inner: Vec::new(), prefix }
            }
        }
    }

    /// A path below the root of that name, of one that is relative to the collection's root.
    pub fn outward(&self, path: &[u8]) -> Vec<u8> {
        joined(&self.inner, path)
    }

    /// The path relative to the collection's root, of one below the root of that name; none if it lies elsewhere.
    pub fn inward(&self, path: &[u8]) -> Option<Vec<u8>> {
        if self.inner.is_empty() {
            return Some(path.to_vec());
        }
        path.strip_prefix(&*self.inner)?.strip_prefix(b"/").map(<[u8]>::to_vec)
    }

    /// The folder that was asked for, below the root of that name; empty for all of it.
    pub fn folder(&self) -> Vec<u8> {
        joined(&self.inner, &self.prefix)
    }
}

fn joined(folder: &[u8], path: &[u8]) -> Vec<u8> {
    match (folder.is_empty(), path.is_empty()) {
        (true, _) => path.to_vec(),
        (_, true) => folder.to_vec(),
        _ => [folder, b"/", path].concat(),
    }
}

/// One of several equal parts of a folder, for machines that share the work. A picture belongs to the part that a hash of its
/// path names, so that each machine can tell it without opening the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: u32,
    /// Number of parts.
    pub of: u32,
}

impl Shard {
    /// The most parts.
    const MOST: u32 = 65_536;

    /// Whether a picture with this key (see `picture_key`) belongs to the part.
    pub fn has(self, key: i64) -> bool {
        self.keys().contains(&key)
    }

    /// The keys of the part: as many as in each other part, but for one. A range, since that is what servers compare rightly:
    /// the remainder of a large number is not.
    pub fn keys(self) -> RangeInclusive<i64> {
        let first_of = |index: u32| (u128::from(index) << 63).div_ceil(u128::from(self.of));
        // Keys have 63 bits, and so have these bounds.
        let key = |number: u128| i64::try_from(number).unwrap_or(i64::MAX);
        key(first_of(self.index))..=key(first_of(self.index + 1) - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((part, of)) if (1..=of).contains(&part) && of <= Self::MOST => {
                Ok(Self { index: part - 1, of })
            }
            _ => Err(format!("write I/N, as 3/16 for the third of sixteen parts (N up to {})", Self::MOST)),
        }
    }
}

/// The key of a picture in a store: the first 63 bits of a hash of its root's name and its path, so that entering it again
/// replaces it, from whichever machine.
pub(crate) fn picture_key(root: &str, path: &[u8]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(root.as_bytes()).update(b"\0").update(path);
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    // Within 63 bits by the shift.
    (u64::from_le_bytes(bytes) >> 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(root: &str, mounts: &[(&str, &str)]) -> Place {
        let mounts = mounts.iter().map(|(name, path)| ((*name).to_owned(), PathBuf::from(path))).collect();
        Place::of(Path::new(root), Path::new("2024"), &mounts)
    }

    #[test]
    fn roots_have_their_own_names_or_those_of_mounts() {
        let own = place("/nowhere/photos", &[]);
        assert_eq!((own.root.as_str(), own.outward(b"a.jpg")), ("photos", b"a.jpg".to_vec()));
        assert_eq!(own.folder(), b"2024");
        let within =
            place("/nowhere/x/trips", &[("other", "/else"), ("archive", "/nowhere/x"), ("all", "/nowhere")]);
        assert_eq!((within.root.as_str(), within.outward(b"a.jpg")), ("archive", b"trips/a.jpg".to_vec()));
        assert_eq!(within.inward(b"trips/b/c.jpg"), Some(b"b/c.jpg".to_vec()));
        assert_eq!((within.inward(b"tripsy/b"), within.inward(b"trips")), (None, None));
        assert_eq!(within.folder(), b"trips/2024");
    }

    #[test]
    fn parts_cover_everything_once() {
        let shards: Vec<Shard> = (1..=3).map(|part| format!("{part}/3").parse().unwrap()).collect();
        let mut sizes = [0; 3];
        for number in 0..3000 {
            let key = picture_key("photos", format!("{number}.jpg").as_bytes());
            let owners: Vec<usize> = (0..3).filter(|shard| shards[*shard].has(key)).collect();
            assert_eq!(owners.len(), 1);
            sizes[owners[0]] += 1;
        }
        assert!(sizes.iter().all(|size| (900..1100).contains(size)), "{sizes:?}");
        assert_eq!((*shards[0].keys().start(), *shards[2].keys().end()), (0, i64::MAX));
        assert_eq!(*shards[0].keys().end() + 1, *shards[1].keys().start());
        for wrong in ["0/3", "4/3", "3", "a/b", "1/0", "1/70000", "-1/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
