//! `export` and `import` from end to end: nothing is lost on the way, and what does not fit is refused whole.

use std::fs;

use crate::common::{Ran, Sandbox, counts};

/// Numbers a row of the demo model, from a file that the program wrote.
fn dimension(npy: &[u8]) -> usize {
    let text = String::from_utf8_lossy(&npy[10..128]).into_owned();
    text.split(", ").nth(3).unwrap().split(')').next().unwrap().parse().unwrap()
}

fn search(sandbox: &Sandbox, query: &str) -> String {
    sandbox.run(["search", "pics", query, "--json", "-n", "30"]).expect(0).text()
}

fn import(sandbox: &Sandbox) -> Ran {
    sandbox.run(["import", "pics", "--embeddings", "x.npy", "--paths", "x.paths.txt", "--json"])
}

fn forget(sandbox: &Sandbox) {
    sandbox.run(["collections", "forget", "pics"]).expect(0);
}

fn number_of_collections(sandbox: &Sandbox) -> usize {
    fs::read_dir(sandbox.home().join("data/pixseek/collections")).map_or(0, Iterator::count)
}

/// Three pictures, indexed and exported to `x.npy` and `x.paths.txt`, with the index gone.
fn exported() -> Sandbox {
    let sandbox = Sandbox::new();
    for (seed, name) in ["a.png", "b.png", "sub/c d.png"].into_iter().enumerate() {
        sandbox.picture(name, u8::try_from(seed).unwrap());
    }
    sandbox.index();
    sandbox.run(["export", "pics", "--out", "x.npy", "--f32"]).expect(0);
    assert_eq!(
        fs::read_to_string(sandbox.home().join("x.paths.txt")).unwrap(),
        "a.png\nb.png\nsub/c d.png\n"
    );
    forget(&sandbox);
    sandbox
}

#[test]
fn nothing_is_lost_on_the_way() {
    let sandbox = Sandbox::gallery();
    let queries = ["a red car in the snow", "two cats", "night"];
    let before = queries.map(|query| search(&sandbox, query));
    let pictures = counts(&sandbox.index())[4];
    for f32 in [false, true] {
        let more = if f32 { ["--f32", "-q"] } else { ["-q", "-q"] };
        let args = ["export", "pics", "--out", "x.npy"];
        sandbox.run(args.into_iter().chain(more.into_iter().take(1 + usize::from(f32)))).expect(0);
        let bytes = fs::read(sandbox.home().join("x.npy")).unwrap();
        let width = if f32 { 4 } else { 2 };
        assert_eq!(bytes.len(), 128 + usize::try_from(pictures).unwrap() * dimension(&bytes) * width);
        forget(&sandbox);

        let summary = import(&sandbox).expect(0).json();
        let expected = serde_json::json!({"imported": pictures, "skipped": 0, "pictures": pictures});
        assert_eq!(summary, expected);
        assert_eq!(queries.map(|query| search(&sandbox, query)), before);
        assert_eq!(counts(&sandbox.index()), [0, pictures, 0, 0, pictures]);
        assert_eq!(queries.map(|query| search(&sandbox, query)), before);
        // The same once more, over what is there.
        assert_eq!(import(&sandbox).expect(0).json(), expected);
        // And out again.
        let args = ["export", "pics", "--out", "y.npy", "--paths", "y.txt"];
        sandbox.run(args.into_iter().chain(f32.then_some("--f32"))).expect(0);
        assert_eq!(fs::read(sandbox.home().join("y.npy")).unwrap(), bytes);
        let list = |name| fs::read(sandbox.home().join(name)).unwrap();
        assert_eq!(list("y.txt"), list("x.paths.txt"));
    }
}

#[test]
fn missing_and_unreadable_files_are_skipped() {
    let sandbox = exported();
    fs::remove_file(sandbox.pics().join("a.png")).unwrap();
    fs::write(sandbox.pics().join("b.png"), "text").unwrap();
    let ran = import(&sandbox).expect(0).says(&["a.png", "b.png", "not a picture"]);
    assert_eq!(ran.json(), serde_json::json!({"imported": 1, "skipped": 2, "pictures": 1}));
    let hits = sandbox.run(["search", "pics", "circle", "--json"]).expect(0);
    assert_eq!(hits.names(), ["c d.png"]);
    assert_eq!(counts(&sandbox.index()), [0, 1, 0, 1, 1]);

    // A folder with none of them is left as it was.
    fs::create_dir(sandbox.home().join("other")).unwrap();
    let before = number_of_collections(&sandbox);
    let args = ["import", "other", "--embeddings", "x.npy", "--paths", "x.paths.txt", "--json"];
    let summary = sandbox.run(args).expect(1).json();
    assert_eq!(summary, serde_json::json!({"imported": 0, "skipped": 3, "pictures": 0}));
    assert_eq!(number_of_collections(&sandbox), before);
}

