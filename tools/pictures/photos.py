"""Writes tests/data/pictures/photos: small photos and sidecars that other programs wrote, with what exiftool reads from them.

    apt-get install libimage-exiftool-perl exiv2 libexempi8 darktable
    pip install pillow piexif python-xmp-toolkit
    python tools/pictures/photos.py

The writers are exiftool, Pillow, piexif, exiv2 (with the properties that digiKam sets), Adobe's XMP library as exempi has
it (with the properties that Lightroom sets), and darktable itself. `expected.json` has, for each picture, what filters
compare. It is made from the output of `exiftool -json -n` by the rules of docs/design/metadata.md, and without pixseek.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

import libxmp
import piexif
from libxmp import consts
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

OUT = Path(__file__).resolve().parents[2] / "tests/data/pictures/photos"
LIGHTROOM = "http://ns.adobe.com/lightroom/1.0/"
EXIF_EX = "http://cipa.jp/exif/1.0/"
AUX = "http://ns.adobe.com/exif/1.0/aux/"


def run(*command, **options) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def drawing(seed: int, size: tuple[int, int]) -> Image.Image:
    """A picture that no other seed has."""
    picture = Image.new("RGB", size, ((seed * 53) % 256, (seed * 97) % 256, (seed * 29) % 256))
    draw = ImageDraw.Draw(picture)
    draw.ellipse([seed % 7, seed % 5, size[0] // 2 + seed % 3, size[1] - 2], fill=((seed * 31) % 256, 200 - seed, 90))
    return picture


def place(name: str) -> Path:
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def exiftool(path: Path, *arguments: str) -> None:
    run("exiftool", "-q", "-charset", "UTF8", "-api", "Compact=NoPadding", "-overwrite_original", *arguments, path)


def by_exiftool() -> None:
    camera = ["-EXIF:Make=FUJIFILM", "-EXIF:Model=X-T3", "-EXIF:LensModel=XF23mmF1.4 R", "-EXIF:ISO=800"]
    cape = ["-GPSLatitude=33.9249", "-GPSLatitudeRef=S", "-GPSLongitude=18.4241", "-GPSLongitudeRef=E"]
    words = ["-XMP-dc:Title=Écluse", "-XMP-dc:Description=Boats in the harbour", "-XMP-dc:Subject=boat", "-XMP-dc:Subject=été"]
    iptc = ["-IPTC:CodedCharacterSet=UTF8", "-IPTC:ObjectName=Old title", "-IPTC:Keywords=harbour", "-IPTC:Keywords=夏祭り"]
    for seed, (name, size, arguments) in enumerate([
        ("exiftool/2019/harbour.jpg", (40, 30), [
            "-EXIF:DateTimeOriginal=2019:07:12 18:30:45", "-EXIF:SubSecTimeOriginal=25", "-EXIF:OffsetTimeOriginal=+02:00",
            *camera, *cape, *words, *iptc, "-XMP-xmp:Rating=4"]),
        ("exiftool/2019/iptc only.jpg", (30, 40), [*iptc, "-IPTC:Caption-Abstract=Lanterns", "-IPTC:DateCreated=2019:07:13", "-IPTC:TimeCreated=23:59:59+01:00"]),
        ("exiftool/2020/turned.jpg", (40, 30), ["-EXIF:DateTimeOriginal=2020:02:29 00:00:00", "-EXIF:Orientation#=6", "-EXIF:Make=Canon", "-EXIF:Model=Canon EOS R5", "-EXIF:ISO=3200"]),
        ("exiftool/2020/note.png", (32, 32), [*words, "-EXIF:DateTimeOriginal=2020:06:01 12:00:00", "-XMP-xmp:Rating=2"]),
        ("exiftool/2020/scan.tif", (20, 24), [*words[:2], iptc[0], *iptc[2:], "-EXIF:DateTimeOriginal=2020:06:01 12:00:01", "-XMP-xmp:Rating=1"]),
        ("exiftool/2020/web.webp", (36, 12), ["-EXIF:DateTimeOriginal=2020:12:31 23:59:59", "-XMP-dc:Subject=New York", "-XMP-xmp:Rating=5"]),
        ("exiftool/2021/flag.gif", (33, 22), ["-XMP-dc:Subject=flag", "-XMP-dc:Title=A flag", "-XMP-xmp:Rating=3", "-XMP-exif:DateTimeOriginal=2021:01:01 00:00:00", "-XMP-exif:GPSLatitude=51.5074", "-XMP-exif:GPSLongitude=-0.1278"]),
        ("exiftool/2021/film.jp2", (48, 32), ["-XMP-dc:Subject=film", "-XMP-dc:Description=An old print", "-XMP-xmp:Rating=4", "-EXIF:DateTimeOriginal=2021:01:01 00:00:01", "-EXIF:Make=Plustek", "-EXIF:Model=OpticFilm 8200"]),
    ], start=1):
        path = place(name)
        drawing(seed, size).save(path)
        exiftool(path, *arguments)
    # A sidecar with the name of its picture but for the extension, as exiftool and Adobe's programs have it.
    path = place("exiftool/2021/IMG_0005.jpg")
    drawing(9, (28, 21)).save(path)
    exiftool(path, "-EXIF:DateTimeOriginal=2021:05:05 05:05:05", *camera[:2], "-XMP-xmp:Rating=1")
    run("exiftool", "-q", "-XMP-xmp:Rating=5", "-XMP-dc:Subject=comet", "-XMP-dc:Subject=night sky", "-XMP-dc:Title=Neowise",
        "-XMP-exif:GPSLatitude=46.8", "-XMP-exif:GPSLongitude=8.2", "-o", path.with_suffix(".xmp"), "-tagsfromfile", path, "-XMP:all")


def degrees(value: float) -> tuple:
    minutes = abs(value) * 60
    return (IFDRational(int(minutes // 60)), IFDRational(int(minutes % 60)), IFDRational(round(minutes % 1 * 60_000), 1000))


def by_pillow() -> None:
    def exif(taken: str, make: str, model: str, orientation: int, iso: int, lens: str, at: tuple[float, float] | None):
        data = Image.Exif()
        data[0x10F], data[0x110], data[0x112], data[0x132] = make, model, orientation, "2030:01:01 00:00:00"
        inner = data.get_ifd(0x8769)
        inner[0x9003], inner[0x8827], inner[0xA434] = taken, iso, lens
        if at:
            gps = data.get_ifd(0x8825)
            gps[1], gps[2] = "N" if at[0] >= 0 else "S", degrees(at[0])
            gps[3], gps[4] = "E" if at[1] >= 0 else "W", degrees(at[1])
        return data

    xmp = ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
           '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
           "<xmp:Rating>4</xmp:Rating><dc:subject><rdf:Bag><rdf:li>Straße</rdf:li><rdf:li>New car</rdf:li></rdf:Bag></dc:subject>"
           "</rdf:Description></rdf:RDF></x:xmpmeta>").encode()
    phone = ("2022:08:15 09:10:11", "Apple", "iPhone 13 Pro", 6, 50, "iPhone 13 Pro back camera 5.7mm f/1.5", (40.7128, -74.006))
    drawing(20, (48, 36)).save(place("pillow/IMG_2001.JPG"), "JPEG", exif=exif(*phone))
    nikon = ("2022:08:16 00:00:00", "NIKON CORPORATION", "NIKON Z 6", 1, 6400, "NIKKOR Z 24-70mm f/4 S", None)
    drawing(21, (80, 20)).save(place("pillow/wide.png"), exif=exif(*nikon))
    drawing(22, (31, 31)).save(place("pillow/street.webp"), exif=exif(*nikon[:4], 200, nikon[5], (52.52, 13.405)), xmp=xmp)
    drawing(23, (40, 32)).save(place("pillow/alley.avif"), exif=exif("2022:09:01 10:00:00", "Google", "Pixel 7", 1, 100, "Pixel 7 back camera", None), xmp=xmp)
    drawing(24, (25, 35)).save(place("pillow/old.tif"), exif=exif("1968:10:01 00:00:00", "Leica", "M3", 1, 25, "Summicron 50", None))
    # Nothing is written: the file's own time counts.
    drawing(25, (24, 24)).save(place("pillow/plain.bmp"))
    drawing(26, (26, 20)).save(place("pillow/zero.jpg"), exif=exif("0000:00:00 00:00:00", "", "", 1, 0, "", None))


def by_piexif() -> None:
    def save(name: str, seed: int, size: tuple[int, int], zeroth: dict, inner: dict, gps: dict) -> None:
        drawing(seed, size).save(place(name), exif=piexif.dump({"0th": zeroth, "Exif": inner, "GPS": gps}))

    sydney = {
        piexif.GPSIFD.GPSLatitudeRef: "S", piexif.GPSIFD.GPSLatitude: ((33, 1), (52, 1), (768, 100)),
        piexif.GPSIFD.GPSLongitudeRef: "E", piexif.GPSIFD.GPSLongitude: ((151, 1), (12, 1), (3360, 100)),
    }
    sony = {piexif.ImageIFD.Make: "SONY", piexif.ImageIFD.Model: "ILCE-7M4", piexif.ImageIFD.Rating: 3,
            piexif.ImageIFD.XPKeywords: "reef;Great Barrier\0".encode("utf-16-le"), piexif.ImageIFD.XPTitle: "Coral\0".encode("utf-16-le")}
    save("piexif/IMG_3001.jpeg", 30, (54, 36), sony, {piexif.ExifIFD.DateTimeOriginal: "2023:03:01 08:00:00", piexif.ExifIFD.ISOSpeedRatings: 640, piexif.ExifIFD.LensModel: "FE 24-105mm F4 G OSS"}, sydney)
    # Fractions over zero, and a place where nobody was.
    nowhere = {piexif.GPSIFD.GPSLatitudeRef: "N", piexif.GPSIFD.GPSLatitude: ((0, 0), (0, 0), (0, 0)), piexif.GPSIFD.GPSLongitudeRef: "E", piexif.GPSIFD.GPSLongitude: ((0, 0), (0, 0), (0, 0))}
    save("piexif/IMG_3002.jpeg", 31, (36, 54), {piexif.ImageIFD.DateTime: "2023:03:02 08:00:00"}, {}, nowhere)


def by_exiv2() -> None:
    path = place("exiv2/station.jpg")
    drawing(40, (45, 30)).save(path)
    run("exiv2", "-q",
        "-M", "set Exif.Photo.DateTimeOriginal 2023:11:05 17:45:00", "-M", "set Exif.Image.Make OLYMPUS IMAGING CORP.", "-M", "set Exif.Image.Model E-M5",
        "-M", "set Exif.Photo.ISOSpeedRatings 1600", "-M", "set Exif.GPSInfo.GPSLatitudeRef N", "-M", "set Exif.GPSInfo.GPSLatitude 51/1 31/1 4800/100",
        "-M", "set Exif.GPSInfo.GPSLongitudeRef W", "-M", "set Exif.GPSInfo.GPSLongitude 0/1 7/1 3000/100",
        "-M", "set Iptc.Application2.Keywords train", "-M", "add Iptc.Application2.Keywords Kings Cross", "-M", "set Iptc.Application2.Caption Platform nine",
        "-M", "set Xmp.xmp.Rating -1", path)
    path = place("exiv2/digikam.jpg")
    drawing(41, (30, 45)).save(path)
    run("exiv2", "-q", "-M", "set Exif.Photo.DateTimeOriginal 2023:12:24 18:00:00", "-M", "set Exif.Image.Make Canon", "-M", "set Exif.Image.Model EOS 80D", path)
    # What digiKam sets, through the same library.
    words = ["-M", "set Xmp.xmp.Rating XmpText 3", "-M", "set Xmp.MicrosoftPhoto.Rating XmpText 50", "-M", "set Xmp.digiKam.PickLabel XmpText 0",
             "-M", "set Xmp.dc.title lang=x-default Zürich", "-M", "set Xmp.dc.description lang=x-default At the lake",
             "-M", "set Xmp.dc.subject XmpBag Anna", "-M", "set Xmp.dc.subject XmpBag lake",
             "-M", "set Xmp.digiKam.TagsList XmpSeq People/Anna", "-M", "set Xmp.digiKam.TagsList XmpSeq lake",
             "-M", "set Xmp.lr.hierarchicalSubject XmpBag People|Anna", "-M", "set Xmp.lr.hierarchicalSubject XmpBag lake",
             "-M", "set Xmp.exif.GPSLatitude XmpText 47,22.12500000N", "-M", "set Xmp.exif.GPSLongitude XmpText 8,32.50000000E"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "digikam.jpg"
        shutil.copy(path, copy)
        run("exiv2", "-q", *words, copy)
        run("exiv2", "-q", "-f", "-eX", copy)
        shutil.copy(copy.with_suffix(".xmp"), path.with_name("digikam.jpg.xmp"))


def by_adobe() -> None:
    """What Lightroom Classic sets, through Adobe's own library, which writes properties as attributes."""
    path = place("lightroom/LR_0001.jpg")
    drawing(50, (60, 40)).save(path)
    exiftool(path, "-EXIF:Make=Canon", "-EXIF:Model=Canon EOS R5", "-EXIF:ISO=100")
    meta = libxmp.XMPMeta()
    for uri, prefix in [(LIGHTROOM, "lr"), (EXIF_EX, "exifEX"), (AUX, "aux")]:
        meta.register_namespace(uri, prefix)
    for uri, name, value in [
        (consts.XMP_NS_XMP, "Rating", "5"), (consts.XMP_NS_XMP, "CreatorTool", "Adobe Photoshop Lightroom Classic 12.0 (Windows)"),
        (consts.XMP_NS_EXIF, "DateTimeOriginal", "2024-03-04T05:06:07.08+01:00"), (consts.XMP_NS_Photoshop, "DateCreated", "2024-03-04T05:06:07.08"),
        (consts.XMP_NS_EXIF, "GPSLatitude", "48,51.5N"), (consts.XMP_NS_EXIF, "GPSLongitude", "2,17.7E"),
        (AUX, "Lens", "RF35mm F1.8 MACRO IS STM"), (EXIF_EX, "LensModel", "RF35mm F1.8 MACRO IS STM"),
    ]:
        meta.set_property(uri, name, value)
    for word in ["Paris", "bridge"]:
        meta.append_array_item(consts.XMP_NS_DC, "subject", word, {"prop_array_is_ordered": False, "prop_value_is_array": True})
    for word in ["Places|Europe|Paris", "bridge"]:
        meta.append_array_item(LIGHTROOM, "hierarchicalSubject", word, {"prop_array_is_ordered": False, "prop_value_is_array": True})
    meta.set_localized_text(consts.XMP_NS_DC, "title", "fr", "fr-FR", "Pont")
    meta.set_localized_text(consts.XMP_NS_DC, "title", "", "x-default", "Bridge & river")
    meta.set_localized_text(consts.XMP_NS_DC, "description", "", "x-default", "From the left bank")
    path.with_suffix(".xmp").write_text(meta.serialize_to_str(use_compact_format=True, omit_packet_wrapper=True))
    # And within a picture, by the library's own handler of JPEG.
    path = place("lightroom/LR_0002.jpg")
    drawing(51, (40, 60)).save(path)
    exiftool(path, "-EXIF:DateTimeOriginal=2024:04:01 12:00:00")
    files = libxmp.XMPFiles(file_path=str(path), open_forupdate=True)
    inside = files.get_xmp() or libxmp.XMPMeta()
    inside.set_property(consts.XMP_NS_XMP, "Rating", "4")
    inside.append_array_item(consts.XMP_NS_DC, "subject", "Paris at night", {"prop_array_is_ordered": False, "prop_value_is_array": True})
    files.put_xmp(inside)
    files.close_file()


