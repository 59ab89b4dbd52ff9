"""Faithfulness of rationales of sentence pairs: removal from one sentence at a time, and the rationale alone.

Similar sentences that lose the same words stay similar, so that the best rationale gets a low figure where both lose it
at once; and a [MASK] in one sentence makes the two differ until the other one has a [MASK] too. Here one sentence is
left whole while the other one loses its part of the rationale. Each figure stands beside that of as many segments of
the same sentence, drawn at random among those that the model read.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yiju.attribution.segments import Segmented, blocks
from yiju.attribution.subject import Subject
from yiju.kinds import Removal
from yiju.metrics.faithfulness import probabilities

# Rationales drawn at random for each one, of which the mean is taken.
DRAWS = 5


def pairwise(
    subject: Subject, found: Segmented, labels: np.ndarray, rationale: np.ndarray, seed: int, removal: Removal
) -> dict[str, np.ndarray]:
    """How far p(label) rests on a rationale, by pair: float64 [pairs] each, by name.

    one_sided: F(x) - F(x without the rationale of one sentence, the other one whole), mean of both sentences, higher is
    better; alone: F(nothing but the rationale), higher is better; emptied: F(nothing at all), to be read beside
    `alone`; kept: 1 where the likelier label of the rationale alone is that of the pair, else 0;
    one_sided.beyond_random, alone.beyond_random: the figure less its mean over 5 random choices of as many segments of
    each sentence. An emptied sentence keeps one [MASK].

    labels: int [pairs], what is explained; rationale: bool [segments]; seed: of the random choices.
    """
    choices = np.stack([rationale, *_random_choices(found, rationale, seed)])
    sides = found.layout.sides % 2 == 0
    judged = []
    for rows, own, part in blocks(found, np.full(len(found.layout), 2 + 3 * len(choices))):
        chosen, q = choices[:, own], sides[own]
        every = np.ones((1, chosen.shape[1]), dtype=bool)
        touched = [part.touching(one) for one in np.concatenate([~every, every, chosen & q, chosen & ~q, chosen])]
        removed, left = np.stack(touched[: 2 + 2 * len(chosen)]), np.stack(touched[2 + 2 * len(chosen) :])
        kept = np.concatenate([~removed, left])
        pairs = np.tile(np.arange(len(part.layout)), len(kept))
        values = probabilities(subject, part.pairs, labels[rows], pairs, kept.ravel(), removal)
        judged.append(values.reshape(len(kept), -1))
    whole, emptied, *others = np.concatenate(judged, axis=1)
    without_q, without_t, alone = np.split(np.stack(others), 3)
    found = {"emptied": emptied, "kept": ((alone[0] > 0.5) == (whole > 0.5)).astype(np.float64)}
    for name, values in (("one_sided", whole - (without_q + without_t) / 2), ("alone", alone)):
        found |= {name: values[0], f"{name}.beyond_random": values[0] - values[1:].mean(axis=0)}
    return found


def _random_choices(found: Segmented, rationale: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Choices of as many read segments of each sentence as the rationale has: bool [segments] each."""
    generator, read = np.random.default_rng(seed), found.end > found.begin
    sides = found.layout.sides
    wanted = np.bincount(sides, weights=rationale & read, minlength=2 * len(found.layout))
    starts = np.concatenate([[0], np.cumsum(found.layout.counts.ravel())])
    for _ in range(DRAWS):
        # Those that were not read come last.
        order = np.lexsort((generator.random(len(read)), ~read, sides))
        place = np.empty(len(read), dtype=np.int64)
        place[order] = np.arange(len(read)) - starts[sides[order]]
        yield place < wanted[sides]
