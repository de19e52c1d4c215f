//! Opens pictures with the viewer of the system.

use std::path::PathBuf;

use crate::base::paths;
use crate::library::Boundary;
use crate::tui::display::counted;

/// Opens each picture with the program that the system has for it, without waiting; none if one lies outside `boundary`.
/// Returns words on how it went. `asked_for` counts the pictures that the user asked for, which may be more.
pub(crate) fn open(boundary: &Boundary, pictures: &[PathBuf], asked_for: usize) -> String {
    let resolve = |path: &PathBuf| boundary.resolve(path).map_err(|error| (path.clone(), error));
    let resolved = match pictures.iter().map(resolve).collect::<Result<Vec<_>, _>>() {
        Ok(resolved) => resolved,
        Err((path, error)) => return format!("{} was not opened: {error}", paths::display(&path)),
    };
    for path in &resolved {
        if let Err(error) = opener::open(path) {
            return format!("nothing opens {}: {error}", paths::display(path));
        }
    }
    match pictures {
        [path] => format!("opened {}", paths::display(path)),
        many if many.len() < asked_for => {
            format!("opened the first {} of {}", many.len(), counted(asked_for, "picture"))
        }
        many => format!("opened {}", counted(many.len(), "picture")),
    }
}
