"""Replaces the references of pictures with transparency by those of the pictures on white, without torch.

    python tools/parity/on_white.py

A vision tower and a preprocessing in numpy, which must first reproduce the references of all other pictures.
Needs numpy, Pillow and safetensors.
"""

import json
import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from safetensors.numpy import load_file, save_file

DATA = Path(__file__).resolve().parents[2] / "tests/data/parity"
FULL = ("baseline.jpg", "orientation-6.jpg", "palette.png", "very-tall.jpg")


def open_rgb(path):
    """As in make.py."""
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I"):
        values = np.asarray(picture).astype(np.float64)
        picture = Image.fromarray((values / 257).round().astype(np.uint8))
    transparent = picture.has_transparency_data
    if transparent:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        ground.alpha_composite(picture)
        picture = ground
    return picture.convert("RGB"), transparent


def preprocess(picture, config):
    """CLIPImageProcessor (the slow one) up to the bytes: resized, cropped in the middle, padded with black."""
    size = config["size"]
    if "shortest_edge" in size:
        short, long = sorted(picture.size)
        edge = size["shortest_edge"]
        other = int(edge * long / short)
        target = (edge, other) if picture.width <= picture.height else (other, edge)
    else:
        target = (size["width"], size["height"])
    pixels = np.asarray(picture.resize(target, resample=config["resample"]))
    if config.get("do_center_crop", True):
        crop = config["crop_size"]
        crop = (crop, crop) if isinstance(crop, int) else (crop["height"], crop["width"])
        padded = np.zeros((max(crop[0], pixels.shape[0]), max(crop[1], pixels.shape[1]), 3), np.uint8)
        top, left = ((a - b + 1) // 2 for a, b in zip(padded.shape[:2], pixels.shape[:2]))
        padded[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
        top, left = ((a - b) // 2 for a, b in zip(padded.shape[:2], crop))
        pixels = padded[top : top + crop[0], left : left + crop[1]]
    return pixels.transpose(2, 0, 1)


ACTIVATIONS = {
    "quick_gelu": lambda x: x / (1 + np.exp(-1.702 * x)),
    "gelu": lambda x: x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2))),
    "gelu_new": lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
}


def embed(pixels, weights, config):
    """CLIPVisionModelWithProjection in float64."""
    w = lambda name: weights["vision_model." + name].astype(np.float64)

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(-1, keepdims=True) + config.get("layer_norm_eps", 1e-5))
        return x * w(name + ".weight") + w(name + ".bias")

    linear = lambda x, name: x @ w(name + ".weight").T + w(name + ".bias")
    size, heads = config["patch_size"], config["num_attention_heads"]
    n = pixels.shape[1] // size
    patches = pixels[:, : n * size, : n * size].reshape(3, n, size, n, size)
    patches = patches.transpose(1, 3, 0, 2, 4).reshape(n * n, -1)
    kernel = w("embeddings.patch_embedding.weight")
    x = np.concatenate([w("embeddings.class_embedding")[None], patches @ kernel.reshape(len(kernel), -1).T])
    x = norm(x + w("embeddings.position_embedding.weight"), "pre_layrnorm")
    for i in range(config["num_hidden_layers"]):
        layer = f"encoder.layers.{i}."
        h = norm(x, layer + "layer_norm1")
        split = lambda name: linear(h, layer + f"self_attn.{name}_proj").reshape(len(h), heads, -1).swapaxes(0, 1)
        q, k, v = split("q"), split("k"), split("v")
        scores = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1])
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        attended = (scores / scores.sum(-1, keepdims=True)) @ v
        x = x + linear(attended.swapaxes(0, 1).reshape(len(h), -1), layer + "self_attn.out_proj")
        h = linear(norm(x, layer + "layer_norm2"), layer + "mlp.fc1")
        x = x + linear(ACTIVATIONS[config["hidden_act"]](h), layer + "mlp.fc2")
    return norm(x[0], "post_layernorm") @ weights["visual_projection.weight"].astype(np.float64).T


def bfloat16(folder):
    """Weights of any kind as float32: numpy knows no bfloat16."""
    weights = {}
    for path in sorted(folder.glob("model*.safetensors")):
        data = path.read_bytes()
        length = int.from_bytes(data[:8], "little")
        for name, info in json.loads(data[8 : 8 + length]).items():
            if name == "__metadata__":
                continue
            start, end = (8 + length + offset for offset in info["data_offsets"])
            raw = data[start:end]
            if info["dtype"] == "BF16":
                values = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
            else:
                values = np.frombuffer(raw, {"F32": "<f4", "F16": "<f2", "I64": "<i8"}[info["dtype"]])
            weights[name] = values.astype(np.float32).reshape(info["shape"])
    return weights


def main():
    for folder in sorted(DATA.iterdir()):
        if not (folder / "config.json").exists():
            continue
        config = json.loads((folder / "config.json").read_text())
        if config["model_type"] != "clip":
            continue
        config, weights = config["vision_config"], bfloat16(folder)
        preprocessor = json.loads((folder / "preprocessor_config.json").read_text())
        record = json.loads((folder / "reference.json").read_text())
        tensors = load_file(folder / "reference.safetensors")
        images, replaced, worst = tensors["images"].copy(), [], 0.0
        mean = np.array(preprocessor["image_mean"])[:, None, None]
        std = np.array(preprocessor["image_std"])[:, None, None]
        for i, name in enumerate(record["pictures"]):
            picture, transparent = open_rgb(DATA / "pictures" / name)
            raw = preprocess(picture, preprocessor)
            full = raw.size < 50_000 or name in FULL
            kept = raw if full else raw.flatten()[:: record["stride"]].copy()
            vector = embed((raw / 255 - mean) / std, weights, config)
            if transparent:
                tensors[f"pixels/{name}"] = np.ascontiguousarray(kept)
                images[i] = vector.astype(np.float32)
                replaced.append(name)
                continue
            assert np.array_equal(tensors[f"pixels/{name}"], kept), f"{folder.name}: pixels of {name}"
            worst = max(worst, np.abs(images[i] - vector).max() / np.abs(images[i]).max())
        assert worst < 1e-4, f"{folder.name}: embeddings differ by {worst}"
        tensors["images"] = images
        save_file(tensors, folder / "reference.safetensors")
        print(f"{folder.name}: others reproduced within {worst:.1e}; replaced {', '.join(replaced)}")


main()
