"""Copies a folder of CLIP or SigLIP, with random weights that spread embeddings and with what real checkpoints have planted
in it.

    python tools/int8/plant.py FOLDER OUT [--norms 40] [--residual 50] [--rows 20] [--tails]

FOLDER has the files of a `CLIPModel` or `SiglipModel` of any size (`tools/bench/random_model.py` makes some); only its weights
are replaced. Then compare int8 with f32:

    cargo run --release --example int8_near_f32 -- OUT

--norms K     every norm of a block has 1 % of its channels times K, taken back in the weights that read them
--residual N  1 % of the channels of the residual stream have N added, with either sign
--rows K      what every block adds to 1 % of the channels of the residual stream is times K
--tails       weights have Student's distribution with 3 degrees of freedom
Needs numpy and safetensors.
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", type=Path)
parser.add_argument("out", type=Path)
parser.add_argument("--norms", type=float, default=1.0)
parser.add_argument("--residual", type=float, default=0.0)
parser.add_argument("--rows", type=float, default=1.0)
parser.add_argument("--tails", action="store_true")
options = parser.parse_args()
rng = np.random.default_rng(1)


def weights(shape):
    """Rows of length 1, whatever their distribution."""
    values = rng.standard_t(3, shape) / np.sqrt(3) if options.tails and len(shape) == 2 else rng.standard_normal(shape)
    return (values * np.prod(shape[1:]) ** -0.5).astype(np.float32)


def random(name, shape):
    if name == "logit_scale":
        return np.array(4.6, np.float32).reshape(shape)
    if "norm" in name or "layrnorm" in name:
        return (name.endswith("weight") + 0.2 * rng.standard_normal(shape)).astype(np.float32)
    if name.endswith("probe"):
        return rng.standard_normal(shape).astype(np.float32)
    if "embedding" in name and "patch" not in name:
        return (0.5 * rng.standard_normal(shape)).astype(np.float32)
    return (0.2 * rng.standard_normal(shape)).astype(np.float32) if name.endswith("bias") else weights(shape)


def channels(width):
    return rng.permutation(width)[: max(1, width // 100)]


names = load_file(options.folder / "model.safetensors")
tensors = {name: random(name, values.shape) for name, values in sorted(names.items()) if not name.endswith("position_ids")}
for name in list(tensors):
    if ".layers." in name and name.endswith("norm1.weight"):
        block = name.removesuffix("layer_norm1.weight")
        for norm, readers in (("layer_norm1", ("q", "k", "v")), ("layer_norm2", ("mlp.fc1",))):
            large = channels(len(tensors[name]))
            for part in ("weight", "bias"):
                tensors[f"{block}{norm}.{part}"][large] *= options.norms
            for reader in readers:
                reader = reader if "." in reader else f"self_attn.{reader}_proj"
                tensors[f"{block}{reader}.weight"][:, large] /= options.norms
for tower in ("text", "vision"):
    start = f"{tower}_model.embeddings.position_embedding.weight"
    start = tensors.get(f"{tower}_model.pre_layrnorm.bias", tensors[start])
    large = channels(start.shape[-1])
    start[..., large] += options.residual * rng.choice([-1.0, 1.0], len(large)).astype(np.float32)
    for name, values in tensors.items():
        if name.startswith(tower) and ("out_proj." in name or "fc2." in name):
            values[large] *= options.rows
options.out.mkdir(parents=True, exist_ok=True)
for path in options.folder.glob("*.json"):
    shutil.copy(path, options.out)
save_file(tensors, options.out / "model.safetensors", metadata={"format": "pt"})
