//! Which processors the threads of a pool run on.

/// Ties the calling thread, which is the one with this number of a pool of `threads`, to a processor of its own, if the
/// program may use just as many processors as the pool has threads.
///
/// Threads of pools that work for a few milliseconds at a time are woken together. In virtual machines Linux takes idle
/// processors for busy ones (their host has put them to sleep) and wakes all threads on the same one, where they wait for one
/// another for as long as the work takes. Nothing is done where threads can't be tied, which is no error: they work
/// wherever the system puts them.
pub(crate) fn tie_to_one(number: usize, threads: usize) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    linux::tie_to_one(number, threads);
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = (number, threads);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod linux {
    use std::mem::{size_of, zeroed};

    pub(super) fn tie_to_one(number: usize, threads: usize) {
        let usable = usable();
        if threads < 2 || usable.len() != threads {
            return;
        }
        let Some(processor) = usable.get(number) else { return };
        // SAFETY: a set of processors is plain bits, of which zeros are the empty set.
        let mut set: libc::cpu_set_t = unsafe { zeroed() };
        // SAFETY: the processor's number came out of a set of the same size.
        unsafe { libc::CPU_SET(*processor, &mut set) };
        // SAFETY: the set lives as long as the call, and its size is told. 0 is the calling thread.
        if unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) } != 0 {
            tracing::debug!("a thread can't be tied to a processor: {}", std::io::Error::last_os_error());
        }
    }

    /// The processors that the calling thread may run on; none if the system does not tell.
    pub(super) fn usable() -> Vec<usize> {
        // SAFETY: as above.
        let mut set: libc::cpu_set_t = unsafe { zeroed() };
        // SAFETY: the set lives as long as the call, and its size is told. 0 is the calling thread.
        if unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set) } != 0 {
            return Vec::new();
        }
        let limit = usize::try_from(libc::CPU_SETSIZE).unwrap_or(0);
        // SAFETY: the numbers are below the size of the set.
        (0..limit).filter(|processor| unsafe { libc::CPU_ISSET(*processor, &set) }).collect()
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::linux::usable;
    use super::*;

    #[test]
    fn each_thread_of_a_pool_as_large_as_the_machine_has_a_processor_of_its_own() {
        let all = usable();
        let tied = |number, threads| {
            let tied = std::thread::spawn(move || {
                tie_to_one(number, threads);
                usable()
            });
            tied.join().unwrap()
        };
        for (number, processor) in all.iter().enumerate() {
            let expected = if all.len() > 1 { vec![*processor] } else { all.clone() };
            assert_eq!(tied(number, all.len()), expected);
        }
        assert_eq!(tied(0, all.len() + 1), all, "a pool of another size is left alone");
        assert_eq!(tied(all.len(), all.len()), all);
    }
}
