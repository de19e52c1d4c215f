"""What training minimizes. A caption matches every picture of which all that it states is true."""

import torch
import torch.nn.functional as F
from torch import nn

from model import VISION

KINDS_AND_NONE, COLOURS_AND_NONE, PATTERNS = 128, 13, 4


class Heads(nn.Module):
    """Read facts off embeddings and things off patches. They teach, and are not part of the model that ships."""

    def __init__(self, facts, projection):
        super().__init__()
        # One direction a fact, the same for pictures and captions: it is this that first brings both together.
        self.directions = nn.Parameter(torch.randn(facts, projection) * projection**-0.5)
        self.image_bias = nn.Parameter(torch.full((facts,), -4.0))
        self.text_bias = nn.Parameter(torch.full((facts,), -4.0))
        self.norm = nn.LayerNorm(VISION.width)
        self.patch = nn.Linear(VISION.width, KINDS_AND_NONE + COLOURS_AND_NONE + PATTERNS)

    def facts(self, embeddings, bias, truth):
        logits = F.layer_norm(embeddings, embeddings.shape[1:]) @ self.directions.T + bias
        return F.binary_cross_entropy_with_logits(logits, truth, reduction="none").sum(1).mean()

    def things(self, states, truth):
        logits = self.patch(self.norm(states)).float()
        kinds, colours, patterns = logits.split((KINDS_AND_NONE, COLOURS_AND_NONE, PATTERNS), -1)
        return (
            F.cross_entropy(kinds.flatten(0, 1), truth[..., 0].flatten())
            + F.cross_entropy(colours.flatten(0, 1), truth[..., 1].flatten())
            + F.cross_entropy(patterns.flatten(0, 1), truth[..., 2].flatten())
        )


def contrast(logits, own, match):
    """Cross-entropy of each row's `own` column against the columns that don't match; other matches don't count."""
    rows = torch.arange(len(logits))
    others = match.clone()
    others[rows, own] = False
    return F.cross_entropy(logits.masked_fill(others, float("-inf")), own)


def contrastive(image, text, scale, batch):
    """Captions against pictures, pictures against captions, and pictures against pictures."""
    image, text = F.normalize(image, dim=1), F.normalize(text, dim=1)
    # (captions, pictures): all that the caption states is true.
    match = batch.stated @ batch.facts.T >= batch.stated.sum(1, keepdim=True) - 0.5
    logits = scale * text @ image.T
    captions = contrast(logits, batch.picture_of, match)
    # A picture's captions one by one, each against the captions that are not true of the picture.
    own = torch.arange(len(text))
    pictures = contrast(logits.T[batch.picture_of], own, match.T[batch.picture_of])
    # Drawings of one scene have the same facts.
    common = batch.facts @ batch.facts.T
    count = batch.facts.sum(1)
    same = (common >= count[:, None] - 0.5) & (common >= count[None, :] - 0.5)
    itself = torch.eye(len(image), dtype=torch.bool)
    anew = same & ~itself
    loss = captions + pictures
    if anew.any():
        between = (scale * image @ image.T).masked_fill(itself, float("-inf"))
        first = anew.float().argmax(1)
        rows = anew.any(1)
        loss = loss + 0.3 * contrast(between[rows], first[rows], same[rows])
    return loss
