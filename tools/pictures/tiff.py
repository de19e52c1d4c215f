#!/usr/bin/env python3
"""Makes tests/data/pictures/tiff: small TIFF files of all kinds, and what they are to look like.

    python tools/pictures/tiff.py tests/data/pictures/tiff

Needs Pillow, numpy and imagecodecs. Files are written here byte by byte, so that every tag is known; the compressed
bytes come from imagecodecs, or from Pillow (libtiff) where it alone writes a kind. What a file is to look like is
computed from the pixels that went in, and compared with what Pillow reads, wherever Pillow reads the kind as TIFF 6.0
has it. `files.txt` lists file, reference and the largest difference that is allowed.
"""

import io
import struct
import sys
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image, ImageCms

OUT = Path(sys.argv[1])
WIDTH, HEIGHT = 37, 23
LISTED = []
REFERENCES = {}


# The pictures.
def picture():
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    red = 40 + 200 * x / WIDTH
    green = 230 - 180 * y / HEIGHT
    blue = 128 + 90 * np.sin(x / 6) * np.cos(y / 5)
    rgb = np.stack([red, green, blue], -1)
    rgb[5:10, 8:20] = (220, 30, 40)
    rgb[14:20, 22:33] = (20, 60, 200)
    return rgb.round().astype(np.uint8)


RGB = picture()
GRAY = (RGB @ [0.299, 0.587, 0.114]).round().astype(np.uint8)
ALPHA = np.tile(np.linspace(0, 255, WIDTH).round().astype(np.uint8), (HEIGHT, 1))
DARK = (GRAY < 128).astype(np.uint8)
DEEP = (RGB.astype(np.uint32) * 257 + np.arange(WIDTH)[None, :, None] * 3 % 128).clip(0, 65535).astype(np.uint16)
DEEP_GRAY = DEEP[..., 1]


def gray3(gray):
    return np.repeat(np.asarray(gray)[..., None], 3, -1)


def to8(deep):
    return ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)


def on_white(rgb, alpha):
    alpha = alpha.astype(float)[..., None] / 255
    return (rgb * alpha + 255 * (1 - alpha)).round().astype(np.uint8)


# The writer.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 11: 4, 12: 8, 16: 8}
FORMATS = {3: "H", 4: "I", 9: "i", 11: "f", 12: "d", 16: "Q"}


def values(order, kind, items):
    if kind in (1, 2, 7):
        return bytes(items)
    if kind == 5:
        return b"".join(struct.pack(order + "II", round(item * 1000), 1000) for item in items)
    return b"".join(struct.pack(order + FORMATS[kind], item) for item in items)


def directory(order, big, tags, at, following):
    """A directory that begins at `at`, with its values after it; `following` is given where it ends."""
    entry, pointer, head = (20, "Q", 8) if big else (12, "I", 2)
    inline = 8 if big else 4
    end = at + head + entry * len(tags) + inline
    out = struct.pack(order + ("Q" if big else "H"), len(tags))
    rest = b""
    for tag, (kind, items) in sorted(tags.items()):
        data = values(order, kind, items)
        out += struct.pack(order + "HH" + pointer, tag, kind, len(items))
        if len(data) <= inline:
            out += data.ljust(inline, b"\0")
        else:
            out += struct.pack(order + pointer, end + len(rest))
            rest += data + b"\0" * (len(data) % 2)
    return out + struct.pack(order + pointer, following(end + len(rest)) if following else 0) + rest


def tiff(tags, chunks, order="<", big=False, width=WIDTH, height=HEIGHT, tiled=False, extra=b"", small=None):
    """A file of one page. `extra` follows the header; tags may point at it, at 16. `small` is the tags of a page that
    comes first, whose pixels are `extra`."""
    tags = dict(tags)
    tags.setdefault(256, (4, [width]))
    tags.setdefault(257, (4, [height]))
    tags.setdefault(259, (3, [1]))
    mark = b"II" if order == "<" else b"MM"
    at = 16
    body = extra + b"\0" * (len(extra) % 2)
    offsets = []
    for chunk in chunks:
        offsets.append(at + len(body))
        body += chunk + b"\0" * (len(chunk) % 2)
    kind = 16 if big else 4
    tags.setdefault(324 if tiled else 273, (kind, offsets))
    tags.setdefault(325 if tiled else 279, (kind, [len(chunk) for chunk in chunks]))
    start = at + len(body)
    if big:
        head = mark + struct.pack(order + "HHHQ", 43, 8, 0, start)
    else:
        head = (mark + struct.pack(order + "HI", 42, start)).ljust(16, b"\0")
    first = directory(order, big, small, start, lambda end: end) if small else b""
    return head + body + first + directory(order, big, tags, start + len(first), None)


