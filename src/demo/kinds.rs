//! The kinds of things that can be in a picture: names, category, habitat, colours and drawing.

use super::art::{Art, animals, objects, shapes, vehicles};

/// A category that several kinds have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Category {
    Shape,
    Vehicle,
    Animal,
    Building,
    Plant,
    Food,
    Household,
    Toy,
    Weather,
    Character,
}

impl Category {
    /// All categories, in the order of their numbers.
    pub(super) const ALL: [Self; 10] = [
        Self::Shape,
        Self::Vehicle,
        Self::Animal,
        Self::Building,
        Self::Plant,
        Self::Food,
        Self::Household,
        Self::Toy,
        Self::Weather,
        Self::Character,
    ];

    /// The name of a member in a vague caption. `None` where nobody would say it.
    pub(super) fn nouns(self) -> &'static [&'static str] {
        match self {
            Self::Shape => &["shape", "geometric shape"],
            Self::Vehicle => &["vehicle"],
            Self::Animal => &["animal", "creature"],
            Self::Building => &["building"],
            Self::Plant => &["plant"],
            Self::Food => &["food", "something to eat"],
            Self::Toy => &["toy"],
            Self::Household | Self::Weather | Self::Character => &[],
        }
    }
}

/// Where in a scene a kind belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habitat {
    /// Is on plain paper only.
    Paper,
    /// Stands on the ground outdoors.
    Ground,
    /// Stands on the ground outdoors, and in a room.
    GroundOrRoom,
    /// Stands in a room.
    Room,
    /// Hangs in the sky.
    Sky,
    /// Hangs in the sky, and in space.
    SkyOrSpace,
    /// Floats on the water.
    Water,
    /// Swims in the water, and is nowhere else.
    Underwater,
}

/// Which colours a kind comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tint {
    /// Any colour, and any pattern (large flat things).
    Patterned,
    /// Any colour.
    Coloured,
    /// A colour of its own, which captions don't mention.
    Natural,
    /// Clothes in any colour: "a person in red".
    Dressed,
}

/// One kind of thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// The names, the plainest first.
    pub(super) nouns: &'static [&'static str],
    /// The category.
    pub(super) category: Category,
    /// Where in a scene it belongs.
    pub(super) habitat: Habitat,
    /// The colours it comes in.
    pub(super) tint: Tint,
    /// The drawing.
    pub(super) art: Art,
}

const fn kind(
    nouns: &'static [&'static str],
    category: Category,
    habitat: Habitat,
    tint: Tint,
    art: Art,
) -> Kind {
    Kind { nouns, category, habitat, tint, art }
}

const fn shape(nouns: &'static [&'static str], art: Art) -> Kind {
    kind(nouns, Category::Shape, Habitat::Paper, Patterned, art)
}

use Category::{Animal, Building, Character, Food, Household, Plant, Toy, Vehicle, Weather};
use Habitat::{Ground, GroundOrRoom, Room, Sky, SkyOrSpace, Underwater, Water};
use Tint::{Coloured, Dressed, Natural, Patterned};

