//! How well formulas exclude: for pairs of a thing A and a thing B, whether the best pictures for "A - B" show A without B.
//! Prints the tables of `docs/design/queries.md`, for the demo gallery and for held-out drawings.
//!
//!     cargo run --release --example exclusion

#![allow(clippy::print_stdout, reason = "that is what it is for")]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error;

use pixseek::clip::{Checkpoint, Embedding, TextEncoder};
use pixseek::library::{EmbeddedTerm, combine};
use pixseek::query::Sign;

mod labelled;

use labelled::{AMBIGUOUS, Labelled, count, deviation, product, products};

const DRAWINGS: usize = 800;
const SEED: u64 = 1;
/// Precision is that of so many best pictures.
const K: usize = 10;

/// Pictures, and what is true of each.
struct Collection {
    name: &'static str,
    vectors: Vec<Embedding>,
    facts: Vec<HashSet<String>>,
    /// The least numbers of pictures of a pair: of A without B, and of A with B.
    least: (usize, usize),
}

/// Something to look for, and something to leave out.
struct Pair {
    wanted: Embedding,
    unwanted: Embedding,
    /// "A without B", as one text.
    in_words: Embedding,
    /// Of each picture: whether it shows B, and whether it shows A without B.
    shows_unwanted: Vec<bool>,
    is_right: Vec<bool>,
}

/// The scores of all pictures for a pair.
type Formula = Box<dyn Fn(&Collection, &Pair) -> Vec<f32>>;

fn main() -> Result<(), Box<dyn Error>> {
    let checkpoint = Checkpoint::find("demo")?;
    let text = checkpoint.load_text()?;
    for collection in [gallery(&checkpoint)?, drawings(&checkpoint)?] {
        let all = pairs(&collection, &text)?;
        let pairs: Vec<&Pair> = all.iter().filter(|pair| is_found(&collection, pair)).collect();
        println!(
            "{}: {} pictures; {} pairs, of {} where both kinds are there",
            collection.name,
            collection.vectors.len(),
            pairs.len(),
            all.len()
        );
        println!("| formula | precision@{K} | with B among them | recall@R | pairs below 0.7 |");
        println!("|---|---|---|---|---|");
        for (name, formula) in formulas() {
            print_row(&name, &collection, &pairs, &formula);
        }
        println!();
        print_mixed(&collection, &text)?;
    }
    Ok(())
}

/// Prints what comes of a picture in some weather less that weather, and of a picture by day and some weather, with texts
/// that count as much as pictures, and with texts that count more.
fn print_mixed(all: &Collection, text: &TextEncoder) -> Result<(), Box<dyn Error>> {
    const MOODS: [(&str, &str); 4] = [
        ("mood: Night", "night"),
        ("mood: Sunset", "sunset"),
        ("mood: Snow", "snow"),
        ("mood: Rain", "rain"),
    ];
    let texts = text.embed(&MOODS.map(|(_, words)| words))?;
    println!(
        "| texts | a picture - its mood: with that mood among the {K} best | a picture by day + a mood: same place, that mood |"
    );
    println!("|---|---|---|");
    for (name, is_balanced) in [("as they are", false), ("**balanced**", true)] {
        let spread = |vector: &[f32]| is_balanced.then(|| deviation(&products(&all.vectors, vector)));
        let (mut leaked, mut met) = (Vec::new(), Vec::new());
        for (picture, facts) in all.vectors.iter().zip(&all.facts) {
            let Some(place) = facts.iter().find(|fact| fact.starts_with("place: ")) else { continue };
            for ((mood, _), vector) in MOODS.iter().zip(&texts) {
                let sign = if facts.contains(*mood) { Sign::Minus } else { Sign::Plus };
                if sign == Sign::Plus && !facts.contains("mood: Day") {
                    continue;
                }
                let has_mood: Vec<bool> = all.facts.iter().map(|facts| facts.contains(*mood)).collect();
                let has_place = all.facts.iter().map(|facts| facts.contains(place));
                let meets: Vec<bool> = has_place.zip(&has_mood).map(|(place, mood)| place && *mood).collect();
                if sign == Sign::Plus && count(&meets) < 3 {
                    continue;
                }
                let term = |sign, is_picture, vector: &Embedding| EmbeddedTerm {
                    sign,
                    weight: 1.0,
                    is_picture,
                    vector: vector.clone(),
                };
                let terms = [term(Sign::Plus, true, picture), term(sign, false, vector)];
                let Some(query) = combine(&terms, spread) else { continue };
                let scores = products(&all.vectors, &query);
                match sign {
                    Sign::Minus => leaked.push(share_of(&best(&scores, K), &has_mood)),
                    Sign::Plus => met.push(share_of(&best(&scores, K.min(count(&meets))), &meets)),
                }
            }
        }
        let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len().max(1) as f64;
        println!("| {name} | {:.3} ({}) | {:.3} ({}) |", mean(&leaked), leaked.len(), mean(&met), met.len());
    }
    println!();
    Ok(())
}

