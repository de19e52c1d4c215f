//! Words that were given up do not come back.

use std::fs;

use syn::visit::{self, Visit};

use super::sources::sources;

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
