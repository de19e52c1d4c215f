"""Writes tests/data/rclip: a small checkpoint of the shape of rclip's model with random weights, and an index that rclip's own
code makes of pictures with it.

    pip install --no-deps rclip==3.3.0     # in the environment of tools/parity/requirements-open-clip.txt
    python tools/rclip/make.py

rclip's network is an export of open_clip's model, which takes its place here. Paths in the index begin with `@/`: a test puts
its own folder there, and the times of its files. See docs/design/models.md.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image, ImageFile

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/parity"))

from make_open_clip import make  # noqa: E402
from rclip.db import DB, NewImage  # noqa: E402
from rclip.utils.helpers import compute_file_hash  # noqa: E402
from rclip.utils.preprocess import preprocess  # noqa: E402

OUT = ROOT / "tests/data/rclip"
PICTURES = ROOT / "tests/data/parity/pictures"

# As rclip sets it.
ImageFile.LOAD_TRUNCATED_IMAGES = True

# The formats and odd kinds; pixseek reads some of them otherwise than rclip does.
NAMES = [
    "baseline.jpg",
    "progressive.jpg",
    "full-chroma.jpg",
    "gray.jpg",
    "cmyk.jpg",
    "very-tall.jpg",
    "palette.png",
    "lossy.webp",
    "plain.bmp",
    "animated.gif",
    "orientation-6.jpg",
    "alpha.png",
    "lzw.tiff",
]


@torch.no_grad()
def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    make(
        OUT / "model",
        seed=27,
        dtype=torch.float16,
        merges=60,
        weights="open_clip_model.safetensors",
        tokenizer="tokenizer.json",
        model=dict(
            embed_dim=512,
            vision_cfg=dict(image_size=256, layers=2, width=24, head_width=12, patch_size=32),
            text_cfg=dict(context_length=16, width=24, heads=2, layers=2),
        ),
        preprocess={},
    )
    model = open_clip.create_model(f"local-dir:{OUT / 'model'}").eval()
    database = DB(OUT / "db.sqlite3")
    for name in NAMES:
        path = PICTURES / name
        features = model.encode_image(torch.tensor(preprocess(Image.open(path)))[None])[0].numpy()
        vector = (features / np.linalg.norm(features)).astype(np.float32)
        size = path.stat().st_size
        database.upsert_image(
            NewImage(
                filepath=f"@/{name}",
                modified_at=1.5,
                size=size,
                vector=vector.tobytes(),
                hash=compute_file_hash(str(path)),
            )
        )
    database.close()
    vectors = np.array([np.frombuffer(row["vector"], np.float32) for row in DB(OUT / "db.sqlite3")._con.execute("SELECT vector FROM images")])
    others = (vectors @ vectors.T)[~np.eye(len(vectors), dtype=bool)]
    print(f"cosine between pictures: {others.min():.3f} to {others.max():.3f}, mean {others.mean():.3f}")


if __name__ == "__main__":
    main()
