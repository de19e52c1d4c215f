//! The event loop around the state machine. Only these files know tokio.

mod browser;
mod event_loop;
mod frame_pacer;
mod headless;
mod model;
mod scripted;
mod scripted_pictures;
mod sender;
mod signals;

pub(crate) use event_loop::{Ended, run};
pub(crate) use scripted::{ScriptFigures, run_script};
pub(crate) use scripted_pictures::{PictureScript, run_picture_script};
