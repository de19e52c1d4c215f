//! Changes that were read from the catalogue and are not in the searcher yet: all of them get there, or none.

use half::f16;

use crate::catalog::{EmbeddingRow, is_under};
use crate::library::indexed_picture::IndexedPicture;

/// Changes of a block: its memory is given back before the next block is taken in.
const CHANGES_PER_BLOCK: usize = 4096;

/// A picture that comes, changes or goes.
pub(crate) enum Change<'a> {
    /// It is searched with this vector from now on.
    Put(IndexedPicture, &'a [f16]),
    /// The picture with this id is not searched any more.
    Drop(i64),
}

/// Staged changes, in the order in which they came.
#[derive(Default)]
pub(crate) struct Batch {
    blocks: Vec<Block>,
}

#[derive(Default)]
struct Block {
    /// Of each change, and whether it has a vector.
    infos: Vec<(IndexedPicture, bool)>,
    /// The vectors of those that have one.
    halves: Vec<f16>,
}

impl Batch {
    /// Stages a row of the catalogue. One that is not under `prefix` is to be dropped, as one without a vector.
    pub(crate) fn stage(&mut self, row: EmbeddingRow, prefix: &[u8]) {
        if self.blocks.last().is_none_or(|block| block.infos.len() >= CHANGES_PER_BLOCK) {
            self.blocks.push(Block::default());
        }
        let Some(block) = self.blocks.last_mut() else { return };
        let vector = row.vector.filter(|_| is_under(&row.path, prefix));
        block
            .infos
            .push((IndexedPicture { id: row.id, path: row.path, mtime_ns: row.mtime_ns }, vector.is_some()));
        block.halves.extend(vector.into_iter().flatten());
    }

    /// Stages that a picture goes.
    pub(crate) fn stage_removal(&mut self, id: i64) {
        self.stage(EmbeddingRow { id, path: Vec::new(), mtime_ns: 0, vector: None }, &[]);
    }

    /// Hands all changes to `take`; vectors are of `dimension` numbers.
    pub(crate) fn for_each(self, dimension: usize, mut take: impl FnMut(Change<'_>)) {
        for Block { infos, halves } in self.blocks {
            let mut vectors = halves.chunks_exact(dimension.max(1));
            for (info, has_vector) in infos {
                let vector = if has_vector { vectors.next() } else { None };
                take(match vector {
                    Some(vector) => Change::Put(info, vector),
                    None => Change::Drop(info.id),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests;
