"""pixseek's picture encoder on a GPU beside PyTorch in f16 on the same card, and how near its vectors are to those of the CPU.

    python tools/bench/random_model.py clip-b32 FOLDER
    python tools/bench/gpu.py FOLDER [--binary target/release/pixseek]

The binary is a build with `--features cuda`. FOLDER holds a CLIP or SigLIP checkpoint with model.safetensors. PyTorch is
measured with the pictures on the GPU already, and with pictures that come from the CPU as pixseek's do.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel

from timing import median_seconds

BATCHES = (1, 8, 32, 128)


def rates_of_torch(folder):
    model = AutoModel.from_pretrained(folder, dtype=torch.float16).eval().cuda()
    size = model.config.vision_config.image_size
    there, carried = {}, {}
    with torch.inference_mode():
        for batch in BATCHES:
            pixels = torch.randn(batch, 3, size, size)
            on_card = pixels.half().cuda()

            def run(x):
                features = model.get_image_features(pixel_values=x)
                features = features if torch.is_tensor(features) else features.pooler_output
                return features.float().cpu()

            there[batch] = batch / median_seconds(lambda: run(on_card))
            carried[batch] = batch / median_seconds(lambda: run(pixels.half().cuda()))
    return {"PyTorch f16": there, "PyTorch f16, pictures from the CPU": carried}


def pixseek(binary, *arguments):
    run = subprocess.run([binary, *arguments], capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"{arguments}: {run.stderr}")
    return run.stdout


def nearness(binary, folder):
    """The worst centred cosine of pictures, and of texts, on the GPU to those in f32 on the CPU."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["PIXSEEK_DATA_DIR"] = f"{scratch}/data"
        gallery = f"{scratch}/gallery"
        pixseek(binary, "demo", gallery, "--write")
        vectors, texts = {}, {}
        words = ["a red car", "snow at night", "two cats on a mat", "an old house by the sea", "fish", "a tree in autumn"]
        for name, options in {
            "cpu": ["--device=cpu", "--precision=f32"],
            "f32": ["--device=cuda", "--precision=f32"],
            "f16": ["--device=cuda", "--precision=f16"],
        }.items():
            options = [f"--model={folder}", *options]
            start = time.monotonic()
            pixseek(binary, "index", gallery, "--quiet", *options)
            seconds = time.monotonic() - start
            pixseek(binary, "export", gallery, "--f32", "--out", f"{scratch}/{name}.npy", *options)
            vectors[name] = np.load(f"{scratch}/{name}.npy")
            embed = [json.loads(pixseek(binary, "embed", "--json", "--text", w, *options))["embedding"] for w in words]
            texts[name] = np.array(embed)
            print(f"index of {len(vectors[name])} pictures of the demo gallery, {name}: {seconds:.1f} s")
        for name in ("f32", "f16"):
            print(f"worst centred cosine to the CPU, {name}: pictures {worst(vectors, name):.6f}, texts {worst(texts, name):.6f}")


def worst(vectors, name):
    exact, other = (vectors[n] - vectors["cpu"].mean(0) for n in ("cpu", name))
    norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(other, axis=1)
    return float(((exact * other).sum(1) / norms).min())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--binary", type=Path, default=Path("target/release/pixseek"))
    options = parser.parse_args()
    print(torch.cuda.get_device_name(), "PyTorch", torch.__version__)
    rates = {}
    for precision in ("f16", "f32"):
        command = ["bench", "encoder", "--json", f"--model={options.folder}", "--device=cuda", f"--precision={precision}"]
        figures = json.loads(pixseek(options.binary, *command))
        print({name: value for name, value in figures.items() if name.endswith("_ms")})
        rates[f"pixseek {precision}"] = {int(batch): rate for batch, rate in figures["images_per_second"].items()}
    rates |= rates_of_torch(options.folder)
    print(f"| {options.folder.name}, images/s | {' | '.join(rates)} |")
    print("|---" * (len(rates) + 1) + "|")
    for batch in BATCHES:
        print(f"| batch {batch} | {' | '.join(f'{rate[batch]:.0f}' for rate in rates.values())} |")
    nearness(options.binary, options.folder)


if __name__ == "__main__":
    main()
