"""Draws the picture files of the parity test: every format and mode that pixseek must read as Pillow does."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ORIENTATION, EXIF_IFD, DATE_TIME_ORIGINAL = 0x0112, 0x8769, 0x9003


def scene(seed: int, width: int, height: int) -> Image.Image:
    """A gradient with shapes on it: smooth enough to stay small in a file, and unlike the others."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    u, v = x / max(width - 1, 1), y / max(height - 1, 1)
    corners = rng.integers(0, 256, (2, 2, 3)).astype(float)
    pixels = (
        corners[0, 0] * ((1 - u) * (1 - v))[..., None]
        + corners[0, 1] * (u * (1 - v))[..., None]
        + corners[1, 0] * ((1 - u) * v)[..., None]
        + corners[1, 1] * (u * v)[..., None]
    )
    picture = Image.fromarray(pixels.round().astype(np.uint8), "RGB")
    draw = ImageDraw.Draw(picture)
    for _ in range(14):
        left, right = sorted(rng.integers(-width // 8, width + width // 8, 2).tolist())
        top, bottom = sorted(rng.integers(-height // 8, height + height // 8, 2).tolist())
        colour = tuple(rng.integers(0, 256, 3).tolist())
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((left, top, right, bottom), fill=colour)
    return picture


def png16(path: Path, pixels: np.ndarray) -> None:
    """A 16-bit RGB PNG, which Pillow can't write."""
    height, width, _ = pixels.shape
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")
    )


def with_alpha(picture: Image.Image) -> Image.Image:
    """Half of it transparent, with other colours hidden below."""
    picture = picture.convert("RGBA")
    ramp = Image.linear_gradient("L").resize(picture.size)
    picture.putalpha(ramp.point(lambda v: 0 if v < 128 else v))
    return picture


def write(folder: Path) -> list[str]:
    """Writes all pictures and returns their names, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()

    def save(name: str, picture: Image.Image, **options) -> None:
        picture.save(folder / name, **options)

    save("baseline.jpg", scene(1, 800, 600), quality=85)
    save("full-chroma.jpg", scene(2, 333, 251), quality=92, subsampling=0)
    save("progressive.jpg", scene(3, 520, 780), quality=85, progressive=True)
    save("restart-markers.jpg", scene(4, 500, 750), quality=80, restart_marker_rows=1)
    save("small-halved-colour.jpg", scene(7, 150, 200), quality=85)
    save("gray.jpg", scene(5, 240, 240).convert("L"), quality=85)
    save("cmyk.jpg", scene(6, 250, 230).convert("CMYK"), quality=85)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        if orientation == 6:
            exif.get_ifd(EXIF_IFD)[DATE_TIME_ORIGINAL] = "2021:07:04 18:30:05"
        save(f"orientation-{orientation}.jpg", scene(10 + orientation, 560, 392), quality=85, exif=exif)
    save("alpha.png", with_alpha(scene(20, 230, 180)))
    save("gray-alpha.png", with_alpha(scene(21, 180, 230)).convert("LA"))
    palette = scene(22, 240, 200).quantize(64, dither=Image.Dither.NONE)
    save("palette.png", palette)
    save("palette-transparent.png", scene(23, 200, 240).quantize(64, dither=Image.Dither.NONE), transparency=5)
    save("one-bit.png", scene(24, 300, 260).convert("1"))
    deep = (np.asarray(scene(25, 210, 190)).astype(np.uint16) * 257 + 77).clip(0, 65535).astype(np.uint16)
    png16(folder / "rgb-16-bit.png", deep)
    save("gray-16-bit.png", Image.fromarray(deep[..., 1]))
    exif = Image.Exif()
    exif[ORIENTATION] = 8
    save("oriented.png", scene(26, 220, 140), exif=exif)
    save("lossy.webp", scene(27, 300, 220), quality=85)
    save("alpha.webp", with_alpha(scene(28, 200, 260)), lossless=True)
    frames = [scene(29, 180, 160).quantize(64, dither=Image.Dither.NONE), scene(30, 180, 160).quantize(64)]
    save("animated.gif", frames[0], save_all=True, append_images=frames[1:], duration=100, loop=0)
    save("transparent.gif", scene(31, 190, 150).quantize(32, dither=Image.Dither.NONE), transparency=3)
    save("plain.bmp", scene(32, 121, 90))
    save("lzw.tiff", scene(33, 200, 170), compression="tiff_lzw")
    save("very-wide.png", scene(34, 10_000, 50))
    save("very-tall.jpg", scene(35, 50, 10_000), quality=80, subsampling=0)
    save("one-pixel.png", Image.new("RGB", (1, 1), (200, 30, 90)))
    save("three-rows.png", scene(36, 40, 3))
    return sorted(path.name for path in folder.iterdir())
