//! The map is true: no room uses another that ARCHITECTURE.md's table does not list for it, no files go round in a circle,
//! and the words that were given up do not come back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// The folder of this project.
fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The path of a module within the crate; empty for `lib.rs`.
type Module = Vec<String>;

/// A file of the crate.
struct Source {
    path: PathBuf,
    /// Modules that it declares in files of their own.
    children: BTreeSet<String>,
    /// What it passes on under its own name: the name, and the path that it stands for.
    reexports: BTreeMap<String, Vec<String>>,
    /// Every path that begins in the crate, resolved to names from its root on; those of tests apart.
    uses: BTreeSet<Vec<String>>,
    test_uses: BTreeSet<Vec<String>>,
}

/// All files of the crate, by module.
fn sources() -> BTreeMap<Module, Source> {
    let mut sources = BTreeMap::new();
    read(&project().join("src/lib.rs"), Vec::new(), false, &mut sources);
    sources
}

fn read(path: &Path, module: Module, is_test: bool, sources: &mut BTreeMap<Module, Source>) {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = Reader {
        module: module.clone(),
        depth: module.len(),
        is_test,
        children: BTreeMap::new(),
        source: Source {
            path: path.to_owned(),
            children: BTreeSet::new(),
            reexports: BTreeMap::new(),
            uses: BTreeSet::new(),
            test_uses: BTreeSet::new(),
        },
    };
    reader.visit_file(&file);
    let Reader { mut source, children, .. } = reader;
    let name = path.file_stem().unwrap().to_string_lossy();
    let folder = if name == "mod" || name == "lib" {
        path.parent().unwrap().to_owned()
    } else {
        path.with_extension("")
    };
    source.children = children.keys().cloned().collect();
    sources.insert(module.clone(), source);
    for (child, child_is_test) in children {
        let files = [folder.join(format!("{child}.rs")), folder.join(&child).join("mod.rs")];
        let file = files.iter().find(|file| file.is_file());
        let file = file.unwrap_or_else(|| panic!("no file for module {child} of {}", path.display()));
        read(file, [module.clone(), vec![child]].concat(), is_test || child_is_test, sources);
    }
}

/// Walks the syntax of a file.
struct Reader {
    /// Where it is, inline modules included.
    module: Module,
    /// Number of names of the file's own module.
    depth: usize,
    is_test: bool,
    /// Declared modules, and whether each is for tests only.
    children: BTreeMap<String, bool>,
    source: Source,
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test")
    })
}

impl Reader {
    /// A path as names from the crate's root on, if it begins there.
    fn resolve(&self, names: &[String]) -> Option<Vec<String>> {
        let mut at: Module = self.module.clone();
        let mut rest = names;
        match names.first()?.as_str() {
            "crate" => (at, rest) = (Vec::new(), &names[1..]),
            "self" => rest = &names[1..],
            "super" => {
                while rest.first().is_some_and(|name| name == "super") {
                    at.pop();
                    rest = &rest[1..];
                }
            }
            // A module of this file, called by its name.
            name if self.module.len() == self.depth && self.children.contains_key(name) => {}
            _ => return None,
        }
        at.extend(rest.iter().cloned());
        Some(at)
    }

    fn note(&mut self, names: &[String]) {
        if let Some(path) = self.resolve(names) {
            let uses = if self.is_test { &mut self.source.test_uses } else { &mut self.source.uses };
            uses.insert(path);
        }
    }

