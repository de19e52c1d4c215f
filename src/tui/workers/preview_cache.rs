//! The pictures that were encoded for the terminal last.

use std::collections::VecDeque;
use std::fs;
use std::time::SystemTime;

use crate::tui::app::preview::{PreviewContent, PreviewKey};

/// The number of cells of the terminal that the kept pictures cover together: some dozens of the size of a pane, or some
/// hundreds of a contact sheet.
const MAX_CELLS: u64 = 200_000;

/// The state of a file, which differs once the file was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileStamp(Option<(u64, Option<SystemTime>)>);

impl FileStamp {
    /// The present state of the file of a picture.
    pub(super) fn of(key: &PreviewKey) -> Self {
        Self(fs::metadata(&key.path).ok().map(|metadata| (metadata.len(), metadata.modified().ok())))
    }
}

/// The pictures that were encoded last, the most recently used in front.
#[derive(Default)]
pub(super) struct PreviewCache(VecDeque<(PreviewKey, FileStamp, PreviewContent)>);

impl PreviewCache {
    /// Whether there is such a picture, of the present file or an older one.
    pub(super) fn holds(&self, key: &PreviewKey) -> bool {
        self.0.iter().any(|(known, ..)| known == key)
    }

    /// The picture, if it is of this state of the file.
    pub(super) fn get(&mut self, key: &PreviewKey, stamp: FileStamp) -> Option<PreviewContent> {
        let at = self.0.iter().position(|(known, made, _)| known == key && *made == stamp)?;
        let entry = self.0.remove(at)?;
        let content = entry.2.clone();
        self.0.push_front(entry);
        Some(content)
    }

    /// Keeps a picture, and drops those that were used the longest ago if they are too many.
    pub(super) fn put(&mut self, key: PreviewKey, stamp: FileStamp, content: PreviewContent) {
        self.0.retain(|(known, ..)| *known != key);
        self.0.push_front((key, stamp, content));
        let mut cells = 0;
        let fits = self.0.iter().take_while(|(key, ..)| {
            cells += u64::from(key.size.width) * u64::from(key.size.height);
            cells <= MAX_CELLS
        });
        // The newest one is kept in any case.
        let kept = fits.count().max(1);
        self.0.truncate(kept);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ratatui::layout::Size;

    use super::*;

    fn key(path: &Path) -> PreviewKey {
        PreviewKey { path: path.to_owned(), size: Size { width: 20, height: 10 } }
    }

    #[test]
    fn the_cache_keeps_the_most_recently_used() {
        let mut cache = PreviewCache::default();
        let stamp = FileStamp(None);
        let name = |n: usize| key(Path::new(&n.to_string()));
        let room = usize::try_from(MAX_CELLS).unwrap() / 200;
        for n in 0..room {
            cache.put(name(n), stamp, PreviewContent::Unreadable(n.to_string()));
        }
        assert!(cache.get(&name(0), stamp).is_some());
        cache.put(name(room), stamp, PreviewContent::Unreadable("new".into()));
        assert!(cache.holds(&name(0)) && cache.holds(&name(room)) && !cache.holds(&name(1)));
        assert_eq!(cache.0.len(), room);
        assert!(cache.get(&name(0), FileStamp(Some((1, None)))).is_none(), "the file was changed");
    }
}
