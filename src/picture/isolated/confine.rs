//! Limits on the child, which the system enforces.

/// Memory of the child beside that of the decoder, in bytes: the program's own data, what the allocator keeps in reserve,
/// and a stack of 256 MB for drawings, which counts in full though hardly any of it is ever used.
#[cfg(unix)]
const ALLOWANCE: u64 = 384 << 20;

/// Limits the memory of this process to `max_memory` bytes for a decoder, and has it leave no dump when it crashes. An
/// allocation beyond that fails, which ends the process.
///
/// Where the system refuses, the estimates of the decoders are what is left.
#[cfg(unix)]
pub(super) fn confine(max_memory: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // Linux counts in `Data` what a process can write to; its address space would count what threads merely reserve.
    // Elsewhere `Data` leaves out most allocations.
    let memory = if cfg!(target_os = "linux") { Resource::Data } else { Resource::As };
    let maximum = getrlimit(memory).maximum;
    let wanted = max_memory.saturating_add(ALLOWANCE);
    let current = Some(maximum.map_or(wanted, |maximum| maximum.min(wanted)));
    let _ = setrlimit(memory, Rlimit { current, maximum });
    let _ =
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum });
    // Some systems hand dumps to a program, whatever the limit of their size.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Does nothing: here only the parent's limit of time ends a decoder.
#[cfg(not(unix))]
pub(super) fn confine(_: u64) {}
