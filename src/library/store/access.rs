//! Where a store is, and how to get in.

use std::fmt;
use std::path::PathBuf;

use super::url::StoreUrl;

/// Where a store is, and how to get in.
#[derive(Clone)]
pub struct StoreAccess {
    /// Where it is.
    pub url: StoreUrl,
    /// `USER:PASSWORD`, or an API key. It is never shown.
    pub token: Option<String>,
    /// A file of certificates (PEM) of those who may vouch for the server; `None` for those that browsers know.
    pub authorities: Option<PathBuf>,
}

impl fmt::Debug for StoreAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreAccess").field("url", &self.url).finish_non_exhaustive()
    }
}
