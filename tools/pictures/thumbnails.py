"""Small pictures that have a smaller one within: tests/data/pictures/thumbnails.

    python tools/pictures/thumbnails.py tests/data/pictures/thumbnails

The picture is blue and the thumbnail green, so that a test knows which it got. Needs pillow-heif, which writes thumbnails
of the picture itself only: the files are put together here.
"""

import io
import struct
import sys
from pathlib import Path

import pillow_heif
from PIL import Image


def picture(width, height):
    return Image.new("RGB", (width, height), (30, 30, 200))


def heic(turned):
    """A HEIC of 640 x 480 with a thumbnail of 160 x 120."""
    big = coded(picture(640, 480))
    small = coded(Image.new("RGB", (160, 120), (20, 200, 20)))
    properties = []
    for part in (big, small):
        properties.append(box(b"hvcC", part["hvcC"]))
        properties.append(box(b"ispe", bytes(4) + struct.pack(">II", *part["size"])))
    properties.append(box(b"irot", b"\x03"))
    entries = b"".join(
        struct.pack(">HBB", number, len(indices), indices[0] | 0x80) + bytes(indices[1:])
        for number, indices in ((1, [1, 2] + [5] * turned), (2, [3, 4] + [5] * turned))
    )
    infos = b"".join(box(b"infe", struct.pack(">BxxxHH4sx", 2, number, 0, b"hvc1")) for number in (1, 2))
    head = box(b"ftyp", b"heic\0\0\0\0mif1heic")

    def meta(offsets):
        places = struct.pack(">BxxxHH", 0, 0x4400, 2)
        for number, offset, part in zip((1, 2), offsets, (big, small), strict=True):
            places += struct.pack(">HHHII", number, 0, 1, offset, len(part["data"]))
        return box(
            b"meta",
            bytes(4)
            + box(b"hdlr", bytes(8) + b"pict" + bytes(13))
            + box(b"pitm", struct.pack(">BxxxH", 0, 1))
            + box(b"iinf", struct.pack(">BxxxH", 0, 2) + infos)
            + box(b"iref", bytes(4) + box(b"thmb", struct.pack(">HHH", 2, 1, 1)))
            + box(b"iprp", box(b"ipco", b"".join(properties)) + box(b"ipma", struct.pack(">BxxxI", 0, 2) + entries))
            + box(b"iloc", places),
        )

    start = len(head) + len(meta((0, 0))) + 8
    offsets = (start, start + len(big["data"]))
    return head + meta(offsets) + box(b"mdat", big["data"] + small["data"])


def box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def coded(pixels):
    """The coded picture and its configuration, out of a file of pillow-heif's."""
    out = io.BytesIO()
    pillow_heif.from_pillow(pixels).save(out, quality=50)
    data = out.getvalue()
    at = data.index(b"hvcC")
    configuration = data[at + 4 : at - 4 + struct.unpack(">I", data[at - 4 : at])[0]]
    at = data.index(b"mdat")
    return {"hvcC": configuration, "data": data[at + 4 :], "size": pixels.size}


def psd():
    """A PSD of 640 x 480 with the thumbnail that Photoshop keeps as its resource 1036."""
    pixels = picture(640, 480)
    jpeg = io.BytesIO()
    Image.new("RGB", (160, 120), (20, 200, 20)).save(jpeg, "JPEG")
    jpeg = jpeg.getvalue()
    thumbnail = struct.pack(">IIIIIIHH", 1, 160, 120, 480, 480 * 120, len(jpeg), 24, 1) + jpeg
    resource = b"8BIM" + struct.pack(">HHI", 1036, 0, len(thumbnail)) + thumbnail + bytes(len(thumbnail) % 2)
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, pixels.height, pixels.width, 8, 3)
    # Packed runs of 128 bytes.
    runs = b"".join(bytes([0x81, value]) for value in (30, 30, 200) for _ in range(480) for _ in range(5))
    counts = struct.pack(">H", 10) * (3 * 480)
    return head + bytes(4) + struct.pack(">I", len(resource)) + resource + bytes(4) + b"\0\1" + counts + runs


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plain.heic").write_bytes(heic(False))
    (folder / "turned.heic").write_bytes(heic(True))
    (folder / "photoshop.psd").write_bytes(psd())


if __name__ == "__main__":
    main()
