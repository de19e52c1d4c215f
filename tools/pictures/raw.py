#!/usr/bin/env python3
"""Makes the raw files of tests/data/pictures/raw: the containers of cameras, by their published structure, with a tiny
preview instead of a photo. The largest preview is red on the left and blue on the right, and stored on its side
(orientation 6); every smaller picture is green. Needs Pillow.

    python tools/pictures/raw.py tests/data/pictures/raw
"""
import io
import pathlib
import struct
import sys

from PIL import Image

BYTE, ASCII, SHORT, LONG, UNDEFINED, IFD = 1, 2, 3, 4, 7, 13
SIZE = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, UNDEFINED: 1, IFD: 4}
DATE = b"2019:07:12 18:30:45\0"


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92, subsampling=0, optimize=True, **options)
    return out.getvalue()


def picture():
    image = Image.new("RGB", (48, 32), (220, 30, 30))
    image.paste((30, 30, 220), (24, 0, 48, 32))
    return image


def orientation_exif(number):
    return b"Exif\0\0II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x112, SHORT, 1, number, 0, 0)


PREVIEW = jpeg(picture())
# Its own EXIF says what the raw file says: turning twice would be wrong.
TURNED_PREVIEW = jpeg(picture(), exif=orientation_exif(6))
SMALL = jpeg(Image.new("RGB", (24, 16), (30, 200, 30)))
# What sensors' data looks like from outside: a lossless JPEG, larger than the preview.
LOSSLESS = jpeg(Image.new("RGB", (96, 64), (30, 200, 30))).replace(b"\xff\xc0", b"\xff\xc3")


class Tiff:
    """Writes a TIFF structure: what is pointed to before what points to it."""

    def __init__(self, order="<", magic=None, before=b""):
        self.order = order
        head = magic or (b"II*\0" if order == "<" else b"MM\0*")
        self.bytes = bytearray(head + b"\0\0\0\0" + before)

    def blob(self, data):
        at = len(self.bytes)
        self.bytes += data + b"\0" * (len(data) % 2)
        return at

    def ifd(self, entries, following=0, base=0):
        rows = []
        for tag, kind, values in sorted(entries):
            if isinstance(values, bytes):
                data, count = values, len(values) // SIZE[kind]
            else:
                values = values if isinstance(values, (list, tuple)) else [values]
                letter = {BYTE: "B", SHORT: "H", LONG: "I", IFD: "I"}[kind]
                data, count = struct.pack(f"{self.order}{len(values)}{letter}", *values), len(values)
            if len(data) > 4:
                data = struct.pack(self.order + "I", self.blob(data) - base)
            rows.append(struct.pack(self.order + "HHI", tag, kind, count) + data.ljust(4, b"\0"))
        body = struct.pack(self.order + "H", len(rows)) + b"".join(rows)
        return self.blob(body + struct.pack(self.order + "I", following))

    def finish(self, first):
        self.bytes[4:8] = struct.pack(self.order + "I", first)
        return bytes(self.bytes)


def exif(tiff, note=None):
    entries = [(0x9003, ASCII, DATE)]
    if note:
        entries.append((0x927C, UNDEFINED, note))
    return tiff.ifd(entries)


def exif_with_note_at(tiff, start, length):
    """EXIF with a note that was written already."""
    at = tiff.ifd([(0x9003, ASCII, DATE), (0x927C, UNDEFINED, b"12345678")])
    row = at + 2 + 12
    tiff.bytes[row + 4 : row + 12] = struct.pack(tiff.order + "II", length, start)
    return at


def first(make, orientation=6):
    return [(0x10F, ASCII, make + b"\0"), (0x112, SHORT, orientation)]


def strip(tiff, data, compression, size, photometric, bits=(8, 8, 8), subtype=0):
    return [
        (0xFE, LONG, subtype),
        (0x100, LONG, size[0]),
        (0x101, LONG, size[1]),
        (0x102, SHORT, list(bits)),
        (0x103, SHORT, compression),
        (0x106, SHORT, photometric),
        (0x111, LONG, tiff.blob(data)),
        (0x115, SHORT, len(bits)),
        (0x116, LONG, size[1]),
        (0x117, LONG, len(data)),
    ]