/// The share of these rows of which something is true.
fn share_of(rows: &[usize], is: &[bool]) -> f64 {
    rows.iter().filter(|row| is[**row]).count() as f64 / rows.len().max(1) as f64
}

fn gallery(checkpoint: &Checkpoint) -> Result<Collection, Box<dyn Error>> {
    let Labelled { vectors, facts, .. } = Labelled::gallery(checkpoint)?;
    Ok(Collection { name: "demo gallery", vectors, facts, least: (4, 2) })
}

fn drawings(checkpoint: &Checkpoint) -> Result<Collection, Box<dyn Error>> {
    let Labelled { vectors, facts, .. } = Labelled::held_out(checkpoint, DRAWINGS, SEED)?;
    Ok(Collection { name: "held-out drawings", vectors, facts, least: (10, 4) })
}

/// The words for a fact, alone; `None` for facts that make no query.
fn words(fact: &str) -> Option<String> {
    let (about, value) = match fact.split_once(": ") {
        Some((about, value)) => (about, value),
        None if fact.starts_with("something ") => return Some(fact["something ".len()..].to_lowercase()),
        None if fact.starts_with("several ") || fact.starts_with("nothing ") => return None,
        None => return Some(with_article(fact)),
    };
    Some(match (about, value) {
        ("mood", "Day") | ("category" | "paper", _) => return None,
        ("place", "Mountains") => "mountains".to_owned(),
        ("place", "Sea") => "the sea".to_owned(),
        ("place", "Space") => "space".to_owned(),
        ("place", place) => with_article(&place.to_lowercase()),
        (_, "Striped") => "stripes".to_owned(),
        (_, "Dotted") => "dots".to_owned(),
        (_, "Checkered") => "checks".to_owned(),
        // Exact counts, sizes and spots begin with a small letter.
        (_, value) if value.starts_with(char::is_lowercase) || value == "Plain" => return None,
        (_, value) => value.to_lowercase(),
    })
}

fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Whether a query for one and against the other makes sense: a thing or a place, and a mood, a place, another thing, or the
/// colour or pattern of this very thing.
fn makes_sense(wanted: &str, unwanted: &str) -> bool {
    let is_noun = |fact: &str| !fact.contains(": ") && !fact.starts_with("something ");
    let is_place = |fact: &str| fact.starts_with("place: ");
    if AMBIGUOUS.contains(&wanted) || AMBIGUOUS.contains(&unwanted) || wanted == unwanted {
        return false;
    }
    if is_place(wanted) {
        return unwanted.starts_with("mood: ") || unwanted.starts_with("something ") || is_noun(unwanted);
    }
    let own = unwanted.strip_prefix(wanted).is_some_and(|rest| rest.starts_with(": "));
    is_noun(wanted) && (unwanted.starts_with("mood: ") || is_place(unwanted) || is_noun(unwanted) || own)
}

