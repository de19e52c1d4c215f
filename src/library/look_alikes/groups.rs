//! Groups of look-alikes around the best picture of each.
//!
//! A picture joins a group only if it looks like the best picture of it, so that a chain of small steps, as from frame to
//! frame of a film, never brings together what does not look alike.

use std::collections::HashMap;

use rayon::prelude::*;

use super::register::{Plate, similarity};
use super::tree::{Point, Tree, point, signs};
use crate::catalog::{Hash, LookRow};

/// A picture by its index, and its similarity to the best of its group.
pub(super) type Member = (usize, f32);

/// How far apart the coarse looks of look-alikes are, at most, in levels of brightness: 99.8 % of copies are nearer.
const RADIUS: f32 = 16.0;
/// The number of signs of low frequencies in which look-alikes differ, at most: 99.5 % of copies do in fewer.
const SIGNS: u32 = 24;
/// How much the proportions of look-alikes differ, at most: a crop of 5 % at both ends makes 11 % of it.
const PROPORTIONS: f32 = 0.14;
/// Contents that are compared at once. Those that turn out to belong to a group of an earlier one were compared in vain.
const CHUNK: usize = 256;

/// Some contents that have a thumbprint.
struct Content {
    plate: Plate,
    /// The signs of its low frequencies.
    signs: u64,
    /// The logarithm of width by height.
    proportions: f32,
    /// The pictures that have it, best first.
    pictures: Vec<usize>,
}

/// Finds the groups of at least two pictures, each with its best first, then the most similar; in the order of the paths of
/// their best. `looks` are best first.
pub(super) fn find(looks: &[LookRow], threshold: f32) -> Vec<Vec<Member>> {
    let (contents, points, others) = contents(looks);
    let leaders = lead(&contents, &points, threshold);
    let mut groups: HashMap<usize, Vec<Member>> = HashMap::new();
    for (at, (leader, similarity)) in leaders.into_iter().enumerate() {
        let group = groups.entry(leader).or_default();
        group.extend(contents[at].pictures.iter().map(|picture| (*picture, similarity)));
    }
    let others = others.into_iter().map(|group| group.into_iter().map(|picture| (picture, 1.0)).collect());
    let mut groups: Vec<Vec<Member>> = groups.into_values().chain(others).collect();
    groups.retain(|group| group.len() > 1);
    for group in &mut groups {
        // Identical files have 1 as the best has, which is the first of them.
        group.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    let best = |group: &[Member]| group.first().and_then(|(at, _)| looks.get(*at)).map(|look| &look.path);
    groups.sort_by(|a, b| best(a).cmp(&best(b)));
    groups
}

/// The contents with thumbprints, best first, with their points; and the pictures of each of the others.
fn contents(looks: &[LookRow]) -> (Vec<Content>, Vec<Point>, Vec<Vec<usize>>) {
    let mut place: HashMap<Hash, usize> = HashMap::new();
    let mut pictures: Vec<Vec<usize>> = Vec::new();
    for (at, look) in looks.iter().enumerate() {
        let place = *place.entry(look.hash).or_insert_with(|| {
            pictures.push(Vec::new());
            pictures.len() - 1
        });
        pictures[place].push(at);
    }
    let (mut contents, mut points, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for pictures in pictures {
        let look = pictures.first().and_then(|first| looks.get(*first));
        let Some((look, print)) = look.and_then(|look| Some((look, look.thumbprint?))) else {
            others.push(pictures);
            continue;
        };
        let proportions =
            look.dimensions.map_or(0.0, |(width, height)| (width.max(1) as f32 / height.max(1) as f32).ln());
        points.push(point(&print));
        contents.push(Content { plate: Plate::new(&print), signs: signs(&print), proportions, pictures });
    }
    (contents, points, others)
}

/// For each content the one that leads its group, perhaps itself, and how similar they are.
fn lead(contents: &[Content], points: &[Point], threshold: f32) -> Vec<(usize, f32)> {
    let tree = Tree::new(points);
    let mut leaders: Vec<Option<(usize, f32)>> = vec![None; contents.len()];
    let mut next = 0;
    while next < contents.len() {
        let open = (next..contents.len()).filter(|at| leaders[*at].is_none());
        let chunk: Vec<usize> = open.take(CHUNK).collect();
        let Some(last) = chunk.last() else { break };
        next = last + 1;
        let similar: Vec<(usize, Vec<Member>)> = chunk
            .into_par_iter()
            .map(|at| (at, similar_after(contents, points, &tree, at, threshold)))
            .collect();
        for (at, similar) in similar {
            if leaders[at].is_some() {
                continue;
            }
            leaders[at] = Some((at, 1.0));
            for (other, similarity) in similar {
                if leaders[other].is_none_or(|(_, before)| before < similarity) {
                    leaders[other] = Some((at, similarity));
                }
            }
        }
    }
    leaders.into_iter().enumerate().map(|(at, leader)| leader.unwrap_or((at, 1.0))).collect()
}

/// The contents after `at` that look like it.
fn similar_after(
    contents: &[Content],
    points: &[Point],
    tree: &Tree,
    at: usize,
    threshold: f32,
) -> Vec<Member> {
    let one = &contents[at];
    let mut similar = Vec::new();
    tree.near(&points[at], RADIUS, |other| {
        let content = &contents[other];
        let is_near = (one.signs ^ content.signs).count_ones() <= SIGNS;
        if other > at && is_near && (one.proportions - content.proportions).abs() <= PROPORTIONS {
            let similarity = similarity(&one.plate, &content.plate);
            if similarity >= threshold {
                similar.push((other, similarity));
            }
        }
    });
    similar
}
