"""What all references are made with."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

OUT = Path(__file__).resolve().parents[2] / "tests/data/parity"

# Pictures whose reference pixels are kept in full where that is much; of the others every STRIDE-th.
FULL = ("baseline.jpg", "orientation-6.jpg", "palette.png", "very-tall.jpg")
STRIDE = 13


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


def largest_cosine(embeddings: torch.Tensor) -> float:
    unit = torch.nn.functional.normalize(embeddings, dim=-1)
    cosines = unit @ unit.T
    return cosines[~torch.eye(len(unit), dtype=torch.bool)].max().item()