def base(photometric, samples, bits=8, compression=1, **more):
    """Tags that every kind has; `more` are t123=(type, values)."""
    tags = {258: (3, [bits] * samples), 259: (3, [compression]), 262: (3, [photometric]), 277: (3, [samples])}
    tags.update({int(name[1:]): value for name, value in more.items()})
    return tags


def strips(array, rows):
    return [array[i : i + rows] for i in range(0, len(array), rows)]


def tiles(array, width, height):
    out = []
    for top in range(0, HEIGHT, height):
        for left in range(0, WIDTH, width):
            part = array[top : top + height, left : left + width]
            pad = [(0, height - part.shape[0]), (0, width - part.shape[1])] + [(0, 0)] * (array.ndim - 2)
            out.append(np.ascontiguousarray(np.pad(part, pad, mode="edge")))
    return out


def ordered(array, order):
    return array.astype(array.dtype.newbyteorder(order)).tobytes()


def packed(array, bits):
    """Rows of samples of a number of bits, the highest first, each row from a byte on."""
    array = np.asarray(array).reshape(len(array), -1)
    shifts = np.arange(bits - 1, -1, -1)
    rows = (array[..., None].astype(np.uint64) >> shifts.astype(np.uint64) & 1).reshape(len(array), -1)
    return np.packbits(rows.astype(np.uint8), axis=1).tobytes()


def reversed_bits(data):
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)


def pillow(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    if "A" in image.getbands() or "a" in image.getbands():
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image).convert("RGB"))
    return np.asarray(image.convert("RGB"))


def add(name, data, expected, tolerance=0, check=True, reference=None):
    """Writes a file, and what it is to look like. `check`: Pillow has to agree, within the tolerance and a rounding."""
    expected = np.asarray(expected, dtype=np.uint8)
    if check:
        found = pillow(data)
        assert found.shape == expected.shape, (name, found.shape, expected.shape)
        worst = np.abs(found.astype(int) - expected.astype(int)).max()
        assert worst <= tolerance + (1 if tolerance else 0), (name, worst)
    key = expected.tobytes() + bytes(expected.shape)
    if key not in REFERENCES:
        REFERENCES[key] = f"{name}.png"
        Image.fromarray(expected).save(OUT / f"{name}.png", optimize=True)
    (OUT / f"{name}.tif").write_bytes(data)
    LISTED.append(f"{name}.tif {REFERENCES[key]} {tolerance}")


def differences(array):
    """Predictor 2, of whole rows of samples."""
    out = array.copy()
    out[:, 1:] = array[:, 1:] - array[:, :-1]
    return out


def float_predictor(array, samples, size):
    """Predictor 3 of big-endian numbers of `size` bytes: (rows, bytes of a row)."""
    rows = array.reshape(len(array), -1, size).transpose(0, 2, 1).reshape(len(array), -1)
    out = rows.copy()
    out[:, samples:] = rows[:, samples:] - rows[:, :-samples]
    return out.tobytes()


def compressions():
    raw = RGB.tobytes()
    for name, tag, encode in [
        ("none", 1, lambda data: data),
        ("lzw", 5, imagecodecs.lzw_encode),
        ("deflate", 8, imagecodecs.zlib_encode),
        ("deflate-old", 32946, imagecodecs.zlib_encode),
        ("packbits", 32773, packbits),
        ("lzma", 34925, imagecodecs.lzma_encode),
        ("zstd", 50000, imagecodecs.zstd_encode),
    ]:
        add(f"rgb-{name}", tiff(base(2, 3, compression=tag), [encode(raw)]), RGB)
    chunks = [imagecodecs.lzw_encode(part.tobytes()) for part in strips(RGB, 5)]
    add("strips-of-5-rows", tiff(base(2, 3, compression=5, t278=(3, [5])), chunks, order=">"), RGB)
    add("lzw-lowest-bit-first", tiff(base(2, 3, compression=5), [old_lzw(raw)]), RGB)
    data = imagecodecs.webp_encode(RGB, lossless=True)
    add("webp", tiff(base(2, 3, compression=50001), [data]), RGB, check=False)
    data = imagecodecs.jpeg2k_encode(RGB, level=0, codecformat="j2k", mct=True)
    add("jpeg2000", tiff(base(2, 3, compression=34712), [data]), RGB, check=False)
    add("delta-lzma", libtiff(Image.fromarray(RGB), compression="lzma"), RGB)


