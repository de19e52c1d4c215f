//! The words for colours, patterns, places and moods, and the colours as they are drawn.

/// A colour as people name it. Its discriminant is its number in facts and samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Colour {
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    Pink,
    Brown,
    Black,
    White,
    Gray,
    Turquoise,
}

impl Colour {
    /// All values, in the order of their numbers.
    pub(super) const ALL: [Self; 12] = [
        Self::Red,
        Self::Orange,
        Self::Yellow,
        Self::Green,
        Self::Blue,
        Self::Purple,
        Self::Pink,
        Self::Brown,
        Self::Black,
        Self::White,
        Self::Gray,
        Self::Turquoise,
    ];

    /// The names, the plainest first.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Red => &["red", "red", "red", "scarlet", "crimson"],
            Self::Orange => &["orange", "orange", "orange", "tangerine"],
            Self::Yellow => &["yellow", "yellow", "yellow", "golden"],
            Self::Green => &["green", "green", "green", "emerald"],
            Self::Blue => &["blue", "blue", "blue", "royal blue"],
            Self::Purple => &["purple", "purple", "violet"],
            Self::Pink => &["pink", "pink", "pink", "magenta"],
            Self::Brown => &["brown", "brown", "brown", "chocolate"],
            Self::Black => &["black"],
            Self::White => &["white"],
            Self::Gray => &["gray", "grey", "silver"],
            Self::Turquoise => &["turquoise", "turquoise", "teal", "cyan", "aqua"],
        }
    }

    /// The value in sRGB: red, green, blue.
    pub(super) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Red => [222, 38, 44],
            Self::Orange => [255, 136, 20],
            Self::Yellow => [253, 215, 36],
            Self::Green => [40, 160, 62],
            Self::Blue => [38, 86, 220],
            Self::Purple => [130, 52, 182],
            Self::Pink => [255, 130, 184],
            Self::Brown => [130, 76, 36],
            Self::Black => [32, 32, 36],
            Self::White => [250, 250, 248],
            Self::Gray => [148, 150, 156],
            Self::Turquoise => [44, 204, 204],
        }
    }
}

/// The pattern of a surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Pattern {
    Plain,
    Striped,
    Dotted,
    Checkered,
}

impl Pattern {
    /// All values, in the order of their numbers.
    pub(super) const ALL: [Self; 4] = [Self::Plain, Self::Striped, Self::Dotted, Self::Checkered];

    /// The adjectives for the pattern. [`Pattern::Plain`], which goes without saying, has none.
    pub(super) fn adjectives(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[],
            Self::Striped => &["striped", "striped", "stripy"],
            Self::Dotted => &["dotted", "spotted", "polka dot"],
            Self::Checkered => &["checkered", "checked", "chequered"],
        }
    }

    /// The wordings that follow the noun.
    pub(super) fn phrases(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &[],
            Self::Striped => &["with stripes"],
            Self::Dotted => &["with dots", "with spots"],
            Self::Checkered => &["with checks", "with squares on it"],
        }
    }
}

/// The place of a drawn scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Place {
    Meadow,
    Forest,
    Mountains,
    Desert,
    Beach,
    Sea,
    City,
    Road,
    Room,
    Space,
}

impl Place {
    /// All values, in the order of their numbers.
    pub(super) const ALL: [Self; 10] = [
        Self::Meadow,
        Self::Forest,
        Self::Mountains,
        Self::Desert,
        Self::Beach,
        Self::Sea,
        Self::City,
        Self::Road,
        Self::Room,
        Self::Space,
    ];

    /// Whether the place has a sky, and so time of day and weather.
    pub(super) fn is_outdoors(self) -> bool {
        !matches!(self, Self::Room | Self::Space)
    }

