"""Writes tests/data/pictures/facts: small pictures and sidecars with dates, places, cameras and words, by Pillow and exiftool
(on PATH, or named in EXIFTOOL), and sidecars as Lightroom, digiKam and darktable write them.

    python tools/pictures/facts.py
"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

OUT = Path(__file__).resolve().parents[2] / "tests/data/pictures/facts"
EXIFTOOL = shlex.split(os.environ.get("EXIFTOOL", "exiftool"))

CAMERA = [
    "-EXIF:DateTimeOriginal=2019:07:12 18:30:45",
    "-EXIF:SubSecTimeOriginal=25",
    "-EXIF:OffsetTimeOriginal=+02:00",
    "-EXIF:CreateDate=2019:07:12 18:30:46",
    "-EXIF:Make=FUJIFILM",
    "-EXIF:Model=X-T3",
    "-EXIF:LensModel=XF23mmF1.4 R",
    "-EXIF:ISO=800",
    "-EXIF:FocalLength=23",
    "-EXIF:FNumber=1.4",
    "-EXIF:ExposureTime=1/250",
    "-EXIF:Orientation#=6",
    "-EXIF:GPSLatitude=33.9249",
    "-EXIF:GPSLatitudeRef=S",
    "-EXIF:GPSLongitude=18.4241",
    "-EXIF:GPSLongitudeRef=E",
    "-EXIF:GPSAltitude=12.5",
    "-EXIF:GPSAltitudeRef#=0",
]
WORDS = [
    "-XMP-dc:Title=Écluse",
    "-XMP-dc:Description=Boats in the harbour",
    "-XMP-dc:Subject=boat",
    "-XMP-dc:Subject=été",
    "-XMP-xmp:Rating=4",
]
IPTC = [
    "-IPTC:CodedCharacterSet=UTF8",
    "-IPTC:ObjectName=Old title",
    "-IPTC:Caption-Abstract=Old caption",
    "-IPTC:Keywords=harbour",
    "-IPTC:Keywords=夏",
    "-IPTC:DateCreated=2019:07:13",
    "-IPTC:TimeCreated=10:11:12+01:00",
]
WINDOWS = ["-EXIF:XPTitle=Straße", "-EXIF:XPComment=A comment", "-EXIF:XPKeywords=one;two words", "-EXIF:Rating=3"]

LIGHTROOM = """<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0-c000 1.000000, 0000/00/00-00:00:00        ">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:exifEX="http://cipa.jp/exif/1.0/"
    xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
   xmp:Rating="5"
   xmp:CreatorTool="Adobe Photoshop Lightroom Classic 12.0 (Windows)"
   xmp:CreateDate="2021-03-04T05:06:07.08"
   tiff:Make="Canon"
   tiff:Model="Canon EOS R5"
   tiff:Orientation="1"
   exif:ExifVersion="0231"
   exif:ExposureTime="1/160"
   exif:FNumber="28/10"
   exif:FocalLength="35/1"
   exif:GPSLatitude="48,51.5N"
   exif:GPSLongitude="2,17.7W"
   exif:GPSAltitude="350/10"
   exif:GPSAltitudeRef="0"
   exif:DateTimeOriginal="2021-03-04T05:06:07.08+01:00"
   exifEX:LensModel="RF35mm F1.8 MACRO IS STM"
   aux:Lens="RF35mm F1.8 MACRO IS STM"
   photoshop:DateCreated="2021-03-04T05:06:07.08"
   crs:Version="15.0">
   <exif:ISOSpeedRatings>
    <rdf:Seq>
     <rdf:li>200</rdf:li>
    </rdf:Seq>
   </exif:ISOSpeedRatings>
   <xmpMM:History>
    <rdf:Seq>
     <rdf:li>
      <rdf:Description stEvt:action="saved" dc:title="not this one" xmp:Rating="1"/>
     </rdf:li>
    </rdf:Seq>
   </xmpMM:History>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>Paris</rdf:li>
     <rdf:li>bridge</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <lr:hierarchicalSubject>
    <rdf:Bag>
     <rdf:li>Places|Europe|Paris</rdf:li>
     <rdf:li>bridge</rdf:li>
    </rdf:Bag>
   </lr:hierarchicalSubject>
   <dc:title>
    <rdf:Alt>
     <rdf:li xml:lang="fr-FR">Pont</rdf:li>
     <rdf:li xml:lang="x-default">Bridge &amp; river</rdf:li>
    </rdf:Alt>
   </dc:title>
   <dc:description>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">From the left bank</rdf:li>
    </rdf:Alt>
   </dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""