#[test]
fn of_many_skipped_files_some_are_named() {
    let sandbox = exported();
    let whole = fs::read(sandbox.home().join("x.npy")).unwrap();
    let row = &whole[128..128 + dimension(&whole) * 4];
    let head = String::from_utf8_lossy(&whole[10..128]).replace("(3, ", "(99, ").replacen("} ", "}", 1);
    let bytes = [&whole[..10], head.as_bytes(), &row.repeat(99)].concat();
    fs::write(sandbox.home().join("x.npy"), bytes).unwrap();
    let names: String =
        (0..99).map(|at| if at == 7 { "a.png\n".into() } else { format!("gone{at}.png\n") }).collect();
    fs::write(sandbox.home().join("x.paths.txt"), names).unwrap();
    let ran = import(&sandbox).expect(0).says(&["gone0.png", "gone20.png", "skipped 78 more"]);
    assert_eq!(ran.stderr.matches("skipped '").count(), 20);
    assert_eq!(ran.json()["skipped"], 98);
}

#[cfg(unix)]
#[test]
fn pictures_that_index_would_drop_are_told() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.picture(".hidden/b.png", 2);
    sandbox.picture("c.png", 3);
    std::os::unix::fs::symlink("c.png", sandbox.pics().join("link.png")).unwrap();
    fs::write(sandbox.pics().join(".ignore"), "c.png\n").unwrap();
    sandbox.run(["index", "pics", "-H", "-I", "-L"]).expect(0);
    sandbox.run(["export", "pics", "--out", "x.npy"]).expect(0);
    // As remembered, all are found.
    assert!(!import(&sandbox).expect(0).stderr.contains("index"));
    forget(&sandbox);
    let ran = import(&sandbox).expect(0).says(&["3 of", ".hidden/b.png", "`pixseek index pics -H -I -L`"]);
    assert_eq!(ran.json(), serde_json::json!({"imported": 4, "skipped": 0, "pictures": 4}));
    let kept = sandbox.run(["index", "pics", "-H", "-I", "-L", "--json"]).expect(0).json();
    assert_eq!(counts(&kept), [0, 4, 0, 0, 4]);
    fs::remove_file(sandbox.pics().join(".ignore")).unwrap();
    forget(&sandbox);
    import(&sandbox).expect(0).says(&["2 of", "`pixseek index pics -H -L`"]);
}

#[test]
fn excluded_and_unwanted_pictures_are_told_with_their_options() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.picture("b.png", 2);
    sandbox.picture("@eaDir/c.png", 3);
    sandbox.run(["index", "pics", "--no-ignore-defaults"]).expect(0);
    sandbox.run(["export", "pics", "--out", "x.npy"]).expect(0);
    sandbox.run(["index", "pics", "--ignore-defaults", "--exclude", "b.png"]).expect(0);
    import(&sandbox).expect(0).says(&["2 of", "`pixseek index pics --no-ignore-defaults --no-exclude`"]);
    // A raw file beside its JPEG is no loss.
    fs::rename(sandbox.pics().join("b.png"), sandbox.pics().join("a.dng")).unwrap();
    fs::rename(sandbox.pics().join("a.png"), sandbox.pics().join("a.jpg")).unwrap();
    let paths = fs::read_to_string(sandbox.home().join("x.paths.txt")).unwrap();
    let paths = paths.replace("b.png", "a.dng").replace("a.png", "a.jpg");
    fs::write(sandbox.home().join("x.paths.txt"), paths).unwrap();
    sandbox.run(["index", "pics", "--no-ignore-defaults"]).expect(0);
    let ran = import(&sandbox).expect(0);
    assert!(!ran.stderr.contains("drop"), "{}", ran.stderr);
}

#[test]
fn changed_files_are_indexed_again() {
    let sandbox = exported();
    import(&sandbox).expect(0);
    sandbox.picture("b.png", 99);
    assert_eq!(counts(&sandbox.index()), [1, 2, 0, 0, 3]);
}

#[test]
fn paths_of_a_part_are_relative_to_it() {
    let sandbox = exported();
    sandbox.index();
    sandbox.run(["export", "pics/sub", "--out", "sub.npy"]).expect(0);
    assert_eq!(fs::read_to_string(sandbox.home().join("sub.paths.txt")).unwrap(), "c d.png\n");
    let args = ["import", "pics/sub", "--embeddings", "sub.npy", "--paths", "sub.paths.txt", "--json"];
    let summary = sandbox.run(args).expect(0).json();
    assert_eq!(summary, serde_json::json!({"imported": 1, "skipped": 0, "pictures": 1}));
    assert_eq!(counts(&sandbox.index()), [0, 3, 0, 0, 3]);
}

