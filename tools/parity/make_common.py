"""What make.py and make_siglip.py share: opening pictures, keeping pixels, judging references."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps


def open_rgb(path: Path) -> Image.Image:
    """What every picture is compared with: Pillow, upright, on white, 16 bits scaled instead of clipped."""
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I"):
        values = np.asarray(picture).astype(np.float64)
        picture = Image.fromarray((values / 257).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        ground.alpha_composite(picture)
        picture = ground
    return picture.convert("RGB")


def as_bytes(processor, pixels: torch.Tensor) -> torch.Tensor:
    """Before rescaling and normalizing these were bytes: they are stored as such, without loss."""
    mean = torch.tensor(processor.image_mean)[:, None, None]
    std = torch.tensor(processor.image_std)[:, None, None]
    values = ((pixels * std + mean) * 255).round()
    assert ((values / 255 - mean) / std - pixels).abs().max() < 1e-5
    return values.to(torch.uint8)


def largest_cosine(embeddings: torch.Tensor) -> float:
    unit = torch.nn.functional.normalize(embeddings, dim=-1)
    cosines = unit @ unit.T
    return cosines[~torch.eye(len(unit), dtype=torch.bool)].max().item()
