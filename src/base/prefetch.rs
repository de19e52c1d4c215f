//! Fetching memory into the cache before it is used.

/// Has the bytes of a slice brought into the cache. For places that look random to the processor, a few steps ahead of
/// their use.
#[inline(always)]
pub(crate) fn prefetch<T>(slice: &[T]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        /// The bytes of a line of the cache.
        const LINE: usize = 64;
        let start = slice.as_ptr().cast::<i8>();
        for at in (0..size_of_val(slice)).step_by(LINE) {
            // SAFETY: a hint that reads nothing, and the address is that of a byte of the slice.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.add(at)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = slice;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_all_sizes_can_be_fetched_and_stay_as_they_are() {
        for length in [0, 1, 63, 64, 65, 1000] {
            let numbers = vec![7_u16; length];
            prefetch(&numbers);
            assert!(numbers.iter().all(|number| *number == 7));
        }
    }
}
