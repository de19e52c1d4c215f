//! Whether short queries, and the words that name pictures, are better for standing in several sentences.

use std::error::Error;

use pixseek::clip::TextEncoder;
use pixseek::library::{NAMING_SENTENCES, mean_embedding};

use super::cases::Collection;
use super::cases::labelled::{count, product};

/// Recall and precision are those of so many best pictures.
const K: usize = 10;
/// The least number of pictures that show what a query is for.
const LEAST: usize = 3;

/// Prints recall@10 of queries of one and of two words, and how many of the nearest words of a picture are true.
pub fn print(collection: &Collection, text: &TextEncoder) -> Result<(), Box<dyn Error>> {
    let sets: [(&str, &[&str]); 5] = [
        ("**as typed**", &["{}"]),
        ("`a {}`", &["a {}"]),
        ("`{}`, `a {}`, `a picture of a {}`", &["{}", "a {}", "a picture of a {}"]),
        ("`a photo of a {}`", &["a photo of a {}"]),
        ("the eight of CLIP", &NAMING_SENTENCES),
    ];
    let queries = collection.short_queries(LEAST);
    println!("| sentences | one word | two words | true of the 1, 3, 5 nearest words |");
    println!("|---|---|---|---|");
    for (name, templates) in sets {
        let mut recalls = [Vec::new(), Vec::new()];
        let mut words = Vec::new();
        for (query, shows) in &queries {
            let vector = mean_embedding(text, query, templates)?;
            let found = collection.ranked(&vector).into_iter().take(K).filter(|row| shows[*row]).count();
            let number = query.split(' ').count() - 1;
            recalls[number].push(found as f64 / count(shows).min(K) as f64);
            if number == 0 {
                words.push((vector, shows));
            }
        }
        let true_of = |k: usize| {
            let shares = collection.vectors.iter().enumerate().map(|(row, picture)| {
                let mut nearest: Vec<_> =
                    words.iter().map(|(vector, shows)| (product(vector, picture), shows[row])).collect();
                nearest.sort_by(|a, b| b.0.total_cmp(&a.0));
                nearest.iter().take(k).filter(|(_, is_true)| *is_true).count() as f64 / k as f64
            });
            shares.sum::<f64>() / collection.vectors.len() as f64
        };
        let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len().max(1) as f64;
        println!(
            "| {name} | {:.3} ({}) | {:.3} ({}) | {:.3}, {:.3}, {:.3} |",
            mean(&recalls[0]),
            recalls[0].len(),
            mean(&recalls[1]),
            recalls[1].len(),
            true_of(1),
            true_of(3),
            true_of(5)
        );
    }
    println!();
    Ok(())
}
