#!/usr/bin/env python3
"""Makes the files of tests/data/pictures/metadata: a picture of 24 x 16, red on the left and blue on the right, with its
orientation (6: the left becomes the top) and time of capture in every place where formats keep them. Names begin with
`turned-` when Pillow turns the file and with `upright-` when it does not; `own-` when the reference is not Pillow (the
reason is beside). Needs Pillow, pillow_heif and pillow_jxl.

    python tools/pictures/orientation.py tests/data/pictures/metadata
"""
import io
import pathlib
import struct
import sys
import zlib

import pillow_heif
import pillow_jxl  # noqa: F401
from PIL import Image, ImageOps, PngImagePlugin

pillow_heif.register_heif_opener()
DATE = b"2019:07:12 18:30:45\0"


def picture():
    image = Image.new("RGB", (24, 16), (220, 30, 30))
    image.paste((30, 30, 220), (12, 0, 24, 16))
    return image


def exif(orientation, order="<", kind=3, thumbnail=b""):
    """EXIF with an orientation of a kind, a time of capture, camera and exposure, and perhaps a thumbnail."""
    letter = {1: "B", 3: "H", 4: "I"}[kind]
    value = struct.pack(order + letter, orientation).ljust(4, b"\0")
    rows = [struct.pack(order + "HHI", 0x112, kind, 1) + value] if orientation else []
    count = len(rows) + 2
    after = 8 + 2 + 12 * count + 4
    make = after
    directory = after + 6
    date_at = directory + 2 + 12 * 3 + 4
    exposure_at = date_at + 20
    aperture_at = exposure_at + 8
    second = aperture_at + 8
    rows.insert(0, struct.pack(order + "HHII", 0x10F, 2, 6, make))
    rows.append(struct.pack(order + "HHII", 0x8769, 4, 1, directory))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, count) + b"".join(rows)
    head += struct.pack(order + "I", second if thumbnail else 0) + b"Maker\0"
    head += struct.pack(order + "HHHIIHHIIHHIII", 3, 0x829A, 5, 1, exposure_at, 0x829D, 5, 1, aperture_at,
                        0x9003, 2, 20, date_at, 0)
    head += DATE + struct.pack(order + "IIII", 1, 160, 28, 10)
    if thumbnail:
        head += struct.pack(order + "HHHIIHHIII", 2, 0x201, 4, 1, second + 30, 0x202, 4, 1, len(thumbnail), 0)
        head += thumbnail
    return head


def xmp(attribute=True, date=False):
    text = ' tiff:Orientation="6"' if attribute else ""
    text += ' exif:DateTimeOriginal="2019-07-12T18:30:45+02:00"' if date else ""
    inner = "" if attribute else "<tiff:Orientation>6</tiff:Orientation>"
    return f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description{text}>{inner}</rdf:Description></x:xmpmeta>".encode()


def jpeg(*segments):
    out = io.BytesIO()
    picture().save(out, "JPEG", quality=92, subsampling=0, optimize=True)
    data = out.getvalue()
    written = b"".join(b"\xff\xe1" + struct.pack(">H", len(s) + 2) + s for s in segments)
    return data[:2] + written + data[2:]


def jpeg_xmp(packet):
    return b"http://ns.adobe.com/xap/1.0/\0" + packet


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks, after=b""):
    out = io.BytesIO()
    picture().save(out, "PNG")
    data = out.getvalue()
    return data[:33] + b"".join(chunks) + data[33:-12] + after + data[-12:]


def raw_profile(name, data, kind=b"zTXt"):
    text = f"\n{name}\n{len(data):8}\n".encode()
    text += b"\n".join(data.hex().encode()[i : i + 72] for i in range(0, 2 * len(data), 72)) + b"\n"
    key = b"Raw profile type " + name.encode() + b"\0"
    if kind == b"tEXt":
        return chunk(kind, key + text)
    if kind == b"iTXt":
        return chunk(kind, key + b"\1\0en\0\0" + zlib.compress(text))
    return chunk(kind, key + b"\0" + zlib.compress(text))


def png_xmp(packet, compressed):
    data = zlib.compress(packet) if compressed else packet
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0" + bytes([compressed, 0]) + b"\0\0" + data)


