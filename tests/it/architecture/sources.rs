//! The files of the crate, and what each of them uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// The folder of this project.
pub(super) fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The path of a module within the crate; empty for `lib.rs`.
pub(super) type Module = Vec<String>;

/// A file of the crate.
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// Modules that it declares in files of their own.
    pub(super) children: BTreeSet<String>,
    /// What it passes on under its own name: the name, and the path that it stands for.
    pub(super) reexports: BTreeMap<String, Vec<String>>,
    /// Every path that begins in the crate, resolved to names from its root on; those of tests apart.
    pub(super) uses: BTreeSet<Vec<String>>,
    pub(super) test_uses: BTreeSet<Vec<String>>,
}

/// All files of the crate, by module.
pub(super) fn sources() -> BTreeMap<Module, Source> {
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
pub(super) fn owner(path: &[String], sources: &BTreeMap<Module, Source>) -> Module {
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