def named(tiff, data):
    return [(0x201, LONG, tiff.blob(data)), (0x202, LONG, len(data))]


def sensor(tiff, compression=1):
    return strip(tiff, LOSSLESS if compression == 7 else b"\x55" * 64, compression, (96, 64), 32803, (16,))


def green(tiff):
    return strip(tiff, bytes((30, 200, 30)) * 8 * 6, 1, (8, 6), 2, subtype=1)


def cr2():
    tiff = Tiff(before=b"CR\2\0\0\0\0\0")
    data = tiff.ifd([(0x103, SHORT, 6), (0x111, LONG, tiff.blob(LOSSLESS)), (0x117, LONG, len(LOSSLESS))])
    rgb = tiff.ifd(strip(tiff, b"\x40" * 6 * 12, 1, (4, 3), 2, (16, 16, 16)), data)
    small = tiff.ifd(named(tiff, SMALL), rgb)
    head = strip(tiff, PREVIEW, 6, (48, 32), 6) + first(b"Canon") + [(0x8769, LONG, exif(tiff))]
    return tiff.finish(tiff.ifd(head, small))


def nef(only_note=False):
    tiff = Tiff()
    note = Tiff()
    inner = named(note, PREVIEW if only_note else SMALL)
    note = b"Nikon\0\2\x10\0\0" + note.finish(note.ifd([(0x11, LONG, note.ifd(inner))]))
    subs = [tiff.ifd(sensor(tiff))]
    if not only_note:
        subs.insert(0, tiff.ifd([(0xFE, LONG, 1)] + named(tiff, PREVIEW)))
    head = green(tiff) + first(b"NIKON CORPORATION") + [(0x14A, LONG, subs), (0x8769, LONG, exif(tiff, note))]
    return tiff.finish(tiff.ifd(head))


def arw(only_note=False):
    tiff = Tiff()
    if only_note:
        data = tiff.blob(PREVIEW)
        note = tiff.blob(b"SONY DSC \0\0\0" + struct.pack("<HHHII", 1, 0x2001, UNDEFINED, len(PREVIEW), data) + b"\0" * 4)
        pointer = exif_with_note_at(tiff, note, 30)
        return tiff.finish(tiff.ifd(first(b"SONY") + [(0x8769, LONG, pointer)]))
    small = tiff.ifd(named(tiff, SMALL))
    head = named(tiff, TURNED_PREVIEW) + first(b"SONY")
    head += [(0x14A, LONG, tiff.ifd(sensor(tiff))), (0x8769, LONG, exif(tiff))]
    return tiff.finish(tiff.ifd(head, small))


def dng():
    tiff = Tiff(">")
    subs = [tiff.ifd(sensor(tiff, 7)), tiff.ifd(strip(tiff, SMALL, 7, (24, 16), 6, subtype=1))]
    subs.append(tiff.ifd(strip(tiff, PREVIEW, 7, (48, 32), 6, subtype=1)))
    head = green(tiff) + first(b"Adobe") + [(0x14A, IFD, subs), (0xC612, BYTE, [1, 4, 0, 0]), (0x9003, ASCII, DATE)]
    return tiff.finish(tiff.ifd(head))


def pef(only_note=False):
    tiff = Tiff(">")
    if only_note:
        data = tiff.blob(PREVIEW)
        rows = struct.pack(">HHHIIHHIII", 2, 3, LONG, 1, len(PREVIEW), 4, LONG, 1, data, 0)
        pointer = exif(tiff, b"AOC\0MM" + rows)
        return tiff.finish(tiff.ifd(sensor(tiff) + first(b"PENTAX") + [(0x8769, LONG, pointer)]))
    large = tiff.ifd(named(tiff, PREVIEW))
    small = tiff.ifd(named(tiff, SMALL), large)
    return tiff.finish(tiff.ifd(sensor(tiff) + first(b"PENTAX") + [(0x8769, LONG, exif(tiff))], small))


