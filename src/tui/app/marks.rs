//! The marked pictures, on which every action acts.

use std::collections::HashSet;
use std::path::PathBuf;

/// The marked pictures in the order in which they were marked: ids, and paths relative to the root.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    pictures: Vec<(i64, PathBuf)>,
    ids: HashSet<i64>,
    /// The marks that the last [`Self::clear`] took away; [`Self::restore`] brings them back.
    cleared: Vec<(i64, PathBuf)>,
}

impl Marks {
    /// Whether nothing is marked.
    pub(crate) fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// The number of marked pictures.
    pub(crate) fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether the picture with this id is marked.
    pub(crate) fn contains(&self, id: i64) -> bool {
        self.ids.contains(&id)
    }

    /// The marked pictures in the order in which they were marked.
    pub(crate) fn pictures(&self) -> &[(i64, PathBuf)] {
        &self.pictures
    }

    /// Marks a picture. Nothing changes if it is marked already.
    pub(crate) fn insert(&mut self, id: i64, path: PathBuf) {
        if self.ids.insert(id) {
            self.pictures.push((id, path));
        }
    }

    /// Marks a picture, or takes its mark away.
    pub(crate) fn toggle(&mut self, id: i64, path: PathBuf) {
        if self.contains(id) {
            self.pictures.retain(|(marked, _)| *marked != id);
            self.ids.remove(&id);
        } else {
            self.insert(id, path);
        }
    }

    /// Of these pictures, marks those that are not marked, and takes the marks of the others away.
    pub(crate) fn invert(&mut self, pictures: impl Iterator<Item = (i64, PathBuf)>) {
        let (marked, unmarked): (Vec<_>, Vec<_>) = pictures.partition(|(id, _)| self.contains(*id));
        let marked: HashSet<i64> = marked.into_iter().map(|(id, _)| id).collect();
        self.pictures.retain(|(id, _)| !marked.contains(id));
        self.ids.retain(|id| !marked.contains(id));
        unmarked.into_iter().for_each(|(id, path)| self.insert(id, path));
    }

    /// Takes all marks away, and remembers them. Returns how many they were.
    pub(crate) fn clear(&mut self) -> usize {
        if !self.is_empty() {
            self.cleared = std::mem::take(&mut self.pictures);
            self.ids.clear();
        }
        self.cleared.len()
    }

    /// Marks again what the last [`Self::clear`] took away, before what was marked since. Returns how many those were.
    pub(crate) fn restore(&mut self) -> usize {
        let cleared = std::mem::take(&mut self.cleared);
        let count = cleared.len();
        let since = std::mem::take(&mut self.pictures);
        self.ids.clear();
        cleared.into_iter().chain(since).for_each(|(id, path)| self.insert(id, path));
        count
    }

    /// Takes the marks of pictures away that are there no more, for good.
    pub(crate) fn remove(&mut self, gone: &[i64]) {
        let gone: HashSet<i64> = gone.iter().copied().collect();
        self.pictures.retain(|(id, _)| !gone.contains(id));
        self.cleared.retain(|(id, _)| !gone.contains(id));
        self.ids.retain(|id| !gone.contains(id));
    }

    /// Gives pictures that were known by their names alone the ids that `new_id` finds for them.
    pub(crate) fn renumber(&mut self, new_id: impl Fn(i64, &PathBuf) -> Option<i64>) {
        for (id, path) in self.pictures.iter_mut().chain(&mut self.cleared) {
            *id = new_id(*id, path).unwrap_or(*id);
        }
        self.ids = self.pictures.iter().map(|(id, _)| *id).collect();
    }
}

impl FromIterator<(i64, PathBuf)> for Marks {
    fn from_iter<T: IntoIterator<Item = (i64, PathBuf)>>(pictures: T) -> Self {
        let mut marks = Self::default();
        pictures.into_iter().for_each(|(id, path)| marks.insert(id, path));
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(id: i64) -> (i64, PathBuf) {
        (id, format!("{id}.jpg").into())
    }

    fn ids(marks: &Marks) -> Vec<i64> {
        let ids: Vec<i64> = marks.pictures().iter().map(|(id, _)| *id).collect();
        assert!(ids.iter().all(|id| marks.contains(*id)) && ids.len() == marks.ids.len());
        ids
    }

    #[test]
    fn marks_keep_their_order_and_what_was_cleared_comes_back() {
        let mut marks: Marks = [3, 1, 2, 1].map(picture).into_iter().collect();
        assert_eq!(ids(&marks), [3, 1, 2]);
        let toggle = |marks: &mut Marks, id| marks.toggle(id, picture(id).1);
        toggle(&mut marks, 1);
        toggle(&mut marks, 4);
        assert_eq!(ids(&marks), [3, 2, 4]);
        assert_eq!(marks.clear(), 3);
        assert!(ids(&marks).is_empty());
        toggle(&mut marks, 2);
        toggle(&mut marks, 9);
        assert_eq!(marks.restore(), 3);
        assert_eq!(ids(&marks), [3, 2, 4, 9]);
        assert_eq!(marks.restore(), 0, "once");
    }

    #[test]
    fn inverting_leaves_marks_of_other_pictures() {
        let mut marks: Marks = [7, 1, 3].map(picture).into_iter().collect();
        marks.invert((0..4).map(picture));
        assert_eq!(ids(&marks), [7, 0, 2]);
    }

    #[test]
    fn what_is_gone_does_not_come_back() {
        let mut marks: Marks = [1, 2].map(picture).into_iter().collect();
        marks.clear();
        marks.remove(&[1]);
        assert_eq!(marks.restore(), 1);
        assert_eq!(ids(&marks), [2]);
        marks.renumber(|id, _| (id == 2).then_some(20));
        assert_eq!(ids(&marks), [20]);
    }
}
