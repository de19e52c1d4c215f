"""Makes tests/data/pictures/formats: tiny pictures in many formats, each with what it should look like.

Beside NAME.EXT lies NAME.EXT.png: sRGB, laid on white, upright. `list.txt` has a line for each picture: its name, and the
largest mean difference of a channel (0..255) from the expected picture that is allowed.

Run with a Python that has Pillow, pillow_heif, pillow_jxl, imagecodecs and numpy: `python tools/pictures/formats.py`.
"""

import io
import struct
import sys
import zipfile
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401  (registers itself)
from PIL import Image, ImageCms, ImageOps

pillow_heif.register_heif_opener()
OUT = Path(__file__).parents[2] / "tests/data/pictures/formats"
LIST = []
W, H = 26, 18


def rgb(w=W, h=H):
    """A picture whose corners differ, with hard and soft edges."""
    y, x = np.mgrid[0:h, 0:w]
    a = np.stack([x * 255 // (w - 1), y * 255 // (h - 1), (x + y) * 255 // (w + h - 2)], axis=-1)
    a[2 : h // 3, 2 : w // 4] = (250, 20, 10)
    a[h // 2 :, w // 2 : w // 2 + 4] = (10, 200, 90)
    return a.astype(np.uint8)


def gray(w=W, h=H):
    return np.asarray(Image.fromarray(rgb(w, h)).convert("L"))


def alpha(w=W, h=H):
    y, x = np.mgrid[0:h, 0:w]
    a = (x * 255 // (w - 1)).astype(np.uint8)
    a[: h // 4] = 0
    a[3 * h // 4 :] = 255
    return a


def rgba(w=W, h=H):
    return np.dstack([rgb(w, h), alpha(w, h)])


def on_white(a):
    """Straight RGBA of any integer kind, or floats of 0 to 1, laid on white."""
    top = 1.0 if a.dtype.kind == "f" else np.iinfo(a.dtype).max
    a = a.astype(np.float64) / top
    c, t = a[..., :-1], a[..., -1:]
    out = np.round((c * t + 1 - t) * 255).astype(np.uint8)
    return np.repeat(out, 3, axis=-1) if out.shape[-1] == 1 else out


def three(a):
    return np.repeat(a[..., None], 3, axis=-1)


def shown(im):
    """What Pillow shows of a picture."""
    im = ImageOps.exif_transpose(im)
    profile = im.info.get("icc_profile")
    if im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    t = im.getchannel("A") if im.mode in ("RGBA", "LA") else None
    if im.mode == "LA":
        im = im.convert("L")
    if profile:
        base = im.convert("RGB") if im.mode == "RGBA" else im
        try:
            im = ImageCms.profileToProfile(
                base, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except ImageCms.PyCMSError:
            pass
    im = im.convert("RGB")
    if t is not None:
        white = Image.new("RGB", im.size, "white")
        white.paste(im, (0, 0), t)
        im = white
    return np.asarray(im)


def put(name, data, expected=None, tolerance=0.0):
    data = bytes(data)
    if expected is None:
        expected = shown(Image.open(io.BytesIO(data)))
    (OUT / name).write_bytes(data)
    Image.fromarray(np.ascontiguousarray(expected)).save(OUT / f"{name}.png", optimize=True)
    LIST.append(f"{name} {tolerance}")
    if len(data) > 4096:
        print(f"{name}: {len(data)} bytes", file=sys.stderr)


def saved(a, kind, mode=None, **options):
    out = io.BytesIO()
    im = a if isinstance(a, Image.Image) else Image.fromarray(a, mode) if mode else Image.fromarray(a)
    im.save(out, kind, **options)
    return out.getvalue()


def exif(orientation=6):
    e = Image.Exif()
    e[0x0112] = orientation
    e.get_ifd(0x8769)[0x9003] = "2021:05:06 07:08:09"
    return e.tobytes()


def p3():
    """A Display P3 profile of 'sRGB transfer, P3 primaries', as phones embed it, made here."""
    def s15(x):
        return struct.pack(">i", round(x * 65536))

    def xyz(x, y, z):
        return b"XYZ \0\0\0\0" + s15(x) + s15(y) + s15(z)

    curve = b"para\0\0\0\0\0\x03\0\0" + b"".join(s15(v) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    tags = {
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.2412, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.1571, 0.06657, 0.78407),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        b"desc": b"desc\0\0\0\0\0\0\0\x03P3\0" + bytes(78 + 9),
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
    }
    body, table = b"", b""
    at = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        data += bytes(-len(data) % 4)
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + s15(0.9642) + s15(1.0) + s15(0.8249)
    head += bytes(128 - len(head))
    return head + struct.pack(">I", len(tags)) + table + body


def simple():
    put("rgb.qoi", imagecodecs.qoi_encode(rgb()), rgb())
    put("rgba.qoi", imagecodecs.qoi_encode(rgba()), on_white(rgba()))
    deep = rgba().astype(np.uint16) * 257
    put("rgba16.ff", b"farbfeld" + struct.pack(">II", W, H) + deep.astype(">u2").tobytes(), on_white(deep))


def tga():
    for mode, a in [("RGB", rgb()), ("RGBA", rgba()), ("L", gray()), ("P", None)]:
        im = Image.fromarray(rgb()).quantize(16) if a is None else Image.fromarray(a)
        for name, options in [("raw", {}), ("rle", {"compression": "tga_rle"}), ("up", {"orientation": 1})]:
            put(f"{mode.lower()}-{name}.tga", saved(im, "TGA", **options))
    five = (rgb() >> 3).astype(np.uint16)
    words = (five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2]).astype("<u2")
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, W, H, 16, 0x20)
    put("rgb555.tga", head + words.tobytes(), np.round(five * 255 / 31).astype(np.uint8), 0.6)


def pnm():
    size = f"{W} {H}\n".encode()
    bits = gray() < 100
    text = lambda a: b" ".join(str(v).encode() for v in a.ravel()) + b"\n"
    black = three(np.where(bits, 0, 255).astype(np.uint8))
    put("plain.pbm", b"P1\n# a comment\n" + size + text(bits.astype(int)), black)
    put("packed.pbm", b"P4\n" + size + np.packbits(bits, axis=1).tobytes(), black)
    put("plain.pgm", b"P2\n" + size + b"255\n" + text(gray()), three(gray()))
    put("plain.ppm", b"P3\n" + size + b"255\n" + text(rgb()), rgb())
    put("8.pgm", b"P5\n" + size + b"255\n" + gray().tobytes(), three(gray()))
    put("8.ppm", b"P6 # a comment\n" + size + b"255\n" + rgb().tobytes(), rgb())
    put("16.ppm", b"P6\n" + size + b"65535\n" + (rgb().astype(">u2") * 257).tobytes(), rgb())
    few = (rgb().astype(int) * 100 // 255).astype(np.uint8)
    put("maxval-100.ppm", b"P6\n" + size + b"100\n" + few.tobytes(), np.round(few.astype(float) * 255 / 100).astype(np.uint8), 0.01)
    ten = (gray().astype(int) * 1000 // 255).astype(">u2")
    put("maxval-1000.pgm", b"P5\n" + size + b"1000\n" + ten.tobytes(), three(np.round(ten.astype(float) * 255 / 1000).astype(np.uint8)), 0.01)
    for kind, depth, a in [
        ("RGB", 3, rgb()), ("RGB_ALPHA", 4, rgba()), ("GRAYSCALE", 1, gray()),
        ("GRAYSCALE_ALPHA", 2, np.dstack([gray(), alpha()])),
    ]:
        head = f"P7\nWIDTH {W}\nHEIGHT {H}\nDEPTH {depth}\nMAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n".encode()
        expected = on_white(a) if "ALPHA" in kind else three(a) if depth == 1 else a
        put(f"{kind.lower()}.pam", head + a.tobytes(), expected)


def icons():
    im = Image.fromarray(rgba(32, 32))
    put("png.ico", saved(im, "ICO", sizes=[(16, 16), (32, 32)]), on_white(rgba(32, 32)))
    put("bmp.ico", saved(im, "ICO", sizes=[(32, 32)], bitmap_format="bmp"), on_white(rgba(32, 32)))
    # 4 bits a pixel with a mask: what the mask takes away is transparent.
    pixels = (gray(16, 16) >> 4)[::-1]
    packed = (pixels[:, ::2] << 4 | pixels[:, 1::2]).astype(np.uint8)
    mask = np.zeros((16, 16), bool)
    mask[:4] = True
    bits = np.zeros((16, 4), np.uint8)
    bits[:, :2] = np.packbits(mask[::-1], axis=1)
    palette = b"".join(bytes([i * 17, 255 - i * 17, i * 8, 0]) for i in range(16))
    dib = struct.pack("<IiiHHIIiiII", 40, 16, 32, 1, 4, 0, 0, 0, 0, 0, 0) + palette + packed.tobytes() + bits.tobytes()
    expected = np.array([[i * 8, 255 - i * 17, i * 17] for i in range(16)], np.uint8)[gray(16, 16) >> 4]
    expected[mask] = 255
    for name, kind, hot in [("masked.ico", 1, (1, 4)), ("masked.cur", 2, (3, 5))]:
        head = struct.pack("<HHHBBBBHHII", 0, kind, 1, 16, 16, 16, 0, *hot, len(dib), 22)
        put(name, head + dib, expected)
    entry = lambda kind, data: kind + struct.pack(">I", 8 + len(data)) + data
    file = lambda *entries: b"icns" + struct.pack(">I", 8 + sum(map(len, entries))) + b"".join(entries)
    put("png.icns", file(entry(b"icp4", saved(rgba(16, 16), "PNG")), entry(b"icp5", saved(im, "PNG"))), on_white(rgba(32, 32)))
    y, x = np.mgrid[0:256, 0:256]
    icon = np.dstack([x // 64 * 80, y // 64 * 80, x * 0 + 90, np.where(y < 32, 0, 255)]).astype(np.uint8)
    put("jpeg2000.icns", file(entry(b"ic08", saved(icon, "JPEG2000", irreversible=False))), on_white(icon))
    flat = rgba(16, 16)
    runs = b"".join(bytes([127]) + p[:128] + bytes([127]) + p[128:] for p in (flat[..., i].tobytes() for i in range(3)))
    put("rle.icns", file(entry(b"is32", runs), entry(b"s8mk", flat[..., 3].tobytes())), on_white(flat))


def dds():
    for mode, a in [("RGB", rgb()), ("RGBA", rgba())]:
        put(f"{mode.lower()}.dds", saved(a, "DDS"))
    big = rgba(24, 16)
    for kind in ["DXT1", "DXT3", "DXT5", "BC2", "BC3"]:
        put(f"{kind.lower()}.dds", saved(big, "DDS", pixel_format=kind), None, 1.5)
    put("bc5.dds", saved(rgb(24, 16), "DDS", pixel_format="BC5"), None, 1.5)
    rng = np.random.default_rng(5)
    for name, dxgi, size in [("bc4", 80, 8), ("bc7", 98, 16), ("bc6h", 95, 16)]:
        blocks = rng.integers(0, 256, (6 * 4, size), dtype=np.uint8)
        if name == "bc7":
            blocks[:, 0] = np.where(np.arange(24) % 2, 0x40, 0x10)  # modes 6 and 4
        if name == "bc6h":
            blocks[:, 0] = blocks[:, 0] & 0xE0 | 3  # ten bits, one region
        head = b"DDS " + struct.pack("<7I44x", 124, 0x81007, 16, 24, 24 * size, 0, 0)
        head += struct.pack("<II4s5I", 32, 4, b"DX10", 0, 0, 0, 0, 0) + struct.pack("<5I", 0x1000, 0, 0, 0, 0)
        data = head + struct.pack("<5I", dxgi, 3, 0, 1, 0) + blocks.tobytes()
        if name != "bc6h":
            put(f"{name}.dds", data, None, 1.5)


def attic():
    one = Image.fromarray(gray()).convert("1")
    palette = Image.fromarray(rgb()).quantize(16)
    for mode, im in [("1", one), ("l", Image.fromarray(gray())), ("p", palette), ("rgb", Image.fromarray(rgb()))]:
        put(f"{mode}.pcx", saved(im, "PCX"))
    for mode, a in [("L", gray()), ("RGB", rgb()), ("RGBA", rgba())]:
        put(f"{mode.lower()}.sgi", saved(a, "SGI"))
        # Pillow shifts 8 bits to the left, so that white is 65280.
        put(f"{mode.lower()}-16.sgi", saved(a, "SGI", bpc=2), on_white(a) if mode == "RGBA" else None, 0.6)
    # Set bits are ink, as X draws them; Pillow takes them for white.
    put("1.xbm", saved(one, "XBM"), 255 - three(np.asarray(one.convert("L"))))
    bits = np.asarray(one)
    head = bytes([0, 0, W, H])
    put("1.wbmp", head + np.packbits(bits, axis=1).tobytes(), three(np.asarray(one.convert("L"))))
    small = np.asarray(palette)
    table = np.array(palette.getpalette()[:48], np.uint8).reshape(-1, 3)
    letters = "abcdefghijklmnop"
    lines = [f'"{W} {H} {len(table)} 1",'] + [f'"{letters[i]} c #{r:02x}{g:02x}{b:02x}",' for i, (r, g, b) in enumerate(table)]
    lines += ['"' + "".join(letters[i] for i in row) + '",' for row in small]
    put("p.xpm", ("/* XPM */\nstatic char *p[] = {\n" + "\n".join(lines) + "\n};\n").encode(), table[small])
    clear = small == 0
    lines[1] = '"a c None",'
    expected = table[small].copy()
    expected[clear] = 255
    put("clear.xpm", ("/* XPM */\nstatic char *p[] = {\n" + "\n".join(lines) + "\n};\n").encode(), expected)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(zipfile.ZipInfo("mimetype"), "image/openraster")
        z.writestr("stack.xml", f'<?xml version="1.0"?><image w="{W}" h="{H}"><stack/></image>')
        z.writestr("mergedimage.png", saved(rgba(), "PNG"))
    put("rgba.ora", out.getvalue(), on_white(rgba()))


def tone_mapped(linear, t=None):
    """The rule of src/picture/extras/tone.rs, written again."""
    linear = np.maximum(np.nan_to_num(linear.astype(np.float64), posinf=65504.0), 0)
    light = linear @ np.array([0.2126, 0.7152, 0.0722])
    seen = light[light > 1e-6]
    mean = np.exp(np.mean(np.log(seen))) if len(seen) else 0.18
    exposure = np.clip(mean, 0.03, 0.6) / mean
    linear, light = linear * exposure, light * exposure
    ordered = np.sort(light.ravel())
    white = max(1.0, ordered[(len(ordered) - 1) * 999 // 1000])
    linear = linear * ((1 + light / white**2) / (1 + light))[..., None]
    if t is not None:
        linear = linear + (1 - t[..., None])
    linear = np.clip(linear, 0, 1)
    out = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(out * 255).astype(np.uint8)


def to_linear(a):
    a = a / 255.0
    return np.where(a <= 0.04045, a / 12.92, ((a + 0.055) / 1.055) ** 2.4)


def from_linear(light):
    out = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(out * 255).astype(np.uint8)


def exr(channels):
    """An uncompressed OpenEXR file of half floats: a dictionary of planes."""
    names = sorted(channels)
    h, w = next(iter(channels.values())).shape
    attribute = lambda name, kind, data: name + b"\0" + kind + b"\0" + struct.pack("<I", len(data)) + data
    chlist = b"".join(n.encode() + b"\0" + struct.pack("<IBxxxII", 1, 0, 1, 1) for n in names) + b"\0"
    box = struct.pack("<iiii", 0, 0, w - 1, h - 1)
    head = struct.pack("<II", 20000630, 2) + attribute(b"channels", b"chlist", chlist)
    head += attribute(b"compression", b"compression", b"\0") + attribute(b"dataWindow", b"box2i", box)
    head += attribute(b"displayWindow", b"box2i", box) + attribute(b"lineOrder", b"lineOrder", b"\0")
    head += attribute(b"pixelAspectRatio", b"float", struct.pack("<f", 1))
    head += attribute(b"screenWindowCenter", b"v2f", struct.pack("<ff", 0, 0))
    head += attribute(b"screenWindowWidth", b"float", struct.pack("<f", 1)) + b"\0"
    rows = [struct.pack("<iI", y, 2 * w * len(names)) + b"".join(channels[n][y].astype("<f2").tobytes() for n in names) for y in range(h)]
    at, table = len(head) + 8 * h, b""
    for row in rows:
        table += struct.pack("<Q", at)
        at += len(row)
    return head + table + b"".join(rows)


def hdr():
    linear = to_linear(rgb())
    for name, factor in [("plain", 1), ("dark", 0.002), ("bright", 40)]:
        half = (linear * factor).astype(np.float16)
        put(f"{name}.exr", exr({"R": half[..., 0], "G": half[..., 1], "B": half[..., 2]}), tone_mapped(half), 0.01)
    sun = linear.copy()
    sun[:3, -4:] = 200
    half = sun.astype(np.float16)
    put("sun.exr", exr({"R": half[..., 0], "G": half[..., 1], "B": half[..., 2]}), tone_mapped(half), 0.01)
    t = (alpha() / 255).astype(np.float16)
    half = (linear * t[..., None]).astype(np.float16)
    put("alpha.exr", exr({"R": half[..., 0], "G": half[..., 1], "B": half[..., 2], "A": t}), tone_mapped(half, t.astype(float)), 0.01)
    data = imagecodecs.rgbe_encode((linear * 3).astype(np.float32), header=True, rle=False)
    put("rgb.hdr", data, tone_mapped(imagecodecs.rgbe_decode(data)), 0.01)


def box(kind, data):
    return struct.pack(">I", 8 + len(data)) + kind + data


def full_box(kind, data, version=0, flags=0):
    return box(kind, struct.pack(">I", version << 24 | flags) + data)


def content(data, kind):
    at = data.index(kind)
    return data[at + 4 : at - 4 + struct.unpack(">I", data[at - 4 : at])[0]]


def grid(tiles, columns, brand, kind, config, size, tile_size, properties=(), parts=1):
    """A HEIF file of one picture made of tiles (whole files of one picture each); the data of each lie in some parts."""
    rows = len(tiles) // columns
    data = [content(t, b"mdat") for t in tiles]
    items = [b"grid"] + [kind] * len(tiles)
    infe = b"".join(full_box(b"infe", struct.pack(">HH", i + 1, 0) + t + b"\0", 2) for i, t in enumerate(items))
    ispe = lambda w, h: full_box(b"ispe", struct.pack(">II", w, h))
    ipco = box(b"ipco", ispe(*size) + ispe(*tile_size) + box(config, content(tiles[0], config)) + b"".join(properties))
    own = [1] + [0x84 + i for i in range(len(properties))]
    ipma = struct.pack(">I", len(items)) + struct.pack(">HB", 1, len(own)) + bytes(own)
    ipma += b"".join(struct.pack(">HBBB", i + 2, 2, 2, 0x83) for i in range(len(tiles)))
    iref = full_box(b"iref", box(b"dimg", struct.pack(f">HH{len(tiles)}H", 1, len(tiles), *range(2, 2 + len(tiles)))))
    payload = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, *size)

    def file(start):
        iloc = struct.pack(">HHHHHHII", 0x4400, len(items), 1, 1, 0, 1, 0, len(payload))
        for i, d in enumerate(data):
            cuts = [len(d) * n // parts for n in range(parts + 1)]
            iloc += struct.pack(">HHHH", i + 2, 0, 0, parts)
            for a, b in zip(cuts, cuts[1:]):
                iloc += struct.pack(">II", start + sum(map(len, data[:i])) + a, b - a)
        hdlr = full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
        meta = hdlr + full_box(b"pitm", struct.pack(">H", 1)) + full_box(b"iloc", iloc, 1)
        meta += full_box(b"iinf", struct.pack(">H", len(items)) + infe) + iref
        meta += box(b"iprp", ipco + full_box(b"ipma", ipma)) + box(b"idat", payload)
        head = box(b"ftyp", brand + bytes(4) + b"mif1" + brand) + full_box(b"meta", meta)
        return head + box(b"mdat", b"".join(data)), len(head) + 8

    return file(file(0)[1])[0]


def heic():
    picture = Image.fromarray(rgb(64, 48))
    def make(im, **options):
        f = pillow_heif.from_pillow(im)
        out = io.BytesIO()
        f.save(out, **options)
        return out.getvalue()

    for chroma in ["420", "422", "444"]:
        put(f"{chroma}.heic", make(picture, quality=80, chroma=chroma), None, 3)
    put("gray.heic", make(Image.fromarray(gray(64, 48)), quality=80), None, 1)
    put("odd.heic", make(Image.fromarray(rgb(63, 47)), quality=80), None, 3)
    put("alpha.heic", make(Image.fromarray(rgba(64, 48)), quality=90), None, 3)
    put("lossless.heic", make(picture, quality=-1, chroma="444", matrix_coefficients=0), None, 1)
    put("turned.heic", make(picture, quality=80, exif=exif(6)), None, 3)
    put("mirrored.heic", make(picture, quality=80, exif=exif(4)), None, 3)
    put("p3.heic", make(picture, quality=80, icc_profile=p3()), None, 3)
    pillow_heif.options.SAVE_HDR_TO_12_BIT = False
    deep = pillow_heif.from_bytes("RGB;16", (64, 48), (rgb(64, 48).astype("<u2") * 257).tobytes())
    out = io.BytesIO()
    deep.save(out, quality=80)
    put("10-bit.heic", out.getvalue(), None, 3)
    whole = rgb(128, 128)
    tiles = [make(Image.fromarray(whole[y : y + 64, x : x + 64]), quality=80) for y in (0, 64) for x in (0, 64)]
    args = (2, b"heic", b"hvc1", b"hvcC", (120, 100), (64, 64))
    put("grid.heic", grid(tiles, *args), None, 3)
    turned = [box(b"irot", bytes([1])), box(b"imir", bytes([1]))]
    put("grid-turned.heic", grid(tiles, *args, turned, 2), None, 3)


def avif():
    picture = Image.fromarray(rgb(64, 48))
    for chroma in ["4:0:0", "4:2:0", "4:2:2", "4:4:4"]:
        for span in ["full", "limited"]:
            put(f"{chroma.replace(':', '')}-{span}.avif", saved(picture, "AVIF", subsampling=chroma, range=span, quality=80), None, 1.5)
    put("odd.avif", saved(rgb(63, 47), "AVIF", quality=80), None, 1.5)
    put("alpha.avif", saved(rgba(64, 48), "AVIF", quality=90), None, 1.5)
    put("premultiplied.avif", saved(rgba(64, 48), "AVIF", quality=90, alpha_premultiplied=True), None, 3)
    for o in [2, 3, 4, 5, 6, 7, 8]:
        put(f"turned-{o}.avif", saved(picture, "AVIF", quality=70, exif=exif(o)), None, 1.5)
    put("p3.avif", saved(picture, "AVIF", quality=80, icc_profile=p3()), None, 1.5)
    frames = [Image.fromarray(np.roll(rgb(64, 48), i * 9, axis=1)) for i in range(3)]
    put("animated.avif", saved(frames[0], "AVIF", save_all=True, append_images=frames[1:], quality=70), None, 1.5)
    for bits in [10, 12]:
        deep = rgb(64, 48).astype(np.uint16) * ((1 << bits) - 1) // 255
        for chroma in ["420", "444"]:
            data = imagecodecs.avif_encode(deep, level=85, bitspersample=bits, pixelformat=chroma)
            put(f"{bits}-bit-{chroma}.avif", data, None, 1.5)
    whole = rgb(128, 128)
    tiles = [saved(whole[y : y + 64, x : x + 64], "AVIF", quality=80) for y in (0, 64) for x in (0, 64)]
    args = (2, b"avif", b"av01", b"av1C", (128, 128), (64, 64))
    put("grid.avif", grid(tiles, *args), None, 1.5)
    turned = [box(b"irot", bytes([3])), box(b"imir", bytes([0]))]
    put("grid-turned.avif", grid(tiles, *args, turned, 3), None, 1.5)
    clap = box(b"clap", struct.pack(">IIIIiIiI", 100, 1, 60, 1, -4, 1, 10, 1))
    data = grid(tiles, *args, [clap])
    put("cropped.avif", data, shown(Image.open(io.BytesIO(data)))[44:104, 10:110], 1.5)
    data = imagecodecs.avif_encode(rgb(64, 48), level=100, pixelformat="444")
    put("lossless.avif", data, rgb(64, 48), 0.6)


def jxl():
    put("lossless.jxl", saved(rgb(), "JXL", lossless=True), rgb())
    put("lossy.jxl", saved(rgb(64, 48), "JXL", quality=85), None, 1)
    # Of several groups, for the test of cut files: what is there is shown.
    (OUT / "groups.jxl").write_bytes(saved(rgb(600, 300), "JXL", quality=60, effort=7))
    put("gray.jxl", saved(gray(), "JXL", lossless=True), three(gray()))
    put("alpha.jxl", saved(rgba(), "JXL", lossless=True), on_white(rgba()))
    put("lossy-alpha.jxl", saved(rgba(64, 48), "JXL", quality=85), None, 1)
    # The codestream alone says which side is up (ISO 18181-2): what EXIF says is not applied.
    put("turned.jxl", saved(rgb(), "JXL", lossless=True, exif=exif(6)), rgb())
    put("p3.jxl", saved(rgb(), "JXL", lossless=True, icc_profile=p3()), None, 0.6)
    jpeg = saved(rgb(64, 48), "JPEG", quality=85)
    put("from-jpeg.jxl", imagecodecs.jpegxl_encode_jpeg(jpeg), np.asarray(Image.open(io.BytesIO(jpeg))), 1.5)
    deep = rgba().astype(np.uint16) * 257
    # imagecodecs declares 16 bits to be linear light.
    seen = np.dstack([from_linear(rgb() / 255), alpha()])
    put("rgba16.jxl", imagecodecs.jpegxl_encode(deep, lossless=True), on_white(seen), 0.6)
    deep = gray().astype(np.uint16) * 257
    put("gray16.jxl", imagecodecs.jpegxl_encode(deep, lossless=True), three(from_linear(gray() / 255)), 0.6)
    frames = np.stack([np.roll(rgb(), i * 5, axis=1) for i in range(3)])
    put("animated.jxl", imagecodecs.jpegxl_encode(frames, lossless=True), rgb())
    flat = (rgb() / 255).astype(np.float32)
    put("float.jxl", imagecodecs.jpegxl_encode(flat, lossless=True), None, 0.6)


def jpeg2000():
    put("rgb.jp2", imagecodecs.jpeg2k_encode(rgb(), level=0, codecformat="jp2", reversible=True), rgb())
    put("rgb.j2k", imagecodecs.jpeg2k_encode(rgb(), level=0, codecformat="j2k", reversible=True), rgb())
    put("gray.jp2", imagecodecs.jpeg2k_encode(gray(), level=0, codecformat="jp2", reversible=True), three(gray()))
    put("rgba.jp2", saved(rgba(), "JPEG2000", irreversible=False), on_white(rgba()))
    put("la.jp2", saved(np.dstack([gray(), alpha()]), "JPEG2000", irreversible=False), None)
    put("lossy.jp2", saved(rgb(64, 48), "JPEG2000", irreversible=True, quality_mode="dB", quality_layers=[36]), None, 1)
    deep = rgb().astype(np.uint16) * 257
    put("rgb16.jp2", imagecodecs.jpeg2k_encode(deep, level=0, codecformat="jp2", reversible=True), rgb())
    put("tiles.jp2", saved(rgb(64, 48), "JPEG2000", tile_size=(32, 32), irreversible=False), rgb(64, 48))
    cmyk = np.asarray(Image.fromarray(rgb()).convert("CMYK"))
    put("cmyk.jp2", saved(Image.fromarray(rgb()).convert("CMYK"), "JPEG2000", irreversible=False), None, 1)
    del cmyk


def packbits(row):
    """Photoshop's run lengths of one row."""
    out, i = b"", 0
    while i < len(row):
        run = 1
        while i + run < len(row) and run < 128 and row[i + run] == row[i]:
            run += 1
        if run > 1:
            out += bytes([257 - run, row[i]])
            i += run
        else:
            end = i + 1
            while end < len(row) and end - i < 128 and not (end + 1 < len(row) and row[end] == row[end + 1]):
                end += 1
            out += bytes([end - i - 1]) + row[i:end]
            i = end
    return out


def psd_file(planes, mode, depth=8, version=1, rle=False, colors=b"", resources=b"", transparent=False):
    """A Photoshop file whose merged picture has these planes (rows of bytes in the file's order)."""
    h, w = planes[0].shape
    if depth == 1:
        rows = [[np.packbits(r).tobytes() for r in p] for p in planes]
    else:
        kind = {8: ">u1", 16: ">u2", 32: ">f4"}[depth]
        rows = [[r.astype(kind).tobytes() for r in p] for p in planes]
    # A negative number of layers says that the first extra channel is the merged picture's transparency.
    long = ">Q" if version == 2 else ">I"
    layers = struct.pack(">h", -1) + bytes(2) if transparent else b""
    info = (struct.pack(long, len(layers)) + layers + bytes(4)) if layers else b""
    out = b"8BPS" + struct.pack(">H6xHIIHH", version, len(planes), h, w, depth, mode)
    out += struct.pack(">I", len(colors)) + colors + struct.pack(">I", len(resources)) + resources
    out += struct.pack(long, len(info)) + info
    if not rle:
        return out + struct.pack(">H", 0) + b"".join(b"".join(p) for p in rows)
    packed = [packbits(r) for p in rows for r in p]
    count = ">I" if version == 2 else ">H"
    return out + struct.pack(">H", 1) + b"".join(struct.pack(count, len(r)) for r in packed) + b"".join(packed)


def resource(number, data):
    return b"8BIM" + struct.pack(">HxxI", number, len(data)) + data + bytes(len(data) % 2)


def psd():
    planes = lambda a: [a[..., i] for i in range(a.shape[-1])]
    white = lambda a: (a[..., :3].astype(float) * (a[..., 3:] / 255) + 255 - a[..., 3:]).round().astype(np.uint8)
    put("rgb.psd", psd_file(planes(rgb()), 3), rgb())
    put("rgb-rle.psd", psd_file(planes(rgb()), 3, rle=True), rgb())
    put("rgb.psb", psd_file(planes(rgb()), 3, version=2, rle=True), rgb())
    put("rgb16.psd", psd_file(planes(rgb().astype(int) * 257), 3, depth=16), rgb())
    linear = to_linear(rgb())
    put("rgb32.psd", psd_file(planes(linear), 3, depth=32), rgb(), 0.01)
    put("gray.psd", psd_file([gray()], 1, rle=True), three(gray()))
    put("duotone.psd", psd_file([gray()], 8, colors=bytes(20)), three(gray()))
    bits = gray() < 100
    put("1.psd", psd_file([bits], 0, depth=1), three(np.where(bits, 0, 255).astype(np.uint8)))
    palette = Image.fromarray(rgb()).quantize(16)
    table = np.zeros((256, 3), np.uint8)
    table[:16] = np.array(palette.getpalette()[:48], np.uint8).reshape(-1, 3)
    put("p.psd", psd_file([np.asarray(palette)], 2, colors=table.T.tobytes()), table[np.asarray(palette)])
    cmyk = np.asarray(Image.fromarray(rgb()).convert("CMYK"))
    put("cmyk.psd", psd_file(planes(255 - cmyk), 4, rle=True), np.asarray(Image.fromarray(cmyk, "CMYK").convert("RGB")))
    lab = np.asarray(Image.fromarray(rgb()).resize((W, H)).convert("RGB"))
    profile = ImageCms.createProfile("sRGB")
    lab = np.asarray(ImageCms.profileToProfile(Image.fromarray(lab), profile, ImageCms.createProfile("LAB", 5000), outputMode="LAB"))
    lab = np.dstack([lab[..., 0], lab[..., 1] ^ 128, lab[..., 2] ^ 128])
    put("lab.psd", psd_file(planes(lab), 9), rgb(), 2.5)
    # The merged picture of a file with transparency is matted with white already; an alpha channel may be a selection.
    matte = np.dstack([white(rgba()), alpha()])
    put("rgba.psd", psd_file(planes(matte), 3, rle=True, transparent=True), on_white(rgba()), 0.6)
    put("selection.psd", psd_file(planes(rgba()), 3), rgb())
    put("p3.psd", psd_file(planes(rgb()), 3, resources=resource(1039, p3())), shown_with(rgb(), p3()), 0.6)
    turned = psd_file(planes(rgb()), 3, resources=resource(1058, exif(6)[6:]))
    put("turned.psd", turned, np.rot90(rgb(), 3))


def shown_with(a, profile):
    im = Image.fromarray(a)
    im.info["icc_profile"] = profile
    return shown(im)


def svg():
    a = np.full((20, 30, 3), 255, np.uint8)
    a[5:15, 3:12] = (255, 0, 0)
    a[10:20, 20:30] = (0, 0, 255)
    shapes = '<rect x="3" y="5" width="9" height="10" fill="red"/><rect x="20" y="10" width="10" height="10" fill="#00f"/>'
    text = f'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20">{shapes}</svg>'.encode()
    put("shapes.svg", b'<?xml version="1.0"?>\n<!-- two -->\n' + text, a)
    import gzip
    put("shapes.svgz", gzip.compress(text, mtime=0), a)
    half = a.copy()
    half[5:15, 3:12] = (255, 127, 127)
    put("opacity.svg", text.replace(b'fill="red"', b'fill="red" fill-opacity="0.5"'), half, 0.2)
    boxed = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20">{shapes}</svg>'.encode()
    put("view-box.svg", boxed, a)
    huge = f'<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2" viewBox="0 0 30 20">{shapes}</svg>'.encode()
    put("outside.svg", text.replace(b"</svg>", b'<image href="file:///etc/hostname" width="5" height="5"/></svg>'), a)
    del huge


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    wanted = sys.argv[1:]
    for make in [simple, tga, pnm, icons, dds, attic, hdr, heic, avif, jxl, jpeg2000, psd, svg]:
        try:
            make()
        except Exception as error:  # noqa: BLE001
            print(make.__name__, repr(error), file=sys.stderr)
            if not wanted:
                raise
    (OUT / "list.txt").write_text("\n".join(sorted(LIST)) + "\n")
    print(len(LIST), "pictures,", sum(f.stat().st_size for f in OUT.iterdir()), "bytes")