def srw(only_note=False):
    tiff = Tiff()
    if only_note:
        inner = tiff.ifd(named(tiff, PREVIEW))
        note = struct.pack("<HHHIII", 1, 0x35, LONG, 1, inner, 0)
        return tiff.finish(tiff.ifd(first(b"SAMSUNG") + [(0x8769, LONG, exif(tiff, note))]))
    subs = [tiff.ifd(named(tiff, PREVIEW)), tiff.ifd(sensor(tiff))]
    return tiff.finish(tiff.ifd(green(tiff) + first(b"SAMSUNG") + [(0x14A, LONG, subs), (0x8769, LONG, exif(tiff))]))


def orf(name, magic):
    """Notes of three generations: with offsets from themselves (settings in place, settings pointed to), and from the
    file's beginning."""
    order = "<" if magic.startswith(b"II") else ">"
    tiff = Tiff(order, magic)
    if name == b"OLYMP\0\1\0":
        data = tiff.blob(PREVIEW)
        rows = struct.pack(order + "HHHIIHHIII", 2, 0x88, LONG, 1, data, 0x89, LONG, 1, len(PREVIEW), 0)
        return tiff.finish(tiff.ifd(sensor(tiff) + first(b"OLYMPUS") + [(0x8769, LONG, exif(tiff, name + rows))]))
    head = len(name)
    settings_at = head + 2 + 12 + 4
    settings_length = 2 + 24 + 4
    data_at = settings_at + settings_length
    kind, count = (IFD, 1) if b"SYSTEM" in name else (UNDEFINED, settings_length)
    rows = struct.pack(order + "HHHIII", 1, 0x2020, kind, count, settings_at, 0)
    rows += struct.pack(order + "HHHIIHHIII", 2, 0x101, LONG, 1, data_at, 0x102, LONG, 1, len(PREVIEW), 0)
    return tiff.finish(
        tiff.ifd(sensor(tiff) + first(b"OLYMPUS") + [(0x8769, LONG, exif(tiff, name + rows + PREVIEW))])
    )


def rw2():
    tiff = Tiff(magic=b"IIU\0")
    head = first(b"Panasonic") + [(0x2E, UNDEFINED, TURNED_PREVIEW), (0x8769, LONG, exif(tiff))]
    return tiff.finish(tiff.ifd(head))


def preview_with_exif(make):
    block = Tiff()
    pointer = exif(block)
    return jpeg(picture(), exif=b"Exif\0\0" + block.finish(block.ifd(first(make) + [(0x8769, LONG, pointer)])))


def raf():
    preview = preview_with_exif(b"FUJIFILM")
    head = b"FUJIFILMCCD-RAW 0201FF129502" + b"X-Test".ljust(32, b"\0") + b"0100" + b"\0" * 20
    return head + struct.pack(">IIIIII", 160, len(preview), 0, 0, 0, 0) + b"\0" * 52 + preview


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def cr3(full):
    one = Tiff()
    one = one.finish(one.ifd(first(b"Canon")))
    two = Tiff()
    two = two.finish(two.ifd([(0x9003, ASCII, DATE)]))
    thumbnail = box(b"THMB", struct.pack(">IHHIHH", 0, 24, 16, len(SMALL), 1, 0), SMALL)
    canon = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    canon = box(b"uuid", canon, box(b"CNCV", b"CanonCR3_001/00.09.00"), box(b"CMT1", one), box(b"CMT2", two), thumbnail)

    def track(at, length):
        tables = box(b"stsz", struct.pack(">III", 0, length, 1)), box(b"co64", struct.pack(">IIQ", 0, 1, at))
        return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", *tables))))

    preview = SMALL if full else PREVIEW
    shown = box(b"PRVW", struct.pack(">IHHHHI", 0, 1, 48, 32, 1, len(preview)), preview)
    shown = box(b"uuid", bytes.fromhex("eaf42b5e1c984b88b9fbb7dc406e4d16"), struct.pack(">II", 0, 1), shown)

    def file(jpeg_at, sensor_at):
        tracks = (track(jpeg_at, len(PREVIEW)) if full else b"") + track(sensor_at, len(LOSSLESS))
        head = box(b"ftyp", b"crx \0\0\0\1crx isom") + box(b"moov", canon, tracks) + shown
        data = (PREVIEW if full else b"") + LOSSLESS
        # A length of 64 bits, as cameras write it.
        return head, head + struct.pack(">I4sQ", 1, b"mdat", len(data) + 16) + data

    head, _ = file(0, 0)
    at = len(head) + 16
    return file(at, at + (len(PREVIEW) if full else 0))[1]