#[test]
fn absolute_paths_in_the_folder_will_do() {
    let sandbox = exported();
    let list = ["a.png", "b.png", "sub/c d.png"].map(|name| sandbox.pics().join(name).display().to_string());
    fs::write(sandbox.home().join("x.paths.txt"), list.join("\r\n")).unwrap();
    assert_eq!(import(&sandbox).expect(0).json()["imported"], 3);
    assert_eq!(counts(&sandbox.index()), [0, 3, 0, 0, 3]);
}

#[cfg(unix)]
#[test]
fn odd_names_need_nul() {
    use std::os::unix::ffi::OsStrExt;
    for name in [b"a\nb.png".as_slice(), b"\xff.png"] {
        let sandbox = exported();
        let name = std::ffi::OsStr::from_bytes(name);
        let path = sandbox.picture("z.png", 77);
        if fs::rename(&path, path.with_file_name(name)).is_err() {
            // Not every file system takes any name.
            continue;
        }
        sandbox.index();
        let before = fs::read(sandbox.home().join("x.npy")).unwrap();
        sandbox.run(["export", "pics", "--out", "x.npy"]).expect(1).says(&["x.npy", "pass -0"]);
        assert_eq!(fs::read(sandbox.home().join("x.npy")).unwrap(), before);
        sandbox.run(["export", "pics", "--out", "x.npy", "-0"]).expect(0);
        forget(&sandbox);
        import(&sandbox).expect(1);
        let args = ["import", "pics", "--embeddings", "x.npy", "--paths", "x.paths.txt", "-0", "--json"];
        assert_eq!(sandbox.run(args).expect(0).json()["imported"], 4);
        assert_eq!(counts(&sandbox.index()), [0, 4, 0, 0, 4]);
    }
}

/// The name that is given is the user's word.
#[cfg(unix)]
#[test]
fn links_pipes_and_modes_stay() {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};

    use crate::common::set_mode;
    let sandbox = exported();
    sandbox.index();
    let at = |name: &str| sandbox.home().join(name);
    let (table, list) = (fs::read(at("x.npy")).unwrap(), fs::read(at("x.paths.txt")).unwrap());
    let export = |out: &str, list: &str| {
        sandbox.run(["export", "pics", "--out", out, "--paths", list, "--f32", "-q"]).expect(0)
    };
    fs::create_dir(at("other")).unwrap();
    for name in ["npy", "txt"] {
        fs::write(at("other").join(name), "old").unwrap();
        symlink(format!("other/{name}"), at(&format!("link.{name}"))).unwrap();
        symlink(format!("other/new.{name}"), at(&format!("dangling.{name}"))).unwrap();
        fs::write(at(&format!("private.{name}")), "old").unwrap();
        set_mode(&at(&format!("private.{name}")), 0o600);
        let made = std::process::Command::new("mkfifo").arg(at(&format!("pipe.{name}"))).status().unwrap();
        assert!(made.success());
    }
    for (out, names) in
        [("link.npy", "link.txt"), ("dangling.npy", "dangling.txt"), ("private.npy", "private.txt")]
    {
        export(out, names);
        assert_eq!((fs::read(at(out)).unwrap(), fs::read(at(names)).unwrap()), (table.clone(), list.clone()));
    }
    for name in ["npy", "txt"] {
        assert!(at(&format!("link.{name}")).is_symlink() && at(&format!("dangling.{name}")).is_symlink());
        assert_eq!(fs::metadata(at(&format!("private.{name}"))).unwrap().mode() & 0o7777, 0o600);
    }
    assert_eq!(fs::read_dir(at("other")).unwrap().count(), 4, "no draft is left");

    let readers = ["pipe.npy", "pipe.txt"].map(|name| {
        let path = at(name);
        std::thread::spawn(move || fs::read(path).unwrap())
    });
    export("pipe.npy", "pipe.txt");
    assert_eq!(readers.map(|reader| reader.join().unwrap()), [table.clone(), list.clone()]);
    assert!(
        ["pipe.npy", "pipe.txt"].iter().all(|name| fs::metadata(at(name)).unwrap().file_type().is_fifo())
    );

    // Where stdout stands, be it a pipe or a file.
    assert_eq!(export("/dev/stdout", "y.txt").stdout, table);
    let ran = sandbox.run(["export", "pics", "--out", "/dev/stdout", "--f32"]).expect(0).says(&["--paths"]);
    assert_eq!(ran.stdout, table);
    let mut file = fs::File::create(at("both")).unwrap();
    std::io::Write::write_all(&mut file, b"first").unwrap();
    let mut command = sandbox.command();
    command
        .args(["export", "pics", "--out", "/dev/stdout", "--paths", "/dev/fd/1", "--f32", "-q"])
        .stdout(file);
    assert!(command.status().unwrap().success());
    assert_eq!(fs::read(at("both")).unwrap(), [&b"first"[..], &table, &list].concat());
    assert!(!std::path::Path::new("/dev/stdout.paths.txt").exists());
}

