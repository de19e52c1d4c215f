"""Makes a model folder with the true shapes of a published checkpoint, random weights, and a made-up tokenizer as large
as the real one, for measuring starts, queries and memory where no checkpoint can be had.

    python tools/bench/random_model.py clip-b32|clip-b32-256-gelu|siglip2-b32|siglip2-b16 FOLDER

`clip-b32` is OpenAI's ViT-B/32 (224 px, quick_gelu), `clip-b32-256-gelu` has the shape of DataComp's at 256 px, which is
rclip's model, and the others are SigLIP 2 at 256 px.

Needs numpy and safetensors.
"""

import itertools
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

RNG = np.random.default_rng(1)


class Tensors(dict):
    """Tensors by name; weights are as large as those of a new model."""

    def normal(self, name, *shape, std=0.02):
        self[name] = RNG.standard_normal(shape, dtype=np.float32) * np.float32(std)

    def linear(self, name, outputs, inputs):
        self.normal(f"{name}.weight", outputs, inputs, std=0.7 * inputs**-0.5)
        self.normal(f"{name}.bias", outputs)

    def norm(self, name, width):
        self[f"{name}.weight"], self[f"{name}.bias"] = np.ones(width, np.float32), np.zeros(width, np.float32)

    def mlp(self, name, width):
        self.linear(f"{name}.fc1", 4 * width, width)
        self.linear(f"{name}.fc2", width, 4 * width)

    def blocks(self, tower, width, layers=12):
        for i in range(layers):
            block = f"{tower}.encoder.layers.{i}"
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                self.linear(f"{block}.self_attn.{part}", width, width)
            self.mlp(f"{block}.mlp", width)
            self.norm(f"{block}.layer_norm1", width)
            self.norm(f"{block}.layer_norm2", width)


