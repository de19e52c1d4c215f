"""Makes an animated GIF of screens: gif.py FOLDER FILE.

The screens are PNG files in the order of their names, NUMBER-MILLISECONDS.png. All share one palette, and of each only
the part that differs from the one before is kept, which keeps the file small. Needs Pillow.
"""

import sys
from pathlib import Path

from PIL import Image

COLOURS = 128


def shared_palette(screens):
    """The colours that serve all screens, found on a sheet of them at half size."""
    width, height = screens[0].size
    sheet = Image.new("RGB", (width // 2, height // 2 * len(screens)))
    for at, screen in enumerate(screens):
        small = screen.resize((width // 2, height // 2), Image.Resampling.NEAREST)
        sheet.paste(small, (0, height // 2 * at))
    return sheet.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)


def main():
    folder, file = Path(sys.argv[1]), Path(sys.argv[2])
    names = sorted(folder.glob("*.png"))
    screens = [Image.open(name).convert("RGB") for name in names]
    palette = shared_palette(screens)
    frames = [screen.quantize(palette=palette, dither=Image.Dither.NONE) for screen in screens]
    lengths = [int(name.stem.split("-")[1]) for name in names]
    frames[0].save(
        file, save_all=True, append_images=frames[1:], duration=lengths, loop=0, optimize=True, disposal=1
    )
    print(f"{file}: {len(frames)} screens, {file.stat().st_size / 1e3:.0f} KB")


main()
