//! What a download would bring, for whoever decides on it.

use super::cache::revisions;
use super::download::Download;
use super::error::HubError;
use super::events::{FetchEvent, FetchObserver};
use super::folder::ModelFolder;
use super::id::is_valid_id;
use super::licence::Licence;
use super::model_files::Repository;
use super::settings::Hub;
use super::table::find_known;
use crate::clip::error::ModelError;
use crate::clip::files::{CONFIG, OPEN_CLIP_CONFIG, OPEN_CLIP_WEIGHTS, WEIGHTS};

/// What a download would bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The model's licence.
    pub licence: Licence,
    /// Size of the weights in bytes; none where they are in several files.
    pub bytes: Option<u64>,
    /// Bytes that are here already of a download that was stopped.
    pub begun: u64,
}

impl Hub {
    /// Says what a download of a model would bring. Of a known model the table has it; of others the hub is asked, and
    /// `report` told how that goes.
    ///
    /// # Errors
    /// See [`HubError`].
    pub fn offer(&self, id: &str, report: &dyn Fn(FetchEvent<'_>)) -> Result<Offer, ModelError> {
        if !is_valid_id(id) {
            return Err(ModelError::NoSuchModel(id.to_owned()));
        }
        let folder = ModelFolder::new(&self.cache, id);
        let begun = folder.begun_bytes();
        if let Some(known) = find_known(id) {
            let bytes = Some(u64::from(known.megabytes) * 1_000_000);
            return Ok(Offer { licence: Licence::named(known.licence), bytes, begun });
        }
        if self.offline {
            return Err(HubError::Offline(id.to_owned()).into());
        }
        let revision = revisions(id).next().unwrap_or("main");
        let observer = NothingIsAccepted(report);
        let download = Download::new(self, id, revision, folder, &observer, report)?;
        let is_of_transformers = download.probe(CONFIG)?.is_some();
        if !is_of_transformers && download.probe(OPEN_CLIP_CONFIG)?.is_none() {
            return Err(download.lacks(CONFIG).into());
        }
        let mut weights = [WEIGHTS, OPEN_CLIP_WEIGHTS];
        if !is_of_transformers {
            weights.reverse();
        }
        let mut bytes = None;
        for name in weights {
            if bytes.is_none() {
                bytes = download.probe(name)?.map(|remote| remote.size);
            }
        }
        Ok(Offer { licence: download.licence_of_card()?, bytes, begun })
    }
}

/// Passes on what happens. Nothing large is downloaded for an offer, so that no licence is accepted.
struct NothingIsAccepted<'a>(&'a dyn Fn(FetchEvent<'_>));

impl FetchObserver for NothingIsAccepted<'_> {
    fn event(&self, event: FetchEvent<'_>) {
        (self.0)(event);
    }

    fn accepts(&self, _: &str, _: &Licence) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clip::names::DEFAULT_MODEL;

    #[test]
    fn of_a_known_model_the_table_tells_without_a_network() {
        let cache = tempfile::tempdir().unwrap();
        let hub = Hub { cache: cache.path().to_owned(), offline: true, ..Hub::from_env() };
        let offer = |id| hub.offer(id, &|_| ());
        let recommended = offer(DEFAULT_MODEL).unwrap();
        assert_eq!((recommended.bytes, recommended.begun), (Some(1_508_000_000), 0));
        assert_eq!(recommended.licence.name, "apache-2.0");
        assert!(matches!(offer("a/b"), Err(ModelError::Hub(HubError::Offline(_)))));
        assert!(matches!(offer("../b"), Err(ModelError::NoSuchModel(_))));
    }
}