/// Every kind. The index of a kind is its number in facts and samples.
pub(super) const KINDS: &[Kind] = &[
    shape(&["circle", "circle", "disc", "dot"], shapes::CIRCLE),
    shape(&["square", "square", "box"], shapes::SQUARE),
    shape(&["triangle"], shapes::TRIANGLE),
    shape(&["rectangle"], shapes::RECTANGLE),
    shape(&["oval", "ellipse"], shapes::OVAL),
    shape(&["diamond", "diamond", "rhombus"], shapes::DIAMOND),
    shape(&["pentagon"], shapes::PENTAGON),
    shape(&["hexagon"], shapes::HEXAGON),
    shape(&["star"], shapes::STAR),
    shape(&["heart"], shapes::HEART),
    shape(&["cross", "cross", "plus sign"], shapes::CROSS),
    shape(&["ring", "ring", "hoop"], shapes::RING),
    shape(&["crescent", "crescent", "crescent moon"], shapes::CRESCENT),
    shape(&["arrow"], shapes::ARROW),
    shape(&["semicircle", "half circle"], shapes::SEMICIRCLE),
    shape(&["lightning bolt", "bolt", "flash"], shapes::BOLT),
    shape(&["drop", "drop", "teardrop"], shapes::DROP),
    kind(&["car", "car", "automobile", "taxi"], Vehicle, Ground, Coloured, vehicles::CAR),
    kind(&["bus", "bus", "coach"], Vehicle, Ground, Coloured, vehicles::BUS),
    kind(&["truck", "truck", "lorry"], Vehicle, Ground, Coloured, vehicles::TRUCK),
    kind(&["train", "train", "locomotive", "steam engine"], Vehicle, Ground, Coloured, vehicles::TRAIN),
    kind(&["bicycle", "bike", "cycle"], Vehicle, GroundOrRoom, Coloured, vehicles::BICYCLE),
    kind(&["tractor"], Vehicle, Ground, Coloured, vehicles::TRACTOR),
    kind(
        &["boat", "boat", "sailboat", "sailing boat", "ship", "yacht"],
        Vehicle,
        Water,
        Coloured,
        vehicles::BOAT,
    ),
    kind(&["plane", "airplane", "aeroplane", "aircraft", "jet"], Vehicle, Sky, Coloured, vehicles::PLANE),
    kind(&["helicopter", "helicopter", "chopper"], Vehicle, Sky, Coloured, vehicles::HELICOPTER),
    kind(&["rocket", "rocket", "spaceship"], Vehicle, SkyOrSpace, Coloured, vehicles::ROCKET),
    kind(&["hot air balloon"], Vehicle, Sky, Patterned, vehicles::HOT_AIR_BALLOON),
    kind(&["ufo", "flying saucer"], Vehicle, SkyOrSpace, Coloured, vehicles::UFO),
    kind(&["cat", "cat", "kitten", "kitty"], Animal, GroundOrRoom, Patterned, animals::CAT),
    kind(&["dog", "dog", "puppy"], Animal, GroundOrRoom, Patterned, animals::DOG),
    kind(&["fish"], Animal, Underwater, Patterned, animals::FISH),
    kind(&["bird", "bird", "songbird"], Animal, Sky, Coloured, animals::BIRD),
    kind(&["duck"], Animal, Water, Coloured, animals::DUCK),
    kind(&["butterfly"], Animal, Sky, Patterned, animals::BUTTERFLY),
    kind(&["rabbit", "rabbit", "bunny"], Animal, GroundOrRoom, Coloured, animals::RABBIT),
    kind(&["turtle", "turtle", "tortoise"], Animal, Ground, Coloured, animals::TURTLE),
    kind(&["snail", "snail", "slug"], Animal, Ground, Coloured, animals::SNAIL),
    kind(&["owl"], Animal, Ground, Coloured, animals::OWL),
    kind(&["elephant"], Animal, Ground, Coloured, animals::ELEPHANT),
    kind(&["horse", "horse", "pony", "stallion"], Animal, Ground, Coloured, animals::HORSE),
    kind(&["penguin"], Animal, Ground, Natural, animals::PENGUIN),
    kind(&["bee", "bee", "bumblebee"], Animal, Sky, Natural, animals::BEE),
    kind(
        &["person", "person", "man", "woman", "boy", "girl", "child"],
        Character,
        GroundOrRoom,
        Dressed,
        animals::PERSON,
    ),
    kind(&["snowman"], Character, Ground, Natural, animals::SNOWMAN),
    kind(&["robot", "robot", "android"], Character, GroundOrRoom, Coloured, animals::ROBOT),
    kind(&["house", "house", "home", "cottage", "hut"], Building, Ground, Coloured, objects::HOUSE),
    kind(&["castle", "castle", "fortress"], Building, Ground, Coloured, objects::CASTLE),
    kind(&["tent"], Building, Ground, Patterned, objects::TENT),
    kind(&["lighthouse"], Building, Ground, Coloured, objects::LIGHTHOUSE),
    kind(&["windmill"], Building, Ground, Coloured, objects::WINDMILL),
    kind(&["tree"], Plant, Ground, Natural, objects::TREE),
    kind(&["pine tree", "fir tree", "christmas tree", "pine"], Plant, Ground, Natural, objects::PINE),
    kind(&["palm tree", "palm"], Plant, Ground, Natural, objects::PALM),
    kind(&["cactus"], Plant, GroundOrRoom, Natural, objects::CACTUS),
    kind(&["flower", "flower", "daisy", "blossom"], Plant, GroundOrRoom, Coloured, objects::FLOWER),
    kind(&["tulip"], Plant, GroundOrRoom, Coloured, objects::TULIP),
    kind(&["mushroom", "mushroom", "toadstool", "fungus"], Plant, Ground, Coloured, objects::MUSHROOM),
    kind(&["apple"], Food, Room, Coloured, objects::APPLE),
    kind(&["pear"], Food, Room, Coloured, objects::PEAR),
    kind(&["banana"], Food, Room, Natural, objects::BANANA),
    kind(&["carrot"], Food, Room, Natural, objects::CARROT),
    kind(&["cake", "cake", "birthday cake"], Food, Room, Coloured, objects::CAKE),
    kind(&["ice cream", "ice cream cone"], Food, Room, Coloured, objects::ICE_CREAM),
    kind(&["cup", "mug", "cup of coffee", "cup of tea"], Household, Room, Patterned, objects::CUP),
    kind(&["bottle", "bottle", "flask"], Household, Room, Coloured, objects::BOTTLE),
    kind(&["hat", "top hat"], Household, Room, Patterned, objects::HAT),
    kind(&["shirt", "t-shirt", "tee shirt"], Household, Room, Patterned, objects::SHIRT),
    kind(&["sock"], Household, Room, Patterned, objects::SOCK),
    kind(&["bag", "bag", "handbag", "purse"], Household, Room, Patterned, objects::BAG),
    kind(&["umbrella", "umbrella", "parasol", "brolly"], Household, Ground, Patterned, objects::UMBRELLA),
    kind(&["balloon"], Toy, Sky, Patterned, objects::BALLOON),
    kind(&["kite"], Toy, Sky, Patterned, objects::KITE),
    kind(&["ball", "ball", "beach ball"], Toy, GroundOrRoom, Coloured, objects::BALL),
    kind(&["book", "open book"], Household, Room, Coloured, objects::BOOK),
    kind(&["clock", "clock", "watch"], Household, Room, Coloured, objects::CLOCK),
    kind(&["key"], Household, Room, Coloured, objects::KEY),
    kind(&["bell"], Household, Room, Coloured, objects::BELL),
    kind(&["lamp", "lamp", "table lamp"], Household, Room, Coloured, objects::LAMP),
    kind(&["chair"], Household, Room, Coloured, objects::CHAIR),
    kind(&["gift", "present", "gift box", "parcel"], Household, Room, Patterned, objects::GIFT),
    kind(&["flag"], Household, Ground, Patterned, objects::FLAG),
    kind(&["guitar"], Household, Room, Coloured, objects::GUITAR),
    kind(&["crown"], Household, Room, Coloured, objects::CROWN),
    kind(&["candle"], Household, Room, Coloured, objects::CANDLE),
    kind(&["sun"], Weather, Sky, Natural, objects::SUN),
    kind(&["moon", "full moon"], Weather, SkyOrSpace, Natural, objects::MOON),
    kind(&["cloud"], Weather, Sky, Natural, objects::CLOUD),
    kind(&["rainbow"], Weather, Sky, Natural, objects::RAINBOW),
];

