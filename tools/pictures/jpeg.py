"""Makes the small JPEGs of tests/data/pictures/jpeg, and beside each what Pillow reads of it.

    python tools/pictures/jpeg.py [tests/data/pictures/jpeg]

Needs Pillow and NumPy. NAME.jpg is the file; NAME.png its pixels as Pillow (libjpeg-turbo) decodes them, upright or not
as stored, without conversion by profiles. Where a kind is one that Pillow can't write, a small encoder below does it; files
that Pillow refuses to read though libjpeg would show them are read with LOAD_TRUNCATED_IMAGES, or have the pixels of the
file they were made of.
"""

import io
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile

WIDTH, HEIGHT = 37, 27
ZIGZAG = sorted(range(64), key=lambda i: (i // 8 + i % 8, (i // 8 if (i // 8 + i % 8) % 2 else i % 8)))


def scene(width=WIDTH, height=HEIGHT, channels=3):
    """Gradients, a disc, stripes and some noise."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    picture = np.empty((height, width, channels))
    for channel in range(channels):
        waves = 60 * np.sin(x / (5 + 3 * channel) + channel) + 40 * np.cos(y / (4 + 2 * channel))
        picture[..., channel] = 128 + waves
    disc = (x - width * 0.6) ** 2 + (y - height * 0.4) ** 2 < (height * 0.3) ** 2
    picture[disc] = [230, 40, 20, 60][:channels]
    picture[(y > height * 0.8) & (x % 6 < 3)] = [10, 60, 200, 20][:channels]
    picture += random.normal(0, 4, picture.shape)
    return picture.clip(0, 255).astype(np.uint8)


def segments(data):
    """Marker, start and end of each segment up to the first scan's data."""
    at = 2
    while True:
        marker, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        yield marker, at, at + 2 + length
        if marker == 0xDA:
            return
        at += 2 + length


def pillow(picture=None, **options):
    out = io.BytesIO()
    picture = Image.fromarray(scene()) if picture is None else picture
    picture.save(out, "JPEG", **{"quality": 85, **options})
    return out.getvalue()


def without(data, *markers):
    """The file without its segments of these markers."""
    parts, last = [data[:2]], 2
    for marker, start, end in segments(data):
        if marker not in markers:
            parts.append(data[start:end])
        last = end
    return b"".join(parts) + data[last:]


def segment(marker, payload):
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def after_start(data, *added):
    return data[:2] + b"".join(added) + data[2:]


JFIF = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")


def adobe(transform):
    return segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))


def huffman_tables():
    """The standard tables, from a file of Pillow's: (class, number) -> symbol -> (code, length)."""
    data, tables = pillow(), {}
    for marker, start, end in segments(data):
        if marker != 0xC4:
            continue
        at = start + 4
        while at < end:
            kind, counts = data[at], data[at + 1 : at + 17]
            values = iter(data[at + 17 : at + 17 + sum(counts)])
            code, table = 0, {}
            for length, count in enumerate(counts, 1):
                for _ in range(count):
                    table[next(values)] = (code, length)
                    code += 1
                code <<= 1
            tables[kind] = table
            at += 17 + sum(counts)
    return tables


class Writer:
    """Huffman codes, as bytes with stuffing."""

    def __init__(self):
        self.bits = []

    def put(self, value, length):
        self.bits += [value >> i & 1 for i in reversed(range(length))]

    def code(self, table, symbol, number=0, size=0):
        self.put(*table[symbol])
        self.put(number if number >= 0 else number + (1 << size) - 1, size)

    def bytes(self):
        bits = self.bits + [1] * (-len(self.bits) % 8)
        out = bytes(int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits), 8))
        return out.replace(b"\xff", b"\xff\0")


