#!/usr/bin/env python3
"""Draws pictures with known text: signs, slides, receipts, screenshots, posters and labels, in many fonts, sizes and colours.

    texts.py DIR [COUNT]

writes COUNT (200) pictures to DIR, and DIR/texts.tsv: file name, kind, and a phrase of two or three words that stand one after
the other in a line of the picture, with tabs between. The same pictures come out each time (with the same fonts). Needs Pillow,
numpy, fc-list and TrueType fonts.

    texts.py --check DIR [PIXSEEK]

looks for each phrase by `PIXSEEK search DIR 'text:"PHRASE"'`, after `PIXSEEK index DIR --ocr`, and prints how many pictures were
found by theirs, for each kind, and how many others were.
"""

import random
import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WORDS = """harbour window garden market station river castle summer winter orange silver planet bridge forest island mountain
journey kitchen library machine morning evening thunder blanket battery captain chapter college compass concert country
culture curtain diamond elephant engine factory festival flower freedom gallery general history holiday hospital justice
lantern leather letter liberty meadow message mirror monument museum natural network ocean office passage pattern pepper
perfect picture pioneer pocket police popular postage present printer private program project purple quarter railway
regular release report request rescue resource safety salmon sample school season second secret service shadow shelter
signal simple society special spring square stadium student subject sunrise surface survey symbol system teacher theatre
ticket timber tobacco tomato tourist tower traffic travel treasure tunnel turkey umbrella uniform valley vehicle velvet
village vintage violet visitor volume voyage waiter weather welcome western whisper wisdom wonder workshop yellow zebra""".split()
DARK_MODE = [((30, 30, 30), (212, 212, 212)), ((13, 17, 23), (201, 209, 217)), ((40, 42, 54), (248, 248, 242))]
LIGHT_MODE = [((255, 255, 255), (36, 41, 47)), ((246, 248, 250), (60, 60, 60)), ((253, 246, 227), (88, 110, 117))]
SIGNS = [
    ((0, 82, 165), (255, 255, 255)), ((0, 110, 60), (255, 255, 255)), ((250, 205, 0), (20, 20, 20)),
    ((190, 20, 30), (255, 255, 255)), ((110, 70, 40), (250, 240, 220)), ((240, 240, 240), (180, 0, 20)),
    ((20, 20, 20), (255, 220, 60)), ((255, 140, 0), (30, 30, 60)),
]
SLIDES = [
    ((255, 255, 255), (40, 40, 40), (0, 90, 160)), ((32, 56, 100), (240, 240, 240), (255, 200, 80)),
    ((245, 240, 230), (70, 50, 40), (160, 40, 40)), ((20, 30, 30), (220, 230, 225), (90, 220, 170)),
]


def fonts():
    """The fonts of this machine that have Latin letters, by path."""
    listed = subprocess.run(["fc-list", ":lang=en", "file"], capture_output=True, text=True, check=True).stdout
    paths = sorted(line.rstrip(": ") for line in listed.splitlines())
    odd = ("Math", "Symbol", "Emoji", "Dingbats", "D050000L", "Z003", "Music")
    return [path for path in paths if path.endswith((".ttf", ".otf")) and not any(word in path for word in odd)]


