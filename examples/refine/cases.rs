//! Cases of refining a vague query by marks, on labelled pictures.
//!
//! The rules, written down before anything was measured:
//! - A start is a query for one fact: a colour, a mood other than day, a place, or a category ("a vehicle").
//! - What is meant is narrower: of a colour, things in that colour; of a mood or place, a kind of thing or a category there;
//!   of a category, one of its kinds. Enough pictures have to show it.
//! - A case counts if recall@20 of the start is at most 0.5, and both a right and a wrong picture are on the screen, which has
//!   20. Recall is the share of what is meant, or of 20 if more pictures show it.
//! - The user marks the best-ranked right picture and the best-ranked wrong one.
//! - The marked pictures are taken out before anything is counted, before and after (a residual collection): a picture that
//!   was pointed at need not be found again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::error::Error;

use pixseek::clip::{Checkpoint, Embedding, TextEncoder};
use pixseek::library::{EmbeddedTerm, combine};
use pixseek::query::Sign;

#[path = "../labelled/mod.rs"]
pub mod labelled;

use labelled::{AMBIGUOUS, Labelled, count, deviation, products};

/// The pictures of a screen, and those that recall is counted over.
pub const SCREEN: usize = 20;
/// The highest recall of a start that leaves something to refine.
const VAGUE: f64 = 0.5;
/// The categories that people ask for, and the words for them.
const CATEGORIES: [(&str, &str); 7] = [
    ("category: Shape", "a shape"),
    ("category: Vehicle", "a vehicle"),
    ("category: Animal", "an animal"),
    ("category: Building", "a building"),
    ("category: Plant", "a plant"),
    ("category: Food", "food"),
    ("category: Toy", "a toy"),
];

/// Pictures, and what is true of each.
pub struct Collection {
    pub name: String,
    pub vectors: Vec<Embedding>,
    facts: Vec<HashSet<String>>,
    /// The least number of pictures that show what is meant.
    least: usize,
}

/// A vague query, and what is meant by it.
pub struct Case {
    /// The vector of the query.
    pub start: Embedding,
    /// Of each picture, whether it shows what is meant.
    pub is_right: Vec<bool>,
}

impl Collection {
    /// The demo gallery.
    pub fn gallery(checkpoint: &Checkpoint) -> Result<Self, Box<dyn Error>> {
        let Labelled { vectors, facts, .. } = Labelled::gallery(checkpoint)?;
        Ok(Self { name: "demo gallery".into(), vectors, facts, least: 6 })
    }

    /// So many drawings that training never sees.
    pub fn held_out(checkpoint: &Checkpoint, count: usize, seed: u64) -> Result<Self, Box<dyn Error>> {
        let Labelled { vectors, facts, .. } = Labelled::held_out(checkpoint, count, seed)?;
        Ok(Self { name: format!("{count} held-out drawings, seed {seed}"), vectors, facts, least: 8 })
    }

    /// All cases that count.
    pub fn cases(&self, text: &TextEncoder) -> Result<Vec<Case>, Box<dyn Error>> {
        let all: BTreeSet<&str> = self.facts.iter().flatten().map(String::as_str).collect();
        let is_noun = |fact: &str| {
            let others = ["something ", "several ", "nothing "];
            !fact.contains(": ") && !others.iter().any(|start| fact.starts_with(start))
        };
        let nouns: Vec<&str> =
            all.iter().copied().filter(|fact| is_noun(fact) && !AMBIGUOUS.contains(fact)).collect();
        let mut cases = Vec::new();
        let mut known: HashMap<String, Embedding> = HashMap::new();
        for start in &all {
            let Some(words) = words(start) else { continue };
            for meant in nouns.iter().copied().chain(CATEGORIES.map(|(fact, _)| fact)) {
                let Some(is_right) = self.meant(start, meant) else { continue };
                if !known.contains_key(&words) {
                    let vector = text.embed(&[words.as_str()])?.pop().ok_or("no embedding")?;
                    known.insert(words.clone(), vector);
                }
                let case = Case { start: known[&words].clone(), is_right };
                let order = self.ranked(&case.start);
                let first = &order[..SCREEN.min(order.len())];
                let is_on_screen = |right: bool| first.iter().any(|row| case.is_right[*row] == right);
                if is_on_screen(true) && is_on_screen(false) && recall(&order, &case.is_right, &[]) <= VAGUE {
                    cases.push(case);
                }
            }
        }
        Ok(cases)
    }