/// All pairs of which enough pictures show A without B, and enough A with B.
fn pairs(collection: &Collection, text: &TextEncoder) -> Result<Vec<Pair>, Box<dyn Error>> {
    let all: BTreeSet<&String> = collection.facts.iter().flatten().collect();
    let named: Vec<(&String, String)> = all.iter().filter_map(|fact| Some((*fact, words(fact)?))).collect();
    let mut known: HashMap<String, Embedding> = HashMap::new();
    let mut embed = |words: &str| -> Result<Embedding, Box<dyn Error>> {
        if let Some(vector) = known.get(words) {
            return Ok(vector.clone());
        }
        let vector = text.embed(&[words])?.pop().ok_or("no embedding")?;
        known.insert(words.to_owned(), vector.clone());
        Ok(vector)
    };
    let mut pairs = Vec::new();
    for (wanted, wanted_words) in &named {
        for (unwanted, unwanted_words) in &named {
            if !makes_sense(wanted, unwanted) {
                continue;
            }
            let has = |fact: &str| -> Vec<bool> {
                collection.facts.iter().map(|facts| facts.contains(fact)).collect()
            };
            let (shows_wanted, shows_unwanted) = (has(wanted), has(unwanted));
            let is_right: Vec<bool> = shows_wanted
                .iter()
                .zip(&shows_unwanted)
                .map(|(wanted, unwanted)| *wanted && !unwanted)
                .collect();
            let right = count(&is_right);
            let both = count(&shows_wanted) - right;
            let (least_right, least_both) = collection.least;
            // Where nearly all pictures of A are right, there is nothing to exclude.
            if right < least_right || both < least_both || both * 100 < 15 * (right + both) {
                continue;
            }
            pairs.push(Pair {
                wanted: embed(wanted_words)?,
                unwanted: embed(unwanted_words)?,
                in_words: embed(&format!("{wanted_words} without {unwanted_words}"))?,
                shows_unwanted,
                is_right,
            });
        }
    }
    Ok(pairs)
}

/// Whether the model knows A: the best pictures for A, without those that do show B, all show A. Where it does not, no
/// formula can be right, and nothing is learned about formulas.
fn is_found(collection: &Collection, pair: &Pair) -> bool {
    let scores = without_unwanted(collection, pair);
    let depth = K.min(count(&pair.is_right));
    best(&scores, depth).iter().all(|row| pair.is_right[*row])
}

fn without_unwanted(collection: &Collection, pair: &Pair) -> Vec<f32> {
    let scores = products(&collection.vectors, &pair.wanted);
    scores.iter().zip(&pair.shows_unwanted).map(|(score, shows)| if *shows { -9.0 } else { *score }).collect()
}

