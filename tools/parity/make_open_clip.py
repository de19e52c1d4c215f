"""Writes the checkpoints of open_clip's layout under tests/data/parity, and what open_clip makes of them.

    python tools/parity/make_open_clip.py

The pictures must be there already: `make.py` writes them. See README.md.
"""

import gzip
import json
import sys
import tempfile
from pathlib import Path

import open_clip
import torch
from open_clip.tokenizer import SimpleTokenizer, bytes_to_unicode, default_bpe
from safetensors.torch import save_file
from transformers import CLIPTokenizer

from make_common import largest_cosine, open_rgb
from texts import CLEANED, TEXTS

OUT = Path(__file__).resolve().parents[2] / "tests/data/parity"

# Pictures whose reference pixels are kept in full; of the others every STRIDE-th.
FULL = ("baseline.jpg", "orientation-6.jpg", "palette.png", "very-tall.jpg")
STRIDE = 13

START, END = "<|startoftext|>", "<|endoftext|>"

CHECKPOINTS = {
    # ViT-B-32-256 and all the other usual ones, narrow.
    "open-clip-gelu": dict(
        seed=3,
        dtype=torch.float16,
        merges=400,
        weights="open_clip_model.safetensors",
        tokenizer="tokenizer.json",
        model=dict(
            embed_dim=40,
            vision_cfg=dict(image_size=64, layers=3, width=48, head_width=12, patch_size=8),
            text_cfg=dict(context_length=32, width=48, heads=4, layers=3),
        ),
        preprocess={},
    ),
    # The other activation, file names and layout of the text tower; patches that don't cover the picture.
    "open-clip-quick-gelu": dict(
        seed=4,
        dtype=torch.bfloat16,
        merges=100,
        weights="model.safetensors",
        tokenizer="vocab.json",
        model=dict(
            embed_dim=36,
            quick_gelu=True,
            custom_text=True,
            vision_cfg=dict(
                image_size=[72, 72],
                layers=2,
                width=60,
                head_width=20,
                patch_size=16,
                mlp_ratio=2.5517,
                norm_kwargs=dict(eps=1e-6),
                final_ln_after_pool=True,
            ),
            text_cfg=dict(context_length=77, width=36, heads=6, layers=2, mlp_ratio=3.2, pool_type="eos"),
        ),
        preprocess=dict(
            size=[999, 999],
            mode="RGB",
            mean=[0.5, 0.4, 0.3],
            std=[0.2, 0.25, 0.3],
            interpolation="bilinear",
            resize_mode="squash",
        ),
    ),
    # Pictures that are padded, and GELU by tanh.
    "open-clip-longest": dict(
        seed=15,
        dtype=torch.float16,
        merges=50,
        weights="open_clip_model.safetensors",
        tokenizer="tokenizer.json",
        model=dict(
            embed_dim=44,
            vision_cfg=dict(
                image_size=56, layers=2, width=48, head_width=16, patch_size=14, act_kwargs=dict(approximate="tanh")
            ),
            text_cfg=dict(context_length=24, width=40, heads=4, layers=3),
        ),
        preprocess=dict(mean=0.5, std=0.5, resize_mode="longest", fill_color=117),
    ),
}


def write_tokenizer(folder: Path, merges: int, file: str) -> tuple[SimpleTokenizer, int]:
    """CLIP's tokenizer with only its first merges, in the folder, and as open_clip has it; the size of its vocabulary."""
    lines = gzip.open(default_bpe()).read().decode().split("\n")[: merges + 1]
    with tempfile.NamedTemporaryFile(suffix=".gz") as cut:
        cut.write(gzip.compress("\n".join(lines).encode()))
        cut.flush()
        simple = SimpleTokenizer(bpe_path=cut.name)
    characters = list(bytes_to_unicode().values())
    pairs = [tuple(line.split()) for line in lines[1:]]
    tokens = characters + [c + "</w>" for c in characters] + ["".join(pair) for pair in pairs] + [START, END]
    vocabulary = {token: id for id, token in enumerate(tokens)}
    assert list(vocabulary)[:-2] == list(simple.encoder)[:-2] and vocabulary[END] == simple.eot_token_id
    if file == "tokenizer.json":
        CLIPTokenizer(vocab=vocabulary, merges=pairs).backend_tokenizer.save(str(folder / file), pretty=False)
    else:
        (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
        (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines[1:], ""]))
    return simple, len(tokens)


