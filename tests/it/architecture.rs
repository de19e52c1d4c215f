//! The map is true: no room uses another that ARCHITECTURE.md's table does not list for it, no files go round in a circle,
//! and the words that were given up do not come back.

mod given_up;
mod sources;
mod unsafe_code;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use sources::{Module, owner, project, sources};

/// Rooms and those that each may use, as ARCHITECTURE.md has them: rows of "| `room` | what lives there | `a`, `b` |".
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(project().join("ARCHITECTURE.md")).unwrap();
    let quoted = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(|name| name.trim_end_matches('/').to_owned()).collect()
    };
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim().trim_matches('|').split(" | ").collect();
        let room = quoted(cells.first()?).into_iter().next()?;
        let is_room = cells.len() == 3 && project().join("src").join(&room).is_dir();
        is_room.then(|| (room, quoted(cells[2]).into_iter().collect()))
    });
    rows.collect()
}

#[test]
fn rooms_use_only_those_that_the_table_lists() {
    let (sources, table) = (sources(), table());
    let mut wrong = Vec::new();
    for (module, source) in &sources {
        let Some(room) = module.first() else { continue };
        let allowed =
            table.get(room).unwrap_or_else(|| panic!("ARCHITECTURE.md's table has no room `{room}`"));
        let uses = source.uses.iter().chain(&source.test_uses).chain(source.reexports.values());
        for path in uses {
            let Some(used) = path.first().filter(|used| sources[&Vec::new()].children.contains(*used)) else {
                continue;
            };
            if used != room && !allowed.contains(used) {
                wrong.push(format!("{}: {}", source.path.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that the table does not list:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_has_every_room_and_no_circle() {
    let (sources, table) = (sources(), table());
    let rooms: BTreeSet<_> = sources[&Vec::new()].children.iter().cloned().collect();
    assert_eq!(table.keys().cloned().collect::<BTreeSet<_>>(), rooms);
    let arrows = table.iter().map(|(room, uses)| (room.clone(), uses.clone())).collect();
    assert_eq!(circles(&arrows), BTreeSet::new());
}

#[test]
fn no_files_go_round_in_a_circle() {
    let sources = sources();
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let name = |module: &Module| sources[module].path.strip_prefix(project()).unwrap().display().to_string();
    for (module, source) in &sources {
        let to = source.uses.iter().map(|path| owner(path, &sources)).filter(|owner| owner != module);
        // `lib.rs` and the like only say what there is.
        arrows.entry(name(module)).or_default().extend(to.map(|owner| name(&owner)));
    }
    assert_eq!(circles(&arrows), BTreeSet::new());
}

/// Groups of names that lead to one another, each group sorted.
fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<BTreeSet<String>> {
    let reached = |start: &String| {
        let (mut reached, mut ahead) = (BTreeSet::new(), vec![start]);
        while let Some(next) = ahead.pop() {
            let Some(next) = arrows.get(next) else { continue };
            ahead.extend(next.iter().filter(|name| reached.insert((*name).clone())));
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        arrows.keys().map(|name| (name, reached(name))).collect();
    let group = |(name, there): (&&String, &BTreeSet<String>)| -> BTreeSet<String> {
        let leads_back = |other: &&String| reached.get(other).is_some_and(|back| back.contains(*name));
        there.iter().filter(leads_back).cloned().collect()
    };
    reached.iter().map(group).filter(|group| !group.is_empty()).collect()
}

#[test]
fn circles_are_found() {
    let arrows = |pairs: &[(&str, &str)]| {
        let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            arrows.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        arrows
    };
    assert!(circles(&arrows(&[("a", "b"), ("a", "c"), ("b", "c")])).is_empty());
    let circles = circles(&arrows(&[("a", "b"), ("b", "c"), ("c", "b"), ("d", "d")]));
    let groups: Vec<Vec<String>> = circles.into_iter().map(|group| group.into_iter().collect()).collect();
    assert_eq!(groups, [vec!["b", "c"], vec!["d"]]);
}

/// Ways of finding out what the CPU has, which would pass over the cap of `PIXSEEK_CPU`.
const DETECTIONS: &[&str] = &[
    "is_x86_feature_detected",
    "is_aarch64_feature_detected",
    "pulp::Arch",
    "pulp::x86",
    "pulp::aarch64",
    "Arch::new",
    "target_feature = ",
];

#[test]
fn only_one_file_looks_at_the_cpu() {
    let mut wrong = Vec::new();
    for source in sources().values().filter(|source| !source.path.ends_with("src/base/cpu.rs")) {
        let text = fs::read_to_string(&source.path).unwrap();
        for (i, line) in text.lines().enumerate() {
            let imports_arch = line.trim_start().starts_with("use pulp::") && line.contains("Arch");
            if imports_arch || DETECTIONS.iter().any(|detection| line.contains(detection)) {
                wrong.push(format!("{}:{}: {}", source.path.display(), i + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "`base::cpu` tells what the CPU has, within its cap:\n{}", wrong.join("\n"));
}
