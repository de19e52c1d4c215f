"""Writes the SigLIP checkpoints of tests/data/parity, and what transformers makes of the pictures and texts.

    python tools/parity/make_siglip.py

The pictures must be there already (make.py). See README.md.
"""

import json
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, SiglipConfig, SiglipModel
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

import siglip_tokenizers
from make_common import as_bytes, largest_cosine, open_rgb
from texts import SIGLIP_TEXTS, TEXTS

OUT = Path(__file__).resolve().parents[2] / "tests/data/parity"
STRIDE = 61
# Pictures whose reference pixels are kept in full; of the others every STRIDE-th.
FULL = ("baseline.jpg", "palette.png", "very-tall.jpg", "alpha.png")

CHECKPOINTS = {
    # The shape of SigLIP 2 B/32-256, narrow; an older folder, whose tokenizer keeps case.
    "siglip2-gemma": dict(
        tokenizer=lambda folder, corpus: siglip_tokenizers.gemma(
            folder,
            corpus,
            class_name="GemmaTokenizerFast",
            size=1300,
            old_merges=False,
            config={"add_bos_token": False, "add_eos_token": True, "padding_side": "right"},
        ),
        text_seed=1,
        vision_seed=1,
        dtype=torch.bfloat16,
        text=dict(hidden_size=32, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4),
        vision=dict(
            hidden_size=32,
            intermediate_size=96,
            num_hidden_layers=3,
            num_attention_heads=4,
            image_size=256,
            patch_size=32,
        ),
        preprocessor=dict(size={"height": 256, "width": 256}, resample=Image.Resampling.BILINEAR),
    ),
    # Lower case before the tokens, padding in front; odd sizes, towers of different widths, several files.
    "siglip2-lower": dict(
        tokenizer=lambda folder, corpus: siglip_tokenizers.gemma(
            folder, corpus, class_name="Siglip2Tokenizer", size=800, old_merges=True, config={}
        ),
        text_seed=7,
        vision_seed=4,
        dtype=torch.float32,
        shard_size="150KB",
        text=dict(
            hidden_size=40,
            intermediate_size=100,
            num_hidden_layers=2,
            num_attention_heads=5,
            max_position_embeddings=40,
            projection_size=36,
        ),
        vision=dict(
            hidden_size=36,
            intermediate_size=75,
            num_hidden_layers=2,
            num_attention_heads=3,
            image_size=75,
            patch_size=14,
            layer_norm_eps=1e-5,
        ),
        preprocessor=dict(size={"height": 75, "width": 75}, resample=Image.Resampling.LANCZOS),
    ),
    # SigLIP 1: sentencepiece, bicubic, half precision, a small B/16.
    "siglip-sentencepiece": dict(
        tokenizer=lambda folder, corpus: siglip_tokenizers.sentencepiece_model(folder, corpus, size=800),
        text_seed=9,
        vision_seed=2,
        dtype=torch.float16,
        text=dict(hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2),
        vision=dict(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=80,
            patch_size=16,
        ),
        preprocessor=dict(size={"height": 80, "width": 80}),
    ),
}


def randomize(model: SiglipModel, tower: str, seed: int, gain: float) -> None:
    """Random weights for one tower ("text" or "vision"), large enough that inputs get different directions, and
    small enough that a step of one pixel or of one weight in int8 does not change them much."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape, std):
        return torch.randn(shape, generator=generator) * std

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not name.startswith(tower):
                continue
            if "norm" in name:
                values = (1.0 if name.endswith("weight") else 0.0) + normal(parameter.shape, 0.2)
            elif "position_embedding" in name:
                values = normal(parameter.shape, 0.3)
            elif "token_embedding" in name or name.endswith("probe"):
                values = normal(parameter.shape, 1.0)
            elif name.endswith("bias"):
                values = normal(parameter.shape, 0.1)
            else:
                values = normal(parameter.shape, gain * parameter[0].numel() ** -0.5)
            parameter.copy_(values)


def centred(embeddings: torch.Tensor) -> torch.Tensor:
    """Without what all share: of 64 tokens of a text most are padding."""
    return embeddings - embeddings.mean(0, keepdim=True)


def make(folder: Path, *, tokenizer, text_seed, vision_seed, dtype, text, vision, preprocessor, shard_size="1GB"):
    """Writes one checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    # What the tokenizers learn from: the texts themselves, and some of them in other case.
    corpus = [t for t in TEXTS + SIGLIP_TEXTS if t.strip()] * 3 + [t.lower() for t in TEXTS if t.strip()]
    text = {"vocab_size": tokenizer(folder, corpus), **text}
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=vision)).eval()
    randomize(model, "text", text_seed, 2.0)
    randomize(model, "vision", vision_seed, 1.6)
    model.to(dtype).save_pretrained(folder, max_shard_size=shard_size)
    # Without `auto_map` and what the class does not need.
    SiglipImageProcessorPil(**preprocessor).save_pretrained(folder)


@torch.no_grad()
def reference(folder: Path, names: list[str]) -> None:
    """Writes what transformers makes of the pictures and texts with one checkpoint."""
    model = SiglipModel.from_pretrained(folder, dtype=torch.float32).eval()
    processor = SiglipImageProcessorPil.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    print(f"{folder.name}: {type(tokenizer).__name__}, pads {tokenizer.padding_side}")
    tensors, images = {}, []
    for name in names:
        pixels = processor(open_rgb(OUT / "pictures" / name), return_tensors="pt", input_data_format="channels_last")
        pixels = pixels["pixel_values"]
        images.append(model.get_image_features(pixel_values=pixels).pooler_output[0])
        raw = as_bytes(processor, pixels[0])
        tensors[f"pixels/{name}"] = raw if name in FULL and raw.numel() < 50_000 else raw.flatten()[::STRIDE].clone()
    if model.config.vision_config.image_size > 128:
        for name in FULL[1:2]:
            pixels = processor(
                open_rgb(OUT / "pictures" / name), return_tensors="pt", input_data_format="channels_last"
            )
            tensors[f"pixels/{name}"] = as_bytes(processor, pixels["pixel_values"][0])
    tensors["images"] = torch.stack(images)
    texts = TEXTS + SIGLIP_TEXTS
    context = model.config.text_config.max_position_embeddings
    ids = [tokenizer(text, padding="max_length", max_length=context, truncation=True)["input_ids"] for text in texts]
    features = [model.get_text_features(input_ids=torch.tensor([i])).pooler_output[0] for i in ids]
    tensors["texts"] = torch.stack(features)
    different = [i for i, tokens in enumerate(ids) if ids.index(tokens) == i]
    print(
        f"{folder.name}: {len(different)} different texts; largest centred cosine of two pictures "
        f"{largest_cosine(centred(tensors['images'])):.3f}, "
        f"of two texts {largest_cosine(centred(tensors['texts'][different])):.3f}"
    )
    save_file(tensors, folder / "reference.safetensors")
    record = {"pictures": names, "texts": texts, "token_ids": ids, "stride": STRIDE}
    (folder / "reference.json").write_text(json.dumps(record, ensure_ascii=False, indent=1))


def main() -> None:
    torch.set_num_threads(1)
    names = sorted(path.name for path in (OUT / "pictures").iterdir())
    for name, options in CHECKPOINTS.items():
        make(OUT / name, **options)
        reference(OUT / name, names)


if __name__ == "__main__":
    main()
