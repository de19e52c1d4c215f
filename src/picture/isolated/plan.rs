//! A picture that a child process decodes, as a plan like any other.

use std::sync::Arc;

use super::conversation::Failure;
use super::pool::{Pool, pool};
use crate::picture::error::PictureError;
use crate::picture::format::Format;
use crate::picture::limits::Limits;
use crate::picture::plan::{DecodePlan, MinimumSize, minimum_as_stored};
use crate::picture::row_average::{self, RowAverager};
use crate::picture::source::Source;

/// Size of the pixels in bytes above which the child reduces them: sending fewer takes less time than averaging more, and
/// below, exactness matters more.
const REDUCE_ABOVE: u64 = 8 << 20;

/// By how much the child reduces each side at most.
const MOST_REDUCED: u32 = 4096;

/// Whether pictures of this format are decoded in a child process.
pub(in crate::picture) fn is_isolated(format: Format) -> bool {
    let is_risky =
        matches!(format, Format::Svg | Format::Jxl | Format::Heic | Format::Avif | Format::Jpeg2000);
    is_risky && pool().is_some()
}

/// Has a child process read the header of a picture, and plans how it decodes the pixels.
///
/// The plan's memory includes the child's: its copy of the file, its decoder, and the pixels in this process.
pub(in crate::picture) fn plan<'a>(
    source: Source<'a>,
    format: Format,
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let pool = pool().ok_or(PictureError::Crashed(format))?;
    plan_in(pool, source, format, limits, minimum_size)
}

/// As [`plan`], in a pool.
pub(super) fn plan_in<'a>(
    pool: &Arc<Pool>,
    source: Source<'a>,
    format: Format,
    limits: &Limits,
    minimum_size: MinimumSize,
) -> Result<DecodePlan<'a>, PictureError> {
    let mut lease = pool.lease(format, false)?;
    let mut planned = lease.plan(source, limits, minimum_size);
    if lease.is_warm() && matches!(planned, Err(Failure::Gone)) {
        // An idle process may have been killed, which is not the picture's fault.
        if let error @ PictureError::TooSlow { .. } = lease.explain(Failure::Gone) {
            return Err(error);
        }
        lease = pool.lease(format, true)?;
        planned = lease.plan(source, limits, minimum_size);
    }
    let (planned, orientation) = match planned {
        Ok(planned) => planned,
        Err(failure) => return Err(lease.explain(failure)),
    };
    let stored = planned.stored;
    let pixels = u64::from(stored.0) * u64::from(stored.1);
    let reduce = match planned.factor {
        1 if pixels * 3 > REDUCE_ABOVE => {
            row_average::factor(stored, minimum_as_stored(stored, orientation, minimum_size))
                .min(MOST_REDUCED)
        }
        _ => 1,
    };
    let factor = planned.factor.saturating_mul(reduce);
    let size = (stored.0.div_ceil(factor), stored.1.div_ceil(factor));
    let result = u64::from(size.0) * u64::from(size.1) * 3;
    let averages = if reduce > 1 { RowAverager::memory(stored, reduce) } else { 0 };
    let beside = (source.bytes.len() as u64).saturating_add(averages).saturating_add(result);
    let memory = planned.memory.saturating_add(beside);
    let work = move || lease.decode(reduce, size).map_err(|failure| lease.explain(failure));
    Ok(DecodePlan {
        format,
        stored,
        orientation,
        taken_at: planned.taken_at,
        memory,
        factor,
        work: Box::new(work),
    })
}
