"""pixseek's encoder beside ONNX Runtime (f32, and its own dynamic int8) and OpenVINO (bf16): the same checkpoint, the same
threads, in turns.

    python tools/bench/random_model.py clip-b32 FOLDER
    python tools/bench/encoder.py FOLDER [--threads 2] [--rounds 3] [--binary target/release/pixseek]

FOLDER holds a CLIP or SigLIP checkpoint with model.safetensors. Its towers are written beside it as ONNX at the first run.
Each figure is the best of the rounds, for every program: on a shared machine the best is what differs least.
"""

import argparse
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import onnxruntime
import openvino
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from transformers import AutoModel

from timing import median_seconds

BATCHES = (1, 8, 32)
TEXT = "a photo of a cat"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.5, help="for each batch size of a rival, in each round")
    parser.add_argument("--binary", type=Path, default=Path("target/release/pixseek"))
    return parser.parse_args()


def export(folder):
    """Writes both towers as ONNX, and the vision tower in int8. Returns the side of a picture and a text's tokens."""
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    config = model.config
    size = config.vision_config.image_size
    is_siglip = config.model_type.startswith("siglip")
    # The text that `bench encoder` takes; SigLIP's are padded to the end.
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(TEXT).ids
    ids = [[*ids, *([0] * (64 - len(ids)))] if is_siglip else ids]

    def vector(output):
        return output if torch.is_tensor(output) else output.pooler_output

    class Vision(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, pixels):
            return vector(self.model.get_image_features(pixel_values=pixels))

    class Text(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, ids):
            return vector(self.model.get_text_features(input_ids=ids))

    for name, tower, example in (
        ("vision", Vision(), torch.zeros(2, 3, size, size)),
        ("text", Text(), torch.tensor(ids * 2)),
    ):
        path = folder / f"{name}.onnx"
        if not path.exists():
            axes = {"input": {0: "batch"} if is_siglip or name == "vision" else {0: "batch", 1: "tokens"}}
            torch.onnx.export(tower, (example,), path, input_names=["input"], dynamic_axes=axes, dynamo=False)
    if not (folder / "vision-int8.onnx").exists():
        quantize_dynamic(folder / "vision.onnx", folder / "vision-int8.onnx", weight_type=QuantType.QInt8)
    return size, np.array(ids)


def onnx_runtime(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda values: session.run(None, {"input": values})


def openvino_bf16(path, threads):
    core = openvino.Core()
    hints = {"INFERENCE_PRECISION_HINT": "bf16", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
    request = core.compile_model(core.read_model(path), "CPU", hints).create_infer_request()
    return lambda values: request.infer({0: values})


def pixseek(options, precision):
    command = [options.binary, "bench", "encoder", "--json", f"--model={options.folder}", f"--threads={options.threads}"]
    run = subprocess.run([*command, f"--precision={precision}"], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


def main():
    options = arguments()
    with torch.no_grad():
        size, ids = export(options.folder)
    loaders = {
        "ONNX Runtime f32": lambda: onnx_runtime(options.folder / "vision.onnx", options.threads),
        "ONNX Runtime int8": lambda: onnx_runtime(options.folder / "vision-int8.onnx", options.threads),
        "OpenVINO bf16": lambda: openvino_bf16(options.folder / "vision.onnx", options.threads),
    }
    rates = {name: dict.fromkeys(BATCHES, 0.0) for name in (*loaders, "pixseek f32", "pixseek int8")}
    text_ms, ours = [], {"f32": [], "int8": []}
    for _ in range(options.rounds):
        for name, load in loaders.items():
            run = load()
            for batch in BATCHES:
                pixels = np.random.default_rng(batch).standard_normal((batch, 3, size, size)).astype(np.float32)
                rate = batch / median_seconds(lambda: run(pixels), options.seconds)
                rates[name][batch] = max(rates[name][batch], rate)
            del run
        run = onnx_runtime(options.folder / "text.onnx", options.threads)
        text_ms.append(1e3 * median_seconds(lambda: run(ids), options.seconds))
        del run
        for precision, runs in ours.items():
            runs.append(pixseek(options, precision))
            for batch in BATCHES:
                rate = runs[-1]["images_per_second"][str(batch)]
                rates[f"pixseek {precision}"][batch] = max(rates[f"pixseek {precision}"][batch], rate)
    print(f"| {options.folder.name}, {options.threads} threads | {' | '.join(rates)} |")
    print("|---" * (len(rates) + 1) + "|")
    for batch in BATCHES:
        base = rates["ONNX Runtime f32"][batch]
        cells = " | ".join(f"{rate[batch]:.1f} ({rate[batch] / base:.2f} x)" for rate in rates.values())
        print(f"| images/s, batch {batch} | {cells} |")
    theirs = min(text_ms)
    for name, key in ((f"text of {ids.shape[1]} tokens, ms", "text_ms"), ("the same with one more token, ms", "text_next_token_ms")):
        cells = " | ".join(f"{min(run[key] for run in runs):.2f} ({min(run[key] for run in runs) / theirs:.2f} x)" for runs in ours.values())
        print(f"| {name} | {theirs:.2f} | | | {cells} |")
    for name, key in (("load both towers, ms", "load_ms"), ("load for text queries, ms", "load_text_ms")):
        print(f"| {name} | | | | {' | '.join(f'{min(run[key] for run in runs):.0f}' for runs in ours.values())} |")


if __name__ == "__main__":
    main()
