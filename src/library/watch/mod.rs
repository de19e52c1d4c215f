//! Keeps an index in step with its folder.
//!
//! [`Follower`] waits until the system says that something changed there (`fs_events`), a disk came or went
//! (`mount_table`), or on network folders some time has passed. Then it looks at the whole folder again. What changed is
//! never taken from the events themselves: events may be lost, and looking costs little. `duty_cycle` bounds how much.

mod duty_cycle;
mod follower;
mod fs_events;
mod mount_table;
mod signals;

pub use follower::{Follower, POLL_INTERVAL, WatchEvent};
pub use signals::StopHandle;
