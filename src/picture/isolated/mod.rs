//! Decoding in child processes of our own program, for decoders that can loop or abort.
//!
//! A decoder of SVG, JPEG XL, HEIC, AVIF or JPEG 2000 is a large piece of young code. A panic in it becomes an error, but
//! an endless loop, an overflow of the stack and a failed allocation can't be stopped within a process. `pool` keeps a
//! few processes warm; `conversation` is the parent's side of what is said over their pipes, `worker` the child's side,
//! and `message` what both say. `confine` limits the child.
//!
//! The child is not trusted: every size that it names is checked before memory is allocated for it.

mod confine;
mod conversation;
mod message;
mod plan;
mod pool;
mod worker;

pub(super) use plan::{is_isolated, plan};
pub use pool::set_worker_program;
pub(super) use worker::serve;

#[cfg(test)]
#[cfg(unix)]
mod tests;
