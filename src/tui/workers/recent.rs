//! The values that were used most recently.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Values by their keys. At least the `kept` most recently used ones are there, and at most twice as many.
pub(super) struct Recent<K, V> {
    /// Each value with the time of its last use.
    entries: HashMap<K, (V, u64)>,
    /// The number of uses so far.
    uses: u64,
    kept: usize,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// Makes an empty collection, which will keep `kept` values, at least one.
    pub(super) fn new(kept: usize) -> Self {
        Self { entries: HashMap::new(), uses: 0, kept: kept.max(1) }
    }

    /// Returns the value of a key, which counts as a use.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.uses += 1;
        let (value, used) = self.entries.get_mut(key)?;
        *used = self.uses;
        Some(value.clone())
    }

    /// Keeps a value, in place of an older one with its key.
    pub(super) fn put(&mut self, key: K, value: V) {
        self.uses += 1;
        self.entries.insert(key, (value, self.uses));
        if self.entries.len() > 2 * self.kept {
            // Half of them goes at a time, so that keeping a value costs no search for the oldest.
            let mut times: Vec<u64> = self.entries.values().map(|(_, used)| *used).collect();
            let oldest_kept = times.len() - self.kept;
            let oldest_kept = *times.select_nth_unstable(oldest_kept).1;
            self.entries.retain(|_, (_, used)| *used >= oldest_kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_recently_used_stay() {
        let mut recent = Recent::new(3);
        for number in 0..6 {
            recent.put(number.to_string(), number);
        }
        assert_eq!(recent.get("1"), Some(1));
        recent.put("6".to_owned(), 6);
        let there: Vec<_> =
            (0..7).filter(|number| recent.entries.contains_key(&number.to_string())).collect();
        assert_eq!(there, [1, 5, 6]);
        recent.put("5".to_owned(), 50);
        assert_eq!((recent.get("5"), recent.get("0")), (Some(50), None));
    }
}
