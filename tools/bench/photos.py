"""Photo-like JPEGs of 12 megapixels: detail at every scale, edges, sensor grain, and what encoders vary.

    python tools/bench/photos.py DIR [--count 200] [--width 4000] [--height 3000] [--seed 1]

About 20 base pictures are drawn; each photo is another crop, flip, tone and grain of one of them, saved
with its own quality (80-95), subsampling, baseline or progressive, optimized tables or not, EXIF
orientation, restart markers; one in 25 is gray.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

BASES = 20
MARGIN = 1.1


def clouds(random, width, height):
    """Noise whose amplitude falls with its frequency, as in photos: about -1 to 1."""
    total = np.zeros((height, width), np.float32)
    cell = max(width, height)
    while cell >= 2:
        shape = (max(2, height // cell + 2), max(2, width // cell + 2))
        octave = Image.fromarray(random.standard_normal(shape).astype(np.float32))
        octave = octave.resize((width, height), Image.Resampling.BILINEAR)
        total += np.asarray(octave) * (cell / max(width, height)) ** 0.45
        cell //= 2
    return total / (3 * total.std())


def moved(random, field):
    """Another part of a field, so that it need not be made anew."""
    field = np.roll(field, tuple(random.integers(0, side) for side in field.shape), (0, 1))
    return field[::-1] if random.random() < 0.5 else field


def base(random, field):
    """A scene: gradient, clouds in two colours, and hard-edged things of which some are out of focus."""
    height, width = field.shape
    sky, ground, tint = (random.uniform(30, 225, 3).astype(np.float32) for _ in range(3))
    slope = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    light, colour = moved(random, field), moved(random, field)
    scene = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        plane = light * 90 + colour * (0.4 * (tint[channel] - 128))
        scene[..., channel] = (plane + sky[channel] * (1 - slope) + ground[channel] * slope).clip(0, 255)
    scene = Image.fromarray(scene)
    for blur in (width / 400, 1):
        layer = scene.copy()
        mask = Image.new("L", scene.size)
        draw, shape = ImageDraw.Draw(layer), ImageDraw.Draw(mask)
        for _ in range(int(random.integers(15, 40))):
            x, y = random.uniform(0, width), random.uniform(0, height)
            size = width * 0.3 * random.power(0.4) + 8
            fill, opaque = tuple(random.integers(10, 245, 3).tolist()), int(random.integers(120, 256))
            if random.random() < 0.5:
                angles = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(3, 9))))
                points = [(x + size * np.cos(a), y + size * np.sin(a)) for a in angles]
                draw.polygon(points, fill)
                shape.polygon(points, opaque)
            else:
                box = (x - size, y - size * 0.7, x + size, y + size * 0.7)
                draw.ellipse(box, fill)
                shape.ellipse(box, opaque)
        scene = Image.composite(layer, scene, mask.filter(ImageFilter.BoxBlur(blur)))
    scene = np.array(scene)
    # The things get a texture too.
    texture = 1 + 0.3 * moved(random, field)
    for channel in range(3):
        scene[..., channel] = (scene[..., channel] * texture).clip(0, 255)
    return scene


def grain(random, width, height):
    """Sensor noise, a little smooth: cameras interpolate colours and take noise out."""
    noise = random.standard_normal((height, width)).astype(np.float32)
    return 10 * (0.6 * noise + 0.2 * np.roll(noise, 1, 0) + 0.2 * np.roll(noise, 1, 1))


def photo(random, scene, grain, width, height):
    """Another picture of the same scene."""
    y = int(random.integers(0, scene.shape[0] - height + 1))
    x = int(random.integers(0, scene.shape[1] - width + 1))
    picture = scene[y : y + height, x : x + width]
    if random.random() < 0.5:
        picture = picture[:, ::-1]
    shift = int(random.integers(0, height))
    strength = random.uniform(0.6, 1.4)
    levels = np.arange(256) / 255
    out = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        tone = 255 * levels ** random.uniform(0.8, 1.25) * random.uniform(0.9, 1.05)
        noise = np.roll(grain, shift + 977 * channel, axis=0)[:height, :width]
        out[..., channel] = (tone.astype(np.float32)[picture[..., channel]] + noise * strength).clip(0, 255)
    return Image.fromarray(out)


def save(random, index, picture, path):
    options = {
        "quality": int(random.integers(80, 96)),
        "subsampling": int(random.choice([0, 1, 2], p=[0.2, 0.2, 0.6])),
        "progressive": random.random() < 0.25,
        "optimize": random.random() < 0.4,
    }
    if index % 10 == 7:
        options["restart_marker_rows"] = int(random.integers(1, 5))
    if index % 25 == 13:
        picture = picture.convert("L")
    exif = Image.Exif()
    exif[0x0112] = int(random.choice([1, 3, 6, 8, 2, 5], p=[0.6, 0.08, 0.16, 0.1, 0.03, 0.03]))
    picture.save(path, exif=exif, **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--width", type=int, default=4000)
    parser.add_argument("--height", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(options.seed)
    width, height = options.width, options.height
    noise = grain(random, width, height)
    field = clouds(random, int(width * MARGIN), int(height * MARGIN))
    per_base = -(-options.count // BASES)
    sizes = []
    for index in range(options.count):
        if index % per_base == 0:
            scene = base(random, field)
        path = options.folder / f"photo-{index:04}.jpg"
        save(random, index, photo(random, scene, noise, width, height), path)
        sizes.append(path.stat().st_size / 1e6)
    print(f"{options.count} photos of {min(sizes):.1f} to {max(sizes):.1f} MB, {np.mean(sizes):.1f} on average")


if __name__ == "__main__":
    main()
