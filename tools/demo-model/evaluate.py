"""Held-out figures: combinations of thing, colour, pattern and surroundings that training never sees."""

import torch
import torch.nn.functional as F

from model import normalized_pixels
from samples import read, tokens

SEED = 20_260_000


def recall(similarity, k):
    """Share of rows whose own column is among the k highest."""
    own = similarity.diagonal()[:, None]
    return ((similarity > own).sum(1) < k).float().mean().item()


class HeldOut:
    def __init__(self, binary, count=500, seed=SEED):
        options = ("--split=held-out",)
        self.first = read(binary, count, seed, *options)
        self.anew = read(binary, count, seed, *options, "--redraw")

    @torch.no_grad()
    def figures(self, clip, tokenizer):
        ids, pooled = tokens(tokenizer, self.first.captions)
        images = F.normalize(self.images(clip, self.first), dim=1)
        anew = F.normalize(self.images(clip, self.anew), dim=1)
        text = F.normalize(clip.text(ids, pooled).float(), dim=1)
        return {
            "caption_to_picture_recall_at_1": recall(text @ images.T, 1),
            "caption_to_picture_recall_at_5": recall(text @ images.T, 5),
            "picture_to_redrawn_recall_at_1": recall(anew @ images.T, 1),
        }

    @staticmethod
    def images(clip, batch):
        parts = normalized_pixels(batch.pixels).split(100)
        return torch.cat([clip.image(part)[0].float() for part in parts])
