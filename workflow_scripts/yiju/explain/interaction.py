"""The pair itself: how much a segment of q and a segment of t act together, for every two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Removal
from yiju.explain.coalitions import blocks, longest_first, variants
from yiju.explain.ensemble import Ensemble, Sets
from yiju.explain.subject import Subject
from yiju.models.removal import keep_tokens
from yiju.models.template import Template
from yiju.models.tokens import Batch, TokenizedPairs

if TYPE_CHECKING:
    from torch import Tensor

# Up to so many segments of each side act together in joint occlusion: of longer sentences those that matter most.
STRONGEST = 20


def joint_occlusion(ensemble: Ensemble, labels: np.ndarray, removal: Removal) -> list[np.ndarray]:
    """f(x) - f(x without i) - f(x without j) + f(x without both), f = log p(label): [q segments, t segments] each.

    What the two do together beyond what they do one by one: below zero where one does what the other would do. The
    pairwise interaction index (Grabisch 1999) in the context of the whole pair, as in ArchDetect (Tsang 2020), exact.
    Of a sentence of more than 20 segments the 20 whose absence changes f most take part; the cells of the others, and
    of segments that were not read, are not a number. At most 401 judgements a pair beside one for each segment.
    """
    singles = [np.empty(0)] * len(ensemble)
    for row, worth in _worths(ensemble, labels, removal, [_one_each(ensemble, row) for row in range(len(ensemble))]):
        singles[row] = worth
    acting = [_strongest(ensemble, row, np.abs(singles[row][0] - singles[row][1:])) for row in range(len(ensemble))]
    found = [_nothing(ensemble, row) for row in range(len(ensemble))]
    for row, worth in _worths(ensemble, labels, removal, [_two_each(ensemble, *one) for one in enumerate(acting)]):
        q, t = acting[row]
        whole, alone = singles[row][0], singles[row][1:]
        first = ensemble.first.firsts[row]
        both = worth.reshape(len(q), len(t))
        found[row][np.ix_(q, t - first)] = whole - alone[q][:, None] - alone[t] + both
    return found


def gradient_matrices(ensemble: Ensemble, labels: np.ndarray) -> list[np.ndarray]:
    """The approximate form of joint occlusion by `occluded_gradients`: float64 [q segments, t segments] of each pair.

    The mean over members and orders; what a token acts is shared equally among the segments that it touches.
    """
    each = [occluded_gradients(one.subject, one.pairs, labels) for one in ensemble.readings]
    return [mean_matrix(ensemble, row, [own[row] for own in each]) for row in range(len(ensemble))]


def maxsim_matrices(ensemble: Ensemble) -> list[np.ndarray]:
    """What each segment of q adds to a late-interaction model's score by its match with each of t, exactly.

    float64 [q segments, t segments] of each pair, the mean over orders. Together with what tokens add that are no text,
    or are matched with such (`yiju.models.scorers.late_interaction.token_matrices`), the cells sum to the score.
    """
    from yiju.models.scorers.late_interaction import LateInteraction, token_matrices

    each = []
    for one in ensemble.readings:
        assert isinstance(one.subject.scorer, LateInteraction), "what the matrix is of"
        each.append(token_matrices(one.subject.scorer, one.pairs, one.subject.budget))
    return [mean_matrix(ensemble, row, [own[row] for own in each]) for row in range(len(ensemble))]


def occluded_gradients(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray) -> list[np.ndarray]:
    """The cheap form of joint occlusion by [MASK]: float64 [q tokens, t tokens] for each pair.

    Tokens i of the shorter side (q, if equal) are masked one by one; what masking j of the other side would then change
    is read from the gradient: (x_j - m_j) g_j(x) - (x_j - m_j) g_j(x without i), with x the embedding layer's output,
    m that of a [MASK] in the same place, and g = d log p(label) / dx. Exact in i, of first order in j: equal to the
    four terms where f is linear in x_j. It stands to them as the mixed second derivative of Integrated Hessians
    (Janizek 2021) does, but without second derivatives, and costs 1 + min(n, m) passes forward and backward in place of
    nm forward. Of match markers, it sees what masking i does to those of j, not what masking j does to those of i.
    """
    found: list[np.ndarray] = [np.empty(0)] * len(pairs)
    games = ((row, _without_shorter(*_sizes(pairs, row))) for row in longest_first(pairs))
    with subject.scorer.evaluating():
        for block in blocks(pairs, games):
            rows, kept = variants(pairs, block)
            masked = keep_tokens(pairs, rows, kept, "mask", subject.mask_id)
            changes = subject.per_batch(masked, labels[rows], lambda *given: _first_order(subject, *given))
            starts = masked.starts[np.cumsum([0, *(len(coalitions) for _, coalitions in block)])]
            for (row, _), start, end in zip(block, starts[:-1], starts[1:], strict=True):
                found[row] = _differences(pairs.template, changes[start:end], *_sizes(pairs, row))
    return found


def _sizes(pairs: TokenizedPairs, row: int) -> tuple[int, int]:
    return int(pairs.first[row]), max(int(pairs.second[row]), 0)


def _without_shorter(first: int, second: int) -> np.ndarray:
    """All tokens, and all but each of the shorter side: bool [1 + min(n, m), n + m]."""
    singles = ~np.eye(first + second, dtype=bool)
    shorter = singles[:first] if first <= second else singles[first:]
    return np.concatenate([np.ones((1, first + second), dtype=bool), shorter])


def _first_order(subject: Subject, batch: Batch, labels: Tensor) -> Tensor:
    """What masking each token would take from log p(label), to first order: [batch, tokens]."""
    import torch

    from yiju.explain.embeddings import embedding_output, score_gradient

    assert subject.mask_id is not None, "asked for before anything is computed"
    everything = replace(batch, input_ids=torch.full_like(batch.input_ids, subject.mask_id))
    output, mask = embedding_output(subject, batch), embedding_output(subject, everything)
    return ((output - mask) * score_gradient(subject, batch, labels, output)).sum(-1)


def _differences(template: Template, changes: np.ndarray, first: int, second: int) -> np.ndarray:
    """From the changes by token of a pair and of its variants without one token: [q tokens, t tokens]."""
    by_variant = changes.reshape(-1, first + second + template.around)
    start = len(template.before)
    q, t = by_variant[:, start : start + first], by_variant[:, start + first + len(template.between) :][:, :second]
    return t[0] - t[1:] if first <= second else (q[0] - q[1:]).T


def mean_matrix(ensemble: Ensemble, row: int, found: Sequence[np.ndarray]) -> np.ndarray:
    """The mean over readings of matrices of tokens, shared among the segments that they touch, of one pair.

    found: float64 [first tokens, second tokens] of each reading, in the order in which it reads the two sides.
    """
    first, shared = ensemble.first.firsts[row], []
    for one, matrix in zip(ensemble.readings, found, strict=True):
        shares = one.shares[row]
        together = shares[: len(matrix)].T @ matrix @ shares[len(matrix) :]
        # One of the two corners is empty: that of the order in which the pair was not read.
        shared.append(together[:first, first:] + together[first:, :first].T)
    mean, read = np.mean(shared, axis=0), ensemble.read(row)
    return np.where(read[:first, None] & read[first:], mean, np.nan)


def _worths(
    ensemble: Ensemble, labels: np.ndarray, removal: Removal, removed: Sequence[np.ndarray]
) -> Iterator[tuple[int, np.ndarray]]:
    """A row and log p(label) without each of the sets that are removed of it."""
    sets: Iterator[Sets] = ((row, removed[row]) for row in ensemble.longest_first() if len(removed[row]))
    with ensemble.evaluating():
        for row, _, logits in ensemble.without(sets, removal):
            yield row, ensemble.worth(logits, int(labels[row]))[0]


def _one_each(ensemble: Ensemble, row: int) -> np.ndarray:
    """Nothing, then each segment: bool [1 + segments, segments]."""
    count = ensemble.first.shares[row].shape[1]
    return np.concatenate([np.zeros((1, count), dtype=bool), np.eye(count, dtype=bool)])


def _strongest(ensemble: Ensemble, row: int, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The segments of q and of t that take part, in order of position."""
    players, first = ensemble.players[row], ensemble.first.firsts[row]
    sides = players[players < first], players[players >= first]
    q, t = (np.sort(own[np.argsort(-effects[own], kind="stable")[:STRONGEST]]) for own in sides)
    return q, t


def _two_each(ensemble: Ensemble, row: int, acting: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Each two segments across the sides: bool [q * t, segments]."""
    singles = np.eye(ensemble.first.shares[row].shape[1], dtype=bool)
    q, t = acting
    return (singles[q][:, None] | singles[t][None]).reshape(len(q) * len(t), len(singles))


def _nothing(ensemble: Ensemble, row: int) -> np.ndarray:
    first = ensemble.first.firsts[row]
    return np.full((first, ensemble.first.shares[row].shape[1] - first), np.nan)
