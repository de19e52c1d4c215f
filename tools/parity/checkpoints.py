"""Makes small random CLIP checkpoints in the Hugging Face layout, with tokenizers cut from OpenAI's."""

import json
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

START, END = "<|startoftext|>", "<|endoftext|>"


def tokenizer(source: Path, merges: int, added: list[str]) -> tuple[dict, int, int]:
    """OpenAI's tokenizer with only its first merges, and its vocabulary size and end token.

    Its vocabulary is the 512 bytes (inside and at the end of a word), then one token a merge, in
    order, then start and end: any number of first merges is a tokenizer of the same kind.
    """
    cut = json.loads(source.read_text())
    model = cut["model"]
    kept = 512 + merges
    model["vocab"] = {token: id for token, id in model["vocab"].items() if id < kept} | {START: kept, END: kept + 1}
    model["merges"] = model["merges"][:merges]
    ids = {START: kept, END: kept + 1}
    for token in cut["added_tokens"]:
        token["id"] = ids[token["content"]]
    cut["post_processor"]["cls"][1] = kept
    cut["post_processor"]["sep"][1] = kept + 1
    for i, content in enumerate(added):
        cut["added_tokens"].append(
            {
                "id": kept + 2 + i,
                "content": content,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": i % 2 == 1,
                "special": i % 2 == 0,
            }
        )
    return cut, kept + 2 + len(added), kept + 1


def randomize(model: CLIPModel, tower: str, seed: int, gain: float) -> None:
    """Random weights for one tower ("text" or "vis"), large enough that inputs get different directions."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape, std):
        return torch.randn(shape, generator=generator) * std

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name == "logit_scale":
                continue
            if "norm" in name or "layrnorm" in name:
                values = (1.0 if name.endswith("weight") else 0.0) + normal(parameter.shape, 0.2)
            elif "embedding" in name and "patch" not in name:
                values = normal(parameter.shape, 0.5)
            elif name.endswith("bias"):
                values = normal(parameter.shape, 0.2)
            else:
                values = normal(parameter.shape, gain * parameter[0].numel() ** -0.5)
            if name.startswith(tower):
                parameter.copy_(values)


def make(
    folder: Path,
    *,
    source: Path,
    text_seed: int,
    vision_seed: int,
    dtype: torch.dtype,
    merges: int,
    text: dict,
    vision: dict,
    projection: int,
    preprocessor: dict,
    added: tuple[str, ...] = (),
    old_end_token: bool = False,
    shard_size: str = "1GB",
) -> None:
    """Writes one checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    cut, vocabulary, end = tokenizer(source, merges, list(added))
    (folder / "tokenizer.json").write_text(json.dumps(cut, ensure_ascii=False, separators=(",", ":")))
    text = {
        "vocab_size": vocabulary,
        "bos_token_id": 0 if old_end_token else end - 1,
        "eos_token_id": 2 if old_end_token else end,
        **text,
    }
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=projection)
    model = CLIPModel(config).eval()
    # Texts share more of their input than pictures do, and have no preprocessing to be robust to: they
    # get larger weights. The seeds are those of a few where no two references are nearly parallel.
    randomize(model, "text", text_seed, 2.88)
    randomize(model, "vis", vision_seed, 1.8)
    model.to(dtype).save_pretrained(folder, max_shard_size=shard_size)
    CLIPImageProcessor(**preprocessor).save_pretrained(folder)
