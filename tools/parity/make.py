"""Writes tests/data/parity: picture files, small random checkpoints, and what transformers makes of them.

    python tools/parity/make.py CLIP_TOKENIZER_JSON

See README.md.
"""

import json
import sys
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPImageProcessor, CLIPModel, PreTrainedTokenizerFast

import checkpoints
import pictures
from make_common import as_bytes, largest_cosine, open_rgb
from texts import TEXTS

OUT = Path(__file__).resolve().parents[2] / "tests/data/parity"

# Pictures whose reference pixels are kept in full where that is much; of the others every STRIDE-th.
FULL = ("baseline.jpg", "orientation-6.jpg", "palette.png", "very-tall.jpg")
STRIDE = 13

CHECKPOINTS = {
    # The shape of ViT-B/32, narrow; the end token as in OpenAI's own files.
    "b32-quick-gelu": dict(
        text_seed=22,
        vision_seed=7,
        dtype=torch.float32,
        merges=1000,
        old_end_token=True,
        projection=48,
        text=dict(hidden_size=48, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4),
        vision=dict(hidden_size=48, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4),
        preprocessor={},
    ),
    # Another activation, epsilon, sizes, filter, mean and context; half precision, in several files.
    "gelu-sharded": dict(
        text_seed=22,
        vision_seed=30,
        dtype=torch.float16,
        merges=300,
        projection=40,
        shard_size="120KB",
        text=dict(
            hidden_size=64,
            intermediate_size=160,
            num_hidden_layers=2,
            num_attention_heads=8,
            max_position_embeddings=24,
            hidden_act="gelu",
            layer_norm_eps=1e-6,
        ),
        vision=dict(
            hidden_size=48,
            intermediate_size=200,
            num_hidden_layers=3,
            num_attention_heads=3,
            image_size=96,
            patch_size=16,
            hidden_act="gelu",
            layer_norm_eps=1e-6,
        ),
        preprocessor=dict(
            size={"shortest_edge": 113},
            crop_size={"height": 96, "width": 96},
            resample=Image.Resampling.LANCZOS,
            image_mean=[0.5, 0.5, 0.5],
            image_std=[0.5, 0.5, 0.5],
        ),
    ),
    # Tokens after the end token; patches that don't cover the picture; no crop.
    "added-tokens": dict(
        text_seed=21,
        vision_seed=4,
        dtype=torch.bfloat16,
        merges=200,
        added=("<cat>", "zebra", "<pad>"),
        projection=32,
        text=dict(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=40,
            hidden_act="gelu_new",
        ),
        vision=dict(
            hidden_size=36,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=6,
            image_size=72,
            patch_size=16,
            hidden_act="gelu_new",
        ),
        preprocessor=dict(
            size={"height": 72, "width": 72}, do_center_crop=False, resample=Image.Resampling.BILINEAR
        ),
    ),
}


def pixel_values(processor: CLIPImageProcessor, picture: Image.Image) -> torch.Tensor:
    """Without the data format, transformers takes a picture 1 or 3 pixels high for one with channels first."""
    return processor(picture, return_tensors="pt", input_data_format="channels_last")["pixel_values"]


@torch.no_grad()
def reference(folder: Path, names: list[str]) -> None:
    """Writes what transformers makes of the pictures and texts with one checkpoint."""
    model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
    processor = CLIPImageProcessor.from_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    tokenizer.model_max_length = model.config.text_config.max_position_embeddings

    tensors, images = {}, []
    for name in names:
        pixels = pixel_values(processor, open_rgb(OUT / "pictures" / name))
        images.append(model.get_image_features(pixel_values=pixels)[0])
        raw = as_bytes(processor, pixels[0])
        full = raw.numel() < 50_000 or name in FULL
        tensors[f"pixels/{name}"] = raw if full else raw.flatten()[::STRIDE].clone()
    tensors["images"] = torch.stack(images)

    ids = [tokenizer(text, truncation=True)["input_ids"] for text in TEXTS]
    tensors["texts"] = torch.stack([model.get_text_features(input_ids=torch.tensor([i]))[0] for i in ids])
    # Nothing after the first end token counts: texts that are the same up to there are the same.
    end = tokenizer.convert_tokens_to_ids(checkpoints.END)
    if model.config.text_config.eos_token_id == 2:
        end = max(max(tokens) for tokens in ids)
    seen = [tokens[: tokens.index(end) + 1] for tokens in ids]
    different = [i for i, tokens in enumerate(seen) if seen.index(tokens) == i]
    print(
        f"{folder.name}: largest cosine of two pictures {largest_cosine(tensors['images']):.3f}, "
        f"of two texts {largest_cosine(tensors['texts'][different]):.3f}"
    )
    save_file(tensors, folder / "reference.safetensors")
    record = {"pictures": names, "texts": TEXTS, "token_ids": ids, "stride": STRIDE}
    (folder / "reference.json").write_text(json.dumps(record, ensure_ascii=False, indent=1))


def main() -> None:
    source = Path(sys.argv[1])
    torch.set_num_threads(1)
    names = pictures.write(OUT / "pictures")
    for name, options in CHECKPOINTS.items():
        checkpoints.make(OUT / name, source=source, **options)
        reference(OUT / name, names)


if __name__ == "__main__":
    main()
