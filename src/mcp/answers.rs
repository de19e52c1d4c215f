//! What the tools are asked and what they answer, as agents see it. The descriptions are read by models.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::picture_facts::{PictureFacts, TakenFrom};

/// What `search` is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchArguments {
    /// What to look for: plain words ("red car in the snow"), which are compared with what is in the pictures. Terms may be
    /// joined and excluded ("a boat - night"), a picture may be a term ("@/photos/a.jpg"), and filters narrow it
    /// ("dogs after:2023 in:holidays rating>=4 sort:newest"; also name:, tag:, caption:, camera:, ext:, on:, before:,
    /// width>=, size>, shape:, near:LAT,LON,KM). A filter alone lists the newest first.
    pub(super) query: String,
    /// Only pictures of this folder (an absolute path); without it, of all folders.
    pub(super) folder: Option<String>,
    /// The number of results, 1 to 200.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 200))]
    pub(super) top: usize,
}

/// What `similar` is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SimilarArguments {
    /// The picture to compare with: an absolute path, a path in one of the folders, or a `pixseek://` address.
    pub(super) path: String,
    /// Only pictures of this folder (an absolute path); without it, of the folder that the picture lies in.
    pub(super) folder: Option<String>,
    /// The number of results, 1 to 200.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 200))]
    pub(super) top: usize,
}

/// What `describe` is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DescribeArguments {
    /// The picture: an absolute path, a path in one of the folders, or a `pixseek://` address.
    pub(super) path: String,
    /// The longer side of the JPEG that comes with the answer, in pixels, 64 to 2048; 0 for none.
    #[serde(default = "side")]
    pub(super) pixels: u32,
    /// The number of words that name what is in the picture, at most 50; 0 for none.
    #[serde(default = "eight")]
    pub(super) words: usize,
}

/// What `status` is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusArguments {
    /// The folder (an absolute path); without it, all folders.
    pub(super) folder: Option<String>,
}

fn ten() -> usize {
    10
}

fn eight() -> usize {
    8
}

fn side() -> u32 {
    512
}

/// The results of `search` and `similar`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Results {
    /// The best first.
    pub(super) results: Vec<Found>,
    /// What else there is to say, such as a filter that leaves nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

/// A picture that was found.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Found {
    /// From 1.
    pub(super) rank: usize,
    /// The absolute path.
    pub(super) path: String,
    /// The cosine, -1 to 1; null in a listing. Scores of one folder compare with each other, those of different models don't.
    pub(super) score: Option<f32>,
    /// The address of its thumbnail, a resource.
    pub(super) thumbnail: String,
}

/// What `describe` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Description {
    /// The absolute path.
    pub(super) path: String,
    /// Pixels, upright.
    pub(super) width: u32,
    /// Pixels, upright.
    pub(super) height: u32,
    /// The file's size.
    pub(super) bytes: u64,
    /// What is wrong with the file, if only a part of the picture is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) damage: Option<String>,
    /// The text that was read from the picture, if any was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// The words that are nearest to the picture, the nearest first.
    pub(super) words: Vec<Word>,
    /// What the file says.
    #[serde(flatten)]
    pub(super) facts: Facts,
    /// The address of its thumbnail, a resource.
    pub(super) thumbnail: String,
}

/// A word that is near to a picture.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Word {
    pub(super) word: String,
    /// The cosine, -1 to 1. It is no probability.
    pub(super) score: f32,
}

/// What a picture's file says of it. What it does not say is left out.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Facts {
    /// Local time, as the camera wrote it: 2024-05-01T12:30:00.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    /// 0 to 5 stars; -1 is rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    rating: Option<i8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    camera: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lens: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iso: Option<u32>,
    /// mm
    #[serde(skip_serializing_if = "Option::is_none")]
    focal_length: Option<f64>,
    /// The f-number.
    #[serde(skip_serializing_if = "Option::is_none")]
    aperture: Option<f64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    exposure: Option<f64>,
    /// Degrees, north and east are positive.
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
}

impl From<PictureFacts> for Facts {
    fn from(facts: PictureFacts) -> Self {
        let taken = facts.taken.filter(|taken| taken.source != TakenFrom::Modified);
        let taken = taken.and_then(|taken| jiff::Timestamp::from_second(taken.seconds).ok());
        let local = |time: jiff::Timestamp| jiff::tz::TimeZone::UTC.to_datetime(time).to_string();
        Self {
            taken: taken.map(local),
            title: facts.title,
            caption: facts.caption,
            tags: facts.tags,
            rating: facts.rating,
            camera: facts.model.or(facts.make),
            lens: facts.lens,
            iso: facts.iso,
            focal_length: facts.focal_length,
            aperture: facts.aperture,
            exposure: facts.exposure,
            latitude: facts.place.map(|place| place.latitude),
            longitude: facts.place.map(|place| place.longitude),
        }
    }
}

/// What `collections` answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Collections {
    pub(super) collections: Vec<FolderStatus>,
}

/// What is known of a folder.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FolderStatus {
    /// The absolute path.
    pub(super) folder: String,
    /// Pictures that can be searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pictures: Option<usize>,
    /// Files that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failed: Option<usize>,
    /// The model that it is searched with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<String>,
    /// Why it can't be searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}
