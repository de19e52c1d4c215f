"""How soon `pixseek index --watch` (and the browser) shows what happens in a folder.

    python tools/bench/watch.py [--pictures 1000] [--rounds 20] [--binary target/release/pixseek] [--browser]
    python tools/bench/watch.py --recheck [--pictures 100000] [--fd fd]

Each round copies a picture into the folder, edits it, renames it and deletes it, and measures each time until the
catalogue shows it, which is asked every 5 ms: what `search` sees, which is timed once for comparison. The folder has
copies of the demo gallery's pictures in subfolders of 500, each made a content of its own by some bytes at its end.
With `--browser` it is measured until it is on the screen of a browser in tmux, which has a query that fits the picture. With `--recheck` it compares `pixseek index` on the unchanged folder with `fd` (or `find`) on it: each
is run five times, in turn, and the best counts. Standard library only.
"""

import argparse
import array
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

PATIENCE = 60


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--binary", type=Path, default=Path("target/release/pixseek"))
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--recheck", action="store_true")
    parser.add_argument("--fd", help="the binary; without it only find is compared with")
    return parser.parse_args()


class Bench:
    """A folder of pictures with an index of its own."""

    def __init__(self, binary, home, count):
        self.binary, self.home, self.folder = binary.resolve(), home, home / "pics"
        self.environment = {**os.environ, "PIXSEEK_DATA_DIR": str(home / "data"), "PIXSEEK_MODEL": "demo"}
        # Its own settings and cache: nothing of the user's counts.
        for name in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME"]:
            self.environment[name] = str(home / name.lower())
        gallery = home / "gallery"
        self.run("demo", gallery, "--write", "-q")
        self.sources = sorted(path for path in gallery.iterdir() if path.suffix in {".png", ".jpg"})
        for at in range(count):
            source = self.sources[at % len(self.sources)]
            folder = self.folder / f"{at // 500:04}"
            folder.mkdir(parents=True, exist_ok=True)
            self.variant(source, at, folder / f"{at:06}{source.suffix}")

    def run(self, *arguments):
        command = [self.binary, *arguments]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    @staticmethod
    def variant(source, at, target):
        """The same picture as other contents, written as `cp` does."""
        target.write_bytes(source.read_bytes() + at.to_bytes(8, "little"))


class Catalogue:
    """What readers of the index see of paths."""

    def __init__(self, bench):
        [catalogue] = (bench.home / "data").rglob("catalog.db")
        self.connection = sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True, timeout=PATIENCE)

    def size(self, path):
        """Size of the searchable picture there; none if there is none."""
        query = """SELECT size FROM pictures p WHERE path = ? AND removed_at IS NULL AND error IS NULL
                   AND EXISTS (SELECT 1 FROM embeddings e WHERE e.hash = p.hash)"""
        row = self.connection.execute(query, [os.fsencode(path)]).fetchone()
        return row and row[0]


def wait(what, ready):
    """Seconds until `ready` says so."""
    start = time.monotonic()
    while not ready():
        if time.monotonic() - start > PATIENCE:
            raise SystemExit(f"waited in vain for {what}")
        time.sleep(0.005)
    return time.monotonic() - start


def rounds(bench, count, sources, shows):
    """Times of each kind of change. `shows(path, size)` tells whether the picture there, relative to the folder, has that
    size in bytes, or is gone if that is none."""
    times = {"copy": [], "edit": [], "rename": [], "delete": []}
    for at in range(count):
        one, other = (sources[(at * 7 + more) % len(sources)] for more in (0, 3))
        paths = [Path(f"0000/{name}-{at}{one.suffix}") for name in ("new", "moved")]
        new, moved = (bench.folder / path for path in paths)

        def timed(kind, path, size):
            times[kind].append(wait(f"'{path}' ({kind})", lambda: shows(path, size)))

        bench.variant(one, 10**7 + at, new)
        timed("copy", paths[0], new.stat().st_size)
        bench.variant(other, 2 * 10**7 + at, new)
        timed("edit", paths[0], new.stat().st_size)
        new.rename(moved)
        timed("rename", paths[1], moved.stat().st_size)
        moved.unlink()
        timed("delete", paths[1], None)
    return times


