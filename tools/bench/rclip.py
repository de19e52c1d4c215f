"""`pixseek index` beside rclip itself: the same photos, weights and cores.

    python tools/bench/random_model.py clip-b32-256-gelu MODEL
    python tools/bench/encoder.py MODEL
    python tools/bench/rclip.py PHOTOS MODEL --work DIR [--binary target/release/pixseek] [--rclip rclip]

MODEL has the shape of rclip's own model; encoder.py has written its towers as ONNX, which are put where rclip looks for
its model. rclip indexes when it is first asked; what it takes to be asked again is taken away. Needs rclip and open_clip
(for the file of its tokenizer), which may be in an environment of their own.
"""

import argparse
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import open_clip

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("photos", type=Path)
parser.add_argument("model", type=Path)
parser.add_argument("--work", type=Path, default=Path("target/rclip"))
parser.add_argument("--binary", type=Path, default=Path("target/release/pixseek"))
parser.add_argument("--rclip", type=Path, default=Path("rclip"))
options = parser.parse_args()
photos, count = options.photos.resolve(), sum(1 for _ in options.photos.iterdir())


def seconds(command, folder, **variables):
    begun = time.monotonic()
    run = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"{command}: {run.stderr}")
    return time.monotonic() - begun, run.stdout


def rclip():
    data = options.work.resolve() / "rclip"
    shutil.rmtree(data, ignore_errors=True)
    model = data / "ViT-B-32-256-datacomp_s34b_b86k"
    (data / "tokenizer").mkdir(parents=True)
    model.mkdir()
    for ours, theirs in (("vision", "visual"), ("text", "textual")):
        os.link(options.model / f"{ours}.onnx", model / f"{theirs}.onnx")
    vocabulary = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    shutil.copy(vocabulary, data / "tokenizer" / vocabulary.name)
    command = [options.rclip, "a dog", "-t", "1"]
    first, _ = seconds(command, photos, RCLIP_DATADIR=str(data))
    return first - seconds(command, photos, RCLIP_DATADIR=str(data))[0]


def pixseek(precision):
    data = options.work.resolve() / "pixseek"
    shutil.rmtree(data, ignore_errors=True)
    command = [options.binary.resolve(), "index", photos, "--json", "--model", options.model.resolve(), "--precision", precision]
    took, out = seconds(command, photos, PIXSEEK_DATA_DIR=str(data))
    assert json.loads(out)["indexed"] == count, out
    return took


options.work.mkdir(parents=True, exist_ok=True)
theirs = rclip()
print(f"| {count} photos | s | to rclip |\n|---|---|---|\n| rclip | {theirs:.1f} | 1.00 x |")
for precision in ("f32", "int8"):
    ours = pixseek(precision)
    print(f"| pixseek, {precision} | {ours:.1f} | {theirs / ours:.2f} x |")
