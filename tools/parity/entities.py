"""Writes the table of HTML entities that open_clip's texts are cleaned with.

    python tools/parity/entities.py
"""

from html.entities import html5
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "src/clip/open_clip/entities.tsv"

# Two of them stand for a line feed and a tab, which the table can't hold: `entities.rs` has those.
lines = [f"{name}\t{text}\n" for name, text in sorted(html5.items()) if text not in ("\n", "\t")]
OUT.write_text("".join(lines))
