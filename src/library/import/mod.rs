//! Takes over embeddings that another program made, so that pictures need no encoding: from a [`table`] of numbers, or from
//! [`rclip`]'s index.

mod enter;
mod rclip;
mod rows;
mod same_model;
mod table;

pub use rclip::{RclipImport, RclipImported, RclipLeftOut};
pub use same_model::Agreement;
pub use table::{Import, Imported};
