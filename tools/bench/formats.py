"""What one picture of 12 megapixels costs in each format: milliseconds, CPU and memory of `pixseek embed`.

    python tools/bench/formats.py DIR --pixseek target/release/pixseek [--runs 3] [--json]

Makes one photo-like file a format in DIR (those that are there are kept), and embeds each with the demo model. What the
same command costs with a tiny BMP is subtracted. Processes that decode for it count too: processor time and memory
are read every 2 ms from /proc for the whole family, so this runs on Linux. Needs pillow-heif, pillow-jxl-plugin,
imagecodecs and tifffile beside what photos.py needs; a format whose package is missing is left out, and named.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

import photos

TICK = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def picture(width, height):
    """One of photos.py's."""
    random = np.random.default_rng(1)
    field = photos.clouds(random, int(width * photos.MARGIN), int(height * photos.MARGIN))
    return photos.photo(random, photos.base(random, field), photos.grain(random, width, height), width, height)


def with_pillow(**options):
    def save(pixels):
        out = io.BytesIO()
        pixels.save(out, **options)
        return out.getvalue()

    return save


def heif(pixels):
    import pillow_heif

    pillow_heif.register_heif_opener()
    return with_pillow(format="HEIF", quality=80)(pixels)


def jxl(pixels):
    import pillow_jxl  # noqa: F401

    return with_pillow(format="JXL", quality=85)(pixels)


def codec(name, **options):
    def save(pixels):
        import imagecodecs

        return getattr(imagecodecs, name)(np.asarray(pixels), **options)

    return save


def tiff(**options):
    def save(pixels):
        import tifffile

        out = io.BytesIO()
        tifffile.imwrite(out, np.asarray(pixels), **options)
        return out.getvalue()

    return save


def halves(pixels):
    """Linear light in an OpenEXR file without compression."""
    width, height = pixels.size
    data = (np.asarray(pixels, np.float32) / 255) ** np.float32(2.2)
    data = data.astype(np.float16)

    def attribute(name, kind, value):
        return name + b"\0" + kind + b"\0" + len(value).to_bytes(4, "little") + value

    channel = b"".join(name + b"\0" + bytes([1, 0, 0, 0, 0, 0, 0, 0]) + bytes([1, 0, 0, 0] * 2) for name in (b"B", b"G", b"R"))
    box = np.array([0, 0, width - 1, height - 1], "<i4").tobytes()
    one = np.array([1], "<f4").tobytes()
    head = bytes([0x76, 0x2F, 0x31, 0x01, 2, 0, 0, 0])
    head += attribute(b"channels", b"chlist", channel + b"\0")
    head += attribute(b"compression", b"compression", b"\0")
    head += attribute(b"dataWindow", b"box2i", box) + attribute(b"displayWindow", b"box2i", box)
    head += attribute(b"lineOrder", b"lineOrder", b"\0") + attribute(b"pixelAspectRatio", b"float", one)
    head += attribute(b"screenWindowCenter", b"v2f", bytes(8)) + attribute(b"screenWindowWidth", b"float", one)
    head += b"\0"
    row = 8 + 6 * width
    first = len(head) + 8 * height
    offsets = (first + row * np.arange(height, dtype="<u8")).tobytes()
    lines = bytearray()
    for y in range(height):
        lines += y.to_bytes(4, "little") + (6 * width).to_bytes(4, "little")
        lines += data[y, :, ::-1].T.tobytes()
    return head + offsets + bytes(lines)


def psd(pixels):
    width, height = pixels.size
    head = b"8BPS" + (1).to_bytes(2, "big") + bytes(6) + (3).to_bytes(2, "big")
    head += height.to_bytes(4, "big") + width.to_bytes(4, "big") + (8).to_bytes(2, "big") + (3).to_bytes(2, "big")
    return head + bytes(12) + bytes(2) + np.asarray(pixels).transpose(2, 0, 1).tobytes()