#[test]
fn what_does_not_fit_is_refused_whole() {
    let sandbox = exported();
    let (npy, list) = (sandbox.home().join("x.npy"), sandbox.home().join("x.paths.txt"));
    let whole = fs::read(&npy).unwrap();
    let dimension = dimension(&whole);
    let good = "a.png\nb.png\nsub/c d.png\n";
    let number = |row: usize, column: usize| 128 + (row * dimension + column) * 4;
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = whole.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let headed = |from: &str, to: &str| {
        let head = String::from_utf8_lossy(&whole[10..128]).replace(from, to);
        with(10, &head.as_bytes()[..118])
    };
    let shape = |columns: usize| {
        headed(&format!("(3, {dimension})"), &format!("({}, {columns})", 3 * dimension / columns))
    };
    let zeros = with(number(2, 0), &vec![0; dimension * 4]);
    let cases: [(Vec<u8>, &str, &[&str]); 18] = [
        (headed("<f4", "<f8"), good, &["x.npy", "type '<f8'"]),
        (headed("<f4", ">f4"), good, &["type '>f4'"]),
        (headed("False", "True "), good, &["Fortran order"]),
        (headed("(3, ", "(3 * "), good, &["not as NumPy writes it"]),
        (whole[..whole.len() - 1].to_vec(), good, &["cut short in row 2"]),
        ([whole.as_slice(), b"x"].concat(), good, &["1 bytes come after its last row"]),
        (whole[..50].to_vec(), good, &["header is cut short"]),
        (b"a,b\n".to_vec(), good, &["no .npy file"]),
        (shape(dimension / 2), good, &["model 'demo'", &(dimension / 2).to_string(), &dimension.to_string()]),
        (whole.clone(), "a.png\nb.png\n", &["3 rows, but 2 paths", "row 2 has none"]),
        (whole.clone(), "a.png\nb.png\nc.png\nd.png\n", &["3 rows, but 4 paths", "line 4 has no row"]),
        (with(number(1, 3), &f32::NAN.to_le_bytes()), good, &["row 1 (line 2", "number 3 is NaN"]),
        (with(number(2, 0), &f32::INFINITY.to_le_bytes()), good, &["row 2", "inf"]),
        (zeros, good, &["row 2", "zero"]),
        (whole.clone(), "a.png\nb.png\n./a.png\n", &["row 2, line 3", "'a.png' has row 0 already"]),
        (whole.clone(), "a.png\n../b.png\nc.png\n", &["row 1, line 2", "outside folder"]),
        (whole.clone(), "a.png\nb.png\n/etc/c.png\n", &["row 2, line 3", "outside folder"]),
        (whole.clone(), "a.png\n\nc.png\n", &["row 1, line 2", "no path"]),
    ];
    for (bytes, names, reasons) in cases {
        fs::write(&npy, bytes).unwrap();
        fs::write(&list, names).unwrap();
        let ran = import(&sandbox).expect(1).says(reasons).says(&["nothing is imported"]);
        assert!(ran.stdout.is_empty());
        assert_eq!(number_of_collections(&sandbox), 0, "{reasons:?}");
    }
    fs::write(&npy, whole).unwrap();
    fs::write(&list, good).unwrap();
    assert_eq!(import(&sandbox).expect(0).json()["imported"], 3);
}

#[test]
fn without_an_index_or_files_the_message_says_so() {
    let sandbox = Sandbox::new();
    sandbox.picture("a.png", 1);
    sandbox.run(["export", "pics", "--out", "x.npy"]).expect(1).says(&["pixseek index pics"]);
    import(&sandbox).expect(1).says(&["x.npy", "nothing is imported"]);
    sandbox.run(["import", "gone", "--embeddings", "x.npy", "--paths", "x.txt"]).expect(1).says(&["gone"]);
    sandbox.run(["import", "pics"]).expect(2);
    sandbox.run(["export", "pics"]).expect(2);
    sandbox.run(["export", "pics", "--out", "x.npy", "--paths", "x.npy"]).expect(2).says(&["--paths"]);
    sandbox.index();
    sandbox.run(["export", "pics", "--out", "none/x.npy"]).expect(1).says(&["can't write 'none/x.npy'"]);
}