class Drawer:
    """Draws pictures, each from its own seed."""

    def __init__(self, seed, paths):
        self.random = random.Random(seed)
        self.paths = paths

    def font(self, size, mono=False):
        paths = [path for path in self.paths if ("Mono" in path) == mono] or self.paths
        return ImageFont.truetype(self.random.choice(paths), size)

    def words(self, count):
        return [self.random.choice(WORDS) for _ in range(count)]

    def phrase(self):
        return self.words(self.random.choice([2, 2, 3]))

    def cased(self, words):
        way = self.random.choice([str.upper, str.title, str.lower])
        return way(" ".join(words))

    def sign(self):
        """A sign on a wall, photographed: tilted, with noise and a little blur, as a JPEG."""
        width, height = self.random.choice([(1600, 1200), (2400, 1600), (4000, 3000), (1024, 768)])
        wall = numpy.random.default_rng(self.random.getrandbits(32)).normal(0, 18, (height // 8, width // 8, 1))
        base = numpy.array([self.random.randint(60, 200) for _ in range(3)])
        picture = Image.fromarray(numpy.clip(wall + base, 0, 255).astype("uint8")).resize((width, height))
        board_colour, ink = self.random.choice(SIGNS)
        board = Image.new("RGBA", (width * 3 // 4, height * 2 // 5), board_colour + (255,))
        draw = ImageDraw.Draw(board)
        phrase = self.phrase()
        lines = [self.cased(phrase), f"{self.random.randint(1, 99)} km"]
        size = board.width // 8
        while True:
            font = self.font(size)
            if draw.textlength(lines[0], font=font) < board.width * 0.85:
                break
            size = size * 9 // 10
        for number, line in enumerate(lines):
            draw.text((board.width // 2, board.height * (number * 2 + 2) // 6), line, font=font, fill=ink, anchor="mm")
        tilted = board.rotate(self.random.uniform(-4, 4), expand=True, resample=Image.BICUBIC)
        picture.paste(tilted, ((width - tilted.width) // 2, (height - tilted.height) // 2), tilted)
        picture = picture.filter(ImageFilter.GaussianBlur(width / 2400))
        noise = numpy.random.default_rng(self.random.getrandbits(32)).normal(0, 7, (height, width, 3))
        picture = Image.fromarray(numpy.clip(numpy.asarray(picture) + noise, 0, 255).astype("uint8"))
        return picture, phrase, "jpg"

    def slide(self):
        """A slide of a talk."""
        width, height = self.random.choice([(1280, 720), (1920, 1080), (1024, 768), (2560, 1440)])
        paper, ink, accent = self.random.choice(SLIDES)
        picture = Image.new("RGB", (width, height), paper)
        draw = ImageDraw.Draw(picture)
        draw.rectangle([0, 0, width, height // 60], fill=accent)
        title = self.cased(self.words(2))
        draw.text((width // 16, height // 10), title, font=self.font(height // 14), fill=accent)
        body = self.font(height // self.random.choice([22, 26, 30]))
        phrase = self.phrase()
        at = self.random.randrange(5)
        for line in range(5):
            words = phrase if line == at else self.words(self.random.randint(2, 4))
            text = "• " + " ".join(words)
            draw.text((width // 12, height * (3 + line) // 9), text, font=body, fill=ink)
        draw.text((width * 15 // 16, height * 15 // 16), str(self.random.randint(1, 60)), font=body, fill=ink, anchor="rs")
        return picture, phrase, "png"

    def receipt(self):
        """A receipt, scanned: dark gray on off-white, a narrow font, a slight tilt."""
        width = self.random.choice([600, 800, 1100])
        font = self.font(width // 26, mono=True)
        lines = 18
        step = width // 18
        picture = Image.new("RGB", (width, step * (lines + 5)), (247, 245, 238))
        draw = ImageDraw.Draw(picture)
        phrase = self.phrase()[:2]
        draw.text((width // 2, step), self.cased(self.words(2)), font=font, fill=(40, 40, 45), anchor="mm")
        at = self.random.randrange(2, lines - 3)
        for line in range(1, lines):
            words = phrase if line == at else self.words(2)
            y = step * (line + 2)
            draw.text((width // 14, y), " ".join(words), font=font, fill=(50, 50, 55))
            price = f"{self.random.randint(1, 99)}.{self.random.randint(0, 99):02}"
            draw.text((width * 13 // 14, y), price, font=font, fill=(50, 50, 55), anchor="ra")
        picture = picture.rotate(self.random.uniform(-1.2, 1.2), fillcolor=(247, 245, 238), resample=Image.BICUBIC)
        return picture, phrase, "jpg"

    def screenshot(self):
        """A window with a menu, a side bar and lines of text, in letters of a screen's size."""
        width, height = self.random.choice([(1280, 800), (1366, 768), (1920, 1080), (800, 600)])
        size = self.random.choice([13, 14, 15, 16, 18])
        paper, ink = self.random.choice(DARK_MODE + LIGHT_MODE)
        picture = Image.new("RGB", (width, height), paper)
        draw = ImageDraw.Draw(picture)
        is_code = self.random.random() < 0.4
        font, menu = self.font(size, mono=is_code), self.font(size)
        shade = tuple((a * 5 + b) // 6 for a, b in zip(paper, ink))
        draw.rectangle([0, 0, width, size * 2], fill=shade)
        draw.text((size, size // 2), "File   Edit   View   Help", font=menu, fill=ink)
        draw.rectangle([0, size * 2, width // 6, height], fill=shade)
        rows = (height - size * 4) // (size * 2)
        for row in range(min(rows, 9)):
            draw.text((size, size * (3 + row * 2)), self.random.choice(WORDS), font=menu, fill=ink)
        phrase = self.phrase()
        at = self.random.randrange(rows)
        for row in range(rows):
            words = phrase if row == at else self.words(self.random.randint(2, 6))
            draw.text((width // 6 + size, size * (3 + row * 2)), " ".join(words), font=font, fill=ink)
        return picture, phrase, "png"

    def poster(self):
        """Words in large letters over coloured shapes."""
        width, height = self.random.choice([(900, 1200), (1200, 1800), (1080, 1080)])
        hues = [tuple(self.random.randint(0, 110) for _ in range(3)) for _ in range(6)]
        picture = Image.new("RGB", (width, height), hues[0])
        draw = ImageDraw.Draw(picture)
        for colour in hues[1:]:
            x, y, r = (self.random.randint(0, side) for side in (width, height, width // 2))
            draw.ellipse([x - r, y - r, x + r, y + r], fill=colour)
        phrase = self.phrase()[:2]
        text = self.cased(phrase)
        size = width // 6
        while True:
            font = self.font(size)
            if draw.textlength(text, font=font) < width * 0.9:
                break
            size = size * 9 // 10
        draw.text((width // 2, height // 3), text, font=font, fill=(250, 245, 235), anchor="mm")
        small = self.font(width // 24)
        draw.text((width // 2, height * 3 // 4), " ".join(self.words(3)), font=small, fill=(235, 235, 240), anchor="mm")
        return picture, phrase, "jpg"

    def label(self):
        """A label or a ticket, small, with lines of several sizes."""
        width, height = self.random.choice([(480, 320), (640, 360), (720, 480)])
        tint = tuple(self.random.randint(225, 255) for _ in range(3))
        ink = tuple(self.random.randint(0, 80) for _ in range(3))
        picture = Image.new("RGB", (width, height), tint)
        draw = ImageDraw.Draw(picture)
        draw.rectangle([6, 6, width - 6, height - 6], outline=ink, width=3)
        phrase = self.phrase()[:2]
        size = height // 8
        while draw.textlength(self.cased(phrase), font=(font := self.font(size))) > width * 0.8:
            size = size * 9 // 10
        draw.text((width // 12, height // 6), self.cased(phrase), font=font, fill=ink)
        small = self.font(height // 20)
        for row in range(3):
            line = f"{self.random.choice(WORDS).title()} {self.random.randint(100, 999)}"
            draw.text((width // 12, height * (4 + row) // 8), line, font=small, fill=ink)
        return picture, phrase, "png"


def check(folder, program):
    """Prints how many pictures are found by their phrases, and how many others are."""
    rows = [line.split("\t") for line in (folder / "texts.tsv").read_text().splitlines()]
    found, others = {}, 0
    for name, kind, phrase in rows:
        command = [program, "search", folder, f'text:"{phrase}"', "--paths", "-q", "-n", "1000"]
        names = [Path(line).name for line in subprocess.run(command, capture_output=True, text=True).stdout.splitlines()]
        has = sum(1 for other in rows if phrase in other[2])
        others += max(0, len(names) - has)
        found.setdefault(kind, []).append(name in names)
        if name not in names:
            print(f"not found: {name} ({kind}): {phrase}")
    for kind, hits in sorted(found.items()):
        print(f"| {kind} | {sum(hits)} of {len(hits)} |")
    hits = sum(found.values(), [])
    print(f"| all | {sum(hits)} of {len(hits)}: {100 * sum(hits) / len(hits):.1f} % |\nothers found: {others}")


def main():
    if sys.argv[1] == "--check":
        return check(Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "pixseek")
    folder = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    folder.mkdir(parents=True, exist_ok=True)
    paths = fonts()
    kinds = ["sign", "slide", "receipt", "screenshot", "poster", "label"]
    rows = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        picture, phrase, extension = getattr(Drawer(number, paths), kind)()
        name = f"{number:03}.{extension}"
        options = {"quality": 82} if extension == "jpg" else {}
        picture.save(folder / name, **options)
        rows.append(f"{name}\t{kind}\t{' '.join(phrase)}\n")
    (folder / "texts.tsv").write_text("".join(rows))
    print(f"{count} pictures in {len(paths)} fonts")


main()
