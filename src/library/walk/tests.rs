use super::*;

fn names(root: &Path, options: &WalkOptions) -> Vec<String> {
    let found = AtomicUsize::new(0);
    let walked = walk(root, root, options, &found);
    assert_eq!(found.into_inner(), walked.files.len());
    walked.files.iter().map(|file| String::from_utf8_lossy(&file.path).into_owned()).collect()
}

fn folder(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in files {
        let path = dir.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    dir
}

#[test]
fn pictures_are_found_by_name_and_the_rest_is_left() {
    let dir = folder(&["b.PNG", "a/1.jpg", "a/2.txt", "c"]);
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["a/1.jpg", "b.PNG"]);
}

#[test]
fn pictures_without_a_pictures_name_are_found_by_content() {
    let dir = folder(&["a.txt"]);
    std::fs::write(dir.path().join("photo"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["photo"]);
}

#[test]
fn hidden_and_ignored_files_follow_the_flags() {
    let dir = folder(&["a.png", ".hidden/b.png", "skip/c.png", ".pixseek/d.png"]);
    std::fs::write(dir.path().join(".ignore"), "skip/\n").unwrap();
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["a.png"]);
    let hidden = WalkOptions { hidden: true, ..WalkOptions::default() };
    assert_eq!(names(dir.path(), &hidden), [".hidden/b.png", "a.png"]);
    let no_ignore = WalkOptions { no_ignore: true, ..WalkOptions::default() };
    assert_eq!(names(dir.path(), &no_ignore), ["a.png", "skip/c.png"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_only_when_asked_and_loops_end() {
    let dir = folder(&["a.png", "real/b.png"]);
    std::os::unix::fs::symlink(dir.path(), dir.path().join("loop")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("real/b.png"), dir.path().join("c.png")).unwrap();
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["a.png", "real/b.png"]);
    let follow = WalkOptions { follow: true, ..WalkOptions::default() };
    assert_eq!(names(dir.path(), &follow), ["a.png", "c.png", "real/b.png"]);
}