def svg(pixels):
    """2,000 shapes; an SVG has no pixels, so this is drawn at the size that is needed."""
    width, height = pixels.size
    random = np.random.default_rng(2)
    shapes = []
    for _ in range(2000):
        x, y, r = random.integers(0, width), random.integers(0, height), random.integers(20, 200)
        color = "".join(f"{v:02x}" for v in random.integers(0, 256, 3))
        shapes.append(f'<circle cx="{x}" cy="{y}" r="{r}" fill="#{color}" fill-opacity="0.7"/>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    return (head + "".join(shapes) + "</svg>").encode()


FORMATS = {
    "jpeg.jpg": with_pillow(format="JPEG", quality=90),
    "jpeg-progressive.jpg": with_pillow(format="JPEG", quality=90, progressive=True),
    "png.png": with_pillow(format="PNG", compress_level=6),
    "gif.gif": with_pillow(format="GIF"),
    "webp.webp": with_pillow(format="WEBP", quality=80),
    "webp-lossless.webp": with_pillow(format="WEBP", lossless=True, quality=20),
    "bmp.bmp": with_pillow(format="BMP"),
    "tiff.tif": tiff(),
    "tiff-lzw.tif": tiff(compression="lzw", predictor=True, rowsperstrip=16),
    "tiff-deflate.tif": tiff(compression="zlib", predictor=True, rowsperstrip=16),
    "ppm.ppm": with_pillow(format="PPM"),
    "tga.tga": with_pillow(format="TGA"),
    "pcx.pcx": with_pillow(format="PCX"),
    "sgi.sgi": with_pillow(format="SGI"),
    "dds.dds": with_pillow(format="DDS", pixel_format="DXT5"),
    "qoi.qoi": codec("qoi_encode"),
    "jpeg2000.jp2": with_pillow(format="JPEG2000", quality_layers=[12], irreversible=True),
    "exr.exr": halves,
    "psd.psd": psd,
    "svg.svg": svg,
    "avif.avif": with_pillow(format="AVIF", quality=75, speed=8),
    "heic.heic": heif,
    "jxl.jxl": jxl,
}


def family(root):
    """The processes below `root`, itself too."""
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        found.append(process)
        try:
            for thread in os.listdir(f"/proc/{process}/task"):
                children = Path(f"/proc/{process}/task/{thread}/children").read_text()
                waiting.extend(int(child) for child in children.split())
        except OSError:
            pass
    return found


def measure(pixseek, file, data):
    """Seconds, seconds of processor and bytes of one run; None when it fails."""
    command = [pixseek, "embed", "--image", file, "--model", "demo", "--json"]
    environment = {**os.environ, "PIXSEEK_DATA_DIR": data}
    start = time.monotonic()
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    ticks, peak = {}, 0
    while run.poll() is None:
        memory = 0
        for process in family(run.pid):
            try:
                memory += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
                fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
                ticks[process] = int(fields[11]) + int(fields[12])
            except (OSError, IndexError):
                pass
        peak = max(peak, memory)
        time.sleep(0.002)
    seconds = time.monotonic() - start
    return (seconds, sum(ticks.values()) * TICK, peak) if run.returncode == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--pixseek", default="target/release/pixseek")
    parser.add_argument("--width", type=int, default=4000)
    parser.add_argument("--height", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    arguments.dir.mkdir(parents=True, exist_ok=True)
    pixels = None
    for name, save in FORMATS.items():
        path = arguments.dir / name
        if path.exists():
            continue
        pixels = pixels or picture(arguments.width, arguments.height)
        try:
            path.write_bytes(save(pixels))
        except (ImportError, KeyError, OSError) as error:
            print(f"{name}: left out: {error}", file=sys.stderr)
    tiny = arguments.dir / "tiny.bmp"
    Image.new("RGB", (8, 8)).save(tiny)
    with tempfile.TemporaryDirectory() as data:

        def best(path):
            runs = [measure(arguments.pixseek, path, data) for _ in range(arguments.runs)]
            return None if None in runs else tuple(min(values) for values in zip(*runs, strict=True))

        rest = best(tiny)
        if rest is None:
            sys.exit(f"{arguments.pixseek} embed fails")
        if not arguments.json:
            print("| format | file, MB | ms | CPU ms | memory, MB |\n|---|---|---|---|---|")
        for name in FORMATS:
            path = arguments.dir / name
            if not path.exists():
                continue
            cost = best(path)
            if cost is None:
                print(f"{name}: fails", file=sys.stderr)
                continue
            wall, cpu, memory = (max(0, a - b) for a, b in zip(cost, rest, strict=True))
            row = {
                "format": name.split(".")[0],
                "file_mb": round(path.stat().st_size / 1e6, 1),
                "ms": round(wall * 1e3),
                "cpu_ms": round(cpu * 1e3),
                "memory_mb": round(memory / 1e6),
            }
            print(json.dumps(row) if arguments.json else "| " + " | ".join(map(str, row.values())) + " |", flush=True)


if __name__ == "__main__":
    main()