    /// Queries of one and two words for what enough pictures show, and of each picture whether it does: kinds of things,
    /// colours, moods, places; several of a kind; kinds with a colour or pattern.
    #[allow(dead_code, reason = "the test of refining does without")]
    pub fn short_queries(&self, least: usize) -> Vec<(String, Vec<bool>)> {
        let all: BTreeSet<&str> = self.facts.iter().flatten().map(String::as_str).collect();
        let query = |fact: &str| {
            let query = match fact.split_once(": ") {
                None if fact.starts_with("nothing ") => return None,
                None => fact
                    .strip_prefix("something ")
                    .or_else(|| fact.strip_prefix("several "))
                    .unwrap_or(fact)
                    .to_lowercase(),
                Some(("mood", "Day") | ("category" | "paper", _)) => return None,
                Some(("mood" | "place", value)) => value.to_lowercase(),
                // Exact counts, sizes and spots begin with a small letter.
                Some((_, value)) if value.starts_with(char::is_lowercase) || value == "Plain" => return None,
                Some((kind, value)) => format!("{} {kind}", value.to_lowercase()),
            };
            (query.split(' ').count() <= 2).then_some(query)
        };
        let queries = all.iter().filter_map(|fact| {
            let shows: Vec<bool> = self.facts.iter().map(|facts| facts.contains(*fact)).collect();
            Some((query(fact)?, shows)).filter(|(_, shows)| count(shows) >= least)
        });
        queries.collect()
    }

    /// Of each picture, whether it shows what is meant by a start; `None` if the two are no pair, or too few pictures do.
    fn meant(&self, start: &str, meant: &str) -> Option<Vec<bool>> {
        let (is_category, is_kind) = (start.starts_with("category: "), !meant.starts_with("category: "));
        let has = |fact: &str| -> Vec<bool> { self.facts.iter().map(|facts| facts.contains(fact)).collect() };
        let both = || -> Vec<bool> { has(start).iter().zip(has(meant)).map(|(a, b)| *a && b).collect() };
        let is_right = match start.strip_prefix("something ") {
            Some(colour) if is_kind => has(&format!("{meant}: {colour}")),
            // A category is narrowed to one of its own kinds.
            _ if is_category && (!is_kind || count(&both()) < count(&has(meant))) => return None,
            _ => both(),
        };
        (count(&is_right) >= self.least).then_some(is_right)
    }

    /// All pictures, the most similar first.
    pub fn ranked(&self, query: &[f32]) -> Vec<usize> {
        let scores = products(&self.vectors, query);
        let mut rows: Vec<usize> = (0..scores.len()).collect();
        rows.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        rows
    }

    /// Recall before any mark, and after each of `rounds` rounds of two marks with these weights.
    pub fn refined(&self, case: &Case, rounds: usize, (right, wrong): (f32, f32)) -> Vec<f64> {
        let mut orders = vec![self.ranked(&case.start)];
        let mut marked = Vec::new();
        let term = |sign, weight, is_picture, vector: &Embedding| EmbeddedTerm {
            sign,
            weight,
            is_picture,
            vector: vector.clone(),
        };
        let mut terms = vec![term(Sign::Plus, 1.0, false, &case.start)];
        for _ in 0..rounds {
            let order = &orders[orders.len() - 1];
            let fresh: Vec<usize> =
                order.iter().take(SCREEN).copied().filter(|row| !marked.contains(row)).collect();
            for (sign, weight) in [(Sign::Plus, right), (Sign::Minus, wrong)] {
                let is_meant = |row: &&usize| case.is_right[**row] == (sign == Sign::Plus);
                if let Some(row) = fresh.iter().find(is_meant) {
                    marked.push(*row);
                    terms.push(term(sign, weight, true, &self.vectors[*row]));
                }
            }
            let spread = |vector: &[f32]| Some(deviation(&products(&self.vectors, vector)));
            orders.push(combine(&terms, spread).map_or_else(|| order.clone(), |query| self.ranked(&query)));
        }
        orders.iter().map(|order| recall(order, &case.is_right, &marked)).collect()
    }
}

/// The share of the right pictures among the first 20 of an order, of which some are left out.
fn recall(order: &[usize], is_right: &[bool], left_out: &[usize]) -> f64 {
    let kept = || order.iter().filter(|row| !left_out.contains(row));
    let right = kept().filter(|row| is_right[**row]).count();
    let found = kept().take(SCREEN).filter(|row| is_right[**row]).count();
    found as f64 / right.clamp(1, SCREEN) as f64
}

/// The query for a fact; `None` if it starts no case.
fn words(fact: &str) -> Option<String> {
    if let Some((_, words)) = CATEGORIES.iter().find(|(category, _)| *category == fact) {
        return Some((*words).to_owned());
    }
    if let Some(colour) = fact.strip_prefix("something ") {
        return Some(colour.to_lowercase());
    }
    match fact.split_once(": ")? {
        ("mood", mood) => (mood != "Day").then(|| mood.to_lowercase()),
        ("place", "Mountains") => Some("mountains".to_owned()),
        ("place", "Sea") => Some("the sea".to_owned()),
        ("place", "Space") => Some("space".to_owned()),
        ("place", place) => Some(format!("a {}", place.to_lowercase())),
        _ => None,
    }
}