def by_darktable() -> None:
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "DSC_0101.jpg"
        drawing(60, (48, 32)).save(photo)
        plain = ["-EXIF:DateTimeOriginal=2024:05:01 06:00:00", "-EXIF:Make=NIKON CORPORATION", "-EXIF:Model=NIKON D850", "-EXIF:ISO=64"]
        exiftool(photo, *plain)
        shutil.copy(photo, place("darktable/DSC_0101.jpg"))
        exiftool(photo, "-XMP-xmp:Rating=2", "-XMP-dc:Title=Frühling", "-XMP-dc:Description=Blossoms over the pond", "-XMP-dc:Subject=cherry", "-XMP-dc:Subject=pond",
                 "-XMP-lr:HierarchicalSubject=nature|tree|cherry", "-XMP-lr:HierarchicalSubject=pond", "-GPSLatitude=35.6762", "-GPSLatitudeRef=N", "-GPSLongitude=139.6503", "-GPSLongitudeRef=E")
        exported = Path(folder) / "export.jpg"
        run("darktable-cli", photo, exported, "--icc-type", "SRGB", "--core", "--configdir", f"{folder}/config", "--library", f"{folder}/library.db",
            "--conf", "write_sidecar_files=on import", "--conf", "plugins/imageio/format/jpeg/quality=40",
            "--luacmd", f'require("darktable").database.import("{photo}")', env={**os.environ, "HOME": folder})
        shutil.copy(f"{photo}.xmp", place("darktable/DSC_0101.jpg.xmp"))
        # darktable embeds a profile of 13 kB, which says sRGB.
        exiftool(exported, "-ICC_Profile:all=")
        shutil.copy(exported, place("darktable/export.jpg"))


