"""Trains the text tower of assets/demo-model further, for queries of one and two words; the pictures' vectors stay as they are.

    target/venv/bin/python tools/demo-model/train_text.py

Every step takes captions and short queries, each against as many pictures as --pool says, of which all that are right for it
but one are left out of its sum. Pictures are drawn and encoded once, before the first step.
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from evaluate import HeldOut
from losses import contrast
from samples import read, tokens
from short_queries import ROOT, embed, load, queries, recalls, right
from train import rate, worn

CHUNK = 1000
# Far from the seeds of train.py's batches and of the held-out pictures.
FIRST_SEED = 7_000_000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "assets" / "demo-model")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "examples" / "demo_samples")
    parser.add_argument("--pictures", type=int, default=16_000)
    parser.add_argument("--pool", type=int, default=2048, help="pictures that a step compares with")
    parser.add_argument("--captions", type=int, default=256, help="captions a step")
    parser.add_argument("--queries", type=int, default=512, help="short queries a step")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=ROOT / "target" / "demo-model" / "pictures.pt")
    return parser.parse_args()


@torch.no_grad()
def drawn(clip, options):
    """Vectors and facts of the training pictures; captions, the picture of each, and what each states."""
    if options.keep.exists():
        return torch.load(options.keep, weights_only=True)
    vectors, facts, captions, picture_of, stated = [], [], [], [], []
    for chunk in range(options.pictures // CHUNK):
        batch = read(options.binary, CHUNK, FIRST_SEED + chunk)
        vectors.append(F.normalize(HeldOut.images(clip, batch), dim=1))
        facts.append(batch.facts.bool())
        captions += batch.captions
        picture_of.append(batch.picture_of + chunk * CHUNK)
        stated.append(batch.stated.bool())
        print(f"{(chunk + 1) * CHUNK} pictures", flush=True)
    all_of = {
        "vectors": torch.cat(vectors),
        "facts": torch.cat(facts),
        "captions": captions,
        "picture_of": torch.cat(picture_of),
        "stated": torch.cat(stated),
    }
    options.keep.parent.mkdir(parents=True, exist_ok=True)
    torch.save(all_of, options.keep)
    return all_of


def one_right(is_right, generator):
    """A right picture of each row, drawn evenly."""
    return (torch.rand(is_right.shape, generator=generator) * is_right).argmax(1)


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    clip, tokenizer = load(options.model)
    train = drawn(clip, options)
    vectors, facts = train["vectors"], train["facts"].float()
    texts, wanted = queries(options.binary, facts.shape[1])
    # What is rare among training pictures can't be learned from them.
    usable = [i for part in torch.arange(len(texts)).split(500) for i, many in zip(part.tolist(), right(wanted[part], facts).sum(1)) if many >= 2]
    held_out = HeldOut(options.binary)
    truth = right(wanted, held_out.first.facts)
    counts = truth.any(1)
    with torch.no_grad():
        held_out_images = F.normalize(HeldOut.images(clip, held_out.first), dim=1)

    def figures():
        found = recalls(embed(clip, tokenizer, texts), held_out_images, truth)
        ones = torch.tensor([" " not in text for text in texts])
        return {
            **held_out.figures(clip, tokenizer),
            "short_recall_at_10": found[counts].mean().item(),
            "one_word_recall_at_10": found[counts & ones].mean().item(),
        }

    print(json.dumps(figures()), flush=True)
    for parameter in clip.parameters():
        parameter.requires_grad_(False)
    learned = [*clip.text_model.parameters(), *clip.text_projection.parameters()]
    for parameter in learned:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(learned, lr=options.lr, betas=(0.9, 0.98), weight_decay=0.01)
    scale = clip.logit_scale.exp().clamp(max=100.0)
    dice = random.Random(options.seed)
    ones = [i for i in usable if " " not in texts[i]]
    started = time.monotonic()
    for step in range(options.steps):
        for group in optimizer.param_groups:
            group["lr"] = options.lr * rate(step, options.steps)
        chosen = torch.randint(len(train["captions"]), (options.captions,), generator=generator)
        # The captions' own pictures come first in the pool.
        rest = torch.randint(len(vectors), (options.pool - options.captions,), generator=generator)
        pool = torch.cat([train["picture_of"][chosen], rest])
        pool_vectors, pool_facts = vectors[pool], facts[pool]
        # One word in four: there are few of them, and they are asked most.
        asked = torch.tensor([dice.choice(ones if dice.random() < 0.25 else usable) for _ in range(options.queries)])
        asked_right = right(wanted[asked], pool_facts)
        asked, asked_right = asked[asked_right.any(1)], asked_right[asked_right.any(1)]
        said = [worn(train["captions"][i], dice) for i in chosen.tolist()]
        tokenizer.model.dropout = 0.1 if dice.random() < 0.3 else None
        ids, pooled = tokens(tokenizer, said + [texts[i] for i in asked.tolist()])
        tokenizer.model.dropout = None
        logits = scale * F.normalize(clip.text(ids, pooled), dim=1) @ pool_vectors.T
        of_captions, of_queries = logits.split([len(said), len(asked)])
        matches = right(train["stated"][chosen].float(), pool_facts)
        loss = contrast(of_captions, torch.arange(len(said)), matches)
        loss = loss + contrast(of_queries, one_right(asked_right, generator), asked_right)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 5.0)
        optimizer.step()
        if (step + 1) % 50 == 0:
            row = {"step": step + 1, "minutes": round((time.monotonic() - started) / 60, 2), "loss": round(loss.item(), 4)}
            if (step + 1) % 250 == 0 or step + 1 == options.steps:
                row |= {name: round(value, 4) for name, value in figures().items()}
            print(json.dumps(row), flush=True)
    weights = {name: value.detach().half().contiguous() for name, value in clip.state_dict().items()}
    save_file(weights, options.model / "model.safetensors", metadata={"format": "pt"})
    (options.model / "model.safetensors").chmod(0o644)


if __name__ == "__main__":
    main()
