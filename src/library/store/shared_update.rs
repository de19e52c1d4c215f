//! Indexing into a shared store: the catalogue of this machine first, and what it has learnt goes to the store meanwhile.

use std::sync::atomic::AtomicBool;

use super::access::StoreAccess;
use super::records::{Published, Publishing};
use crate::library::error::LibraryError;
use crate::library::open::Library;
use crate::library::report::{IndexOptions, Observer, RunReport};

impl Library {
    /// As [`Library::update_with`], and brings a store in step with it. What can't be sent just now is sent while the run goes on,
    /// or at its end; after that, by the next run.
    ///
    /// # Errors
    /// As [`Library::update_with`]; and when the store can't be read at the beginning, or written at the end.
    pub fn update_shared(
        &mut self,
        access: &StoreAccess,
        publishing: &Publishing,
        options: &IndexOptions,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(RunReport, Published), LibraryError> {
        #[cfg(feature = "milvus")]
        {
            sending::update(self, access, publishing, options, observer, cancel)
        }
        #[cfg(not(feature = "milvus"))]
        {
            let _ = (publishing, options, observer, cancel);
            Err(super::shared::not_built(access))
        }
    }
}

/// What is sent while a run goes on.
#[cfg(feature = "milvus")]
mod sending {
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
    use parking_lot::Mutex;

    use super::{
        IndexOptions, Library, LibraryError, Observer, Published, Publishing, RunReport, StoreAccess,
    };
    use crate::library::collection::Collection;
    use crate::library::report::Progress;
    use crate::library::store::error::{StoreError, StoreErrorKind};
    use crate::library::store::remote::Publisher;

    /// How often what was committed is sent.
    const SEND_EVERY: Duration = Duration::from_secs(2);

    pub(super) fn update(
        library: &mut Library,
        access: &StoreAccess,
        publishing: &Publishing,
        options: &IndexOptions,
        observer: &dyn Observer,
        cancel: &AtomicBool,
    ) -> Result<(RunReport, Published), LibraryError> {
        let mut publisher = Publisher::open(access, library.key(), publishing, &library.collection)?;
        publisher.take_over(&library.collection, &mut library.catalog)?;
        let progress = Mutex::new(Progress::default());
        let passing_on = PassingOn { observer, progress: &progress };
        let (collection, (done, is_done)) = (library.collection.clone(), bounded::<()>(0));
        let shard = publishing.shard.map(|shard| (publishing.place.clone(), shard));
        let options = IndexOptions { shard, ..options.clone() };
        let (report, sent) = std::thread::scope(|scope| {
            let sender = scope.spawn(|| {
                let sent = send_meanwhile(&mut publisher, &collection, &progress, &is_done);
                if sent.is_err() {
                    cancel.store(true, Ordering::Relaxed);
                }
                sent
            });
            let report = library.update_with(&options, &passing_on, cancel);
            drop(done);
            (report, sender.join())
        });
        let report = report?;
        sent.unwrap_or_else(|_| {
            let kind = StoreErrorKind::Thread("the thread that sends pictures crashed".to_owned());
            Err(Box::new(StoreError { store: access.url.clone(), kind }).into())
        })?;
        publisher.set_progress(*progress.lock());
        if cancel.load(Ordering::Relaxed) {
            // What was not looked at is not gone.
            return Ok((report, publisher.stop(&library.catalog)?));
        }
        let published = publisher.finish(&library.catalog, options.prune)?;
        Ok((report, published))
    }

    /// Sends what was committed every now and then, until the run is done. A server that can't be reached for a while is tried
    /// again; other errors end it.
    fn send_meanwhile(
        publisher: &mut Publisher,
        collection: &Collection,
        progress: &Mutex<Progress>,
        is_done: &Receiver<()>,
    ) -> Result<(), LibraryError> {
        let catalog = collection.catalog()?;
        let mut after = 0;
        while is_done.recv_timeout(SEND_EVERY) == Err(RecvTimeoutError::Timeout) {
            publisher.set_progress(*progress.lock());
            match publisher.send(&catalog, after) {
                Ok(last) => after = last,
                Err(error) if error.is_passing() => tracing::info!(%error, "sending again later"),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Passes on what a run tells, and keeps how far it is.
    struct PassingOn<'a> {
        observer: &'a dyn Observer,
        progress: &'a Mutex<Progress>,
    }

    impl Observer for PassingOn<'_> {
        fn progress(&self, progress: Progress, committed: bool) {
            *self.progress.lock() = progress;
            self.observer.progress(progress, committed);
        }

        fn unreadable(&self, path: &Path, reason: &str) {
            self.observer.unreadable(path, reason);
        }
    }
}
