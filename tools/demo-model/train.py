"""Trains the demo model and writes it to assets/demo-model. Goes on where it was stopped; see README.md."""

import argparse
import json
import math
import random
import subprocess
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from evaluate import HeldOut
from losses import Heads, contrastive
from model import PROJECTION, Clip, normalized_pixels, write_configs
from muon import Muon
from samples import read, stream, tokens, train_tokenizer

ROOT = Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1100)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--merges", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stop-at", type=int, help="leave after this step, to go on later")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "demo-model", help="checkpoints and log")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "demo-model")
    parser.add_argument("--binary", type=Path, default=ROOT / "target" / "release" / "examples" / "demo_samples")
    return parser.parse_args()


def rate(step, steps, warmup=100):
    """Up in a straight line, then down along a cosine to nothing."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def worn(caption, dice):
    """As people type: now and then a full stop, or the last word not yet finished."""
    if dice.random() < 0.03:
        return caption + "."
    head, _, last = caption.rpartition(" ")
    if head and len(last) > 3 and dice.random() < 0.05:
        return f"{head} {last[: dice.randrange(2, len(last))]}"
    return caption


def matrices_and_rest(clip):
    """The parameters that Muon moves, and those that AdamW does."""
    matrices, rest = [], []
    for name, parameter in clip.named_parameters():
        square = parameter.ndim == 2 and "embedding" not in name
        (matrices if square else rest).append(parameter)
    return matrices, rest


def optimizers(clip, heads, lr):
    matrices, rest = matrices_and_rest(clip)
    adam = torch.optim.AdamW(
        [{"params": rest, "weight_decay": 0.0}, {"params": list(heads.parameters()), "weight_decay": 0.01}],
        lr=lr,
        betas=(0.9, 0.98),
    )
    return [Muon(matrices, lr=lr, weight_decay=0.05), adam]


def main():
    options = arguments()
    torch.manual_seed(options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    state_file = options.work / "state.pt"
    state = torch.load(state_file, weights_only=True) if state_file.exists() else None
    tokenizer_file = options.work / "tokenizer.json"
    if state is None:
        captions = read(options.binary, 20_000, 0).captions
        train_tokenizer(captions, options.merges).save(str(tokenizer_file))
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    clip = Clip(tokenizer.get_vocab_size())
    held_out = HeldOut(options.binary)
    heads = Heads(held_out.first.facts.shape[1], PROJECTION)
    both = optimizers(clip, heads, options.lr)
    step, spent, log = 0, 0.0, []
    if state is not None:
        step, spent, log = state["step"], state["spent"], state["log"]
        for module, saved in ((clip, state["clip"]), (heads, state["heads"])):
            module.load_state_dict(saved)
        for optimizer, saved in zip(both, state["optimizers"]):
            optimizer.load_state_dict(saved)
        print(f"goes on at step {step}")
    parameters = sum(p.numel() for p in clip.parameters())
    print(f"{parameters:,} parameters, {tokenizer.get_vocab_size()} tokens")
    started = time.monotonic() - spent

    def save():
        draft = state_file.with_suffix(".part")
        torch.save(
            {
                "step": step,
                "spent": time.monotonic() - started,
                "log": log,
                "clip": clip.state_dict(),
                "heads": heads.state_dict(),
                "optimizers": [o.state_dict() for o in both],
            },
            draft,
        )
        draft.replace(state_file)

    last = min(options.steps, options.stop_at or options.steps)
    for batch in stream(options.binary, options.batch, step, last):
        for optimizer in both:
            for group in optimizer.param_groups:
                group["lr"] = options.lr * rate(step, options.steps)
        dice = random.Random(options.seed * 1_000_003 + step)
        # Words in smaller pieces than need be, so that the pieces of unfinished and unknown words mean something.
        tokenizer.model.dropout = 0.1 if dice.random() < 0.5 else None
        ids, pooled = tokens(tokenizer, [worn(caption, dice) for caption in batch.captions])
        tokenizer.model.dropout = None
        with torch.autocast("cpu", torch.bfloat16):
            image, patches = clip.image(normalized_pixels(batch.pixels))
            text = clip.text(ids, pooled)
        image, text = image.float(), text.float()
        scale = clip.logit_scale.exp().clamp(max=100.0)
        match = contrastive(image, text, scale, batch)
        things = heads.things(patches.float(), batch.patches)
        seen = heads.facts(image, heads.image_bias, batch.facts)
        said = heads.facts(text, heads.text_bias, batch.stated)
        loss = match + 0.5 * things + 0.1 * seen + 0.1 * said
        for optimizer in both:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*clip.parameters(), *heads.parameters()], 5.0)
        for optimizer in both:
            optimizer.step()
        step += 1
        if step % 20 == 0:
            row = {
                "step": step,
                "minutes": round((time.monotonic() - started) / 60, 2),
                "loss": round(loss.item(), 4),
                "match": round(match.item(), 4),
                "things": round(things.item(), 4),
                "seen": round(seen.item(), 4),
                "said": round(said.item(), 4),
                "scale": round(scale.item(), 2),
            }
            if step % 200 == 0 or step == last:
                row |= {name: round(value, 4) for name, value in held_out.figures(clip, tokenizer).items()}
                save()
            log.append(row)
            print(json.dumps(row), flush=True)
    save()
    (options.work / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in log))
    if step == options.steps:
        export(clip, tokenizer, options)
        print(json.dumps(held_out.figures(clip, tokenizer)))


def save_weights(clip, folder):
    """The weights in half precision."""
    weights = {name: value.detach().half().contiguous() for name, value in clip.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)


def export(clip, tokenizer, options):
    """The weights in half precision, and the files that go with them."""
    options.out.mkdir(parents=True, exist_ok=True)
    save_weights(clip, options.out)
    tokenizer.save(str(options.out / "tokenizer.json"), pretty=False)
    end = tokenizer.get_vocab_size() - 1
    write_configs(options.out, tokenizer.get_vocab_size(), end)
    drawn = subprocess.run([options.binary, "--version"], check=True, capture_output=True, text=True).stdout
    print(f"wrote {options.out}; pictures by {drawn.strip()}")


if __name__ == "__main__":
    main()
