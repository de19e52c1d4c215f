"""How well the demo model finds what queries of one and two words ask for, on held-out pictures.

    python tools/demo-model/short_queries.py [--model assets/demo-model] [--worst 40]

A query counts when at least one of the pictures is right for it. Its recall@10 is the share of the right pictures, at most
ten, that are among the first ten.
"""

import argparse
import subprocess
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tokenizers import Tokenizer

from evaluate import SEED, HeldOut
from model import Clip
from samples import read, tokens

ROOT = Path(__file__).resolve().parents[2]
FIRST = 10


def queries(binary, facts):
    """The texts, and what they ask for as rows of 0 and 1."""
    lines = subprocess.run([binary, "--queries"], check=True, capture_output=True, text=True).stdout.splitlines()
    texts, wanted = [], np.zeros((len(lines), facts), np.float32)
    for row, line in enumerate(lines):
        text, numbers = line.split("\t")
        texts.append(text)
        wanted[row, [int(number) for number in numbers.split()]] = 1
    return texts, torch.from_numpy(wanted)


def right(wanted, truth):
    """(queries, pictures): all that the query asks for is true of the picture."""
    return wanted @ truth.T >= wanted.sum(1, keepdim=True) - 0.5


@torch.no_grad()
def embed(clip, tokenizer, texts):
    parts = [tokens(tokenizer, texts[i : i + 500]) for i in range(0, len(texts), 500)]
    return torch.cat([F.normalize(clip.text(*part).float(), dim=1) for part in parts])


def recalls(texts, images, is_right):
    """Recall@10 of each query; not a number where no picture is right."""
    best = (texts @ images.T).topk(FIRST, dim=1).indices
    found = is_right.gather(1, best).sum(1).float()
    return found / is_right.sum(1).clamp(max=FIRST)


def load(folder):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    clip = Clip(tokenizer.get_vocab_size())
    clip.load_state_dict({name: value.float() for name, value in load_file(folder / "model.safetensors").items()})
    return clip.eval(), tokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "assets" / "demo-model")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "examples" / "demo_samples")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--worst", type=int, default=0, help="print so many queries that fare worst")
    options = parser.parse_args()
    clip, tokenizer = load(options.model)
    batch = read(options.binary, options.count, options.seed, "--split=held-out")
    texts, wanted = queries(options.binary, batch.facts.shape[1])
    with torch.no_grad():
        images = F.normalize(HeldOut.images(clip, batch), dim=1)
    is_right = right(wanted, batch.facts)
    counts = is_right.any(1)
    found = recalls(embed(clip, tokenizer, texts), images, is_right)
    for words in (1, 2, 3):
        chosen = [i for i, text in enumerate(texts) if counts[i] and len(text.split()) == words]
        if chosen:
            print(f"{words} word(s): {len(chosen)} queries, mean recall@{FIRST} {found[chosen].mean():.4f}")
    print(f"all: {int(counts.sum())} queries, mean recall@{FIRST} {found[counts].mean():.4f}")
    order = [i for i in found.nan_to_num(2).argsort().tolist() if counts[i]]
    for i in order[: options.worst]:
        print(f"  {found[i]:.2f} of {int(is_right[i].sum())}: {texts[i]}")


if __name__ == "__main__":
    main()
