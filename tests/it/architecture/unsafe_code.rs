//! SECURITY.md's table of unsafe code is true: every file that has some, and how much.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::sources::project;

/// Lines of code with an unsafe block, function or implementation in a file.
fn count(text: &str) -> usize {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let is_unsafe =
        |line: &&str| ["unsafe {", "unsafe fn ", "unsafe impl"].iter().any(|words| line.contains(words));
    text.lines().filter(is_code).filter(is_unsafe).count()
}

fn collect(folder: &Path, found: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            collect(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let count = count(&fs::read_to_string(&entry).unwrap());
            if count > 0 {
                let name = entry.strip_prefix(project()).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, count);
            }
        }
    }
}

#[test]
fn the_table_of_unsafe_code_is_true() {
    let text = fs::read_to_string(project().join("SECURITY.md")).unwrap();
    let row = |line: &str| {
        let mut cells = line.split('|').skip(1).map(str::trim);
        let file = cells.next()?.strip_prefix('`')?.strip_suffix('`')?.to_owned();
        Some((file, cells.next()?.parse().ok()?))
    };
    let table: BTreeMap<String, usize> = text.lines().filter_map(row).collect();
    let mut found = BTreeMap::new();
    collect(&project().join("src"), &mut found);
    assert_eq!(table, found);
}
