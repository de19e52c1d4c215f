//! The query language in a few rows, for the help.

/// Examples of what may be typed, and what they do.
pub(crate) const ROWS: &[(&str, &str)] = &[
    ("a boat - night", "what is not wanted; + adds"),
    ("2:red + car", "weights"),
    ("@cat.jpg  @3", "like a picture, like the third result"),
    ("in:2024 path:*.jpg", "folder, pattern of paths"),
    ("name:beach ext:jpg", "words of the name, extension"),
    ("after:2024-05 on:30d", "dates; also before:"),
    ("width>=1920 mp>12", "pixels; also height"),
    ("size>2mb iso>800", "file size, sensitivity"),
    ("shape:portrait", "landscape, square, panorama"),
    ("camera:canon lens:50mm", "words of camera and lens"),
    ("tag:\"New York\"", "keywords; also caption:"),
    ("rating>=4", "stars"),
    ("near:48.86,2.35,5", "latitude, longitude, km"),
    ("-tag:work", "- before a filter: not so"),
    ("sort:newest", "oldest, name, largest"),
];
