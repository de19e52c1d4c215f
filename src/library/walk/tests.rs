use super::*;
use crate::catalog::Omitted;

fn walked(root: &Path, options: &WalkOptions) -> WalkResult {
    let count = AtomicUsize::new(0);
    let walked = walk(root, root, options, &count);
    assert_eq!(count.into_inner(), walked.files.len() + walked.raw_beside_jpeg.len());
    walked
}

fn text(paths: impl IntoIterator<Item = Vec<u8>>) -> Vec<String> {
    paths.into_iter().map(|path| String::from_utf8_lossy(&path).into_owned()).collect()
}

fn names(root: &Path, options: &WalkOptions) -> Vec<String> {
    text(walked(root, options).files.into_iter().map(|file| file.path))
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

fn with(change: impl FnOnce(&mut WalkOptions)) -> WalkOptions {
    let mut options = WalkOptions::default();
    change(&mut options);
    options
}

#[test]
fn pictures_are_found_by_name_and_the_rest_is_left() {
    let dir = folder(&["b.PNG", "a/1.jpg", "a/2.txt", "c", "._b.PNG"]);
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["a/1.jpg", "b.PNG"]);
    assert!(walked(dir.path(), &WalkOptions::default()).omitted.is_empty());
    assert_eq!(names(dir.path(), &with(|options| options.hidden = true)), ["a/1.jpg", "b.PNG"]);
}

#[test]
fn pictures_without_a_pictures_name_are_found_by_content() {
    let dir = folder(&["a.txt"]);
    std::fs::write(dir.path().join("photo"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["photo"]);
}

#[test]
fn hidden_and_ignored_files_follow_the_flags_and_are_counted() {
    let dir = folder(&[
        "a.png",
        ".hidden/b.png",
        ".hidden/x/c.png",
        "skip/d.png",
        ".pixseek/e.png",
        ".f.png",
        "g.gif",
    ]);
    std::fs::write(dir.path().join(".ignore"), "skip/\n*.gif\n").unwrap();
    let default = walked(dir.path(), &WalkOptions::default());
    assert_eq!(default.omitted, Omitted { hidden: 3, ignored: 2, ..Omitted::default() });
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["a.png"]);
    let hidden = with(|options| options.hidden = true);
    assert_eq!(names(dir.path(), &hidden), [".f.png", ".hidden/b.png", ".hidden/x/c.png", "a.png"]);
    let no_ignore = with(|options| options.no_ignore = true);
    assert_eq!(names(dir.path(), &no_ignore), ["a.png", "g.gif", "skip/d.png"]);
    assert_eq!(walked(dir.path(), &no_ignore).omitted, Omitted { hidden: 3, ..Omitted::default() });
}

#[test]
fn ignore_files_hold_as_in_a_walk_by_fd() {
    let dir = folder(&["a.png", "sub/a.png", "sub/b.png", ".kept/c.png", "sub/deep/d.png"]);
    std::fs::write(dir.path().join(".ignore"), "a.png\n!.kept\nd.png\n").unwrap();
    std::fs::write(dir.path().join("sub/.ignore"), "!a.png\nb.png\n").unwrap();
    assert_eq!(names(dir.path(), &WalkOptions::default()), [".kept/c.png", "sub/a.png"]);
    // Those of the folders above hold in a part too.
    let sub = dir.path().join("sub");
    let part = walk(dir.path(), &sub, &WalkOptions::default(), &AtomicUsize::new(0));
    assert_eq!(text(part.files.into_iter().map(|file| file.path)), ["sub/a.png"]);
    // .gitignore only where there is a repository.
    std::fs::write(sub.join(".gitignore"), "a.png\n").unwrap();
    assert_eq!(names(dir.path(), &WalkOptions::default()), [".kept/c.png", "sub/a.png"]);
    std::fs::create_dir(dir.path().join(".git")).unwrap();
    std::fs::remove_file(sub.join(".ignore")).unwrap();
    std::fs::remove_file(dir.path().join(".ignore")).unwrap();
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["a.png", "sub/b.png", "sub/deep/d.png"]);
}

#[test]
fn unwanted_folders_are_left_out_unless_asked_for() {
    let dir = folder(&[
        "a.png",
        "@eaDir/b.png",
        "x/#recycle/c.png",
        "phone/cache/d.png",
        "phone/.nomedia",
        "y/e.png",
    ]);
    let default = walked(dir.path(), &WalkOptions::default());
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["a.png", "y/e.png"]);
    assert_eq!(default.omitted, Omitted { unwanted_folders: 3, ..Omitted::default() });
    let all = with(|options| options.no_ignore_defaults = true);
    assert_eq!(walked(dir.path(), &all).files.len(), 5);
    assert!(walked(dir.path(), &all).omitted.is_empty());
    // Asked for by name, a folder is looked at.
    let phone = walk(dir.path(), &dir.path().join("phone"), &WalkOptions::default(), &AtomicUsize::new(0));
    assert_eq!(phone.files.len(), 1);
}

#[test]
fn excluded_files_are_left_out_and_counted() {
    let dir =
        folder(&["a.png", "b.gif", "x/c.gif", "x/d.png", "x/y/e.png", "private/f.png", "z/private/g.png"]);
    let options = with(|options| options.exclude = vec!["*.gif".into(), "/private".into()]);
    assert_eq!(names(dir.path(), &options), ["a.png", "x/d.png", "x/y/e.png", "z/private/g.png"]);
    assert_eq!(walked(dir.path(), &options).omitted, Omitted { excluded: 3, ..Omitted::default() });
}

