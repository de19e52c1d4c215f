//! The Model Context Protocol on standard input and output: agents search, look at and compare the pictures of folders.
//!
//! [`serve`] -> `server` (the tools and resources, which answer in the types of `answers`) -> `folders` (which folders may be
//! looked at, opened once each) and `pictures` (facts, thumbnails and their addresses). Nothing is written: neither pictures
//! nor indexes, but for what a search itself keeps.

mod answers;
mod folders;
mod pictures;
mod server;

use std::io;

use rmcp::ServiceExt;

pub(crate) use folders::Source;

/// Serves one client until it closes standard input.
///
/// # Errors
/// When the client does not speak the protocol, or the system has no thread left.
pub(crate) fn serve(source: impl Source) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let running = server::Server::new(source).serve(rmcp::transport::stdio()).await;
        running.map_err(io::Error::other)?.waiting().await.map_err(io::Error::other)?;
        Ok(())
    });
    // A search that is still going on has nobody to answer.
    runtime.shutdown_background();
    served
}
