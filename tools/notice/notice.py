"""Writes NOTICE: the licences of all packages that ship within pixseek, with their texts as their authors wrote them.

    python tools/notice/notice.py > NOTICE        (`just notice`)
    python tools/notice/notice.py --check         fails if NOTICE is not of the packages in Cargo.lock

`cargo metadata` says which packages the program is made of, on any of the systems that are built for, without those of tests
and of build scripts alone. The texts come from the packages themselves. (cargo-about does the same, but takes many minutes to
find out which licence a text is; here the packages' own word is taken, which `cargo deny check licenses` checks.)
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin", "x86_64-pc-windows-msvc")
TEXTS = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
RULE = "=" * 100


def packages():
    """The packages within the program, by name and version: (name, version, licence, repository, folder)."""
    found = {}
    for target in TARGETS:
        command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
        metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
        by_id = {package["id"]: package for package in metadata["packages"]}
        nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
        waiting, seen = [metadata["resolve"]["root"]], set()
        while waiting:
            package = waiting.pop()
            if package in seen:
                continue
            seen.add(package)
            for dependency in nodes[package]["deps"]:
                if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                    waiting.append(dependency["pkg"])
        for package in seen - {metadata["resolve"]["root"]}:
            of = by_id[package]
            folder = Path(of["manifest_path"]).parent
            licence = of["license"] or f"see {of['license_file']}"
            found[of["name"], of["version"]] = (licence, of["repository"] or "", folder)
    return dict(sorted(found.items()))


def texts(folder, licence):
    files = sorted(path for path in folder.iterdir() if path.is_file() and TEXTS.match(path.name) and path.suffix != ".rs")
    read = [path.read_text(errors="replace").strip() for path in files]
    # Where there is a choice, pixseek takes MIT, whose text has the authors' names.
    if re.search(r"\bMIT\b", licence) and re.search(r"\bOR\b|/", licence):
        mit = [text for text in read if "Permission is hereby granted, free of charge" in text]
        return mit or read
    return read


def key_of(text):
    """Equal for texts that differ in blanks and line breaks, and for all copies of the Apache licence."""
    words = " ".join(text.split())
    if "Apache License Version 2.0, January 2004" in words and len(words) > 8_000:
        words = "Apache-2.0"
    return hashlib.sha256(words.encode()).hexdigest()


def notice(found):
    lines = [
        "pixseek is licensed under MIT or Apache-2.0, as you like (LICENSE-MIT, LICENSE-APACHE). The program contains the",
        "following packages under their own licences. The texts follow, as they lie in the packages; a package without a",
        "text of its own is under the licence that is named. `just notice` makes this file: do not edit it.",
        "",
    ]
    users, words = defaultdict(list), {}
    for (name, version), (licence, repository, folder) in found.items():
        lines.append(f"{name} {version}: {licence}{'  ' + repository if repository else ''}")
        for text in texts(folder, licence):
            key = key_of(text)
            words.setdefault(key, text)
            users[key].append(f"{name} {version}")
    for key, names in users.items():
        lines += ["", RULE, "For " + ", ".join(dict.fromkeys(names)) + ":", RULE, words[key]]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    found = packages()
    if not parser.parse_args().check:
        sys.stdout.write(notice(found))
        return
    written = (ROOT / "NOTICE").read_text()
    listed = set(re.findall(r"^(\S+) (\d\S*): ", written.split(RULE)[0], re.MULTILINE))
    wrong = listed ^ set(found)
    if wrong:
        sys.exit(f"NOTICE is not of the packages in Cargo.lock (`just notice` makes it): {sorted(wrong)[:10]}")


if __name__ == "__main__":
    main()
