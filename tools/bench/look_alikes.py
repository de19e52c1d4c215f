"""How well `pixseek dupes` tells copies from other pictures: precision and recall of pairs, with what the copies were made by.

    python tools/bench/look_alikes.py DIR --pixseek PATH --pictures FOLDER... [--copies 150] [--threshold 0.9]

Every picture of the FOLDERs is another one. DIR gets them all, and of some of them 20 copies each: re-encoded, resized, cropped
by 5 % and recoloured. DIR is indexed, and every pair of pictures that `dupes` puts into one group is looked at: it is right if
both come from one picture. Recall counts the pairs of an original with each of its copies. Beside it stand dHash and pHash, of
which the bits that may differ are chosen so that they have the same precision.
"""

import argparse
import io
import itertools
import json
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def encoded(picture, quality):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def copies(picture):
    """The copies by name: bytes and the end of the name."""
    width, height = picture.size
    made = {f"jpeg-{quality}": picture.copy() for quality in (90, 50, 25)}
    for name, size in {"half": 0.5, "quarter": 0.25, "double": 2}.items():
        sides = (max(8, round(width * size)), max(8, round(height * size)))
        made[f"size-{name}"] = picture.resize(sides, Image.Resampling.BICUBIC)

    def cut(left, top, right, bottom):
        box = (width * left, height * top, width * (1 - right), height * (1 - bottom))
        return picture.crop(tuple(round(side) for side in box))

    made["crop-around"] = cut(0.025, 0.025, 0.025, 0.025)
    made["crop-left"] = cut(0.05, 0, 0, 0)
    made["crop-top"] = cut(0, 0.05, 0, 0)
    made["crop-corner"] = cut(0.05, 0.05, 0, 0)
    made["crop-other-corner"] = cut(0, 0, 0.05, 0.05)
    made["crop-each-side"] = cut(0.05, 0.05, 0.05, 0.05)
    for name, (enhance, factor) in {
        "brighter": (ImageEnhance.Brightness, 1.15),
        "darker": (ImageEnhance.Brightness, 0.85),
        "contrast-more": (ImageEnhance.Contrast, 1.2),
        "contrast-less": (ImageEnhance.Contrast, 0.85),
        "colour-more": (ImageEnhance.Color, 1.3),
        "colour-less": (ImageEnhance.Color, 0.7),
    }.items():
        made[name] = enhance(picture).enhance(factor)
    levels = np.asarray(picture, np.float32) / 255
    made["warmer"] = Image.fromarray((levels * [1.06, 1.0, 0.93] * 255).clip(0, 255).astype(np.uint8))
    made["gamma"] = Image.fromarray((levels**0.85 * 255).astype(np.uint8))
    quality = {"jpeg-90": 90, "jpeg-50": 50, "jpeg-25": 25}
    return {name: encoded(copy, quality.get(name, 87)) for name, copy in made.items()}


def dhash(picture):
    gray = np.asarray(picture.convert("L").resize((9, 8), Image.Resampling.BOX), int)
    return (gray[:, 1:] > gray[:, :-1]).ravel()


def phash(picture):
    gray = np.asarray(picture.convert("L").resize((32, 32), Image.Resampling.BOX), float)
    cells = np.arange(32)
    waves = np.cos(np.pi * (2 * cells[None] + 1) * cells[:, None] / 64)
    low = (waves @ gray @ waves.T)[:8, :8].ravel()[1:]
    return low > np.median(low)


def hash_recall(bits, originals, pairs, wrong_allowed):
    """The recall of a hash of bits, with no more wrong pairs of originals than allowed."""
    marks = np.array([bits[name] for name in originals], float)
    distances = marks @ (1 - marks).T
    distances = np.sort((distances + distances.T)[np.triu_indices(len(originals), 1)])
    limit = distances[min(wrong_allowed, len(distances) - 1)]
    return np.mean([np.sum(bits[one] != bits[other]) < limit for one, other in pairs])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pixseek", default="pixseek")
    parser.add_argument("--pictures", type=Path, nargs="+", required=True)
    parser.add_argument("--copies", type=int, default=150, help="pictures that get copies")
    parser.add_argument("--threshold", type=float, default=0.9)
    parser.add_argument("--indexed-by", help="another program to index with")
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    sources = sorted(path for folder in options.pictures for path in folder.iterdir() if path.suffix in SUFFIXES)
    chosen = set(np.random.default_rng(1).permutation(len(sources))[: options.copies].tolist())
    bits = {"dHash, 64 bits": {}, "pHash, 63 bits": {}}
    originals, pairs, kinds = [], [], {}

    def keep(name, data):
        (options.folder / name).write_bytes(data)
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        bits["dHash, 64 bits"][name], bits["pHash, 63 bits"][name] = dhash(picture), phash(picture)

    for number, path in enumerate(sources):
        name = f"{number:05}-original{path.suffix}"
        originals.append(name)
        keep(name, path.read_bytes())
        if number in chosen:
            for kind, data in copies(ImageOps.exif_transpose(Image.open(path)).convert("RGB")).items():
                copy = f"{number:05}-{kind}.jpg"
                keep(copy, data)
                pairs.append((name, copy))
                kinds[copy] = kind
    command = options.indexed_by or options.pixseek
    subprocess.run([command, "index", options.folder, "--model", "demo", "-q"], check=True)
    found = subprocess.run(
        [options.pixseek, "dupes", options.folder, "--json", "--threshold", str(options.threshold)],
        stdout=subprocess.PIPE, text=True,
    ).stdout
    group_of, together = {}, Counter()
    for line in found.splitlines():
        group = json.loads(line)
        names = [Path(picture["path"]).name for picture in group["pictures"]]
        group_of.update(dict.fromkeys(names, group["group"]))
        for one, other in itertools.combinations(names, 2):
            together[one[:5] == other[:5]] += 1
            if one[:5] != other[:5] and "original" in one and "original" in other:
                together["originals"] += 1
                print(f"wrong: {sources[int(one[:5])].name} and {sources[int(other[:5])].name}")
    hits = defaultdict(list)
    for one, other in pairs:
        hits[kinds[other]].append(one in group_of and group_of[one] == group_of.get(other))
    recall = np.mean([hit for kind in hits.values() for hit in kind])
    precision = together[True] / max(1, together[True] + together[False])
    print(f"{len(sources)} pictures, {len(pairs)} copies of {len(chosen)} of them, threshold {options.threshold}")
    print(f"precision {precision:.4f} ({together[False]} of {together[True] + together[False]} pairs wrong, ", end="")
    print(f"{together['originals']} of them of originals), recall {recall:.4f}")
    for name, of_name in bits.items():
        print(f"{name}: recall {hash_recall(of_name, originals, pairs, max(1, together['originals'])):.3f}")
    print("| copies | found |\n|---|---|")
    for kind, found in hits.items():
        print(f"| {kind} | {np.mean(found):.3f} |")


if __name__ == "__main__":
    main()