def randomize(model: torch.nn.Module, seed: int) -> None:
    """Random weights, large enough that inputs get different directions."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = torch.randn(parameter.shape, generator=generator)
            gain = 1.8 if name.startswith("visual") else 2.88
            if name == "logit_scale":
                continue
            if ".ln_" in name or name.startswith("ln_"):
                values = (1.0 if name.endswith("weight") else 0.0) + 0.2 * values
            elif "embedding" in name:
                values = 0.5 * values
            elif name.endswith("bias"):
                values = 0.2 * values
            elif name.endswith("proj") or name.endswith("projection"):
                values = gain * len(values) ** -0.5 * values
            else:
                values = gain * parameter[0].numel() ** -0.5 * values
            parameter.copy_(values)


def make(folder: Path, *, seed, dtype, merges, weights, tokenizer, model, preprocess) -> SimpleTokenizer:
    """Writes one checkpoint; its tokenizer, as open_clip has it."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    simple, vocabulary = write_tokenizer(folder, merges, tokenizer)
    model["text_cfg"]["vocab_size"] = vocabulary
    if model["text_cfg"].get("pool_type") == "eos":
        model["text_cfg"]["eos_id"] = simple.eot_token_id
    config = {"model_cfg": model, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=1))
    made = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    randomize(made, seed)
    save_file({name: t.to(dtype).contiguous() for name, t in made.state_dict().items()}, folder / weights)
    return simple


@torch.no_grad()
def reference(folder: Path, tokenizer: SimpleTokenizer, names: list[str]) -> None:
    """Writes what open_clip makes of the pictures and texts with one checkpoint."""
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    model.eval()
    mean, std = (torch.tensor(values)[:, None, None] for values in (preprocess.transforms[-1].mean, preprocess.transforms[-1].std))
    tensors, images = {}, []
    if preprocess.transforms[0].__class__.__name__ == "ResizeKeepRatio":
        # It makes a side of these 0 pixels long, which is an error.
        names = [name for name in names if not name.startswith("very-")]
    for name in names:
        pixels = preprocess(open_rgb(OUT / "pictures" / name))
        images.append(model.encode_image(pixels[None])[0])
        # Before normalizing these were bytes: they are stored as such, without loss.
        raw = ((pixels * std + mean) * 255).round().to(torch.uint8)
        assert ((raw / 255 - mean) / std - pixels).abs().max() < 1e-5
        tensors[f"pixels/{name}"] = raw if name in FULL else raw.flatten()[::STRIDE].clone()
    tensors["images"] = torch.stack(images)

    context = model.context_length
    ids, texts = [], TEXTS + CLEANED
    for text in texts:
        tokens = [tokenizer.sot_token_id, *tokenizer.encode(text), tokenizer.eot_token_id]
        ids.append(tokens if len(tokens) <= context else tokens[: context - 1] + [tokenizer.eot_token_id])
    padded = tokenizer(texts, context_length=context)
    assert all(row.tolist() == i + [0] * (context - len(i)) for row, i in zip(padded, ids))
    tensors["texts"] = model.encode_text(padded)
    seen = [tokens[: tokens.index(tokenizer.eot_token_id) + 1] for tokens in ids]
    different = [i for i, tokens in enumerate(seen) if seen.index(tokens) == i]
    print(
        f"{folder.name}: largest cosine of two pictures {largest_cosine(tensors['images']):.3f}, "
        f"of two texts {largest_cosine(tensors['texts'][different]):.3f}"
    )
    save_file(tensors, folder / "reference.safetensors")
    record = {"pictures": names, "texts": texts, "token_ids": ids, "stride": STRIDE}
    (folder / "reference.json").write_text(json.dumps(record, ensure_ascii=False, indent=None))


def main() -> None:
    torch.set_num_threads(1)
    names = sorted(path.name for path in (OUT / "pictures").iterdir())
    for name, options in CHECKPOINTS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        tokenizer = make(OUT / name, **options)
        reference(OUT / name, tokenizer, names)


if __name__ == "__main__":
    main()
