"""Writes tests/data/plain-queries.safetensors: the embeddings by `pixseek embed --model demo` of the texts in
tests/data/plain-queries.json, in their order (f32, unit length).

They were written before there was a query language, and say what a plain query means. Write them anew only when the
demo model itself changes:

    python3 tools/parity/plain_queries.py target/release/pixseek
"""

import json
import pathlib
import subprocess
import sys

import numpy
from safetensors.numpy import save_file

DATA = pathlib.Path(__file__).parents[2] / "tests" / "data"


def embedding(program: str, text: str) -> list[float]:
    command = [program, "embed", "--model", "demo", f"--text={text}", "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["embedding"]


texts = json.loads((DATA / "plain-queries.json").read_text(encoding="utf-8"))
rows = [embedding(sys.argv[1], text) for text in texts]
save_file({"embeddings": numpy.array(rows, dtype=numpy.float32)}, DATA / "plain-queries.safetensors")