    /// The wordings after what is there: "in a meadow".
    pub(super) fn phrases(self) -> &'static [&'static str] {
        match self {
            Self::Meadow => &[
                "in a meadow",
                "on the grass",
                "in a field",
                "in a green field",
                "on a lawn",
                "in the countryside",
            ],
            Self::Forest => &["in a forest", "in the forest", "in the woods", "among the trees"],
            Self::Mountains => {
                &["in the mountains", "in front of mountains", "near the mountains", "by the mountains"]
            }
            Self::Desert => &["in the desert", "in a desert", "among sand dunes", "on the dunes"],
            Self::Beach => &["on the beach", "at the beach", "on the shore", "at the seaside", "by the sea"],
            Self::Sea => {
                &["on the sea", "at sea", "in the sea", "on the water", "in the ocean", "on the ocean"]
            }
            Self::City => &["in the city", "in a city", "in town", "downtown", "in front of tall buildings"],
            Self::Road => &["on the road", "on a road", "on the street", "on a highway"],
            Self::Room => &["in a room", "indoors", "inside a room", "at home", "in the house"],
            Self::Space => &["in space", "in outer space", "among the stars"],
        }
    }

    /// The wordings for the place on its own: "a meadow".
    pub(super) fn nouns(self) -> &'static [&'static str] {
        match self {
            Self::Meadow => &["a meadow", "a field", "a green field", "grass", "hills"],
            Self::Forest => &["a forest", "the woods", "forest"],
            Self::Mountains => &["mountains", "the mountains", "a mountain landscape", "mountain peaks"],
            Self::Desert => &["a desert", "sand dunes", "the desert"],
            Self::Beach => &["a beach", "the beach", "the seaside"],
            Self::Sea => &["the sea", "the ocean", "ocean waves", "open water"],
            Self::City => &["a city", "a skyline", "tall buildings", "a town", "skyscrapers"],
            Self::Road => &["a road", "a street", "a highway", "an empty road"],
            Self::Room => &["a room", "an empty room", "an interior"],
            Self::Space => &["outer space", "space", "a planet and stars"],
        }
    }
}

/// The time of day, or the weather.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Mood {
    Day,
    Night,
    Sunset,
    Snow,
    Rain,
}

impl Mood {
    /// All values, in the order of their numbers.
    pub(super) const ALL: [Self; 5] = [Self::Day, Self::Night, Self::Sunset, Self::Snow, Self::Rain];

    /// The wordings at the end of a caption: "at night".
    pub(super) fn phrases(self) -> &'static [&'static str] {
        match self {
            Self::Day => &[
                "by day",
                "in daylight",
                "on a clear day",
                "under a blue sky",
                "in the daytime",
                "on a sunny day",
            ],
            Self::Night => &[
                "at night",
                "at night",
                "by night",
                "in the dark",
                "under the moon",
                "in the moonlight",
                "under the stars",
                "at midnight",
            ],
            Self::Sunset => &[
                "at sunset",
                "at sunset",
                "at dusk",
                "in the evening",
                "at sundown",
                "at dawn",
                "at sunrise",
            ],
            Self::Snow => &[
                "in the snow",
                "in the snow",
                "in winter",
                "on a snowy day",
                "while it snows",
                "in a snowstorm",
                "covered in snow",
            ],
            Self::Rain => &[
                "in the rain",
                "in the rain",
                "on a rainy day",
                "while it rains",
                "in pouring rain",
                "in bad weather",
            ],
        }
    }

    /// The wordings on its own: "a rainy day".
    pub(super) fn nouns(self) -> &'static [&'static str] {
        match self {
            Self::Day => &["a clear day", "blue sky", "a sunny day"],
            Self::Night => &["night", "a night sky", "a starry night", "moonlight"],
            Self::Sunset => &["a sunset", "sunset", "evening sky", "a sunrise", "dawn"],
            Self::Snow => &["snow", "winter", "snowfall", "a snowy day", "a snowstorm"],
            Self::Rain => &["rain", "a rainy day", "rainy weather", "a rainstorm"],
        }
    }

    /// The wordings before a place: "a snowy forest".
    pub(super) fn adjectives(self) -> &'static [&'static str] {
        match self {
            Self::Day => &["sunny", "daytime"],
            Self::Night => &["moonlit", "dark", "nightly"],
            Self::Sunset => &["sunset", "dusky"],
            Self::Snow => &["snowy", "snowy", "wintry", "snow covered"],
            Self::Rain => &["rainy", "rainy", "wet"],
        }
    }
}
