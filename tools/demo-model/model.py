"""A small CLIP whose parameters have the names of transformers' CLIPModel, so that they are saved as they are."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

CONTEXT = 48
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


@dataclass(frozen=True)
class Sizes:
    """Width, depth, heads and feed-forward width of a tower."""

    width: int
    layers: int
    heads: int
    feed_forward: int


VISION = Sizes(width=192, layers=6, heads=3, feed_forward=640)
TEXT = Sizes(width=128, layers=3, heads=2, feed_forward=512)
SIDE, PATCH, PROJECTION = 80, 10, 256


class Attention(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.heads = sizes.heads
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            self.add_module(name, nn.Linear(sizes.width, sizes.width))

    def forward(self, x, causal):
        batch, tokens, width = x.shape
        projections = (self.q_proj, self.k_proj, self.v_proj)
        weight = torch.cat([p.weight for p in projections])
        bias = torch.cat([p.bias for p in projections])
        qkv = F.linear(x, weight, bias).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        # Written out: on CPUs the backward pass of scaled_dot_product_attention takes three times as long.
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5
        if causal:
            later = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
            scores = scores.masked_fill(later, float("-inf"))
        y = scores.softmax(-1).to(v.dtype) @ v
        return self.out_proj(y.transpose(1, 2).reshape(batch, tokens, width))


class Mlp(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.fc1 = nn.Linear(sizes.width, sizes.feed_forward)
        self.fc2 = nn.Linear(sizes.feed_forward, sizes.width)

    def forward(self, x):
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class Block(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layer_norm1, self.self_attn = nn.LayerNorm(sizes.width), Attention(sizes)
        self.layer_norm2, self.mlp = nn.LayerNorm(sizes.width), Mlp(sizes)

    def forward(self, x, causal):
        x = x + self.self_attn(self.layer_norm1(x), causal)
        return x + self.mlp(self.layer_norm2(x))


class Encoder(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(Block(sizes) for _ in range(sizes.layers))

    def forward(self, x, causal=False):
        for layer in self.layers:
            x = layer(x, causal)
        return x


class VisionEmbeddings(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.patch_embedding = nn.Conv2d(3, sizes.width, PATCH, PATCH, bias=False)
        self.class_embedding = nn.Parameter(torch.randn(sizes.width) * 0.02)
        self.position_embedding = nn.Embedding((SIDE // PATCH) ** 2 + 1, sizes.width)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, pixels):
        patches = self.patch_embedding(pixels).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(len(pixels), 1, -1)
        return torch.cat([first.to(patches.dtype), patches], 1) + self.position_embedding.weight


class VisionModel(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.embeddings = VisionEmbeddings(sizes)
        self.pre_layrnorm = nn.LayerNorm(sizes.width)
        self.encoder = Encoder(sizes)
        self.post_layernorm = nn.LayerNorm(sizes.width)

    def forward(self, pixels):
        """The pooled state, and the patches' states."""
        x = self.encoder(self.pre_layrnorm(self.embeddings(pixels)))
        return self.post_layernorm(x[:, 0]), x[:, 1:]


class TextEmbeddings(nn.Module):
    def __init__(self, sizes, vocabulary):
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, sizes.width)
        self.position_embedding = nn.Embedding(CONTEXT, sizes.width)
        nn.init.normal_(self.token_embedding.weight, std=0.05)
        nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, ids):
        return self.token_embedding(ids) + self.position_embedding.weight[: ids.shape[1]]


class TextModel(nn.Module):
    def __init__(self, sizes, vocabulary):
        super().__init__()
        self.embeddings = TextEmbeddings(sizes, vocabulary)
        self.encoder = Encoder(sizes)
        self.final_layer_norm = nn.LayerNorm(sizes.width)

    def forward(self, ids, pooled):
        x = self.encoder(self.embeddings(ids), causal=True)
        return self.final_layer_norm(x[torch.arange(len(ids)), pooled])


class Clip(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.vision_model = VisionModel(VISION)
        self.text_model = TextModel(TEXT, vocabulary)
        self.visual_projection = nn.Linear(VISION.width, PROJECTION, bias=False)
        self.text_projection = nn.Linear(TEXT.width, PROJECTION, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(10.0)))
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=module.in_features**-0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            if name.endswith(("out_proj", "fc2")):
                module.weight.data *= 0.3

    def image(self, pixels):
        """Embeddings, not normalized, and the patches' states."""
        pooled, patches = self.vision_model(pixels)
        return self.visual_projection(pooled), patches

    def text(self, ids, pooled):
        """Embeddings, not normalized."""
        return self.text_projection(self.text_model(ids, pooled))


def normalized_pixels(pixels):
    """(batch, side, side, 3) bytes to what the tower takes."""
    mean, std = torch.tensor(MEAN) * 255, torch.tensor(STD) * 255
    return ((pixels.float() - mean) / std).permute(0, 3, 1, 2).contiguous()


def write_configs(folder: Path, vocabulary, end_token):
    """`config.json` and `preprocessor_config.json` as transformers writes them."""

    def tower(sizes, **more):
        return {
            "hidden_size": sizes.width,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "intermediate_size": sizes.feed_forward,
            "hidden_act": "quick_gelu",
            "layer_norm_eps": 1e-5,
            "projection_dim": PROJECTION,
            **more,
        }

    config = {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "dtype": "float16",
        "projection_dim": PROJECTION,
        "text_config": tower(
            TEXT,
            model_type="clip_text_model",
            vocab_size=vocabulary,
            max_position_embeddings=CONTEXT,
            bos_token_id=end_token - 1,
            eos_token_id=end_token,
        ),
        "vision_config": tower(
            VISION, model_type="clip_vision_model", image_size=SIDE, patch_size=PATCH, num_channels=3
        ),
    }
    preprocessor = {
        "image_processor_type": "CLIPImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": SIDE},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": SIDE, "width": SIDE},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": MEAN,
        "image_std": STD,
        "do_convert_rgb": True,
    }
    for name, value in (("config.json", config), ("preprocessor_config.json", preprocessor)):
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")