def clip(vocabulary, patch, size, activation="quick_gelu"):
    t = Tensors()
    t.normal("text_model.embeddings.token_embedding.weight", vocabulary, 512)
    t.normal("text_model.embeddings.position_embedding.weight", 77, 512)
    t.blocks("text_model", 512)
    t.norm("text_model.final_layer_norm", 512)
    t.normal("vision_model.embeddings.class_embedding", 768)
    t.normal("vision_model.embeddings.patch_embedding.weight", 768, 3, patch, patch)
    t.normal("vision_model.embeddings.position_embedding.weight", (size // patch) ** 2 + 1, 768)
    t.norm("vision_model.pre_layrnorm", 768)
    t.blocks("vision_model", 768)
    t.norm("vision_model.post_layernorm", 768)
    t.normal("visual_projection.weight", 512, 768)
    t.normal("text_projection.weight", 512, 512)
    text = {"vocab_size": vocabulary, "eos_token_id": vocabulary - 1, "hidden_act": activation}
    vision = {"patch_size": patch, "image_size": size, "hidden_act": activation}
    return t, {"model_type": "clip", "text_config": text, "vision_config": vision}


def siglip(vocabulary, patch, size):
    t = Tensors()
    t.normal("text_model.embeddings.token_embedding.weight", vocabulary, 768)
    t.normal("text_model.embeddings.position_embedding.weight", 64, 768)
    t.blocks("text_model", 768)
    t.norm("text_model.final_layer_norm", 768)
    t.linear("text_model.head", 768, 768)
    t.normal("vision_model.embeddings.patch_embedding.weight", 768, 3, patch, patch)
    t.normal("vision_model.embeddings.patch_embedding.bias", 768)
    t.normal("vision_model.embeddings.position_embedding.weight", (size // patch) ** 2, 768)
    t.blocks("vision_model", 768)
    t.norm("vision_model.post_layernorm", 768)
    head = "vision_model.head"
    t.normal(f"{head}.probe", 1, 1, 768, std=1.0)
    t.normal(f"{head}.attention.in_proj_weight", 3 * 768, 768)
    t.normal(f"{head}.attention.in_proj_bias", 3 * 768)
    t.linear(f"{head}.attention.out_proj", 768, 768)
    t.norm(f"{head}.layernorm", 768)
    t.mlp(f"{head}.mlp", 768)
    config = {"text_config": {"vocab_size": vocabulary}, "vision_config": {"patch_size": patch, "image_size": size}}
    return t, {"model_type": "siglip", **config}


def grow(vocabulary, count, longest):
    """Adds tokens, each made of two that are there, and returns the merges that make them."""
    tokens = [t for t in vocabulary if len(t) <= 2]
    merges = []
    while len(vocabulary) < count:
        for left, right in RNG.integers(0, len(tokens), (4096, 2)):
            token = tokens[left] + tokens[right]
            if token not in vocabulary and len(token) <= longest and len(vocabulary) < count:
                vocabulary[token] = len(vocabulary)
                merges.append([tokens[left], tokens[right]])
                if len(token) < longest:
                    tokens.append(token)
    return merges


def added(vocabulary, tokens):
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return [{"id": vocabulary[t], "content": t, **flags, "special": t.startswith("<")} for t in tokens]


def gemma(folder, count=256_000):
    """Gemma's kind of tokenizer: 256,000 tokens, twice as many merges, 33 MB."""
    front = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"] + [f"<unused{i}>" for i in range(100)]
    front += ["\\n" * n for n in range(1, 32)] + ["▁" * n for n in range(2, 32)]
    vocabulary = {t: i for i, t in enumerate(front + [f"<0x{b:02X}>" for b in range(256)])}
    letters = "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?'-äöüéèñçабвгдежзиклмнопрсту猫犬山川日本"
    for letter in letters:
        vocabulary.setdefault(letter, len(vocabulary))
    # All strings of the commonest letters, so that most tokens can be made in several ways, as Gemma's can.
    made = (n for length in range(2, 6) for n in itertools.product("▁acehilnorst", repeat=length))
    tokens = ["".join(letters) for letters in itertools.islice(made, count - len(vocabulary))]
    for token in tokens:
        vocabulary.setdefault(token, len(vocabulary))
    ways = ([token[:cut], token[cut:]] for cut in range(1, 5) for token in tokens if cut < len(token))
    merges = list(itertools.islice(ways, 514_906))
    pattern = {"String": " "}
    write(
        folder,
        added_tokens=added(vocabulary, front),
        normalizer={"type": "Replace", "pattern": pattern, "content": "▁"},
        pre_tokenizer={"type": "Split", "pattern": pattern, "behavior": "MergedWithPrevious", "invert": False},
        post_processor={
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<eos>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<eos>": {"id": "<eos>", "ids": [1], "tokens": ["<eos>"]}},
        },
        model={"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True, "vocab": vocabulary, "merges": merges},
    )
    config = {"tokenizer_class": "GemmaTokenizer", "padding_side": "right", "pad_token": "<pad>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return len(vocabulary)


def clip_bpe(folder, count=49_408):
    """CLIP's kind of tokenizer: bytes as characters, ends of words, 49,408 tokens."""
    shown = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    characters = [chr(b) for b in shown] + [chr(256 + i) for i in range(256 - len(shown))]
    vocabulary = {t: i for i, t in enumerate(characters + [c + "</w>" for c in characters])}
    inner = {t: i for t, i in vocabulary.items() if len(t) == 1}
    merges = grow(inner, 24_000, 8)
    for left, right in merges:
        vocabulary.setdefault(left + right, len(vocabulary))
    words = [*inner]
    while len(vocabulary) < count - 2:
        left, right = (words[i] for i in RNG.integers(0, len(words), 2))
        if (token := left + right + "</w>") not in vocabulary and right + "</w>" in vocabulary:
            vocabulary[token] = len(vocabulary)
            merges.append([left, right + "</w>"])
    ends = ["<|startoftext|>", "<|endoftext|>"]
    for token in ends:
        vocabulary[token] = len(vocabulary)
    split = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    space = {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}
    write(
        folder,
        added_tokens=added(vocabulary, ends),
        normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}, space, {"type": "Lowercase"}]},
        pre_tokenizer={
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": split}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            ],
        },
        post_processor={
            "type": "RobertaProcessing",
            "sep": [ends[1], vocabulary[ends[1]]],
            "cls": [ends[0], vocabulary[ends[0]]],
            "trim_offsets": False,
            "add_prefix_space": False,
        },
        model={
            "unk_token": ends[1],
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "</w>",
            "vocab": vocabulary,
            "merges": [" ".join(merge) for merge in merges],
        },
    )
    return len(vocabulary)


def write(folder, *, model, **parts):
    whole = {"version": "1.0", "truncation": None, "padding": None, **parts, "decoder": None}
    model = {"type": "BPE", "dropout": None, "ignore_merges": False, **model}
    # Indented, as the published files are.
    (folder / "tokenizer.json").write_text(json.dumps({**whole, "model": model}, ensure_ascii=False, indent=2))


def main():
    kind, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer, tower, patch, size = {
        "clip-b32": (clip_bpe, clip, 32, 224),
        "clip-b32-256-gelu": (clip_bpe, partial(clip, activation="gelu"), 32, 256),
        "siglip2-b32": (gemma, siglip, 32, 256),
        "siglip2-b16": (gemma, siglip, 16, 256),
    }[kind]
    tensors, config = tower(tokenizer(folder), patch, size)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))
    crop = {"height": size, "width": size}
    preprocessor = {"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": size}, "crop_size": crop}
    if tower is siglip:
        sides = {"height": size, "width": size}
        preprocessor = {"image_processor_type": "SiglipImageProcessor", "size": sides, "resample": 2}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))


main()