def only_rgb():
    tiff = Tiff()
    rows = picture().resize((12, 8), Image.Resampling.NEAREST).tobytes()
    head = strip(tiff, rows, 1, (12, 8), 2, subtype=1) + first(b"Hasselblad")
    return tiff.finish(tiff.ifd(head + [(0x14A, LONG, tiff.ifd(sensor(tiff))), (0x8769, LONG, exif(tiff))]))


def hidden():
    """A JPEG that no table lists, beside a smaller one."""
    tiff = Tiff(">")
    tiff.blob(PREVIEW)
    small = tiff.ifd(named(tiff, SMALL))
    return tiff.finish(tiff.ifd(sensor(tiff) + first(b"Leaf") + [(0x8769, LONG, exif(tiff))], small))


def other(head):
    """Containers that are not followed: the preview, with EXIF of its own, is searched for."""
    return head.ljust(64, b"\0") + SMALL + b"\x55" * 64 + preview_with_exif(b"Somebody") + b"\x55" * 64


def without_preview():
    tiff = Tiff()
    return tiff.finish(tiff.ifd(sensor(tiff, 7) + first(b"Nobody")))


def in_a_circle():
    """Directories that follow themselves, and are their own sub-directories."""
    tiff = Tiff()
    at = tiff.ifd(named(tiff, PREVIEW) + first(b"Nobody") + [(0x14A, LONG, 8), (0x8769, LONG, exif(tiff))])
    count = struct.unpack_from("<H", tiff.bytes, at)[0]
    for row in range(count):
        place = at + 2 + 12 * row
        if struct.unpack_from("<H", tiff.bytes, place)[0] == 0x14A:
            struct.pack_into("<I", tiff.bytes, place + 8, at)
    struct.pack_into("<I", tiff.bytes, at + 2 + 12 * count, at)
    return tiff.finish(at)


FILES = {
    "canon.cr2": cr2,
    "canon.cr3": lambda: cr3(True),
    "canon-preview.cr3": lambda: cr3(False),
    "nikon.nef": nef,
    "nikon-note.nrw": lambda: nef(True),
    "sony.arw": arw,
    "sony-note.sr2": lambda: arw(True),
    "adobe.dng": dng,
    "pentax.pef": pef,
    "pentax-note.pef": lambda: pef(True),
    "samsung.srw": srw,
    "samsung-note.srw": lambda: srw(True),
    "olympus.orf": lambda: orf(b"OLYMPUS\0II\3\0", b"IIRO"),
    "olympus-old.orf": lambda: orf(b"OLYMP\0\1\0", b"MMOR"),
    "om-system.orf": lambda: orf(b"OM SYSTEM\0\0\0II\4\0", b"IIRS"),
    "panasonic.rw2": rw2,
    "fujifilm.raf": raf,
    "hidden.mos": hidden,
    "canon.crw": lambda: other(b"II\x1a\0\0\0HEAPCCDR"),
    "minolta.mrw": lambda: other(b"\0MRM"),
    "sigma.x3f": lambda: other(b"FOVb"),
    "only-rgb.3fr": only_rgb,
    "circle.nef": in_a_circle,
    "without-preview.dng": without_preview,
}


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, make in FILES.items():
        data = make()
        assert len(data) <= 4000, (name, len(data))
        (folder / name).write_bytes(data)
        print(f"{name}: {len(data)} bytes")


main()