def table(title, times):
    print(f"\n| {title} | p50, s | max, s |\n|---|---|---|")
    for kind, seconds in times.items():
        print(f"| {kind} | {statistics.median(seconds):.2f} | {max(seconds):.2f} |", flush=True)


def watch(bench, count):
    command = [bench.binary, "index", bench.folder, "--watch", "--json", "-q"]
    with subprocess.Popen(command, env=bench.environment, stdout=subprocess.PIPE, text=True) as watching:
        try:
            first = json.loads(watching.stdout.readline())
            print(f"{first['pictures']} pictures indexed in {first['seconds']:.1f} s")
            catalogue = Catalogue(bench)
            shows = lambda path, size: catalogue.size(path) == size
            table("`index --watch`", rounds(bench, count, bench.sources, shows))
        finally:
            watching.terminate()
    start = time.monotonic()
    bench.run("search", bench.folder, "a red car", "--json")
    print(f"\none `pixseek search` takes {time.monotonic() - start:.2f} s")


def browse(bench, count):
    """On the screen of a browser in tmux, so large that all pictures that fit a query have a line there."""
    bench.run("index", bench.folder, "-q")
    [source] = (path for path in bench.sources if path.stem == "red-circle")
    tmux = ["tmux", "-L", f"pixseek-bench-{os.getpid()}", "-f", "/dev/null"]
    command = [*tmux, "new-session", "-d", "-x", "200", "-y", "400"]
    command += [str(bench.binary), str(bench.folder), "--query", "red circle"]
    subprocess.run(command, env=bench.environment, check=True)

    def screen():
        return subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout

    def shows(path, size):
        # The old name must be gone after renaming too.
        text = screen()
        names = {name for name in ("new-", "moved-") if name in text}
        return names == ({path.name[: path.name.index("-") + 1]} if size else set())

    try:
        wait("the browser", lambda: source.suffix in screen())
        times = rounds(bench, count, [source], shows)
        # Another picture of the same looks the same.
        del times["edit"]
        table("the browser", times)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def enter(bench):
    """Has all pictures in the index without encoding them, which would take long and is not what is measured."""
    vector = json.loads(bench.run("embed", "--text", "a picture", "--json"))["embedding"]
    paths = sorted(str(path.relative_to(bench.folder)) for path in bench.folder.rglob("*.*"))
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(paths)}, {len(vector)}), }}"
    embeddings, listed = bench.home / "vectors.npy", bench.home / "paths.txt"
    with embeddings.open("wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + header.ljust(117).encode() + b"\n")
        row = array.array("f", vector).tobytes()
        file.writelines(row for _ in paths)
    listed.write_text("".join(f"{path}\n" for path in paths))
    bench.run("import", bench.folder, "--embeddings", embeddings, "--paths", listed, "-q")


def recheck(bench, fd):
    enter(bench)
    summary = json.loads(bench.run("index", bench.folder, "--json", "-q"))
    print(f"{summary['pictures']} pictures, {summary['indexed']} of them new")
    commands = {"pixseek index": [bench.binary, "index", bench.folder, "-q"]}
    if fd:
        commands["fd"] = [fd, ".", "--type=file", bench.folder]
    commands["find"] = ["find", bench.folder, "-type", "f"]
    times = {name: [] for name in commands}
    for _ in range(5):
        for name, command in commands.items():
            start = time.monotonic()
            subprocess.run(command, env=bench.environment, check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.monotonic() - start)
    for name, seconds in times.items():
        print(f"{name}: {min(seconds):.3f} s")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="pixseek-bench-") as home:
        bench = Bench(options.binary, Path(home), options.pictures)
        if options.recheck:
            recheck(bench, options.fd)
        elif options.browser:
            browse(bench, options.rounds)
        else:
            watch(bench, options.rounds)


if __name__ == "__main__":
    main()
