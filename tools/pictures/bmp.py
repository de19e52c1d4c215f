"""Makes tiny BMP files of all kinds, with their pixels as Pillow reads them, for src/picture/bmp/tests.rs.

    python tools/pictures/bmp.py tests/data/pictures/bmp

Needs Pillow. Kinds that Pillow does not read have the pixels that they were made of.
"""
import struct
import sys
from pathlib import Path

from PIL import Image

W, H = 13, 7


def rgb(x, y):
    return (x * 19) & 255, (y * 36) & 255, ((x + y) * 11) & 255


def index(x, y, bits):
    return (x + 3 * y) % min(1 << bits, 60)


def palette(bits):
    return [((i * 40) & 255, (i * 91) & 255, (255 - i * 17) & 255) for i in range(1 << bits)]


def packed(bits, value, top_down=False):
    """Rows of packed pixels; value(x, y) is a number of that many bits."""
    out = b""
    for y in range(H) if top_down else reversed(range(H)):
        row = 0
        for x in range(W):
            if bits >= 8:
                row |= value(x, y) << (bits * x)
            else:
                byte, at = divmod(x * bits, 8)
                row |= value(x, y) << (8 * byte + 8 - bits - at)
        length = (W * bits + 31) // 32 * 4
        out += row.to_bytes(length, "little")
    return out


def bgr(x, y):
    r, g, b = rgb(x, y)
    return b | g << 8 | r << 16


def runs(bits, top_down=False):
    """Run-length coded indices: runs, literals and ends of lines."""
    out = b""
    for y in range(H) if top_down else reversed(range(H)):
        line = [index(x, y, bits) for x in range(W)]
        # A literal of five, runs of one, and a run of two with two colours where there are four bits.
        if bits == 4:
            out += bytes([0, 5, line[0] << 4 | line[1], line[2] << 4 | line[3], line[4] << 4, 0])
            out += bytes([2, line[5] << 4 | line[6]])
            for value in line[7:]:
                out += bytes([1, value << 4])
        else:
            out += bytes([0, 5]) + bytes(line[:5]) + b"\0"
            for value in line[5:]:
                out += bytes([1, value])
        out += b"\0\0"
    return out + b"\0\1"


def file(header, table, pixels):
    offset = 14 + len(header) + len(table)
    return b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset) + header + table + pixels


def info(bits, compression=0, height=H, length=40, used=0, masks=b"", rest=0):
    fields = struct.pack("<IiiHHIIiiII", length, W, height, 1, bits, compression, 0, 2835, 2835, used, 0)
    return fields + masks + bytes(rest)


def quads(bits):
    return b"".join(bytes([b, g, r, 0]) for r, g, b in palette(bits))


def of_palette(bits):
    return lambda x, y: palette(bits)[index(x, y, bits)]


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    masks = struct.pack
    files = {}
    for bits in (1, 4, 8):
        pixels = packed(bits, lambda x, y, bits=bits: index(x, y, bits))
        files[f"windows-{bits}"] = (file(info(bits), quads(bits), pixels), of_palette(bits))
        core = struct.pack("<IHHHH", 12, W, H, 1, bits)
        triples = b"".join(bytes([b, g, r]) for r, g, b in palette(bits))
        files[f"os2-1-{bits}"] = (file(core, triples, pixels), of_palette(bits))
        os2 = struct.pack("<IIIHH", 16, W, H, 1, bits)
        files[f"os2-2-short-{bits}"] = (file(os2, quads(bits), pixels), of_palette(bits))
        os2 = info(bits, length=64, rest=24)
        files[f"os2-2-{bits}"] = (file(os2, quads(bits), pixels), of_palette(bits))
    files["rle-8"] = (file(info(8, 1), quads(8), runs(8)), of_palette(8))
    files["rle-8-top-down"] = (file(info(8, 1, -H), quads(8), runs(8, True)), of_palette(8))
    files["rle-4"] = (file(info(4, 2), quads(4), runs(4)), of_palette(4))
    files["few-colours"] = (
        file(info(8, used=60), quads(8)[:240], packed(8, lambda x, y: index(x, y, 8))),
        of_palette(8),
    )
    files["plain-24"] = (file(info(24), b"", packed(24, bgr)), rgb)
    files["top-down-24"] = (file(info(24, height=-H), b"", packed(24, bgr, True)), rgb)
    files["plain-32"] = (file(info(32), b"", packed(32, lambda x, y: bgr(x, y) | 0x7f000000)), rgb)
    word = lambda x, y: (rgb(x, y)[0] >> 3) << 10 | (rgb(x, y)[1] >> 3) << 5 | rgb(x, y)[2] >> 3
    files["plain-16"] = (file(info(16), b"", packed(16, word)), None)
    word = lambda x, y: (rgb(x, y)[0] >> 3) << 11 | (rgb(x, y)[1] >> 2) << 5 | rgb(x, y)[2] >> 3
    table = masks("<III", 0xF800, 0x7E0, 0x1F)
    files["masks-565"] = (file(info(16, 3), table, packed(16, word)), None)
    table = masks("<III", 0xFF, 0xFF00, 0xFF0000)
    swapped = lambda x, y: rgb(x, y)[0] | rgb(x, y)[1] << 8 | rgb(x, y)[2] << 16
    files["masks-rgb"] = (file(info(32, 3), table, packed(32, swapped)), rgb)
    table = masks("<III", 0x3FF00000, 0xFFC00, 0x3FF)
    deep = lambda x, y: rgb(x, y)[0] << 22 | rgb(x, y)[1] << 12 | rgb(x, y)[2] << 2
    files["masks-10-bits"] = (file(info(32, 3), table, packed(32, deep)), lambda x, y: tuple((v << 2) * 255 // 1023 for v in rgb(x, y)))
    alpha = lambda x, y: bgr(x, y) | (x * 20 & 255) << 24
    table = masks("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    files["alpha-56"] = (file(info(32, 3, length=56, masks=table), b"", packed(32, alpha)), None)
    files["alpha-v4"] = (file(info(32, 3, length=108, masks=table, rest=52), b"", packed(32, alpha)), None)
    files["alpha-v5"] = (file(info(32, 3, length=124, masks=table, rest=68), b"", packed(32, alpha)), None)
    for name, (data, pixel) in files.items():
        path = out / f"{name}.bmp"
        path.write_bytes(data)
        try:
            with Image.open(path) as image:
                image.load()
                image = image.convert("RGBA")
            ground = Image.new("RGBA", image.size, "white")
            ground.alpha_composite(image)
            expected = ground.convert("RGB")
        except Exception as error:
            print(f"{name}: not by Pillow: {error}")
            expected = Image.new("RGB", (W, H))
            expected.putdata([pixel(x, y) for y in range(H) for x in range(W)])
        if pixel:
            made = [pixel(x, y) for y in range(H) for x in range(W)]
            worst = max(abs(a - b) for p, q in zip(made, expected.get_flattened_data()) for a, b in zip(p, q))
            if worst:
                print(f"{name}: Pillow differs from what was drawn by {worst}")
        expected.save(out / f"{name}.png", optimize=True)


main()
