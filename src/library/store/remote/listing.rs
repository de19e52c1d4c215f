//! The first pictures in an order other than by score. Milvus has no such order: counting finds where the first ones end.

use super::expression::all_of;
use super::residual::Residual;
use super::row::FoundRow;
use super::schema::field;
use super::searching::ordered;
use super::{Remote, StoreErrorKind};
use crate::library::error::LibraryError;
use crate::library::searcher::compare;
use crate::query::Sort;

/// As many rows more than are wanted may be read, rather than counting further.
const SLACK: usize = 4;
/// As many rows are read at once without counting at all.
const FEW: usize = 2048;

impl Remote {
    /// The first `k` rows in an order among those for which an expression and the residual filters hold.
    pub(super) fn listing(
        &self,
        expression: &str,
        residual: &Residual<'_>,
        sort: Sort,
        k: usize,
    ) -> Result<Vec<FoundRow>, LibraryError> {
        if k == 0 {
            return Ok(Vec::new());
        }
        let total = self.count(expression)?;
        let mut wanted = if residual.is_empty() { k } else { SLACK * k };
        loop {
            let is_all = total <= wanted.saturating_mul(SLACK).max(FEW);
            let within = match is_all {
                true => expression.to_owned(),
                false => self.beginning(expression, sort, wanted)?,
            };
            let mut best: Vec<FoundRow> = Vec::new();
            self.scan_rows(&within, !residual.is_empty(), |mut rows| {
                residual.retain(&mut rows).map_err(|kind| self.error(StoreErrorKind::Words(kind)))?;
                best.append(&mut rows);
                best.sort_by(|a, b| compare(sort, &ordered(a), &ordered(b)));
                best.truncate(k);
                Ok(())
            })?;
            if is_all || best.len() >= k {
                return Ok(best);
            }
            wanted = wanted.saturating_mul(SLACK * SLACK);
        }
    }

    /// What is true of at least the first `wanted` rows in an order, and of not many more unless they are equal.
    fn beginning(&self, expression: &str, sort: Sort, wanted: usize) -> Result<String, LibraryError> {
        let (name, descends) = match sort {
            Sort::Score | Sort::Newest => (field::TAKEN, true),
            Sort::Oldest => (field::TAKEN, false),
            Sort::Largest => (field::PIXELS, true),
            Sort::Name => (field::NAME_RANK, false),
        };
        let sign = if descends { ">=" } else { "<=" };
        let within = |bound: i64| all_of(&[expression.to_owned(), format!("{name} {sign} {bound}")]);
        // `enough` is a bound that has at least as many rows as are wanted, `short` one that has fewer.
        let (least, greatest) = range(sort);
        let (mut enough, mut short) = if descends { (least, greatest) } else { (greatest, least) };
        while enough.abs_diff(short) > 1 {
            let middle = i64::midpoint(enough, short);
            let count = self.count(&within(middle))?;
            if count < wanted {
                short = middle;
            } else {
                enough = middle;
                if count <= wanted.saturating_mul(SLACK) {
                    break;
                }
            }
        }
        Ok(within(enough))
    }
}

/// The least and the greatest number that an order compares, a little outwards.
fn range(sort: Sort) -> (i64, i64) {
    match sort {
        // 1 January of the years -9999 and 10000, and a little more.
        Sort::Score | Sort::Newest | Sort::Oldest => (-1 << 39, 1 << 39),
        Sort::Largest => (-2, i64::MAX),
        Sort::Name => (i64::MIN, i64::MAX),
    }
}