/// The number of the kind with this plainest name. `None` if there is no such kind.
pub(super) fn by_name(noun: &str) -> Option<usize> {
    KINDS.iter().position(|kind| kind.nouns[0] == noun)
}

/// The plural of a noun of [`KINDS`].
pub(super) fn plural(noun: &str) -> String {
    let of = noun.split_once(" of ");
    if let Some((head, tail)) = of {
        return format!("{} of {tail}", plural(head));
    }
    match noun {
        "fish" | "aircraft" | "food" | "something to eat" => noun.to_owned(),
        "person" => "people".to_owned(),
        "man" => "men".to_owned(),
        "woman" => "women".to_owned(),
        "child" => "children".to_owned(),
        "fungus" => "fungi".to_owned(),
        "snowman" => "snowmen".to_owned(),
        "cactus" => "cacti".to_owned(),
        "butterfly" => "butterflies".to_owned(),
        "puppy" => "puppies".to_owned(),
        "bunny" => "bunnies".to_owned(),
        "pony" => "ponies".to_owned(),
        "kitty" => "kitties".to_owned(),
        "brolly" => "brollies".to_owned(),
        "daisy" => "daisies".to_owned(),
        _ if ["s", "x", "sh", "ch"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::art::parse;

    #[test]
    fn every_path_of_every_drawing_is_of_the_language() {
        for kind in KINDS {
            for part in kind.art {
                assert!(parse(part.path).is_some(), "{}: {}", kind.nouns[0], part.path);
            }
        }
    }

    #[test]
    fn names_are_of_one_kind_only() {
        let mut seen = std::collections::HashMap::new();
        for (number, kind) in KINDS.iter().enumerate() {
            for noun in kind.nouns {
                let other = *seen.entry(noun).or_insert(number);
                assert_eq!(other, number, "{noun}");
            }
        }
    }

    #[test]
    fn plurals_read_as_people_write_them() {
        let read = ["bus", "butterfly", "box", "cup of tea", "person", "fish", "house"].map(plural);
        assert_eq!(read, ["buses", "butterflies", "boxes", "cups of tea", "people", "fish", "houses"]);
    }
}
