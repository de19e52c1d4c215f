//! Several terms become one vector.
//!
//! What is wanted is added up, and half of what is not wanted is taken away: `a boat - night` looks along
//! `boat - 0.5 night`. One vector can be searched exactly and by graphs alike. How other formulas fare is told in
//! `docs/design/queries.md`.

use super::unit::unit;
use crate::query::Sign;

/// The share of the unwanted that is taken away from the wanted.
const EXCLUSION: f32 = 0.5;
/// The weight of a picture that a user marks as right, beside a query: the results become more like it.
///
/// Adding right pictures to the query's vector and taking wrong ones away is relevance feedback (J. J. Rocchio, "Relevance
/// Feedback in Information Retrieval", in G. Salton (ed.), The SMART Retrieval System, 1971). Each mark has a weight of its
/// own, as in E. Ide's variant in the same book. The weights are measured in `docs/design/queries.md`.
pub const RIGHT_WEIGHT: f32 = 0.75;
/// The weight of a picture that a user marks as wrong, beside a query: the results become less like it.
pub const WRONG_WEIGHT: f32 = 0.25;
/// The number of terms of a kind, at most, whose scores' spread is asked for.
const MAX_SPREADS: usize = 16;
/// Vectors that are shorter than this point nowhere: the terms cancel out.
const SHORTEST: f32 = 1e-4;

/// A term of a query with its vector.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddedTerm {
    /// Whether it is wanted.
    pub sign: Sign,
    /// How much it counts beside the others, above 0.
    pub weight: f32,
    /// Whether the vector is that of a picture, rather than a text's.
    pub is_picture: bool,
    /// The vector, of unit length.
    pub vector: Vec<f32>,
}

/// The vector of a query with these terms, of unit length. The score of a picture is its cosine to this vector.
///
/// With the wanted vectors `p` and the unwanted `n`, weighted by `w`, it points along
/// `unit(sum of w p) - 0.5 (sum of w n) / (mean w of the wanted)`; when nothing is wanted, away from the sum of `w n`.
/// A single wanted term keeps its vector, bit for bit.
///
/// Scores by a picture differ more within a collection than scores by a text. Where both kinds meet, texts count as much
/// more as makes up for that: `spread` gives the standard deviation of the collection's scores by a vector, or `None`
/// when there are too few pictures to tell.
///
/// Returns `None` when there is no term, or the terms cancel out.
pub fn combine(terms: &[EmbeddedTerm], spread: impl Fn(&[f32]) -> Option<f32>) -> Option<Vec<f32>> {
    if let [EmbeddedTerm { sign: Sign::Plus, vector, .. }] = terms {
        return Some(vector.clone());
    }
    let of_text = text_factor(terms, spread);
    let factor = |term: &EmbeddedTerm| term.weight * if term.is_picture { 1.0 } else { of_text };
    let sum = |sign| {
        let of_sign: Vec<&EmbeddedTerm> = terms.iter().filter(|term| term.sign == sign).collect();
        let mut sum = vec![0.0; terms.first()?.vector.len()];
        for term in &of_sign {
            add(&mut sum, &term.vector, factor(term));
        }
        let mean_factor = of_sign.iter().map(|term| factor(term)).sum::<f32>() / of_sign.len() as f32;
        (!of_sign.is_empty()).then_some((sum, mean_factor))
    };
    match (sum(Sign::Plus), sum(Sign::Minus)) {
        (Some((wanted, mean)), unwanted) => {
            // Beside weights of 1000, those of 0.001 are still seen.
            let mut vector = unit(wanted, SHORTEST * mean)?;
            if let Some((unwanted, _)) = unwanted {
                add(&mut vector, &unwanted, -EXCLUSION / mean);
            }
            unit(vector, SHORTEST)
        }
        (None, Some((unwanted, mean))) => {
            let away = unwanted.iter().map(|component| -component).collect();
            unit(away, SHORTEST * mean)
        }
        (None, None) => None,
    }
}

/// How much more a text counts than a picture: the ratio of the mean spreads of their scores, 1 if there are no such pairs.
/// Of more than [`MAX_SPREADS`] terms of a kind, evenly chosen ones stand for all, so that a query of a thousand terms
/// does not take a second for it.
fn text_factor(terms: &[EmbeddedTerm], spread: impl Fn(&[f32]) -> Option<f32>) -> f32 {
    let mean_spread = |is_picture| {
        let of_kind: Vec<_> = terms.iter().filter(|term| term.is_picture == is_picture).collect();
        if of_kind.is_empty() {
            return None;
        }
        let step = of_kind.len().div_ceil(MAX_SPREADS);
        let chosen: Vec<_> = of_kind.iter().step_by(step).collect();
        let sum: Option<f32> = chosen.iter().map(|term| spread(&term.vector)).sum();
        sum.map(|sum| sum / chosen.len() as f32)
    };
    let has_both = terms.iter().any(|term| term.is_picture) && terms.iter().any(|term| !term.is_picture);
    if !has_both {
        return 1.0;
    }
    match (mean_spread(true), mean_spread(false)) {
        (Some(of_pictures), Some(of_texts)) if of_pictures > f32::EPSILON && of_texts > f32::EPSILON => {
            of_pictures / of_texts
        }
        _ => 1.0,
    }
}

