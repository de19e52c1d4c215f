"""Reads the samples that `examples/demo_samples.rs` draws (the format: src/demo/samples.rs), and its words as tokens."""

import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import tokenizers
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from model import CONTEXT, PATCH, SIDE

START, END = "<|startoftext|>", "<|endoftext|>"
GRID = SIDE // PATCH


@dataclass
class Batch:
    """Pictures, what is true of them, and captions with what they state."""

    pixels: torch.Tensor  # (pictures, side, side, 3) bytes
    facts: torch.Tensor  # (pictures, facts), 0 or 1
    patches: torch.Tensor  # (pictures, patches, 3): kind + 1, colour + 1 and pattern of what is there; 0 nothing
    captions: list  # texts
    picture_of: torch.Tensor  # for each caption, its picture
    stated: torch.Tensor  # (captions, facts), 0 or 1


def read(binary, count, seed, *options) -> Batch:
    command = [binary, f"--count={count}", f"--seed={seed}", f"--size={SIDE}", *options]
    data = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    magic, version, side, facts, _ = struct.unpack_from("<4s4I", data)
    assert (magic, version, side) == (b"PXSM", 1, SIDE), "another format"
    at = 20
    pixels = np.empty((count, side, side, 3), np.uint8)
    truth = np.zeros((count, facts), np.float32)
    patches = np.zeros((count, GRID, GRID, 3), np.int64)
    captions, picture_of, stated = [], [], []

    def take(form):
        nonlocal at
        values = struct.unpack_from(form, data, at)
        at += struct.calcsize(form)
        return values

    def take_facts():
        (number,) = take("<H")
        return take(f"<{number}H")

    centres = (np.arange(GRID) + 0.5) * 255 / GRID
    for i in range(count):
        size = side * side * 3
        pixels[i] = np.frombuffer(data, np.uint8, size, at).reshape(side, side, 3)
        at += size
        for _ in range(*take("<H")):
            kind, colour, pattern, left, top, right, bottom = take("<7B")
            inside_x = (centres > left) & (centres < right)
            inside_y = (centres > top) & (centres < bottom)
            patches[i][np.ix_(inside_y, inside_x)] = (kind + 1, (colour + 1) % 256, pattern)
        truth[i, list(take_facts())] = 1
        for _ in range(*take("<B")):
            row = np.zeros(facts, np.float32)
            row[list(take_facts())] = 1
            stated.append(row)
            picture_of.append(i)
            (length,) = take("<H")
            captions.append(data[at : at + length].decode())
            at += length
    assert at == len(data), "more bytes than samples"
    return Batch(
        torch.from_numpy(pixels),
        torch.from_numpy(truth),
        torch.from_numpy(patches).view(count, GRID * GRID, 3),
        captions,
        torch.tensor(picture_of),
        torch.from_numpy(np.stack(stated)),
    )


def stream(binary, count, first, last, ahead=3):
    """The batches numbered first to last - 1; each has a seed of its own, so that training can go on anywhere."""
    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(read, binary, count, step + 1) for step in range(first, min(first + ahead, last))]
        for step in range(first, last):
            batch = waiting.pop(0).result()
            if step + ahead < last:
                waiting.append(pool.submit(read, binary, count, step + ahead + 1))
            yield batch


def train_tokenizer(captions, merges) -> Tokenizer:
    """Lower-case byte-level BPE: every text has tokens, and the beginning of a word means something."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(tokenizers.Regex(r"\s+"), " "), normalizers.Strip(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(captions, trainer)
    tokenizer.add_special_tokens([START, END])
    ends = [(token, tokenizer.token_to_id(token)) for token in (START, END)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{START} $A {END}", special_tokens=ends)
    tokenizer.enable_truncation(CONTEXT)
    return tokenizer


def tokens(tokenizer, texts):
    """Ids, padded to the longest, and the position of each end token."""
    encoded = [e.ids for e in tokenizer.encode_batch(texts)]
    pooled = torch.tensor([len(ids) - 1 for ids in encoded])
    ids = torch.zeros(len(encoded), int(pooled.max()) + 1, dtype=torch.long)
    for row, one in zip(ids, encoded):
        row[: len(one)] = torch.tensor(one)
    return ids, pooled