# ---- What a reader who never saw pixseek would expect -------------------------------------------------------------------

def words(text: str | None) -> list[str]:
    """Runs of letters and digits without case and accents; each ideograph and kana alone."""
    found, run_ = [], ""
    for c in text or "":
        ideograph = "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff"
        if c.isalnum() and not ideograph:
            run_ += c
            continue
        if run_:
            found.append(run_)
        run_ = ""
        if ideograph:
            found.append(c)
    if run_:
        found.append(run_)
    plain = lambda word: "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
    return [word if word >= "\u3040" else plain(word) for word in found]


def listed(value) -> list[str]:
    return [] if value is None else [str(item) for item in value] if isinstance(value, list) else [str(value)]


def first(*values):
    return next((value for value in values if value not in (None, "", [])), None)


def stars(value) -> int | None:
    return int(value) if value is not None and -1 <= float(value) <= 5 else None


def moment(text) -> str | None:
    """`2019:07:12 18:30:45...` as `2019-07-12T18:30:45`; none for a time that does not exist."""
    if not text or not str(text)[:4].isdigit() or str(text).startswith("0000"):
        return None
    # A part that is not known is blank.
    text = str(text)[:19]
    return text[:10].replace(":", "-") + "T" + text[11:].replace(" ", "0")


def read(paths: list[Path]) -> dict[Path, dict]:
    found = json.loads(run("exiftool", "-json", "-n", "-G1", "-a", "-struct", "-charset", "UTF8", *paths))
    return {Path(entry["SourceFile"]): entry for entry in found}


