"""Faithfulness of rationales of sentence pairs: removal from one sentence at a time, and the rationale alone.

Similar sentences that lose the same words stay similar, so that the best rationale gets a low figure where both lose it
at once; and a [MASK] in one sentence makes the two differ until the other one has a [MASK] too. Here one sentence is
left whole while the other one loses its part of the rationale. Each figure stands beside that of as many segments of
the same sentence, drawn at random among those that the model read.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yiju.evaluation.metrics.faithfulness import chances, chances_alone, outputs_alone
from yiju.explain.ensemble import Ensemble
from yiju.explain.rationales.layout import Layout
from yiju.models.calibration.apply import decide
from yiju.models.removal import Operator

# Rationales drawn at random for each one, of which the mean is taken.
DRAWS = 5


def pairwise(
    ensemble: Ensemble,
    layout: Layout,
    labels: np.ndarray,
    rationale: np.ndarray,
    seed: int,
    removal: Operator,
    margin: float,
) -> dict[str, np.ndarray]:
    """How far p(label) rests on a rationale, by pair: float64 [pairs] each, by name.

    one_sided: F(x) - F(x without the rationale of one sentence, the other one whole), mean of both sentences, higher is
    better; alone: F(nothing but the rationale), higher is better; emptied: F(nothing at all); alone.beyond_emptied:
    what the rationale adds to that; kept: 1 where the rationale alone is judged as the pair is, else 0;
    one_sided.beyond_random, alone.beyond_random: the figure less its mean over 5 random choices of as many segments of
    each sentence. By deletion an emptied sentence keeps one [MASK]; of several draws of other tokens F is the mean.
    Where nothing is decided (margin is not a number), there is no `kept`, and F is the score.

    labels: int [pairs], what is explained; rationale: bool [segments]; seed: of the random choices; margin: of the
    decision, on the mean of all logits.
    """
    choices = np.stack([rationale, *random_choices(ensemble, layout, rationale, seed)])
    nothing = np.zeros((1, choices.shape[1]), dtype=bool)
    whole, left = without_one_side(ensemble, layout, labels, choices, removal)
    emptied, *others = chances_alone(ensemble, labels, np.concatenate([nothing, choices]), removal)
    sided, alone = whole - left, np.stack(others)
    found = {"emptied": emptied, "alone.beyond_emptied": alone[0] - emptied}
    if not np.isnan(margin):
        kept = _kept(ensemble, labels, whole, alone[0], choices[0], removal, margin)
        found["kept"] = kept.astype(np.float64)
    for name, values in (("one_sided", sided), ("alone", alone)):
        found |= {name: values[0], f"{name}.beyond_random": values[0] - values[1:].mean(axis=0)}
    return found


def without_one_side(
    ensemble: Ensemble, layout: Layout, labels: np.ndarray, choices: np.ndarray, removal: Operator
) -> tuple[np.ndarray, np.ndarray]:
    """p(label) of the pairs, float64 [pairs], and without a choice of segments of one sentence, the other one whole.

    The latter is the mean of both sentences, float64 [choices, pairs]. choices: bool [choices, segments].
    """
    q, nothing = layout.sides % 2 == 0, np.zeros((1, choices.shape[1]), dtype=bool)
    whole, *without = chances(ensemble, labels, np.concatenate([nothing, choices & q, choices & ~q]), removal)
    without_q, without_t = np.split(np.stack(without), 2)
    return whole, (without_q + without_t) / 2


def random_choices(
    ensemble: Ensemble, layout: Layout, rationale: np.ndarray, seed: int, draws: int = DRAWS
) -> Iterator[np.ndarray]:
    """Choices of as many read segments of each sentence as the rationale has: bool [segments] each, `draws` of them."""
    generator = np.random.default_rng(seed)
    read = np.concatenate([np.zeros(0, dtype=bool), *map(ensemble.read, range(len(ensemble)))])
    sides = layout.sides
    wanted = np.bincount(sides, weights=rationale & read, minlength=2 * len(layout))
    starts = np.concatenate([[0], np.cumsum(layout.counts.ravel())])
    for _ in range(draws):
        # Those that were not read come last.
        order = np.lexsort((generator.random(len(read)), ~read, sides))
        place = np.empty(len(read), dtype=np.int64)
        place[order] = np.arange(len(read)) - starts[sides[order]]
        yield place < wanted[sides]


def _kept(
    ensemble: Ensemble,
    labels: np.ndarray,
    whole: np.ndarray,
    alone: np.ndarray,
    rationale: np.ndarray,
    removal: Operator,
    margin: float,
) -> np.ndarray:
    """Whether the rationale alone is judged as the pair is, bool [pairs]: by p(label), where it decides of two labels.

    Else by the mean of the outputs over the draws of the removal.
    """
    scorer = ensemble.first.subject.scorer
    if len(scorer.classes) == 2 and not scorer.single:
        return _decided(alone, labels, margin) == _decided(whole, labels, margin)
    return decide(outputs_alone(ensemble, rationale, removal), margin) == labels


def _decided(chances: np.ndarray, labels: np.ndarray, margin: float) -> np.ndarray:
    """The label that p(label) of a pair decides."""
    with np.errstate(divide="ignore"):
        odds = (np.log(chances) - np.log1p(-chances)) * np.where(labels == 1, 1, -1)
    return decide(np.stack([np.zeros_like(odds), odds], axis=1), margin)