#[test]
fn raw_files_films_and_unread_formats_are_counted() {
    let dir = folder(&["1.CR2", "1.jpg", "2.CR2", "a.mov", "b.mp4", "c.xcf", "c.XCF", ".h/d.mov"]);
    let walked = walked(dir.path(), &WalkOptions::default());
    assert_eq!(text(walked.raw_beside_jpeg), ["1.CR2"]);
    let unsupported = [("xcf".to_owned(), 2)].into();
    let omitted = Omitted { raw_beside_jpeg: 1, films: 2, unsupported, ..Omitted::default() };
    assert_eq!(walked.omitted, omitted);
    std::fs::remove_file(dir.path().join("1.jpg")).unwrap();
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["1.CR2", "2.CR2"]);
}

#[test]
fn folders_are_those_that_are_walked() {
    let dir = folder(&["a/1.jpg", "a/b/2.jpg", "@eaDir/c/3.jpg", ".h/4.jpg", "no/5.jpg", ".pixseek/6.jpg"]);
    let options = with(|options| options.exclude = vec!["no".into()]);
    let mut folders = folders(dir.path(), dir.path(), &options);
    assert_eq!(folders.remove(0), dir.path());
    folders.sort();
    assert_eq!(folders, [dir.path().join("a"), dir.path().join("a/b")]);
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    fn follow() -> WalkOptions {
        with(|options| options.follow = true)
    }

    #[test]
    fn links_are_followed_only_when_asked_and_loops_end() {
        let dir = folder(&["a.png", "real/b.png"]);
        symlink(dir.path(), dir.path().join("loop")).unwrap();
        symlink(dir.path().join("real/b.png"), dir.path().join("c.png")).unwrap();
        assert_eq!(names(dir.path(), &WalkOptions::default()), ["a.png", "real/b.png"]);
        let omitted = walked(dir.path(), &WalkOptions::default()).omitted;
        assert_eq!(omitted, Omitted { links: 2, ..Omitted::default() });
        assert_eq!(names(dir.path(), &follow()), ["a.png", "c.png", "real/b.png"]);
        assert_eq!(walked(dir.path(), &follow()).omitted, Omitted { twice: 1, ..Omitted::default() });
    }

    #[test]
    fn folders_that_link_to_each_other_are_each_looked_at_once() {
        let dir = folder(&["1/a.png", "2/a.png", "3/a.png", "4/a.png", "5/a.png", "6/a.png"]);
        for from in 1..=6 {
            for to in 1..=6 {
                symlink(format!("../{to}"), dir.path().join(format!("{from}/{to}"))).unwrap();
            }
        }
        let expected: Vec<_> = (1..=6).map(|folder| format!("{folder}/a.png")).collect();
        assert_eq!(names(dir.path(), &follow()), expected);
    }

    #[test]
    fn what_links_lead_to_is_found_under_the_same_path_every_time() {
        let outside = folder(&["x/1.png", "x/deep/2.png", "y/3.png"]);
        let dir = folder(&["root/a.png", "root/sub/b.png"]);
        let root = dir.path().join("root");
        // Two ways to `x`, one to what lies in it, a circle outside, and a link to the folder above the root.
        symlink(outside.path().join("x/deep"), root.join("c")).unwrap();
        symlink(outside.path().join("x"), root.join("d")).unwrap();
        symlink(outside.path().join("x"), root.join("sub/e")).unwrap();
        symlink(outside.path().join("y"), outside.path().join("x/to-y")).unwrap();
        symlink(outside.path().join("x"), outside.path().join("y/to-x")).unwrap();
        symlink("..", root.join("up")).unwrap();
        let expected = ["a.png", "c/2.png", "d/1.png", "d/to-y/3.png", "sub/b.png"];
        for _ in 0..20 {
            assert_eq!(names(&root, &follow()), expected);
        }
        assert_eq!(folders(&root, &root, &follow()).len(), 6, "root, sub, c, d, d/to-y, up");
    }

    #[test]
    fn rules_hold_behind_links_by_the_path_through_the_link() {
        let outside = folder(&["skip/1.png", "keep/2.png", "@eaDir/3.png", ".h/4.png", "keep/no.gif"]);
        let dir = folder(&["a.png"]);
        std::fs::write(dir.path().join(".ignore"), "skip/\n").unwrap();
        symlink(outside.path(), dir.path().join("out")).unwrap();
        symlink(outside.path(), dir.path().join(".hidden")).unwrap();
        symlink(outside.path().join("keep"), dir.path().join("skip")).unwrap();
        let options = with(|options| {
            options.follow = true;
            options.exclude = vec!["out/**/*.gif".into()];
        });
        assert_eq!(names(dir.path(), &options), ["a.png", "out/keep/2.png"]);
    }

    #[test]
    fn links_that_lead_nowhere_are_no_errors_but_remembered() {
        let dir = folder(&["a.png"]);
        symlink("gone", dir.path().join("usb")).unwrap();
        symlink("self", dir.path().join("self")).unwrap();
        let walked = walked(dir.path(), &follow());
        assert_eq!(
            (walked.unreadable.len(), text(walked.broken_links)),
            (0, vec!["self".into(), "usb".into()])
        );
    }
}