fn add(sum: &mut [f32], vector: &[f32], factor: f32) {
    sum.iter_mut().zip(vector).for_each(|(sum, component)| *sum += factor * component);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(sign: Sign, weight: f32, vector: &[f32]) -> EmbeddedTerm {
        EmbeddedTerm { sign, weight, is_picture: false, vector: vector.to_vec() }
    }

    fn plus(vector: &[f32]) -> EmbeddedTerm {
        term(Sign::Plus, 1.0, vector)
    }

    fn minus(vector: &[f32]) -> EmbeddedTerm {
        term(Sign::Minus, 1.0, vector)
    }

    #[track_caller]
    fn points_along(terms: &[EmbeddedTerm], expected: &[f32]) {
        let vector = combine(terms, |_| None).unwrap();
        let length = expected.iter().map(|x| x * x).sum::<f32>().sqrt();
        for (component, expected) in vector.iter().zip(expected) {
            assert!((component - expected / length).abs() < 1e-6, "{vector:?}");
        }
    }

    #[test]
    fn one_wanted_term_keeps_its_bits() {
        let odd = [0.1f32, 0.2, 0.974_679_5];
        for weight in [0.001, 1.0, 1000.0] {
            assert_eq!(combine(&[term(Sign::Plus, weight, &odd)], |_| None), Some(odd.to_vec()));
        }
    }

    #[test]
    fn the_wanted_add_up_and_half_of_the_unwanted_goes() {
        let (x, y, z) = (&[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0], &[0.0, 0.0, 1.0]);
        points_along(&[plus(x), plus(y)], &[1.0, 1.0, 0.0]);
        points_along(&[plus(x), term(Sign::Plus, 3.0, y)], &[1.0, 3.0, 0.0]);
        points_along(&[plus(x), minus(y)], &[1.0, -0.5, 0.0]);
        points_along(&[minus(y), plus(x), minus(z)], &[1.0, -0.5, -0.5]);
        points_along(&[plus(x), term(Sign::Minus, 2.0, y)], &[1.0, -1.0, 0.0]);
        // Weights are relative to one another.
        points_along(&[term(Sign::Plus, 2.0, x), minus(y)], &[1.0, -0.25, 0.0]);
        points_along(&[term(Sign::Plus, 0.001, x), term(Sign::Minus, 0.002, y)], &[1.0, -1.0, 0.0]);
        points_along(&[minus(y)], &[0.0, -1.0, 0.0]);
        points_along(&[minus(y), term(Sign::Minus, 2.0, z)], &[0.0, -1.0, -2.0]);
    }

    #[test]
    fn nothing_is_left_of_terms_that_cancel_out() {
        let x = &[1.0, 0.0];
        assert_eq!(combine(&[], |_| None), None);
        assert_eq!(combine(&[plus(x), plus(&[-1.0, 0.0])], |_| None), None);
        assert_eq!(combine(&[plus(x), term(Sign::Minus, 2.0, x)], |_| None), None);
        let finite = combine(&[term(Sign::Plus, 1000.0, x), term(Sign::Plus, 0.001, &[0.0, 1.0])], |_| None);
        assert!(finite.unwrap().iter().all(|component| component.is_finite()));
    }

    #[test]
    fn texts_count_more_where_pictures_differ_more() {
        let picture = EmbeddedTerm { is_picture: true, ..plus(&[1.0, 0.0]) };
        let text = plus(&[0.0, 1.0]);
        let spread = |vector: &[f32]| Some(if vector[0] > 0.5 { 0.3 } else { 0.1 });
        let both = combine(&[picture.clone(), text.clone()], spread).unwrap();
        assert!((both[1] / both[0] - 3.0).abs() < 1e-5, "{both:?}");
        let exclusion = combine(&[picture.clone(), minus(&[0.0, 1.0])], spread).unwrap();
        assert!((exclusion[1] / exclusion[0] + 1.5).abs() < 1e-5, "{exclusion:?}");
        let of_text = EmbeddedTerm { sign: Sign::Minus, ..picture.clone() };
        let exclusion = combine(&[text.clone(), of_text], spread).unwrap();
        assert!((exclusion[0] / exclusion[1] + 0.5 / 3.0).abs() < 1e-5, "{exclusion:?}");
        // Texts alone, and collections of one picture, need no balance.
        let texts = combine(&[text.clone(), plus(&[1.0, 0.0])], spread).unwrap();
        assert!((texts[0] - texts[1]).abs() < 1e-6);
        let unknown = combine(&[picture, text], |_| None).unwrap();
        assert!((unknown[0] - unknown[1]).abs() < 1e-6);
    }
}
