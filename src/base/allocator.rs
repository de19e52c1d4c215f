//! How freed memory goes back to the system.

/// Has the allocator give every large block back as soon as it is freed.
///
/// glibc starts out so, but raises its limit to the size of each block that is freed, up to 32 MB: after the
/// first large picture the blocks of the next ones lie between others in the heaps of several threads, and
/// stay there. That took 200 MB more for a mix of the largest pictures, and gave no speed.
pub(crate) fn give_large_blocks_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        mallopt(libc::M_MMAP_THRESHOLD, 4 << 20);
        // With the limit fixed this one is too, and low: memory that is used again would come and go.
        mallopt(libc::M_TRIM_THRESHOLD, 16 << 20);
        // Else up to eight heaps a core: each keeps what its threads needed at most, which took the browser 125 MB in place
        // of 64 after some minutes of use.
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 64));
        mallopt(libc::M_ARENA_MAX, cores as libc::c_int);
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn mallopt(parameter: libc::c_int, value: libc::c_int) -> bool {
    // SAFETY: glibc takes its own lock for this, at any time; it changes where later blocks come from, and
    // nothing about those that are there.
    unsafe { libc::mallopt(parameter, value) == 1 }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn the_allocator_takes_the_limit() {
        assert!(mallopt(libc::M_MMAP_THRESHOLD, 4 << 20));
    }
}