fn formulas() -> Vec<(String, Formula)> {
    let mut formulas: Vec<(String, Formula)> = vec![
        ("A, and pictures of B taken out by their facts".into(), Box::new(without_unwanted)),
        ("A alone".into(), Box::new(|all, pair| products(&all.vectors, &pair.wanted))),
        ("the text \"A without B\"".into(), Box::new(|all, pair| products(&all.vectors, &pair.in_words))),
    ];
    for share in [0.3, 0.4, 0.5, 0.6, 0.7, 1.0] {
        let name = format!("A - {share} B");
        formulas.push((
            name,
            Box::new(move |all, pair| products(&all.vectors, &less(&pair.wanted, &pair.unwanted, share))),
        ));
    }
    for share in [0.7, 1.0, 1.2] {
        let name = format!("A - {share} (A.B) B (projection)");
        formulas.push((
            name,
            Box::new(move |all, pair| {
                let share = share * product(&pair.wanted, &pair.unwanted);
                products(&all.vectors, &less(&pair.wanted, &pair.unwanted, share))
            }),
        ));
    }
    for share in [0.3, 0.5, 0.7] {
        let name = format!("A - {share} unit(B - (A.B) A)");
        formulas.push((
            name,
            Box::new(move |all, pair| {
                let common = product(&pair.wanted, &pair.unwanted);
                products(
                    &all.vectors,
                    &less(&pair.wanted, &unit(less(&pair.unwanted, &pair.wanted, common)), share),
                )
            }),
        ));
    }
    for share in [0.3, 0.5] {
        let name = format!("A - {share} unit(B - its part along the pictures' mean)");
        formulas.push((
            name,
            Box::new(move |all, pair| {
                let mean = mean(&all.vectors);
                let along = product(&pair.unwanted, &mean) / product(&mean, &mean);
                products(&all.vectors, &less(&pair.wanted, &unit(less(&pair.unwanted, &mean, along)), share))
            }),
        ));
    }
    for (share, deviations) in [(0.5, 0.5), (1.0, 0.5), (1.0, 1.0), (1.5, 1.0), (2.0, 1.0)] {
        let name = format!("two scores: a - {share} max(0, b - mean b - {deviations} sd b)");
        formulas.push((name, Box::new(move |all, pair| penalized(all, pair, share, deviations))));
    }
    formulas.push((
        "**`pixseek search`**".into(),
        Box::new(|all, pair| {
            let term = |sign, vector: &Embedding| EmbeddedTerm {
                sign,
                weight: 1.0,
                is_picture: false,
                vector: vector.clone(),
            };
            let terms = [term(Sign::Plus, &pair.wanted), term(Sign::Minus, &pair.unwanted)];
            products(&all.vectors, &combine(&terms, |_| None).unwrap_or_else(|| pair.wanted.clone()))
        }),
    ));
    formulas
}

/// The score for A, less what the score for B is above a threshold.
fn penalized(all: &Collection, pair: &Pair, share: f32, deviations: f32) -> Vec<f32> {
    let unwanted = products(&all.vectors, &pair.unwanted);
    let count = unwanted.len() as f32;
    let mean = unwanted.iter().sum::<f32>() / count;
    let threshold = mean + deviations * deviation(&unwanted);
    let wanted = products(&all.vectors, &pair.wanted);
    wanted.iter().zip(&unwanted).map(|(a, b)| a - share * (b - threshold).max(0.0)).collect()
}

fn print_row(name: &str, collection: &Collection, pairs: &[&Pair], formula: &Formula) {
    let (mut precision, mut leaked, mut recall, mut bad) = (0.0, 0.0, 0.0, 0);
    for pair in pairs {
        let scores = formula(collection, pair);
        let right = count(&pair.is_right);
        let depth = K.min(right);
        let found = best(&scores, depth);
        let own = share_of(&found, &pair.is_right);
        precision += own;
        leaked += share_of(&found, &pair.shows_unwanted);
        recall += share_of(&best(&scores, right), &pair.is_right);
        bad += usize::from(own < 0.7);
    }
    let count = pairs.len().max(1) as f64;
    println!("| {name} | {:.3} | {:.3} | {:.3} | {bad} |", precision / count, leaked / count, recall / count);
}

/// The rows with the greatest scores, best first.
fn best(scores: &[f32], depth: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..scores.len()).collect();
    rows.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    rows.truncate(depth);
    rows
}

/// The first vector less a share of the second.
fn less(a: &[f32], b: &[f32], share: f32) -> Embedding {
    a.iter().zip(b).map(|(a, b)| a - share * b).collect()
}

fn unit(vector: Embedding) -> Embedding {
    let length = product(&vector, &vector).sqrt();
    vector.into_iter().map(|component| component / length).collect()
}

fn mean(vectors: &[Embedding]) -> Embedding {
    let count = vectors.len() as f32;
    let component = |at: usize| vectors.iter().map(|vector| vector[at]).sum::<f32>() / count;
    (0..vectors[0].len()).map(component).collect()
}