def packbits(data):
    out = b""
    for i in range(0, len(data), 100):
        part = data[i : i + 100]
        out += bytes([len(part) - 1]) + part if len(set(part)) > 1 else bytes([257 - len(part)]) + part[:1]
    return out


def old_lzw(data):
    """LZW with the lowest bit first, without strings: a code of nine bits a byte, cleared in time."""
    codes = []
    for i, byte in enumerate(data):
        if i % 200 == 0:
            codes.append(256)
        codes.append(byte)
    bits = 0
    for i, code in enumerate(codes + [257]):
        bits |= code << 9 * i
    return bits.to_bytes((len(codes) + 1) * 9 // 8 + 1, "little")


def libtiff(image, **options):
    out = io.BytesIO()
    image.save(out, "TIFF", **options)
    return out.getvalue()


def predictors():
    for order, end in (("<", "little"), (">", "big")):
        for name, array, samples in [
            ("rgb-8", RGB, 3),
            ("rgb-16", DEEP, 3),
            ("gray-16", DEEP_GRAY[..., None], 1),
        ]:
            bits = array.dtype.itemsize * 8
            data = imagecodecs.lzw_encode(ordered(differences(array), order))
            tags = base(2 if samples == 3 else 1, samples, bits, compression=5, t317=(3, [2]))
            expected = array if bits == 8 else to8(array)
            expected = np.repeat(expected, 3 // samples, -1)
            add(f"predictor-{name}-{end}", tiff(tags, [data], order=order), expected, check=bits == 8)
    planes = [imagecodecs.zlib_encode(differences(RGB[..., i : i + 1]).tobytes()) for i in range(3)]
    tags = base(2, 3, compression=8, t317=(3, [2]), t284=(3, [2]))
    add("predictor-planes", tiff(tags, planes), RGB)
    wide = DEEP_GRAY.astype(np.uint32)[..., None] * 65537
    data = imagecodecs.zlib_encode(ordered(differences(wide), ">"))
    tags = base(1, 1, 32, compression=8, t317=(3, [2]))
    add("predictor-gray-32", tiff(tags, [data], order=">"), gray3(to8(DEEP_GRAY)), 1, check=False)
    small = GRAY // 16
    data = packed((differences(small[..., None]) & 15)[..., 0], 4)
    tags = base(1, 1, 4, compression=8, t317=(3, [2]))
    add("predictor-gray-4", tiff(tags, [imagecodecs.zlib_encode(data)]), gray3(small * 17), check=False)
    share = GRAY / 255
    for name, size, numbers in [
        ("16", 2, share.astype(">f2").view(np.uint8)),
        ("24", 3, np.frombuffer(imagecodecs.float24_encode(share.astype("<f4"), byteorder=">"), np.uint8)),
        ("32", 4, share.astype(">f4").view(np.uint8)),
        ("64", 8, share.astype(">f8").view(np.uint8)),
    ]:
        rows = np.ascontiguousarray(numbers).reshape(HEIGHT, -1)
        data = imagecodecs.zlib_encode(float_predictor(rows, 1, size))
        tags = base(1, 1, size * 8, compression=8, t317=(3, [3]), t339=(3, [3]))
        add(f"predictor-float-{name}", tiff(tags, [data]), gray3(GRAY), 1 if size == 2 else 0, check=False)
    rows = (RGB / 255).astype(">f4").view(np.uint8).reshape(HEIGHT, -1)
    data = imagecodecs.zlib_encode(float_predictor(rows, 3, 4))
    tags = base(2, 3, 32, compression=8, t317=(3, [3]), t339=(3, [3] * 3))
    add("predictor-float-rgb", tiff(tags, [data], order=">"), RGB, check=False)


def grays():
    for bits in (1, 2, 3, 4, 5, 6, 7, 10, 12, 14):
        small = DEEP_GRAY >> (16 - bits)
        expected = gray3((small / (2**bits - 1) * 255).round())
        near = 0 if bits < 8 else 1
        add(f"gray-{bits}", tiff(base(1, 1, bits), [packed(small, bits)]), expected, near, check=bits in (1, 2, 4))
        if bits in (1, 2, 4):
            data = tiff(base(0, 1, bits), [packed(small, bits)])
            add(f"white-is-zero-{bits}", data, 255 - expected)
            data = tiff(base(1, 1, bits, t266=(3, [2])), [reversed_bits(packed(small, bits))])
            add(f"reversed-bits-{bits}", data, expected)
    add("white-is-zero-8", tiff(base(0, 1), [GRAY.tobytes()]), gray3(255 - GRAY))
    for order, end in (("<", "little"), (">", "big")):
        data = tiff(base(1, 1, 16), [ordered(DEEP_GRAY, order)], order=order)
        add(f"gray-16-{end}", data, gray3(to8(DEEP_GRAY)), check=False)
        data = tiff(base(0, 1, 16), [ordered(65535 - DEEP_GRAY, order)], order=order)
        add(f"white-is-zero-16-{end}", data, gray3(to8(DEEP_GRAY)), check=False)
        wide = DEEP_GRAY.astype(np.uint32) * 65537
        data = tiff(base(1, 1, 32), [ordered(wide, order)], order=order)
        add(f"gray-32-{end}", data, gray3(to8(DEEP_GRAY)), 1, check=False)
        signed = GRAY.astype(np.int32) * 100 - 12000
        low, high = signed.min(), signed.max()
        expected = gray3(((signed - low) / (high - low) * 255).round())
        for bits in (16, 32):
            array = signed.astype(f"i{bits // 8}")
            data = tiff(base(1, 1, bits, t339=(3, [2])), [ordered(array, order)], order=order)
            add(f"signed-{bits}-{end}", data, expected, 1, check=False)
    add("signed-16-of-8", tiff(base(1, 1, 16, t339=(3, [2])), [ordered(GRAY.astype("i2"), "<")]), gray3(GRAY))
    add("signed-8", tiff(base(1, 1, 8, t339=(3, [2])), [GRAY.tobytes()]), gray3(GRAY))
    add("float-to-255", tiff(base(1, 1, 32, t339=(3, [3])), [GRAY.astype("<f4").tobytes()]), gray3(GRAY))
    share = (GRAY / 255).astype("<f4")
    add("float-to-1", tiff(base(1, 1, 32, t339=(3, [3])), [share.tobytes()]), gray3(GRAY), check=False)
    add("white-is-zero-float", tiff(base(0, 1, 32, t339=(3, [3])), [(1 - share).tobytes()]), gray3(GRAY), 1, check=False)
    heights = GRAY * 12.5 - 400
    low, high = heights.min(), heights.max()
    expected = gray3(((heights - low) / (high - low) * 255).round())
    data = tiff(base(1, 1, 64, t339=(3, [3])), [ordered(heights, ">")], order=">")
    add("float-64-heights", data, expected, 1, check=False)


    heights[:, :5] = -9999
    expected[:, :5] = 128
    kept = heights[:, 5:]
    expected[:, 5:] = gray3(((kept - kept.min()) / (kept.max() - kept.min()) * 255).round())
    tags = base(1, 1, 32, t339=(3, [3]), t42113=(2, b"-9999\0"))
    add("heights-with-nothing", tiff(tags, [ordered(heights.astype("f4"), "<")]), expected, 1, check=False)
    tags = base(1, 1, 16, t339=(3, [2]), t340=(9, [-1000]), t341=(9, [2000]))
    signed = (GRAY.astype("i2") * 11) - 800
    expected = gray3(((signed + 1000) / 3000 * 255).round())
    add("signed-16-of-a-stated-range", tiff(tags, [ordered(signed, "<")]), expected, 1, check=False)


def colours():
    for order, end in (("<", "little"), (">", "big")):
        add(f"rgb-16-{end}", tiff(base(2, 3, 16), [ordered(DEEP, order)], order=order), to8(DEEP), 1)
        data = tiff(base(2, 3), [RGB.tobytes()], order=order, big=True)
        # Pillow takes no BigTIFF of this order.
        add(f"bigtiff-{end}", data, RGB, check=order == "<")
    small = (RGB >> 4).reshape(HEIGHT, -1)
    add("rgb-4", tiff(base(2, 3, 4), [packed(small, 4)]), RGB // 16 * 17, check=False)
    tags = base(2, 3)
    tags[258] = (3, [5, 6, 5])
    bits = np.concatenate(
        [(RGB[..., i : i + 1] >> (8 - n))[..., None].astype(int) >> np.arange(n - 1, -1, -1) & 1 for i, n in enumerate((5, 6, 5))], -1
    ).reshape(HEIGHT, -1)
    levels = [(RGB[..., i] >> (8 - n)) / (2**n - 1) * 255 for i, n in enumerate((5, 6, 5))]
    data = np.packbits(bits.astype(np.uint8), axis=1).tobytes()
    add("rgb-565", tiff(tags, [data]), np.stack(levels, -1).round(), check=False)
    for bits in (1, 2, 4, 8):
        index = (GRAY >> (8 - bits)).astype(np.uint8)
        count = 2**bits
        red = np.linspace(0, 255, count).astype(int)
        colors = np.stack([red, 255 - red // 2, red * red // 255], -1)
        map16 = (colors.T.reshape(-1) * 257).tolist()
        data = tiff(base(3, 1, bits, t320=(3, map16)), [packed(index, bits)])
        add(f"palette-{bits}", data, colors[index])
    data = tiff(base(3, 1, 8, t320=(3, colors.T.reshape(-1).tolist())), [index.tobytes()])
    add("palette-of-8-bit-colours", data, colors[index], check=False)
    both = np.stack([index, ALPHA], -1)
    data = tiff(base(3, 2, 8, t320=(3, map16), t338=(3, [2])), [both.tobytes()])
    add("palette-alpha", data, on_white(colors[index], ALPHA), 1)
    cmyk = np.concatenate([255 - RGB, (255 - GRAY[..., None]) // 3], -1)
    black = 255 - cmyk[..., 3:].astype(int)
    expected = np.asarray(Image.fromarray(cmyk, "CMYK").convert("RGB"))
    add("cmyk", tiff(base(5, 4), [cmyk.tobytes()]), expected)
    data = tiff(base(5, 4, 16), [ordered(cmyk.astype(np.uint16) * 257, "<")])
    add("cmyk-16", data, expected)
    planes = [np.ascontiguousarray(cmyk[..., i]).tobytes() for i in range(4)]
    add("cmyk-planes", tiff(base(5, 4, t284=(3, [2])), planes), expected)
    add("mask", tiff(base(4, 1, 1), [packed(1 - DARK, 1)]), gray3((1 - DARK) * 255), check=False)
    assert black.min() >= 0


def alpha():
    both = np.dstack([GRAY, ALPHA])
    add("gray-alpha", tiff(base(1, 2, t338=(3, [2])), [both.tobytes()]), on_white(gray3(GRAY), ALPHA), 1)
    four = np.dstack([RGB, ALPHA])
    expected = on_white(RGB, ALPHA)
    add("rgba", tiff(base(2, 4, t338=(3, [2])), [four.tobytes()]), expected, 1)
    add("rgba-untold", tiff(base(2, 4), [four.tobytes()]), expected, 1)
    times = np.dstack([(RGB * (ALPHA[..., None] / 255)).round().astype(np.uint8), ALPHA])
    laid = (times[..., :3] + 255.0 - ALPHA[..., None]).clip(0, 255)
    add("rgba-associated", tiff(base(2, 4, t338=(3, [1])), [times.tobytes()]), laid, 2)
    add("rgb-and-more", tiff(base(2, 4, t338=(3, [0])), [four.tobytes()]), RGB)
    deep = np.dstack([DEEP, ALPHA.astype(np.uint16) * 257])
    add("rgba-16", tiff(base(2, 4, 16, t338=(3, [2])), [ordered(deep, ">")], order=">"), on_white(to8(DEEP), ALPHA), 1)
    planes = [np.ascontiguousarray(four[..., i]).tobytes() for i in range(4)]
    add("rgba-planes", tiff(base(2, 4, t338=(3, [2]), t284=(3, [2])), planes), expected, 1)
    bands = np.dstack([RGB, ALPHA, GRAY, 255 - GRAY, ALPHA])
    data = tiff(base(2, 7, compression=8, t338=(3, [0] * 4)), [imagecodecs.zlib_encode(bands.tobytes())])
    add("seven-bands", data, RGB, check=False)
    floats = np.dstack([RGB, ALPHA]).astype("<f4") / 255
    data = tiff(base(2, 4, 32, compression=8, t338=(3, [2]), t339=(3, [3] * 4)), [imagecodecs.zlib_encode(floats.tobytes())])
    add("rgba-float", data, expected, 1, check=False)


def ycbcr(x, y, coefficients=(0.299, 0.587, 0.114), reference=(0, 255, 128, 255, 128, 255), **more):
    """The file's units of pixels, and what they are to look like."""
    lr, lg, lb = coefficients
    rgb = RGB.astype(float)
    luma = rgb @ coefficients
    blue, red = (rgb[..., 2] - luma) / (2 - 2 * lb), (rgb[..., 0] - luma) / (2 - 2 * lr)
    coded = np.stack(
        [
            luma * (reference[1] - reference[0]) / 255 + reference[0],
            blue * (reference[3] - reference[2]) / 127 + reference[2],
            red * (reference[5] - reference[4]) / 127 + reference[4],
        ],
        -1,
    )
    height, width = -(-HEIGHT // y) * y, -(-WIDTH // x) * x
    coded = np.pad(coded, ((0, height - HEIGHT), (0, width - WIDTH), (0, 0)), mode="edge")
    blocks = coded.reshape(height // y, y, width // x, x, 3).transpose(0, 2, 1, 3, 4)
    lumas = blocks[..., 0].reshape(height // y, width // x, x * y)
    chroma = blocks[..., 1:].mean((2, 3))
    units = np.concatenate([lumas, chroma], -1).round().clip(0, 255)
    shown = np.empty_like(coded)
    shown[..., 0] = units[..., : x * y].reshape(height // y, width // x, y, x).transpose(0, 2, 1, 3).reshape(height, width)
    shown[..., 1:] = np.repeat(np.repeat(units[..., x * y :], y, 0), x, 1)
    low, high = np.array(reference[0::2]), np.array(reference[1::2])
    shown = (shown - low) / (high - low) * (255, 127, 127)
    r, b = shown[..., 0] + shown[..., 2] * (2 - 2 * lr), shown[..., 0] + shown[..., 1] * (2 - 2 * lb)
    g = (shown[..., 0] - lr * r - lb * b) / lg
    expected = np.stack([r, g, b], -1)[:HEIGHT, :WIDTH].round().clip(0, 255)
    tags = base(6, 3, t530=(3, [x, y]), **more)
    if coefficients[0] != 0.299:
        tags[529] = (5, coefficients)
    tags[532] = (5, reference)
    return tags, units.astype(np.uint8), expected


def ycbcrs():
    for x, y in [(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (4, 2), (4, 4)]:
        tags, units, expected = ycbcr(x, y)
        # Pillow reads what is not compressed by itself, and subsampled colours not at all then.
        tags[259] = (3, [5])
        check = (x, y) != (1, 2) and (x, y) != (4, 4)
        add(f"ycbcr-{x}{y}", tiff(tags, [imagecodecs.lzw_encode(units.tobytes())]), expected, 2, check=check)
    tags, units, expected = ycbcr(2, 2, t278=(3, [6]))
    chunks = [part.tobytes() for part in strips(units, 3)]
    add("ycbcr-22-strips", tiff(tags, chunks), expected, 2, check=False)
    tags, units, expected = ycbcr(1, 1, (0.2126, 0.7152, 0.0722), (16, 235, 128, 240, 128, 240))
    tags[259] = (3, [5])
    add("ycbcr-709-studio", tiff(tags, [imagecodecs.lzw_encode(units.tobytes())]), expected, 2)
    tags, units, expected = ycbcr(1, 1)
    del tags[530]
    add("ycbcr-untold", tiff(tags, [units.tobytes()]), expected, 2, check=False)
    tags, units, expected = ycbcr(1, 1)
    planes = [np.ascontiguousarray(units[..., i]).tobytes() for i in range(3)]
    tags[284] = (3, [2])
    add("ycbcr-planes", tiff(tags, planes), expected, 2, check=False)


def lab():
    linear = RGB / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    # sRGB to XYZ of D50, after Lindbloom.
    to_xyz = np.array(
        [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
    )
    xyz = linear @ to_xyz.T
    t = xyz / (0.9642, 1.0, 0.8249)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29)
    l, a, b = 116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])
    wide = np.stack([l * 655.35, a * 256, b * 256], -1).round().astype(np.int32).astype(np.uint16)
    add("cielab-16", tiff(base(8, 3, 16), [ordered(wide, "<")]), RGB, 1, check=False)
    wide = np.stack([l * 652.8, (a + 128) * 256, (b + 128) * 256], -1).round().astype(np.uint16)
    add("icclab-16", tiff(base(9, 3, 16), [ordered(wide, ">")], order=">"), RGB, 1, check=False)
    small = np.stack([l * 2.55, a, b], -1).round().astype(np.int32).astype(np.uint8)
    # What eight bits keep, back by the inverse of the matrix above: lcms is off by up to 16 for pictures of 8 bits.
    kept = np.stack([small[..., 0] / 2.55, small[..., 1].astype(np.int8), small[..., 2].astype(np.int8)], -1)
    middle = (kept[..., 0] + 16) / 116
    f = np.stack([middle + kept[..., 1] / 500, middle, middle - kept[..., 2] / 200], -1)
    xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) * 3 * (6 / 29) ** 2) * (0.9642, 1.0, 0.8249)
    linear = (xyz @ np.linalg.inv(to_xyz).T).clip(0, 1)
    expected = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
    assert np.abs(expected - RGB).max() < 6
    expected = expected.round()
    add("cielab-8", tiff(base(8, 3), [small.tobytes()]), expected, 2, check=False)
    shifted = (small + np.uint8([0, 128, 128])).astype(np.uint8)
    add("icclab-8", tiff(base(9, 3), [shifted.tobytes()]), expected, 2, check=False)


def group4(dark):
    """The compressed bytes of a picture of one bit."""
    # Pillow writes that black is zero: what is dark is to be one.
    data = libtiff(Image.fromarray(dark * np.uint8(255)).convert("1"), compression="group4")
    image = Image.open(io.BytesIO(data))
    (at,), (length,) = image.tag_v2[273], image.tag_v2[279]
    return data[at : at + length]


def faxes():
    image = Image.fromarray(((1 - DARK) * 255).astype(np.uint8)).convert("1")
    expected = gray3((1 - DARK) * 255)
    add("fax-rle", libtiff(image, compression="tiff_ccitt"), expected)
    add("fax-3", libtiff(image, compression="group3"), expected)
    add("fax-3-two-dimensional", libtiff(image, compression="group3", tiffinfo={292: 1}), expected)
    add("fax-3-aligned", libtiff(image, compression="group3", tiffinfo={292: 4}), expected)
    add("fax-3-two-dimensional-aligned", libtiff(image, compression="group3", tiffinfo={292: 5}), expected)
    add("fax-4", libtiff(image, compression="group4"), expected)
    data = group4(DARK)
    tags = base(0, 1, 1, compression=4, t266=(3, [2]))
    add("fax-4-reversed-bits", tiff(tags, [reversed_bits(data)]), expected)
    add("fax-4-black-is-zero", tiff(base(1, 1, 1, compression=4), [data]), 255 - expected)
    parts = [group4(part) for part in strips(DARK, 8)]
    add("fax-4-strips", tiff(base(0, 1, 1, compression=4, t278=(3, [8])), parts), expected)


def jpegs():
    image = Image.fromarray(RGB)
    for name, options in [("rgb", {}), ("gray", {})]:
        source = image if name == "rgb" else Image.fromarray(GRAY)
        data = libtiff(source, compression="jpeg", quality=90, **options)
        add(f"jpeg-{name}", data, pillow(data), 3)
    data = libtiff(Image.fromarray(np.dstack([255 - RGB, GRAY // 4]), "CMYK"), compression="jpeg", quality=90)
    add("jpeg-cmyk", data, pillow(data), 2)
    for name, tags, subsampling in [("ycbcr-444", [1, 1], "444"), ("ycbcr-422", [2, 1], "422"), ("ycbcr-420", [2, 2], "420")]:
        chunk = imagecodecs.jpeg8_encode(RGB, level=90, colorspace="RGB", outcolorspace="YCBCR", subsampling=subsampling)
        data = tiff(base(6, 3, compression=7, t530=(3, tags)), [chunk])
        add(f"jpeg-{name}", data, pillow(data), 3)
    parts = [
        imagecodecs.jpeg8_encode(part, level=90, colorspace="RGB", outcolorspace="YCBCR", subsampling="444")
        for part in tiles(RGB, 16, 16)
    ]
    data = tiff(base(6, 3, compression=7, t530=(3, [1, 1]), t322=(3, [16]), t323=(3, [16])), parts, tiled=True)
    add("jpeg-tiles", data, pillow(data), 2)
    old_jpegs(image)


def old_jpegs(image):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, subsampling=2)
    stream = out.getvalue()
    expected = np.asarray(Image.open(out).convert("RGB"))
    tags = base(6, 3, compression=6, t513=(4, [16]), t514=(4, [len(stream)]), t530=(3, [2, 2]), t512=(3, [1]))
    data = tiff({**tags, 273: (4, [16]), 279: (4, [len(stream)])}, [], extra=stream)
    add("old-jpeg", data, expected, 3, check=False)
    # Tables and pixels apart from each other.
    at, tables, scan = 2, {}, None
    extra = b""
    while scan is None:
        marker, length = stream[at + 1], int.from_bytes(stream[at + 2 : at + 4], "big")
        body = stream[at + 4 : at + 2 + length]
        while marker == 0xDB and body:
            tables["q", body[0]] = 16 + len(extra)
            extra, body = extra + body[1:65], body[65:]
        while marker == 0xC4 and body:
            count = 17 + sum(body[1:17])
            tables[body[0]] = 16 + len(extra)
            extra, body = extra + body[1:count], body[count:]
        at += 2 + length
        if marker == 0xDA:
            scan = stream[at:-2]
    tags = base(6, 3, compression=6, t530=(3, [2, 2]), t512=(3, [1]))
    tags[519] = (4, [tables["q", 0], tables["q", 1], tables["q", 1]])
    tags[520] = (4, [tables[0], tables[1], tables[1]])
    tags[521] = (4, [tables[0x10], tables[0x11], tables[0x11]])
    add("old-jpeg-tables", tiff(tags, [scan], extra=extra), expected, 3, check=False)


def layouts():
    parts = [part.tobytes() for part in tiles(RGB, 16, 16)]
    where = {"t322": (3, [16]), "t323": (3, [16])}
    add("tiles", tiff(base(2, 3, **where), parts, tiled=True), RGB)
    parts = [imagecodecs.zlib_encode(differences(part).tobytes()) for part in tiles(RGB, 16, 32)]
    tags = base(2, 3, compression=8, t322=(3, [16]), t323=(3, [32]), t317=(3, [2]))
    add("tiles-predictor", tiff(tags, parts, tiled=True, order=">"), RGB)
    planes = [part for i in range(3) for part in tiles(RGB[..., i], 16, 16)]
    data = tiff(base(2, 3, t284=(3, [2]), **where), [part.tobytes() for part in planes], tiled=True, big=True)
    add("tiles-planes", data, RGB, check=False)
    parts = [packed(part, 1) for part in tiles(DARK, 16, 16)]
    add("tiles-1-bit", tiff(base(0, 1, 1, **where), parts, tiled=True), gray3((1 - DARK) * 255), check=False)
    planes = [part.tobytes() for i in range(3) for part in strips(RGB[..., i], 7)]
    add("planes", tiff(base(2, 3, t284=(3, [2]), t278=(3, [7])), planes), RGB)
    deep = [ordered(np.ascontiguousarray(DEEP[..., i]), ">") for i in range(3)]
    add("planes-16", tiff(base(2, 3, 16, t284=(3, [2])), deep, order=">"), to8(DEEP), 1, check=False)
    data = tiff(base(2, 3, t279=(4, [0])), [RGB.tobytes()])
    add("no-lengths", data, RGB)
    small = RGB[::4, ::4]
    tags = base(2, 3, t254=(4, [1]), t256=(4, [small.shape[1]]), t257=(4, [small.shape[0]]))
    tags |= {273: (4, [16]), 279: (4, [small.size])}
    for order, big in (("<", False), (">", True)):
        data = tiff(base(2, 3, t254=(4, [0])), [RGB.tobytes()], order=order, big=big, small=tags, extra=small.tobytes())
        add(f"small-page-first-{'big' if big else 'old'}", data, RGB, check=False)
    profile = imagecodecs.cms_profile("adobergb")
    # Without the time of its making.
    profile = profile[:24] + bytes(12) + profile[36:]
    data = tiff(base(2, 3, t34675=(7, profile)), [RGB.tobytes()])
    source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
    expected = np.asarray(ImageCms.profileToProfile(Image.fromarray(RGB), source, target, outputMode="RGB"))
    assert np.abs(expected.astype(int) - RGB).max() > 9
    add("adobe-rgb", data, expected, 3, check=False)
    data = tiff(base(2, 3, t274=(3, [6])), [RGB.tobytes()])
    add("turned", data, np.rot90(RGB, -1), check=False)


def scanners():
    """ThunderScan and NeXT, of which only the plainest codes are written."""
    small = GRAY >> 4
    data = tiff(base(1, 1, 4, compression=32809), [(small | 0xC0).tobytes()])
    add("thunderscan", data, gray3(small * 17))
    small = GRAY >> 6
    rows = packed(small, 2)
    length = -(-WIDTH * 2 // 8)
    data = b"".join(b"\0" + rows[i : i + length] for i in range(0, len(rows), length))
    add("next", tiff(base(1, 1, 2, compression=32766), [data]), gray3(small * 85), check=False)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.glob("*.*"):
        old.unlink()
    for make in (compressions, predictors, grays, colours, alpha, ycbcrs, lab, faxes, jpegs, layouts, scanners):
        make()
    (OUT / "files.txt").write_text("\n".join(LISTED) + "\n")
    print(len(LISTED), "files,", sum(file.stat().st_size for file in OUT.iterdir()), "bytes")


main()
