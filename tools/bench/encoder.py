"""pixseek's encoder beside ONNX Runtime: the same ViT-B/32 checkpoint (random weights), the same threads, one run.

    python tools/bench/encoder.py TOKENIZER.json [--threads 2] [--work DIR] [--binary target/release/pixseek]
        [--image-size 256] [--activation gelu]

With `--activation gelu` and `--image-size 256` it has the shape of LAION's and DataComp's models, and of rclip's.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np
import torch
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer", type=Path, help="tokenizer.json of openai/clip-vit-base-patch32")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--work", type=Path, default=Path("target/bench"))
    parser.add_argument("--binary", type=Path, default=Path("target/release/pixseek"))
    parser.add_argument("--image-size", type=int, default=224, help="in pixels")
    parser.add_argument("--activation", default="quick_gelu", help="quick_gelu or gelu")
    return parser.parse_args()


def make_checkpoint(folder, tokenizer, size, activation):
    """ViT-B/32 as openai/clip-vit-base-patch32 has it, with random weights, and both towers as ONNX."""
    if (folder / "vision.onnx").exists():
        return
    torch.manual_seed(1)
    config = CLIPConfig(text_config={"hidden_act": activation}, vision_config={"hidden_act": activation, "image_size": size})
    config.text_config.eos_token_id, config.text_config.bos_token_id = 49407, 49406
    config._attn_implementation = "eager"
    model = CLIPModel(config).eval()
    model.save_pretrained(folder)
    sides = {"height": size, "width": size}
    CLIPImageProcessor(size={"shortest_edge": size}, crop_size=sides).save_pretrained(folder)
    shutil.copy(tokenizer, folder / "tokenizer.json")

    class Tower(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

    class Vision(Tower):
        def forward(self, pixels):
            return self.model.visual_projection(self.model.vision_model(pixel_values=pixels).pooler_output)

    class Text(Tower):
        def forward(self, ids):
            return self.model.text_projection(self.model.text_model(input_ids=ids).pooler_output)

    for name, tower, example in (
        ("vision", Vision(), torch.zeros(2, 3, size, size)),
        ("text", Text(), torch.tensor([[49406, 320, 1125, 539, 320, 2368, 49407]] * 2)),
    ):
        axes = {"input": {0: "batch"} if name == "vision" else {0: "batch", 1: "tokens"}}
        torch.onnx.export(
            tower, (example,), folder / f"{name}.onnx", input_names=["input"], dynamic_axes=axes, dynamo=False
        )


def median_seconds(work, seconds=3.0):
    work()
    times, start = [], time.monotonic()
    while len(times) < 3 or time.monotonic() - start < seconds:
        begun = time.monotonic()
        work()
        times.append(time.monotonic() - begun)
    return statistics.median(times)


def onnx_runtime(folder, threads, size):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    vision = onnxruntime.InferenceSession(folder / "vision.onnx", options, providers=["CPUExecutionProvider"])
    text = onnxruntime.InferenceSession(folder / "text.onnx", options, providers=["CPUExecutionProvider"])
    rates = {}
    for batch in (1, 8, 32):
        pixels = np.random.default_rng(batch).standard_normal((batch, 3, size, size)).astype(np.float32)
        rates[str(batch)] = batch / median_seconds(lambda: vision.run(None, {"input": pixels}))
    ids = np.array([[49406, 320, 1125, 539, 320, 2368, 49407]])
    return rates, 1e3 * median_seconds(lambda: text.run(None, {"input": ids}))


def main():
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        make_checkpoint(options.work, options.tokenizer, options.image_size, options.activation)
    command = [options.binary, "bench", "encoder", "--json", f"--model={options.work}", f"--threads={options.threads}"]
    ours = {}
    for precision in ("f32", "int8"):
        run = subprocess.run([*command, f"--precision={precision}"], check=True, capture_output=True, text=True)
        ours[precision] = json.loads(run.stdout)
    rates, text_ms = onnx_runtime(options.work, options.threads, options.image_size)
    name = f"ViT-B/32, {options.image_size} px, {options.activation}, {options.threads} threads"
    print(f"| {name} | ONNX Runtime f32 | pixseek f32 | pixseek int8 |")
    print("|---|---|---|---|")
    for batch, theirs in rates.items():
        mine = [figures["images_per_second"][batch] for figures in ours.values()]
        cells = " | ".join(f"{rate:.1f} ({rate / theirs:.2f} x)" for rate in mine)
        print(f"| images/s, batch {batch} | {theirs:.1f} | {cells} |")
    for name, key in (("text of 7 tokens, ms", "text_ms"), ("the same with one more token, ms", "text_next_token_ms")):
        cells = " | ".join(f"{figures[key]:.2f} ({figures[key] / text_ms:.2f} x)" for figures in ours.values())
        print(f"| {name} | {text_ms:.1f} | {cells} |")
    for name, key in (("load both towers, ms", "load_ms"), ("load for text queries, ms", "load_text_ms")):
        print(f"| {name} | | {' | '.join(f'{figures[key]:.0f}' for figures in ours.values())} |")


if __name__ == "__main__":
    main()
