"""Compares the ways to draw pictures as text: blocks.py BINARY FOLDER.

For each number of colours and each way, the browser is shown in xterm on a virtual screen, and stepped through the
pictures of the folder. What the terminal shows is compared with the picture as the eye sees both from a distance:
blurred in linear light, as the root mean square error in sRGB, in decibels below white (more is better).

Needs Xvfb, xterm (with the font DejaVu Sans Mono), xdotool, ImageMagick's import, and numpy and Pillow.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

BACKGROUND = (22, 24, 29)
# The standard deviation of the blur, in pixels of a cell that is 9 wide and 19 high.
BLUR = 3.0
COLOURS = {
    "all": {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    "256": {"TERM": "xterm-256color", "COLORTERM": ""},
    "16": {"TERM": "xterm", "COLORTERM": ""},
}
WAYS = ["halfblocks", "quadrants"]


def light(values):
    values = values / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encoded(values):
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * np.maximum(values, 1e-9) ** (1 / 2.4) - 0.055)


def blurred(values):
    reach = int(3 * BLUR)
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * BLUR**2))
    kernel /= kernel.sum()

    def along(line):
        return np.convolve(np.pad(line, reach, mode="edge"), kernel, "valid")

    return np.apply_along_axis(along, 1, np.apply_along_axis(along, 0, values))


def drawn(screen):
    """The picture on a screen: what differs from the background right of the list and above the caption."""
    right = np.asarray(screen)[38:575, 412:990, :3].astype(int)
    differs = np.abs(right - np.array(BACKGROUND)).max(2) > 12
    rows, columns = np.where(differs.sum(1) > 20)[0], np.where(differs.sum(0) > 20)[0]
    return right[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def decibels(screen, path):
    shown = drawn(screen)
    picture = Image.open(path).convert("RGB").resize((shown.shape[1], shown.shape[0]), Image.Resampling.LANCZOS)
    shown, wanted = (encoded(blurred(light(np.asarray(image, float)))) for image in (shown, picture))
    return -10 * np.log10(((shown - wanted) ** 2).mean())


def browse(binary, folder, variables, way, names, shots):
    colour = "#%02x%02x%02x" % BACKGROUND
    command = ["xterm", "-fa", "DejaVu Sans Mono", "-fs", "11", "-geometry", "110x34+0+0", "-bg", colour, "-b", "2"]
    command += ["-e", "env", *(f"{name}={value}" for name, value in variables.items())]
    command += [binary, folder, "--model", "demo", "--query", "sort:name", "--protocol", way]
    terminal = subprocess.Popen(command)
    time.sleep(5)
    for name in names:
        subprocess.run(["import", "-window", "root", "-strip", f"{shots}/{name}.png"], check=True)
        subprocess.run(["xdotool", "key", "Down"], check=True)
        time.sleep(1)
    terminal.terminate()
    terminal.wait()


def main():
    binary, folder = os.path.abspath(sys.argv[1]), Path(sys.argv[2])
    home = tempfile.mkdtemp()
    os.environ |= {"HOME": home, "XDG_CONFIG_HOME": home, "PIXSEEK_DATA_DIR": f"{home}/data", "DISPLAY": ":95"}
    subprocess.run([binary, "index", folder, "--model", "demo", "-q"], check=True)
    listed = subprocess.run(
        [binary, "search", folder, "--model", "demo", "--paths", "-n", "12", "sort:name"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    names = [Path(path).name for path in listed.stdout.splitlines()]
    server = subprocess.Popen(["Xvfb", ":95", "-screen", "0", "1300x800x24", "-nolisten", "tcp"], stderr=subprocess.DEVNULL)
    time.sleep(2)
    try:
        compare(binary, folder, names, home)
    finally:
        server.terminate()


def compare(binary, folder, names, home):
    for colours, variables in COLOURS.items():
        for way in WAYS:
            browse(binary, folder, variables, way, names, home)
            each = [decibels(Image.open(f"{home}/{name}.png").convert("RGB"), folder / name) for name in names]
            figures = " ".join(f"{value:.1f}" for value in each)
            print(f"{colours:4} {way:11} {np.mean(each):5.1f}  {figures}", flush=True)


main()