DIGIKAM = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:mediapro="http://ns.iview-multimedia.com/mediapro/1.0/"
    xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
   digiKam:PickLabel="0"
   digiKam:ColorLabel="0"
   MicrosoftPhoto:Rating="50"
   acdsee:rating="3"
   acdsee:categories="&lt;Categories&gt;&lt;/Categories&gt;"
   exif:GPSLatitude="47,22.12500000N"
   exif:GPSLongitude="8,32.50000000E"
   exif:GPSVersionID="2.0.0.0"
   xmp:Rating="3">
   <digiKam:TagsList>
    <rdf:Seq>
     <rdf:li>People/Anna</rdf:li>
     <rdf:li>lake</rdf:li>
    </rdf:Seq>
   </digiKam:TagsList>
   <MicrosoftPhoto:LastKeywordXMP>
    <rdf:Bag>
     <rdf:li>People/Anna</rdf:li>
     <rdf:li>lake</rdf:li>
    </rdf:Bag>
   </MicrosoftPhoto:LastKeywordXMP>
   <lr:hierarchicalSubject>
    <rdf:Bag>
     <rdf:li>People|Anna</rdf:li>
     <rdf:li>lake</rdf:li>
    </rdf:Bag>
   </lr:hierarchicalSubject>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>Anna</rdf:li>
     <rdf:li>lake</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <dc:title>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">Zürich</rdf:li>
    </rdf:Alt>
   </dc:title>
   <dc:description>
    <rdf:Alt>
     <rdf:li xml:lang="x-default">At the lake</rdf:li>
    </rdf:Alt>
   </dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""

DARKTABLE = """<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:darktable="http://darktable.sf.net/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
   exif:DateTimeOriginal="2022:05:06 07:08:09.123"
   xmp:Rating="-1"
   xmpMM:DerivedFrom="IMG_0001.CR2"
   darktable:import_timestamp="63787654321000000"
   darktable:xmp_version="5"
   darktable:raw_params="0"
   darktable:auto_presets_applied="1">
   <dc:subject>
    <rdf:Seq>
     <rdf:li>darktable</rdf:li>
     <rdf:li>fog</rdf:li>
     <rdf:li>format</rdf:li>
    </rdf:Seq>
   </dc:subject>
   <lr:hierarchicalSubject>
    <rdf:Seq>
     <rdf:li>darktable|format|cr2</rdf:li>
     <rdf:li>weather|fog</rdf:li>
    </rdf:Seq>
   </lr:hierarchicalSubject>
   <darktable:history>
    <rdf:Seq>
     <rdf:li darktable:num="0" darktable:operation="exposure" darktable:enabled="1" darktable:params="0000"/>
    </rdf:Seq>
   </darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def exiftool(path: Path, *arguments: str) -> None:
    subprocess.run(
        [*EXIFTOOL, "-q", "-charset", "UTF8", "-api", "Compact=NoPadding", "-overwrite_original", *arguments, str(path)],
        check=True,
    )


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    picture = Image.radial_gradient("L").resize((12, 8))
    for name, arguments in {
        "all.jpg": CAMERA + WORDS + IPTC,
        "words.png": WORDS + CAMERA[:3],
        "words.tif": WORDS + CAMERA[:3],
        "words.webp": WORDS + CAMERA[:3],
        "iptc.jpg": IPTC,
        "latin.jpg": ["-charset", "iptc=Latin", "-IPTC:Keywords=café", "-IPTC:Caption-Abstract=naïve"],
        "windows.jpg": WINDOWS,
    }.items():
        path = OUT / name
        picture.save(path)
        exiftool(path, *arguments)
    subprocess.run([*EXIFTOOL, "-q", "-tagsfromfile", str(OUT / "all.jpg"), "-all>xmp:all", str(OUT / "exiftool.xmp")], check=True)

    exif = picture.getexif()
    exif[0x10F], exif[0x110], exif[0x112] = "NIKON CORPORATION\0\0", " NIKON D850 ", 1
    exif[0x10E] = "OLYMPUS DIGITAL CAMERA         "
    exif[0x132] = "2018:01:02 03:04:05"
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x829D], inner[0x829A] = "0000:00:00 00:00:00", IFDRational(0, 0), IFDRational(0, 1)
    inner[0x8827], inner[0x920A] = 65535, IFDRational(0, 0)
    inner[0x8832] = 102400
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3] = "N", (IFDRational(0, 0),) * 3, "E"
    gps[4] = (IFDRational(0, 0),) * 3
    picture.save(OUT / "absurd.jpg", exif=exif)

    (OUT / "lightroom.xmp").write_text(LIGHTROOM)
    (OUT / "digikam.xmp").write_text(DIGIKAM)
    (OUT / "darktable.xmp").write_text(DARKTABLE)


if __name__ == "__main__":
    main()
