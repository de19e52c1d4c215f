"""Trains the model in assets/demo-model further, for queries of one and two words.

    target/venv/bin/python tools/demo-model/train_short.py

Every step takes new pictures with their captions, short queries, and texts about things that no picture shows
(`other_words.txt`), and compares all texts with the new pictures and with those of the steps before (as MoCo does, He 2020).
Two losses are added: that of `train.py`; and the sigmoid loss of SigLIP (Zhai 2023, section 3.2), which brings the scores of
all texts to one scale, so that a score tells whether a picture is right at all. The model is written every 50 steps.
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from evaluate import HeldOut
from losses import contrast, contrastive
from model import normalized_pixels
from muon import Muon
from samples import stream, tokens
from short_queries import ROOT, embed, load, queries, recalls, right
from train import matrices_and_rest, rate, save_weights, worn

# Far from the seeds of train.py's batches and of the held-out pictures.
FIRST_SEED = 7_000_000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "assets" / "demo-model")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "examples" / "demo_samples")
    parser.add_argument("--batch", type=int, default=192, help="new pictures a step")
    parser.add_argument("--queue", type=int, default=1536, help="pictures of earlier steps")
    parser.add_argument("--queries", type=int, default=256, help="short queries a step")
    parser.add_argument("--others", type=int, default=48, help="texts about other things a step")
    parser.add_argument("--steps", type=int, default=260)
    parser.add_argument("--lr", type=float, default=1.2e-3)
    parser.add_argument("--absolute", type=float, default=1.0, help="weight of the sigmoid loss")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def sigmoid_loss(cosines, is_right, scale, bias):
    """For each text, the mean over its right pictures, and the sum over the wrong ones for each right one."""
    logits = scale * cosines + bias
    right_ones = is_right.sum(1).clamp(min=1)
    missed = (F.softplus(-logits) * is_right).sum(1) / right_ones
    wrong = (F.softplus(logits) * ~is_right).sum(1) / right_ones
    return (missed + wrong).mean()


def other(words, dice):
    """A text about something that no picture shows."""
    word = dice.choice(words)
    kind = dice.random()
    if kind < 0.35:
        return word
    if kind < 0.65:
        return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"
    if kind < 0.85:
        return f"{word} {dice.choice(words)}"
    # Halves of two words, for words that no list has.
    end = dice.choice(words)
    return word[: max(2, len(word) // 2)] + end[len(end) // 2 :]


def with_article(query, dice):
    """A query as people also type it."""
    if query.split()[-1].endswith("s") or dice.random() < 0.6:
        return query
    return f"{'an' if query[0] in 'aeiou' else 'a'} {query}"


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    clip, tokenizer = load(options.model)
    held_out = HeldOut(options.binary)
    texts, wanted = queries(options.binary, held_out.first.facts.shape[1])
    row_of = {text: row for row, text in enumerate(texts)}
    known = {word for text in texts for word in text.split()}
    others = [word for word in Path(__file__).with_name("other_words.txt").read_text().split() if word not in known]
    truth = right(wanted, held_out.first.facts)
    counts = truth.any(1)
    ones = torch.tensor([" " not in text for text in texts])

    @torch.no_grad()
    def figures():
        images = F.normalize(HeldOut.images(clip, held_out.first), dim=1)
        asked = counts.nonzero().squeeze(1)
        found = torch.full((len(texts),), float("nan"))
        vectors = embed(clip, tokenizer, [texts[i] for i in asked.tolist()])
        found[asked] = recalls(vectors, images, truth[asked])
        return {
            **held_out.figures(clip, tokenizer),
            "short_recall_at_10": found[counts].mean().item(),
            "one_word_recall_at_10": found[counts & ones].mean().item(),
        }

    print(json.dumps(figures()), flush=True)
    matrices, rest = matrices_and_rest(clip)
    sigmoid = torch.nn.Parameter(torch.tensor([15.0, -7.0]))
    both = [
        Muon(matrices, lr=options.lr, weight_decay=0.05),
        torch.optim.AdamW([*rest, sigmoid], lr=options.lr, betas=(0.9, 0.98), weight_decay=0.0),
    ]
    dice = random.Random(options.seed)
    single = ones.nonzero().squeeze(1).tolist()
    queue = torch.zeros(0, clip.visual_projection.out_features), torch.zeros(0, wanted.shape[1])
    started = time.monotonic()
    for step, batch in enumerate(stream(options.binary, options.batch, FIRST_SEED, FIRST_SEED + options.steps)):
        for optimizer in both:
            for group in optimizer.param_groups:
                group["lr"] = options.lr * rate(step, options.steps, warmup=40)
        # One word in three: there are few of them, and they are asked most. The others are of what the pictures show.
        pool_facts = torch.cat([batch.facts, queue[1]])
        candidates = torch.tensor([dice.choice(single) if dice.random() < 0.33 else dice.randrange(len(texts)) for _ in range(6 * options.queries)])
        asked_right = right(wanted[candidates], pool_facts)
        there = asked_right.any(1).nonzero().squeeze(1)[: options.queries]
        asked, asked_right = candidates[there], asked_right[there]
        tokenizer.model.dropout = 0.1 if dice.random() < 0.3 else None
        words = [with_article(texts[i], dice) for i in asked.tolist()]
        away = [other(others, dice) for _ in range(options.others)]
        ids, pooled = tokens(tokenizer, [worn(caption, dice) for caption in batch.captions] + words + away)
        tokenizer.model.dropout = None
        with torch.autocast("cpu", torch.bfloat16):
            image, _ = clip.image(normalized_pixels(batch.pixels))
            text = clip.text(ids, pooled)
        image, text = image.float(), text.float()
        scale = clip.logit_scale.exp().clamp(max=100.0)
        # A caption that is a query as well means what the query means.
        for i, caption in enumerate(batch.captions):
            if caption in row_of:
                batch.stated[i] = wanted[row_of[caption]]
        loss = contrastive(image, text[: len(batch.captions)], scale, batch)
        vectors = torch.cat([F.normalize(image, dim=1), queue[0]])
        cosines = F.normalize(text, dim=1) @ vectors.T
        of_queries = scale * cosines[len(batch.captions) :][: len(asked)]
        chosen = (torch.rand(asked_right.shape, generator=generator) * asked_right).argmax(1)
        loss = loss + contrast(of_queries, chosen, asked_right)
        every = torch.cat([right(batch.stated, pool_facts), asked_right, torch.zeros(options.others, len(vectors), dtype=torch.bool)])
        loss = loss + options.absolute * sigmoid_loss(cosines, every, *sigmoid)
        for optimizer in both:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*clip.parameters(), sigmoid], 5.0)
        for optimizer in both:
            optimizer.step()
        queue = tuple(torch.cat([new, old])[: options.queue] for new, old in zip((vectors[: options.batch].detach(), batch.facts), queue))
        if (step + 1) % 10 == 0:
            row = {"step": step + 1, "minutes": round((time.monotonic() - started) / 60, 2), "loss": round(loss.item(), 4), "sigmoid": [round(x, 2) for x in sigmoid.tolist()]}
            if (step + 1) % 50 == 0 or step + 1 == options.steps:
                row |= {name: round(value, 4) for name, value in figures().items()}
                save_weights(clip, options.model)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
