//! The event loop around the state machine. Only these files know tokio.

mod browser;
mod event_loop;
mod scripted;
mod signals;

pub use event_loop::run;
pub use scripted::{ScriptFigures, run_script};