def packet(entry: dict) -> dict:
    """The words and the place of one XMP packet."""
    parts = [part for tag in listed(entry.get("XMP-lr:HierarchicalSubject")) for part in tag.split("|")]
    parts += [part for tag in listed(entry.get("XMP-digiKam:TagsList")) for part in tag.split("/")]
    local = entry.get("XMP-dc:Title"), entry.get("XMP-dc:Description")
    title, caption = (text.get("x-default") if isinstance(text, dict) else text for text in local)
    place_ = (entry.get("XMP-exif:GPSLatitude"), entry.get("XMP-exif:GPSLongitude"))
    return {"tags": sorted(set(listed(entry.get("XMP-dc:Subject")) + parts)), "title": title, "caption": caption,
            "rating": stars(entry.get("XMP-xmp:Rating")), "place": place_ if None not in place_ else None}


def signed(entry: dict) -> tuple | None:
    """The place in EXIF. Without -G1's composite tags, degrees have no sign."""
    at = entry.get("GPS:GPSLatitude"), entry.get("GPS:GPSLongitude")
    numbers = [value if isinstance(value, (int, float)) else None for value in at]
    if None in numbers or numbers == [0, 0]:
        return None
    south, west = entry.get("GPS:GPSLatitudeRef") == "S", entry.get("GPS:GPSLongitudeRef") == "W"
    return (-numbers[0] if south else numbers[0], -numbers[1] if west else numbers[1])


