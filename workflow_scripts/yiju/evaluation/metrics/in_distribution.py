"""Whether changed inputs are like those that a model judges otherwise, by a test on its activations (MaSF).

What a model says of an input unlike any that it knows says little about its reasons. The test asks each unit of each
layer how far its largest activation over the tokens lies out, joins the answers of a layer (Simes 1986) and of all
layers (Fisher), and calibrates what comes out on inputs that were not changed (Haroush 2022; of masked inputs: Madsen
2024, arXiv 2310.07819).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from yiju.evaluation.metrics.agreement import mean_over
from yiju.explain.ensemble import Reading
from yiju.explain.rationales.layout import Layout
from yiju.explain.subject import Subject
from yiju.models.removal import Change, Operator, changes_of, keep_tokens, ordinary
from yiju.models.tokens import TokenizedPairs

# Inputs with a lower p-value are called unlikely; of unchanged inputs as many are.
LEVEL = 0.05
# Fewer inputs to calibrate on cannot give a p-value below the level.
FEWEST = 20


@dataclass(frozen=True)
class InDistribution:
    """What activations are like where nothing is changed.

    units: by layer, float32 [inputs, units], ascending in each unit; statistics: float64 [other inputs], ascending.
    """

    units: Sequence[np.ndarray]
    statistics: np.ndarray

    @classmethod
    def of(cls, activations: Sequence[np.ndarray], seed: int) -> InDistribution:
        """Learn from unchanged inputs: a half drawn at random makes the distributions, the other half calibrates.

        activations: by layer, float32 [inputs, units].
        """
        order = np.random.default_rng(seed).permutation(len(activations[0]))
        half = len(order) // 2
        units = [np.sort(layer[order[:half]], axis=0) for layer in activations]
        blank = cls(units, np.zeros(0))
        return cls(units, np.sort(blank.statistic([layer[order[half:]] for layer in activations])))

    def statistic(self, activations: Sequence[np.ndarray]) -> np.ndarray:
        """Fisher's statistic of each input, the higher the less likely: float64 [inputs]."""
        layers = zip(self.units, activations, strict=True)
        return -2 * sum(np.log(simes(_two_sided(known, layer))) for known, layer in layers)

    def chances(self, activations: Sequence[np.ndarray]) -> np.ndarray:
        """The p-value of each input, float64 [inputs]; not a number where fewer than 20 inputs calibrate."""
        own, known = self.statistic(activations), self.statistics
        if len(known) < FEWEST:
            return np.full(len(own), np.nan)
        return (1 + len(known) - np.searchsorted(known, own, side="left")) / (1 + len(known))


def simes(chances: np.ndarray) -> np.ndarray:
    """One p-value for those of many tests of each input (Simes 1986): float64 [inputs] of [inputs, tests]."""
    count = chances.shape[1]
    return np.minimum(1.0, (np.sort(chances, axis=1) * count / np.arange(1, count + 1)).min(axis=1))


def activations(subject: Subject, pairs: TokenizedPairs) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """Each unit's largest activation over the tokens of an input: rows, and by layer float32 [rows, units].

    Layers are the embeddings and what each encoder layer gives; of the last one the first token alone is looked at,
    since the classifier reads nothing else. Inputs come in batches, so that the memory is bounded.
    """
    for batch, _ in subject.batches(pairs, np.zeros(len(pairs), dtype=np.int64)):
        with torch.inference_mode():
            *layers, last = subject.model(**batch.inputs(), output_hidden_states=True).hidden_states
        padding = (batch.attention_mask == 0)[:, :, None]
        largest = [layer.masked_fill(padding, -torch.inf).amax(dim=1) for layer in layers]
        yield batch.rows, [one.float().cpu().numpy() for one in (*largest, last[:, 0])]


def learnt(reading: Reading, seed: int) -> InDistribution:
    """What activations are like for the pairs of a reading."""
    rows, layers = zip(*activations(reading.subject, reading.pairs), strict=True)
    order = np.argsort(np.concatenate(rows))
    return InDistribution.of([np.concatenate(layer)[order] for layer in zip(*layers, strict=True)], seed)


def unlikely(
    known: InDistribution, reading: Reading, layout: Layout, rationale: np.ndarray, operator: Operator
) -> dict[str, np.ndarray]:
    """Which of the inputs that the figures made for pairs look at are unlikely: float64 [pairs] each, by name.

    one_sided.unlikely: of the pair without the rationale of q, and without that of t, the share with a p-value below
    .05, of several draws the mean; alone.unlikely: the same of nothing but the rationale. Not a number where nothing is
    taken away, or where fewer than 20 pairs calibrate. rationale: bool [segments].
    """
    q = layout.sides % 2 == 0
    sides = [_touched(reading, layout, rationale & side) for side in (q, ~q)]
    left = {
        "one_sided": [[~own for own in side] for side in sides],
        "alone": [_touched(reading, layout, rationale)],
    }
    return {
        f"{figure}.unlikely": mean_over(
            [_unlikely(known, reading, kept, change) for kept in choices for change in changes_of(operator)]
        )
        for figure, choices in left.items()
    }


def _touched(reading: Reading, layout: Layout, chosen: np.ndarray) -> list[np.ndarray]:
    """The own tokens that touch a chosen segment: bool [own tokens] of each pair."""
    parts = np.split(chosen, layout.starts[1:-1])
    return [own @ reading.touched(row) for row, own in enumerate(parts)]


def _unlikely(known: InDistribution, reading: Reading, kept: Sequence[np.ndarray], change: Change) -> np.ndarray:
    """1 for each pair that is unlikely with nothing but some of its tokens left, else 0: float64 [pairs].

    kept: bool [own tokens] of each pair; not a number where it has all of them.
    """
    pairs = reading.pairs
    left = ordinary(pairs)
    left[left] = np.concatenate(kept)
    changed = keep_tokens(pairs, np.arange(len(pairs)), left, change, reading.subject.mask_id)
    found = np.full(len(pairs), np.nan)
    for rows, layers in activations(reading.subject, changed):
        chances = known.chances(layers)
        found[rows] = np.where(np.isnan(chances), np.nan, chances < LEVEL)
    return np.where([own.all() for own in kept], np.nan, found)


def _two_sided(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """How likely each unit is to lie as far out or further, on either side: float64 [inputs, units].

    known: ascending in each unit, float32 [known inputs, units].
    """
    below, up_to = (_counts(known, values, side) for side in ("left", "right"))
    return np.minimum(1.0, 2 * (1 + np.minimum(up_to, len(known) - below)) / (1 + len(known)))


def _counts(known: np.ndarray, values: np.ndarray, side: Literal["left", "right"]) -> np.ndarray:
    """How many of the known values are below each value (left), or not above it (right): int64 [inputs, units]."""
    return np.stack([np.searchsorted(one, own, side) for one, own in zip(known.T, values.T, strict=True)], axis=1)
