"""Trains the model in assets/demo-model further, for queries of one and two words, and for scores that tell by themselves.

    target/venv/bin/python tools/demo-model/train_short.py [--minutes 19 --lr 8e-4 --steepness 33 --threshold 0.55]

Every step takes new pictures with their captions, short queries, and texts about things that no picture shows
(`other_words.txt`), and compares all texts with the new pictures and with those of the steps before (as MoCo does, He 2020).
The losses are those of `train.py`, with its heads that read facts and things anew; and the sigmoid loss of SigLIP (Zhai 2023,
section 3.2), which brings the scores of all texts to one scale, so that a score tells whether a picture is right at all.
Texts about other things are only kept below the scores of right pictures. The model is written every 200 steps.
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from evaluate import HeldOut
from losses import Heads, contrast, contrastive
from model import normalized_pixels
from muon import Muon
from samples import stream, tokens
from short_queries import ROOT, embed, load, queries, recalls, right
from train import matrices_and_rest, rate, save_weights, worn

# Far from the seeds of train.py's batches and of the held-out pictures.
FIRST_SEED = 8_000_000
# A step that takes longer was stopped meanwhile, and counts no more.
LONGEST_STEP = 10.0
# So many steps teach the new heads only.
HEADS_ALONE = 100
# Texts about other things are to stay so far below the threshold.
BELOW = 0.15


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "assets" / "demo-model", help="where it starts")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "demo-model", help="a folder with the tokenizer; the weights go there")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "examples" / "demo_samples")
    parser.add_argument("--batch", type=int, default=192, help="new pictures a step")
    parser.add_argument("--queue", type=int, default=1536, help="pictures of earlier steps")
    parser.add_argument("--queries", type=int, default=256, help="short queries a step")
    parser.add_argument("--others", type=int, default=128, help="texts about other things a step")
    parser.add_argument("--minutes", type=float, default=75, help="how long; the learning rate follows it")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--absolute", type=float, default=3.0, help="weight of the sigmoid loss")
    parser.add_argument("--steepness", type=float, default=20.0, help="of the sigmoid, at the start")
    parser.add_argument("--threshold", type=float, default=0.5, help="the cosine at which it is a half, at the start")
    parser.add_argument("--relative", type=float, default=0.5, help="weight of the contrastive losses")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, help="of the pictures; far from those of train.py and of the held-out ones")
    parser.add_argument("--threads", type=Path, help="a file with the number of threads, read at every step")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def sigmoid_loss(cosines, is_right, scale, threshold):
    """For each text, the mean over its right pictures, and the sum over the wrong ones for each right one."""
    logits = scale * (cosines - threshold)
    right_ones = is_right.sum(1).clamp(min=1)
    missed = (F.softplus(-logits) * is_right).sum(1) / right_ones
    wrong = (F.softplus(logits) * ~is_right).sum(1) / right_ones
    return (1.5 * missed + wrong).mean()


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
    sigmoid = torch.nn.Parameter(torch.tensor([options.steepness / 10, options.threshold]))
    heads = Heads(wanted.shape[1], clip.visual_projection.out_features)
    both = [
        Muon(matrices, lr=options.lr, weight_decay=0.05),
        torch.optim.AdamW([*rest, *heads.parameters()], lr=options.lr, betas=(0.9, 0.98), weight_decay=0.0),
        # In tens; it has to follow the embeddings.
        torch.optim.AdamW([sigmoid], lr=2 * options.lr, betas=(0.9, 0.98), weight_decay=0.0),
    ]
    dice = random.Random(options.seed)
    single = ones.nonzero().squeeze(1).tolist()
    queue = torch.zeros(0, clip.visual_projection.out_features), torch.zeros(0, wanted.shape[1])
    spent, before, whole = 0.0, time.monotonic(), 60 * options.minutes
    for step, batch in enumerate(stream(options.binary, options.batch, options.first_seed, 2 * options.first_seed)):
        spent, before = spent + min(time.monotonic() - before, LONGEST_STEP), time.monotonic()
        if spent >= whole:
            break
        if options.threads:
            torch.set_num_threads(int(options.threads.read_text()))
        for optimizer in both:
            for group in optimizer.param_groups:
                group.setdefault("peak", group["lr"])
                group["lr"] = group["peak"] * rate(spent, whole, warmup=0.03 * whole)
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
            image, patches = clip.image(normalized_pixels(batch.pixels))
            text = clip.text(ids, pooled)
        image, text, patches = image.float(), text.float(), patches.float()
        scale = clip.logit_scale.exp().clamp(max=100.0)
        # A caption that is a query as well means what the query means.
        for i, caption in enumerate(batch.captions):
            if caption in row_of:
                batch.stated[i] = wanted[row_of[caption]]
        loss = options.relative * contrastive(image, text[: len(batch.captions)], scale, batch)
        vectors = torch.cat([F.normalize(image, dim=1), queue[0]])
        cosines = F.normalize(text, dim=1) @ vectors.T
        of_queries = scale * cosines[len(batch.captions) :][: len(asked)]
        chosen = (torch.rand(asked_right.shape, generator=generator) * asked_right).argmax(1)
        loss = loss + options.relative * contrast(of_queries, chosen, asked_right)
        known = torch.cat([right(batch.stated, pool_facts), asked_right])
        steepness, threshold = 10 * sigmoid[0], sigmoid[1]
        loss = loss + options.absolute * sigmoid_loss(cosines[: len(known)], known, steepness, threshold)
        # Texts about other things need only be told from right ones, not be far from everything: what they reach is how a
        # collection is calibrated.
        reached = F.relu(steepness * (cosines[len(known) :] - threshold.detach() + BELOW))
        loss = loss + options.absolute * reached.sum(1).mean()
        seen, stated, states = (x.detach() if step < HEADS_ALONE else x for x in (image, text[: len(batch.captions)], patches))
        things = heads.things(states, batch.patches)
        loss = loss + 0.5 * things + 0.1 * heads.facts(seen, heads.image_bias, batch.facts) + 0.1 * heads.facts(stated, heads.text_bias, batch.stated)
        for optimizer in both:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*clip.parameters(), sigmoid], 5.0)
        torch.nn.utils.clip_grad_norm_(heads.parameters(), 5.0)
        for optimizer in both:
            optimizer.step()
        queue = tuple(torch.cat([new, old])[: options.queue] for new, old in zip((vectors[: options.batch].detach(), batch.facts), queue))
        if (step + 1) % 20 == 0:
            row = {"step": step + 1, "minutes": round(spent / 60, 2), "loss": round(loss.item(), 4), "things": round(things.item(), 4), "sigmoid": [round(x, 2) for x in sigmoid.tolist()]}
            if (step + 1) % 200 == 0:
                row |= {name: round(value, 4) for name, value in figures().items()}
                save_weights(clip, options.out)
            print(json.dumps(row), flush=True)
    save_weights(clip, options.out)
    print(json.dumps({"steps": step, **{name: round(value, 4) for name, value in figures().items()}}))


if __name__ == "__main__":
    main()