def expected(path: Path, entry: dict, sidecars: list[dict]) -> dict:
    own, sides = packet(entry), [packet(sidecar) for sidecar in sidecars]
    iptc = {"tags": listed(entry.get("IPTC:Keywords")), "title": entry.get("IPTC:ObjectName"), "caption": entry.get("IPTC:Caption-Abstract")}
    windows = {"tags": [word for word in str(entry.get("IFD0:XPKeywords") or "").split(";") if word], "title": entry.get("IFD0:XPTitle"),
               "caption": entry.get("IFD0:ImageDescription"), "rating": stars(entry.get("IFD0:Rating"))}
    said = [*sides, own, iptc, windows]
    say = lambda name: first(*(source.get(name) for source in said))
    place_ = first(*(side["place"] for side in sides), signed(entry), own["place"])
    size = (entry.get("File:ImageWidth") or entry.get("PNG:ImageWidth") or entry.get("IFD0:ImageWidth") or entry.get("RIFF:ImageWidth")
            or entry.get("GIF:ImageWidth") or entry.get("Jpeg2000:ImageWidth") or entry.get("Meta:ImageWidth") or entry.get("Composite:ImageSize"))
    if isinstance(size, str):
        width, height = map(int, size.split())
    else:
        width = size
        height = next(entry[key] for key in entry if key.endswith(":ImageHeight") and not key.startswith(("ExifIFD", "XMP")))
    if entry.get("IFD0:Orientation", 1) in (5, 6, 7, 8):
        width, height = height, width
    exif_taken = first(*(moment(entry.get(tag)) for tag in ["ExifIFD:DateTimeOriginal", "ExifIFD:CreateDate", "IFD0:ModifyDate"]))
    xmp_taken = first(*(moment(source.get("XMP-exif:DateTimeOriginal")) for source in [entry, *sidecars]))
    iptc_taken = moment(f"{entry['IPTC:DateCreated']} {entry['IPTC:TimeCreated']}") if "IPTC:DateCreated" in entry else None
    make, model = entry.get("IFD0:Make"), entry.get("IFD0:Model")
    lens = first(entry.get("ExifIFD:LensModel"), *(source.get("XMP-exifEX:LensModel") or source.get("XMP-aux:Lens") for source in [entry, *sidecars]))
    iso = first(entry.get("ExifIFD:ISO"))
    name = str(path.relative_to(OUT))
    return {
        "path": name,
        "taken": first(exif_taken, xmp_taken, iptc_taken),
        "width": width, "height": height, "bytes": path.stat().st_size,
        "iso": iso if iso else None, "rating": say("rating"), "place": list(place_) if place_ else None,
        "name": words(path.name.rsplit(".", 1)[0]) + words(path.suffix), "camera": words(make) + words(model), "lens": words(lens),
        "caption": words(say("title")) + words(say("caption")), "tags": [words(tag) for tag in say("tags") or []],
    }


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    for write in [by_exiftool, by_pillow, by_piexif, by_exiv2, by_adobe, by_darktable]:
        write()
    files = sorted(path for path in OUT.rglob("*") if path.is_file())
    entries = read(files)
    pictures = [path for path in files if path.suffix != ".xmp"]
    answers = []
    for path in pictures:
        sidecars = [entries[side] for side in [Path(f"{path}.xmp"), path.with_suffix(".xmp")] if side in entries]
        answers.append(expected(path, entries[path], sidecars))
    (OUT / "expected.json").write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n")
    version = run("exiftool", "-ver").strip()
    print(f"{len(pictures)} pictures, read by exiftool {version}", file=sys.stderr)


if __name__ == "__main__":
    main()
