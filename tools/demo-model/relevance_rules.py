"""Compares rules for where relevance ends, on drawings and queries that took no part in the held-out figures.

    python tools/demo-model/relevance_rules.py [--model assets/demo-model]

Prints, for each set of drawings, the floor, and the mean F1 of each rule above it, of 250 queries (150 of one word). See
docs/design/relevance.md.
"""

import argparse
import random
from pathlib import Path

import torch
import torch.nn.functional as F

from evaluate import HeldOut
from samples import read
from short_queries import ROOT, embed, load, queries, right

SETS = ((777001, "held-out", 500), (777002, "held-out", 400), (777003, "train", 400), (777004, "train", 2000))


def f1(least, scores, is_right):
    chosen = scores >= least
    return (2 * (chosen & is_right).sum() / (chosen.sum() + is_right.sum())).item()


def best_f1(scores, is_right):
    found = is_right[scores.argsort(descending=True)].float().cumsum(0)
    return (2 * found / (torch.arange(1, len(scores) + 1) + is_right.sum())).max().item()


def gap(scores, low, high, floor, width=0.02):
    """`Cutoff::least` of src/library/searcher/relevance.rs."""
    ordered = scores.sort(descending=True).values[:1000].tolist()
    best = ordered[0]
    low, high = max(low * best, floor), high * best
    above, widest = best, (width * best, low)
    for score in ordered[1:]:
        upper, lower = min(above, high), max(score, low)
        if upper - lower >= widest[0]:
            widest = (upper - lower, (upper + lower) / 2)
        if score < low:
            break
        above = score
    return widest[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "assets" / "demo-model")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "examples" / "demo_samples")
    options = parser.parse_args()
    clip, tokenizer = load(options.model)
    neutral = embed(clip, tokenizer, [line for line in (ROOT / "assets" / "neutral.txt").read_text().splitlines() if line])
    rows = {}
    for seed, split, count in SETS:
        batch = read(options.binary, count, seed, f"--split={split}")
        texts, wanted = queries(options.binary, batch.facts.shape[1])
        with torch.no_grad():
            images = F.normalize(HeldOut.images(clip, batch), dim=1)
        truth = right(wanted, batch.facts)
        dice, there = random.Random(5), [i for i in range(len(texts)) if truth[i].any()]
        ones, twos = ([i for i in there if (" " in texts[i]) == several] for several in (False, True))
        asked = dice.sample(ones, min(150, len(ones))) + dice.sample(twos, 100)
        reached = (neutral @ images.T).max(1).values.sort().values
        lower, median, upper = (reached[round((len(reached) - 1) * share)].item() for share in (0.1, 0.5, 0.95))
        floor = min(upper, median + 3 * (median - lower))
        pairs = list(zip(embed(clip, tokenizer, [texts[i] for i in asked]) @ images.T, truth[asked]))
        thresholds = [share / 50 for share in range(5, 45)]
        rules = {
            "the floor alone": lambda s: floor,
            "0.7 of the best score": lambda s: max(floor, 0.7 * s.max().item()),
            "0.8 of it": lambda s: max(floor, 0.8 * s.max().item()),
            "0.9 of it": lambda s: max(floor, 0.9 * s.max().item()),
            "the widest gap between 0.9 and 0.7 of it": lambda s: gap(s, 0.7, 0.9, floor),
            "**the widest gap between 0.9 and 0.6 of it**": lambda s: gap(s, 0.6, 0.9, floor),
            "the widest gap between 0.8 and 0.6 of it": lambda s: gap(s, 0.6, 0.8, floor),
            "the widest gap of all": lambda s: gap(s, 0.0, 1.0, floor, 0.0),
        }
        figures = {name: [f1(rule(s), s, r) for s, r in pairs] for name, rule in rules.items()}
        figures["one threshold for all, chosen with the answers"] = max(
            ([f1(least, s, r) for s, r in pairs] for least in thresholds), key=sum
        )
        figures["the best of each query"] = [best_f1(s, r) for s, r in pairs]
        print(f"{count} drawings ({split}): floor {floor:.3f}")
        for name, values in figures.items():
            rows.setdefault(name, []).append(sum(values) / len(values))
    for name, values in rows.items():
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |")


if __name__ == "__main__":
    main()