QUANT = np.array([3 + (i // 8 + i % 8) // 2 for i in range(64)])


def coefficients(plane, blocks_x, blocks_y):
    """Quantized coefficients in zigzag order of a plane, padded by its edge."""
    plane = np.pad(plane, ((0, blocks_y * 8 - plane.shape[0]), (0, blocks_x * 8 - plane.shape[1])), "edge")
    k, n = np.mgrid[0:8, 0:8]
    dct = np.cos((2 * n + 1) * k * np.pi / 16) / 2
    dct[0] /= np.sqrt(2)
    out = np.empty((blocks_y, blocks_x, 64), int)
    for y in range(blocks_y):
        for x in range(blocks_x):
            block = plane[y * 8 : y * 8 + 8, x * 8 : x * 8 + 8].astype(float) - 128
            out[y, x] = np.round((dct @ block @ dct.T).ravel() / QUANT)[ZIGZAG]
    return out


def write_block(writer, tables, number, block, before):
    dc, ac = tables[min(number, 1)], tables[0x10 + min(number, 1)]
    difference = int(block[0] - before)
    size = abs(difference).bit_length()
    writer.code(dc, size, difference, size)
    run = 0
    last = max(np.flatnonzero(block[1:]), default=-1) + 1
    for value in map(int, block[1 : last + 1]):
        if value == 0:
            run += 1
            continue
        while run > 15:
            writer.code(ac, 0xF0)
            run -= 16
        size = abs(value).bit_length()
        writer.code(ac, run << 4 | size, value, size)
        run = 0
    if last < 63:
        writer.code(ac, 0)


def encode(planes, factors, ids=None, scans=None, restart=0, marker=0xC0, head=b"", height=None, dnl=False):
    """A baseline file of full-size planes, sampled by factors (h, v), with scans of these components each."""
    ids = ids or list(range(1, len(planes) + 1))
    scans = scans or [list(range(len(planes)))]
    most_h, most_v = max(h for h, _ in factors), max(v for _, v in factors)
    height, width = planes[0].shape
    tables = huffman_tables()
    mcus_x, mcus_y = -(-width // (8 * most_h)), -(-height // (8 * most_v))
    blocks, own = [], []
    for plane, (h, v) in zip(planes, factors):
        size = (-(-width * h // most_h), -(-height * v // most_v))
        small = np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX))
        blocks.append(coefficients(small, mcus_x * h, mcus_y * v))
        own.append((-(-size[0] // 8), -(-size[1] // 8)))
    out = [b"\xff\xd8", head, segment(0xDB, b"\0" + bytes(QUANT[ZIGZAG].tolist()))]
    frame = struct.pack(">BHHB", 8, 0 if dnl else height, width, len(planes))
    for i, (h, v) in zip(ids, factors):
        frame += bytes([i, h << 4 | v, 0])
    out.append(segment(marker, frame))
    source = pillow()
    out += [source[start:end] for kind, start, end in segments(source) if kind == 0xC4]
    if restart:
        out.append(segment(0xDD, struct.pack(">H", restart)))
    for number, scan in enumerate(scans):
        header = bytes([len(scan)]) + b"".join(bytes([ids[c], min(c, 1) * 0x11]) for c in scan)
        out.append(segment(0xDA, header + b"\0\x3f\0"))
        if len(scan) == 1:
            x, y = own[scan[0]]
            mcus = [[(scan[0], row, column)] for row in range(y) for column in range(x)]
        else:
            mcus = [
                [
                    (c, row * factors[c][1] + dy, column * factors[c][0] + dx)
                    for c in scan
                    for dy in range(factors[c][1])
                    for dx in range(factors[c][0])
                ]
                for row in range(mcus_y)
                for column in range(mcus_x)
            ]
        writer, before = Writer(), {}
        for i, mcu in enumerate(mcus):
            if restart and i and i % restart == 0:
                out += [writer.bytes(), bytes([0xFF, 0xD0 + (i // restart - 1) % 8])]
                writer, before = Writer(), {}
            for c, row, column in mcu:
                write_block(writer, tables, c, blocks[c][row, column], before.get(c, 0))
                before[c] = blocks[c][row, column][0]
        out.append(writer.bytes())
        if dnl and number == 0:
            out.append(segment(0xDC, struct.pack(">H", height)))
    return b"".join(out) + b"\xff\xd9"


# Table D.3 of ITU-T T.81: probability of the less probable symbol, next state after it (128: they change places), and
# after the other.
STATES = [
    (0x5a1d, 129, 1), (0x2586, 14, 2), (0x1114, 16, 3), (0x080b, 18, 4), (0x03d8, 20, 5), (0x01da, 23, 6),
    (0x00e5, 25, 7), (0x006f, 28, 8), (0x0036, 30, 9), (0x001a, 33, 10), (0x000d, 35, 11), (0x0006, 9, 12),
    (0x0003, 10, 13), (0x0001, 12, 13), (0x5a7f, 143, 15), (0x3f25, 36, 16), (0x2cf2, 38, 17),
    (0x207c, 39, 18), (0x17b9, 40, 19), (0x1182, 42, 20), (0x0cef, 43, 21), (0x09a1, 45, 22),
    (0x072f, 46, 23), (0x055c, 48, 24), (0x0406, 49, 25), (0x0303, 51, 26), (0x0240, 52, 27),
    (0x01b1, 54, 28), (0x0144, 56, 29), (0x00f5, 57, 30), (0x00b7, 59, 31), (0x008a, 60, 32),
    (0x0068, 62, 33), (0x004e, 63, 34), (0x003b, 32, 35), (0x002c, 33, 9), (0x5ae1, 165, 37),
    (0x484c, 64, 38), (0x3a0d, 65, 39), (0x2ef1, 67, 40), (0x261f, 68, 41), (0x1f33, 69, 42),
    (0x19a8, 70, 43), (0x1518, 72, 44), (0x1177, 73, 45), (0x0e74, 74, 46), (0x0bfb, 75, 47),
    (0x09f8, 77, 48), (0x0861, 78, 49), (0x0706, 79, 50), (0x05cd, 48, 51), (0x04de, 50, 52),
    (0x040f, 50, 53), (0x0363, 51, 54), (0x02d4, 52, 55), (0x025c, 53, 56), (0x01f8, 54, 57),
    (0x01a4, 55, 58), (0x0160, 56, 59), (0x0125, 57, 60), (0x00f6, 58, 61), (0x00cb, 59, 62),
    (0x00ab, 61, 63), (0x008f, 61, 32), (0x5b12, 193, 65), (0x4d04, 80, 66), (0x412c, 81, 67),
    (0x37d8, 82, 68), (0x2fe8, 83, 69), (0x293c, 84, 70), (0x2379, 86, 71), (0x1edf, 87, 72),
    (0x1aa9, 87, 73), (0x174e, 72, 74), (0x1424, 72, 75), (0x119c, 74, 76), (0x0f6b, 74, 77),
    (0x0d51, 75, 78), (0x0bb6, 77, 79), (0x0a40, 77, 48), (0x5832, 208, 81), (0x4d1c, 88, 82),
    (0x438e, 89, 83), (0x3bdd, 90, 84), (0x34ee, 91, 85), (0x2eae, 92, 86), (0x299a, 93, 87),
    (0x2516, 86, 71), (0x5570, 216, 89), (0x4ca9, 95, 90), (0x44d9, 96, 91), (0x3e22, 97, 92),
    (0x3824, 99, 93), (0x32b4, 99, 94), (0x2e17, 93, 86), (0x56a8, 223, 96), (0x4f46, 101, 97),
    (0x47e5, 102, 98), (0x41cf, 103, 99), (0x3c3d, 104, 100), (0x375e, 99, 93), (0x5231, 105, 102),
    (0x4c0f, 106, 103), (0x4639, 107, 104), (0x415e, 103, 99), (0x5627, 233, 106), (0x50e7, 108, 107),
    (0x4b85, 109, 103), (0x5597, 110, 109), (0x504f, 111, 107), (0x5a10, 238, 111), (0x5522, 112, 109),
    (0x59eb, 240, 111), (0x5a1d, 113, 113),
]


class ArithmeticWriter:
    """Arithmetic coding as in annex D, with a number of any length for the code register."""

    def __init__(self):
        self.low, self.interval, self.shifts = 0, 0x10000, 0
        self.states = {}

    def put(self, where, bit):
        state = self.states.get(where, 113 if where == "even" else 0)
        rare, after_rare, after_frequent = STATES[state & 127]
        frequent = state >> 7
        self.interval -= rare
        is_rare = bit != frequent
        # The upper part of the interval is the rare symbol's, unless it is the larger one.
        if is_rare == (self.interval >= rare):
            self.low += self.interval
            self.interval = rare
        elif self.interval >= 0x8000:
            return
        if where != "even":
            self.states[where] = frequent << 7 ^ after_rare if is_rare else frequent << 7 | after_frequent
        while self.interval < 0x8000:
            self.low, self.interval, self.shifts = self.low << 1, self.interval << 1, self.shifts + 1

    def bytes(self):
        bits = 16 + self.shifts
        out = (self.low << (-bits % 8)).to_bytes((bits + 7) // 8, "big")
        return out.replace(b"\xff", b"\xff\0")

    def magnitude(self, table, index, top, size):
        """A size (less one), whose first answers were given: how many bits, and which."""
        while top < 1 << size.bit_length() >> 1:
            self.put((table, index), 1)
            top, index = top << 1, index + 1
        self.put((table, index), 0)
        self.low_bits(table, index, size)

    def low_bits(self, table, index, size):
        for bit in reversed(range(size.bit_length() - 1)):
            self.put((table, index + 14), size >> bit & 1)

    def average(self, table, context, difference):
        """Gives the next context."""
        self.put((table, context), int(difference != 0))
        if difference == 0:
            return 0
        negative, size = int(difference < 0), abs(difference) - 1
        self.put((table, context + 1), negative)
        self.put((table, context + 2 + negative), int(size > 0))
        if size == 0:
            return 4 + 4 * negative
        self.magnitude(table, 20, 1, size)
        return (12 if size > 1 else 4) + 4 * negative

    def details(self, table, block, first=1, last=63):
        end = max([k for k in range(first, last + 1) if block[k]], default=first - 1)
        k = first
        while k <= end:
            self.put((table, 3 * (k - 1)), 0)
            while block[k] == 0:
                self.put((table, 3 * (k - 1) + 1), 0)
                k += 1
            self.put((table, 3 * (k - 1) + 1), 1)
            size = abs(int(block[k])) - 1
            self.put("even", int(block[k] < 0))
            self.put((table, 3 * (k - 1) + 2), int(size > 0))
            if size > 0:
                self.put((table, 3 * (k - 1) + 2), int(size > 1))
                if size > 1:
                    self.magnitude(table, 189 if k <= 5 else 217, 2, size)
            k += 1
        if k <= last:
            self.put((table, 3 * (k - 1)), 1)


def arithmetic(planes, factors, restart=0, progressive=False):
    """An arithmetically coded file: sequential, or averages first and then the details of each component."""
    most_h, most_v = max(h for h, _ in factors), max(v for _, v in factors)
    height, width = planes[0].shape
    mcus_x, mcus_y = -(-width // (8 * most_h)), -(-height // (8 * most_v))
    blocks, own = [], []
    for plane, (h, v) in zip(planes, factors):
        size = (-(-width * h // most_h), -(-height * v // most_v))
        small = np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX))
        blocks.append(coefficients(small, mcus_x * h, mcus_y * v))
        own.append((-(-size[0] // 8), -(-size[1] // 8)))
    out = [b"\xff\xd8", JFIF, segment(0xDB, b"\0" + bytes(QUANT[ZIGZAG].tolist()))]
    frame = struct.pack(">BHHB", 8, height, width, len(planes))
    for i, (h, v) in enumerate(factors, 1):
        frame += bytes([i, h << 4 | v, 0])
    out.append(segment(0xCA if progressive else 0xC9, frame))
    if restart:
        out.append(segment(0xDD, struct.pack(">H", restart)))
    every = range(len(planes))
    mcus = [
        [
            (c, row * factors[c][1] + dy, column * factors[c][0] + dx)
            for c in every
            for dy in range(factors[c][1])
            for dx in range(factors[c][0])
        ]
        for row in range(mcus_y)
        for column in range(mcus_x)
    ]

    def scan(components, spectrum, mcus, before, after):
        """Averages but for the last bits, one more bit of all, or the same for details."""
        header = bytes([len(components)]) + b"".join(bytes([c + 1, min(c, 1) * 0x11]) for c in components)
        out.append(segment(0xDA, header + bytes(spectrum) + bytes([before << 4 | after])))
        writer, last, context = ArithmeticWriter(), {}, {}
        for i, mcu in enumerate(mcus):
            if restart and i and i % restart == 0:
                out.extend([writer.bytes(), bytes([0xFF, 0xD0 + (i // restart - 1) % 8])])
                writer, last, context = ArithmeticWriter(), {}, {}
            for c, row, column in mcu:
                block, table = blocks[c][row, column], min(c, 1)
                if spectrum[0] == 0 and before:
                    writer.put("even", int(block[0]) >> after & 1)
                elif spectrum[0] == 0:
                    average = int(block[0]) >> after
                    difference = average - last.get(c, 0)
                    context[c] = writer.average(("dc", table), context.get(c, 0), difference)
                    last[c] = average
                if spectrum[1] > 0 and not before:
                    # Towards zero.
                    short = np.sign(block) * (abs(block) >> after)
                    writer.details(("ac", table), short, max(spectrum[0], 1), spectrum[1])
                elif spectrum[1] > 0:
                    refine(writer, ("ac", table), block, spectrum, after)
        out.append(writer.bytes())

    def refine(writer, table, block, spectrum, after):
        """One more bit of the details."""
        old, new = abs(block) >> (after + 1), abs(block) >> after
        known = max([k for k in range(1, spectrum[1] + 1) if old[k]], default=0)
        end = max([k for k in range(spectrum[0], spectrum[1] + 1) if new[k]], default=spectrum[0] - 1)
        k = spectrum[0]
        while k <= spectrum[1]:
            if k > known:
                writer.put((table, 3 * (k - 1)), int(k > end))
                if k > end:
                    break
            while True:
                if old[k]:
                    writer.put((table, 3 * (k - 1) + 2), int(new[k]) & 1)
                    break
                writer.put((table, 3 * (k - 1) + 1), int(new[k] > 0))
                if new[k]:
                    writer.put("even", int(block[k] < 0))
                    break
                k += 1
            k += 1

    if progressive:
        scan(every, (0, 0), mcus, 0, 1)
        for c in every:
            alone = [[(c, row, column)] for row in range(own[c][1]) for column in range(own[c][0])]
            scan([c], (1, 63), alone, 0, 1)
        scan(every, (0, 0), mcus, 1, 0)
        for c in every:
            alone = [[(c, row, column)] for row in range(own[c][1]) for column in range(own[c][0])]
            scan([c], (1, 63), alone, 1, 0)
    else:
        scan(every, (0, 63), mcus, 0, 0)
    return b"".join(out) + b"\xff\xd9"


def lossless(picture, predictor, head=b"", restart_rows=0):
    """A lossless file of samples that these neighbours foretell."""
    height, width, count = picture.shape
    # Sizes 0 to 8 with codes of four bits.
    table = {size: (size, 4) for size in range(9)}
    out = [b"\xff\xd8", head]
    frame = struct.pack(">BHHB", 8, height, width, count) + b"".join(bytes([c + 1, 0x11, 0]) for c in range(count))
    out.append(segment(0xC3, frame))
    out.append(segment(0xC4, b"\0" + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9))))
    if restart_rows:
        out.append(segment(0xDD, struct.pack(">H", restart_rows * width)))
    header = bytes([count]) + b"".join(bytes([c + 1, 0]) for c in range(count))
    out.append(segment(0xDA, header + bytes([predictor, 0, 0])))
    writer, values = Writer(), picture.astype(int)
    for y in range(height):
        is_first = y == 0 or restart_rows and y % restart_rows == 0
        if y and is_first:
            out += [writer.bytes(), bytes([0xFF, 0xD0 + (y // restart_rows - 1) % 8])]
            writer = Writer()
        for x in range(width):
            for c in range(count):
                left = values[y, x - 1, c] if x else 0
                above = values[y - 1, x, c] if y else 0
                corner = values[y - 1, x - 1, c] if x and y else 0
                foretold = [
                    left, above, corner, left + above - corner, left + (above - corner >> 1),
                    above + (left - corner >> 1), left + above >> 1,
                ][predictor - 1]  # fmt: skip
                if is_first:
                    foretold = left if x else 128
                elif x == 0:
                    foretold = above
                difference = int(values[y, x, c] - foretold)
                size = abs(difference).bit_length()
                writer.code(table, size, difference, size)
    out.append(writer.bytes())
    return b"".join(out) + b"\xff\xd9"


def ycc(picture=None):
    picture = Image.fromarray(scene()) if picture is None else picture
    return [np.asarray(plane) for plane in picture.convert("YCbCr").split()]


def four(factor):
    """Planes of CMYK."""
    return [np.asarray(plane) for plane in np.moveaxis(scene(channels=4), 2, 0)], [factor] * 4


def files():
    """Name, file, and the file whose pixels are expected (the same, if none is given)."""
    whole = pillow()
    yield "420", pillow(subsampling=2)
    yield "422", pillow(subsampling=1)
    yield "444", pillow(subsampling=0)
    yield "gray", pillow(Image.fromarray(scene()).convert("L"))
    yield "cmyk", pillow(Image.fromarray(scene(channels=4), "CMYK"))
    yield "rgb", pillow(keep_rgb=True)
    yield "optimized", pillow(optimize=True, quality=97)
    yield "restarts-420", pillow(restart_marker_blocks=2)
    yield "restarts-rows", pillow(restart_marker_rows=1, subsampling=0)
    for name, subsampling in (("420", 2), ("422", 1), ("444", 0)):
        yield f"progressive-{name}", pillow(progressive=True, subsampling=subsampling)
    yield "progressive-gray", pillow(Image.fromarray(scene()).convert("L"), progressive=True)
    yield "progressive-restarts", pillow(progressive=True, restart_marker_blocks=3)
    yield "progressive-cmyk", pillow(Image.fromarray(scene(channels=4), "CMYK"), progressive=True)
    # What Pillow doesn't write.
    one = (1, 1)
    y411, y440, y410 = [(4, 1), one, one], [(1, 2), one, one], [(4, 2), one, one]
    each = [[0], [1], [2]]
    yield "440", encode(ycc(), y440)
    yield "411", encode(ycc(), y411)
    yield "410", encode(ycc(), y410)
    yield "14", encode(ycc(), [(1, 4), one, one])
    yield "31", encode(ycc(), [(3, 1), one, one])
    yield "uneven", encode(ycc(), [(2, 2), (2, 1), (1, 2)])
    yield "luma-is-less", encode(ycc(), [one, (2, 1), (2, 2)])
    yield "all-21", encode(ycc(), [(2, 1)] * 3)
    yield "gray-22", encode(ycc()[:1], [(2, 2)])
    for name, factors in (("420", [(2, 2), one, one]), ("422", [(2, 1), one, one]), ("440", y440), ("444", [one] * 3)):
        yield f"scans-{name}", encode(ycc(), factors, scans=each)
    yield "scans-411", encode(ycc(), y411, scans=each)
    yield "scans-2-and-1", encode(ycc(), [(2, 2), one, one], scans=[[0, 1], [2]])
    yield "scans-restarts", encode(ycc(), [(2, 2), one, one], scans=each, restart=5)
    yield "restarts-440", encode(ycc(), y440, restart=3)
    yield "extended", encode(ycc(), [(2, 1), one, one], marker=0xC1)
    yield "arithmetic-444", arithmetic(ycc(), [one] * 3)
    yield "arithmetic-420", arithmetic(ycc(), [(2, 2), one, one])
    yield "arithmetic-restarts", arithmetic(ycc(), [(2, 2), one, one], restart=2)
    yield "arithmetic-gray", arithmetic(ycc()[:1], [one])
    yield "arithmetic-progressive", arithmetic(ycc(), [(2, 1), one, one], progressive=True)
    for predictor in range(1, 8):
        yield f"lossless-{predictor}", lossless(scene(19, 13), predictor)
    yield "lossless-gray", lossless(scene(19, 13)[..., :1], 7)
    yield "lossless-restarts", lossless(scene(19, 13), 5, restart_rows=3)
    # What the components mean.
    rgb = [np.asarray(plane) for plane in np.moveaxis(scene(), 2, 0)]
    names = list(b"RGB")
    yield "ids-rgb", encode(rgb, [one] * 3, ids=names)
    yield "ids-rgb-small", encode(ycc(), [one] * 3, ids=list(b"rgb"))
    yield "ids-odd", encode(ycc(), [one] * 3, ids=[7, 8, 9])
    yield "ids-zero", encode(ycc(), [(2, 2), one, one], ids=[0, 1, 2])
    yield "jfif-ids-rgb", encode(ycc(), [one] * 3, ids=names, head=JFIF)
    yield "jfif-adobe-0", encode(ycc(), [one] * 3, head=JFIF + adobe(0))
    yield "adobe-0", encode(rgb, [one] * 3, head=adobe(0))
    yield "adobe-1-ids-rgb", encode(ycc(), [one] * 3, ids=names, head=adobe(1))
    yield "adobe-2-of-3", encode(ycc(), [one] * 3, head=adobe(2))
    yield "adobe-short", encode(ycc(), [one] * 3, head=segment(0xEE, b"Adobe\0\x64\0\0"))
    yield "adobe-0-of-4", encode(*four(one), head=adobe(0))
    yield "ycck", encode(*four(one), head=adobe(2))
    planes, _ = four(one)
    yield "ycck-420", encode(planes, [(2, 2), one, one, (2, 2)], head=adobe(2))
    yield "no-adobe-of-4", encode(*four(one))
    # What is missing or too much.
    yield "no-huffman-tables", without(whole, 0xC4)
    yield "no-app-segments", without(whole, 0xE0)
    yield "no-end", whole[:-2], whole
    yield "trailer", whole[:-2] + bytes(range(1, 200)) + b"\0\0MotionPhoto_Data", whole
    yield "trailer-behind-end", whole + b"MotionPhoto_Data\xff\xd8\xff\xe0", whole
    yield "no-end-progressive", pillow(progressive=True)[:-2], pillow(progressive=True)
    stray = whole.replace(b"\xff\xdb", b"\0\1\2\xff\xff\xdb", 1)
    yield "stray-bytes", stray.replace(b"\xff\xda", b"abc\xff\xda", 1)
    yield "fill-bytes-before-markers", whole.replace(b"\xff\xc4", b"\xff\xff\xff\xff\xc4").replace(b"\xff\xda", b"\xff\xff\xda")
    yield "height-behind-scan", encode(ycc(), [(2, 2), one, one], dnl=True), encode(ycc(), [(2, 2), one, one])
    yield "16-bit-quantization", whole16(whole)
    yield "narrow", pillow(Image.fromarray(scene(3, 35)))
    yield "low", pillow(Image.fromarray(scene(45, 2)))
    yield "one-pixel", pillow(Image.fromarray(scene(1, 1)))


def whole16(data):
    """The same with quantization tables of 16 bits."""
    parts, last = [data[:2]], 2
    for marker, start, end in segments(data):
        payload = data[start + 4 : end]
        if marker == 0xDB:
            tables = [payload[i : i + 65] for i in range(0, len(payload), 65)]
            wide = (bytes([0x10 | t[0]]) + b"".join(struct.pack(">H", f) for f in t[1:]) for t in tables)
            parts.append(segment(marker, b"".join(wide)))
        else:
            parts.append(data[start:end])
        last = end
    return b"".join(parts) + data[last:]


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "tests/data/pictures/jpeg")
    folder.mkdir(parents=True, exist_ok=True)
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    for name, data, *expected in files():
        (folder / f"{name}.jpg").write_bytes(data)
        picture = Image.open(io.BytesIO(expected[0] if expected else data))
        picture.convert("RGB").save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
