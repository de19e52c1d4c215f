//! Panics of other people's code on hostile input, turned into errors.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Tells that the work passed to [`catch`] panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Panicked;

/// Runs `work` on this thread, and turns a panic into an error. What `work` was changing when it panicked must not
/// be used afterwards.
///
/// # Errors
/// When `work` panicked.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    let _catching = Catching::start();
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

/// Whether this thread is inside of [`catch`]: a panic hook can then keep quiet, since the panic becomes an error that
/// is reported in its place.
pub(crate) fn is_catching() -> bool {
    CATCHING.get()
}

/// Marks this thread as catching panics while it lives.
struct Catching {
    before: bool,
}

impl Catching {
    fn start() -> Self {
        Self { before: CATCHING.replace(true) }
    }
}

impl Drop for Catching {
    fn drop(&mut self) {
        CATCHING.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_the_mark_is_taken_back() {
        assert!(!is_catching());
        let inner = catch(|| {
            assert_eq!(catch(|| panic!("on purpose")), Err::<(), _>(Panicked));
            is_catching()
        });
        assert_eq!(inner, Ok(true), "an inner call must not end the outer one");
        assert!(!is_catching());
    }
}