def webp(flags=None, **metadata):
    out = io.BytesIO()
    picture().save(out, "WEBP", lossless=True)
    data = out.getvalue()
    body = data[12:]
    names = {"exif": (b"EXIF", 8), "xmp": (b"XMP ", 4)}
    bits = sum(names[name][1] for name in metadata) if flags is None else flags
    body = b"VP8X" + struct.pack("<II", 10, bits) + (23).to_bytes(3, "little") + (15).to_bytes(3, "little") + body
    for name, value in metadata.items():
        body += names[name][0] + struct.pack("<I", len(value)) + value + b"\0" * (len(value) % 2)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def saved(kind, **options):
    out = io.BytesIO()
    picture().resize((64, 48)).save(out, kind, **options)
    return out.getvalue()


PREFIX = b"Exif\0\0"
SIX, SIX_BIG = exif(6), exif(6, ">")
ONE = exif(1)
NONE = exif(0)
LONG = SIX + b"\0" * 100
TURNED = {
    "exif.jpg": jpeg(PREFIX + SIX),
    "exif-as-long.jpg": jpeg(PREFIX + exif(6, ">", 4)),
    "exif-twice.jpg": jpeg(PREFIX + SIX, PREFIX + ONE),
    "exif-in-parts.jpg": jpeg(PREFIX + SIX[:60], b"Other\0", PREFIX + SIX[60:]),
    "exif-with-two-prefixes.jpg": jpeg(PREFIX + PREFIX + SIX_BIG),
    "xmp-attribute.jpg": jpeg(jpeg_xmp(xmp(date=True))),
    "xmp-element.jpg": jpeg(PREFIX + NONE, jpeg_xmp(xmp(False))),
    "exif.png": png(chunk(b"eXIf", SIX_BIG)),
    "exif-with-prefix.png": png(chunk(b"eXIf", PREFIX + SIX)),
    "exif-after-the-pixels.png": png(after=chunk(b"eXIf", SIX)),
    "raw-profile.png": png(raw_profile("exif", PREFIX + SIX)),
    "raw-profile-as-text.png": png(raw_profile("exif", SIX_BIG, b"tEXt")),
    "raw-profile-international.png": png(raw_profile("exif", PREFIX + SIX, b"iTXt")),
    "xmp.png": png(png_xmp(xmp(date=True), 0)),
    "xmp-compressed.png": png(png_xmp(xmp(False), 1), chunk(b"eXIf", NONE)),
    "exif.webp": webp(exif=SIX),
    "exif-with-prefix.webp": webp(exif=PREFIX + SIX_BIG),
    "xmp.webp": webp(xmp=xmp(date=True)),
}
UPRIGHT = {
    "exif-1-then-6.jpg": jpeg(PREFIX + ONE, PREFIX + SIX),
    "exif-before-xmp.jpg": jpeg(jpeg_xmp(xmp()), PREFIX + ONE),
    "exif-unannounced.webp": webp(0, exif=SIX),
    "without.png": png(),
}
OWN = {
    # Pillow takes single bytes for text.
    "exif-as-byte.jpg": jpeg(PREFIX + exif(6, "<", 1)),
    # Pillow knows no such profile; ImageMagick does.
    "raw-profile-app1.png": png(raw_profile("APP1", PREFIX + SIX)),
    # Pillow gives up on the segment before.
    "exif-after-garbage.jpg": jpeg(PREFIX + b"garbage!", PREFIX + SIX),
}
# Sizes and EXIF without pixels. Turned by their own boxes, which pillow_heif and libjxl write for the orientation.
HEADERS = {
    "turned.heic": saved("HEIF", exif=exif(6), quality=20),
    "turned-thumbnail.heic": saved("HEIF", exif=exif(6, thumbnail=jpeg()), quality=20),
    "upright.heic": saved("HEIF", exif=exif(1), quality=20),
    "turned.avif": saved("AVIF", exif=exif(6), quality=20),
    "boxes.jxl": saved("JXL", exif=exif(1), quality=50, lossless=False),
    "bare.jxl": saved("JXL", quality=50, lossless=False, use_container=False),
}


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for kind, files in (("turned", TURNED), ("upright", UPRIGHT), ("own", OWN), ("header", HEADERS)):
        for name, data in files.items():
            if kind in ("turned", "upright"):
                size = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).size
                assert size == ((16, 24) if kind == "turned" else (24, 16)), (name, size)
            assert len(data) < 3000, (name, len(data))
            (folder / f"{kind}-{name}").write_bytes(data)


main()