    /// Every path of a tree of imports, and the name that each gets.
    fn imports(tree: &syn::UseTree, before: &[String], found: &mut Vec<(Vec<String>, String)>) {
        match tree {
            syn::UseTree::Path(path) => {
                let before = [before, &[path.ident.to_string()]].concat();
                Self::imports(&path.tree, &before, found);
            }
            syn::UseTree::Name(name) if name.ident == "self" => {
                found.push((before.to_vec(), before.last().cloned().unwrap_or_default()));
            }
            syn::UseTree::Name(name) => {
                found.push(([before, &[name.ident.to_string()]].concat(), name.ident.to_string()));
            }
            syn::UseTree::Rename(rename) => {
                found.push(([before, &[rename.ident.to_string()]].concat(), rename.rename.to_string()));
            }
            syn::UseTree::Glob(_) => found.push((before.to_vec(), "*".to_owned())),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| Self::imports(tree, before, found));
            }
        }
    }

    /// Paths in what a macro is given, which is no syntax yet.
    fn note_tokens(&mut self, tokens: proc_macro2::TokenStream) {
        let words: Vec<String> = tokens.to_string().split_whitespace().map(str::to_owned).collect();
        let text = words.join(" ");
        for beginning in ["crate :: ", "super :: "] {
            for (at, _) in text.match_indices(beginning) {
                let path = text[at..]
                    .split(" :: ")
                    .map(|name| name.split(' ').next().unwrap_or_default().to_owned());
                let is_name = |name: &String| name.chars().all(|c| c.is_alphanumeric() || c == '_');
                self.note(&path.take_while(is_name).collect::<Vec<_>>());
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_file(&mut self, file: &'ast syn::File) {
        // Modules first: they may be called by name above the line that declares them.
        for item in &file.items {
            if let syn::Item::Mod(module) = item
                && module.content.is_none()
            {
                self.children.insert(module.ident.to_string(), is_for_tests(&module.attrs));
            }
        }
        visit::visit_file(self, file);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.content.is_some() {
            let was = self.is_test;
            self.is_test |= is_for_tests(&module.attrs);
            self.module.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.module.pop();
            self.is_test = was;
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let mut found = Vec::new();
        Self::imports(&item.tree, &[], &mut found);
        let is_passed_on = !matches!(item.vis, syn::Visibility::Inherited);
        for (names, name) in found {
            match self.resolve(&names).filter(|_| is_passed_on && self.module.len() == self.depth) {
                Some(path) => drop(self.source.reexports.insert(name, path)),
                None => self.note(&names),
            }
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.note(&names);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.note_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// The file that has what a path leads to.
fn owner(path: &[String], sources: &BTreeMap<Module, Source>) -> Module {
    let mut module = Vec::new();
    let mut rest = path;
    while let Some((name, after)) = rest.split_first() {
        let source = &sources[&module];
        if source.children.contains(name) {
            module.push(name.clone());
            rest = after;
        } else if let Some(target) = source.reexports.get(name).filter(|target| target.as_slice() != path) {
            return owner(&[target.as_slice(), after].concat(), sources);
        } else {
            break;
        }
    }
    module
}

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

/// Words that were given up for the field's own, as names of types, of functions and of files.
const TYPES: &[&str] = &[
    "Sieve",
    "Matrix",
    "Rounding",
    "RoundedQuery",
    "Rounded",
    "Hubs",
    "Graphs",
    "Wanted",
    "Once",
    "Tally",
    "Round",
    "Described",
    "Known",
    "Ear",
    "Listening",
    "Budget",
    "Outline",
    "Floats",
    "Int8",
    "Cells",
    "Onto",
    "Past",
    "Rehearsal",
    "Typist",
    "Interview",
    "Mailbox",
    "Wish",
    "Mail",
    "Errand",
    "Look",
    "Like",
    "ColourDepth",
    "LeftOut",
    "News",
];
const FUNCTIONS: &[&str] = &[
    "pass",
    "best_of",
    "settle",
    "centre",
    "looked_at",
    "look",
    "spread",
    "adopt",
    "retire",
    "tail",
    "pays",
    "abandon",
    "left_out",
    "needed",
    "second_opinion",
    "fit",
    "of_height",
    "remembers",
    "side_by_side",
    "hear",
    "conclude",
    "roundings",
    "slack",
    "rows_a_point",
    "ring",
    "rehearse",
    "interview",
];
const FILES: &[&str] = &[
    "sieve",
    "rounded",
    "matrix",
    "hubs",
    "numbering",
    "graphs",
    "upkeep",
    "wanted",
    "once",
    "tally",
    "left_out",
    "ear",
    "budget",
    "outline",
    "other",
    "fit",
    "floats",
    "cells",
    "rehearsal",
    "mailbox",
    "depth",
];

/// Names that a file defines.
#[derive(Default)]
struct Definitions {
    types: Vec<String>,
    functions: Vec<String>,
}

impl<'ast> Visit<'ast> for Definitions {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.types.push(item.ident.to_string());
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.types.push(item.ident.to_string());
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.types.push(item.ident.to_string());
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.types.push(item.ident.to_string());
        visit::visit_item_trait(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.functions.push(signature.ident.to_string());
    }
}

#[test]
fn words_that_were_given_up_do_not_come_back() {
    let mut wrong = Vec::new();
    for source in sources().values() {
        let mut names = Definitions::default();
        names.visit_file(&syn::parse_file(&fs::read_to_string(&source.path).unwrap()).unwrap());
        let mut note =
            |kind: &str, name: &str| wrong.push(format!("{}: {kind} {name}", source.path.display()));
        names.types.iter().filter(|name| TYPES.contains(&name.as_str())).for_each(|name| note("type", name));
        names
            .functions
            .iter()
            .filter(|name| FUNCTIONS.contains(&name.as_str()))
            .for_each(|name| note("fn", name));
        let file = source.path.file_stem().unwrap().to_string_lossy();
        let folder = source.path.parent().unwrap().file_name().unwrap().to_string_lossy();
        [file, folder]
            .iter()
            .filter(|name| FILES.contains(&name.as_ref()))
            .for_each(|name| note("file", name));
    }
    assert!(wrong.is_empty(), "words that were given up:\n{}", wrong.join("\n"));
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
