"""`pixseek index` beside rclip's way (Pillow + ONNX Runtime, f32): the same photos, ViT-B/32 checkpoint and
threads, one run.

    python tools/bench/photos.py PHOTOS
    python tools/bench/index.py PHOTOS --work DIR [--threads 2] [--binary target/release/pixseek]

DIR is a folder of `tools/bench/random_model.py clip-b32`, with the `vision.onnx` of `tools/bench/encoder.py`. "Pillow in turn" decodes on the
thread that encodes; "Pillow in threads" decodes the next pictures on as many threads meanwhile.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

SIZE = 224
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--work", type=Path, default=Path("target/bench"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--binary", type=Path, default=Path("target/release/pixseek"))
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--precision", action="append", help="of pixseek; may be given several times")
    return parser.parse_args()


def pixels(path):
    """As CLIPImageProcessor: RGB, upright, shortest edge to 224 (bicubic), centre crop, normalized."""
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    width, height = picture.size
    if width <= height:
        width, height = SIZE, int(SIZE * height / width)
    else:
        width, height = int(SIZE * width / height), SIZE
    picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    left, top = (width - SIZE) // 2, (height - SIZE) // 2
    picture = picture.crop((left, top, left + SIZE, top + SIZE))
    return ((np.asarray(picture, np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)


def session(work, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(work / "vision.onnx", options, providers=["CPUExecutionProvider"])


def encode(vision, decoded, batch):
    """Takes pictures from an iterator and encodes them by the batch."""
    vectors, waiting = [], []
    for picture in decoded:
        waiting.append(picture)
        if len(waiting) == batch:
            vectors.append(vision.run(None, {"input": np.stack(waiting)})[0])
            waiting = []
    if waiting:
        vectors.append(vision.run(None, {"input": np.stack(waiting)})[0])
    return np.concatenate(vectors)


def in_threads(paths, threads, ahead):
    """Decodes up to `ahead` pictures in advance."""
    with ThreadPoolExecutor(threads) as pool:
        futures = []
        for path in paths:
            futures.append(pool.submit(pixels, path))
            if len(futures) >= ahead:
                yield futures.pop(0).result()
        for future in futures:
            yield future.result()


def timed(work):
    start = time.monotonic()
    work()
    return time.monotonic() - start


def pixseek(options, precision):
    """The whole command, start and loading included."""
    with tempfile.TemporaryDirectory() as data:
        command = [options.binary, "index", options.photos, "--json", f"--model={options.work}"]
        command += [f"--threads={options.threads}"]
        command += [f"--precision={precision}"] if precision else []
        environment = {**os.environ, "PIXSEEK_DATA_DIR": data}
        start = time.monotonic()
        ran = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        seconds = time.monotonic() - start
    summary = json.loads(ran.stdout)
    if summary["failed"]:
        raise SystemExit(f"pixseek could not read {summary['failed']} of the photos")
    return seconds


def main():
    options = arguments()
    paths = sorted(path for path in options.photos.iterdir() if path.suffix == ".jpg")
    vision = session(options.work, options.threads)
    # All have the files in memory, and the library warm.
    size = sum(len(path.read_bytes()) for path in paths) / 1e6
    encode(vision, map(pixels, paths[:2]), options.batch)
    ways = {
        "Pillow in turn + ONNX Runtime": timed(lambda: encode(vision, map(pixels, paths), options.batch)),
        "Pillow in threads + ONNX Runtime": timed(
            lambda: encode(vision, in_threads(paths, options.threads, 2 * options.batch), options.batch)
        ),
    }
    for precision in options.precision or [None]:
        ways["pixseek index" + (f", {precision}" if precision else "")] = pixseek(options, precision)
    first, second, *_ = ways.values()
    print(f"{len(paths)} photos, {size:.0f} MB, {options.threads} threads\n")
    print("| ViT-B/32 | pictures/s | to in turn | to in threads |")
    print("|---|---|---|---|")
    for name, seconds in ways.items():
        print(f"| {name} | {len(paths) / seconds:.1f} | {first / seconds:.2f} x | {second / seconds:.2f} x |")


if __name__ == "__main__":
    main()
