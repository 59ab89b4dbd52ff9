"""The pair itself: how much a token of q and a token of t act together, for every two of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import torch
from torch import Tensor

from yiju import tables
from yiju.attribution.coalitions import blocks, judge, longest_first, variants
from yiju.attribution.embeddings import log_probability_gradient
from yiju.attribution.removal import keep_tokens
from yiju.attribution.subject import Subject, evaluating
from yiju.attribution.units import segments_of, shares
from yiju.kinds import Removal
from yiju.rationale.alignment import Span
from yiju.scores import log_probability
from yiju.tokens import Batch, Sentences, Sequences


def joint_occlusion(subject: Subject, pairs: Sequences, labels: np.ndarray, removal: Removal) -> list[np.ndarray]:
    """f(x) - f(x without i) - f(x without j) + f(x without both), f = log p(label): float64 [q tokens, t tokens] each.

    What the two do together beyond what they do one by one: below zero where one does what the other would do. The
    pairwise interaction index (Grabisch 1999) in the context of the whole pair, as in ArchDetect (Tsang 2020).
    1 + n + m + nm judgements for a pair of n and m tokens.
    """
    found: list[np.ndarray] = [np.empty(0)] * len(pairs)
    games = ((row, _without_two(*_sizes(pairs, row))) for row in longest_first(pairs))
    for row, _, logits in judge(subject, pairs, games, removal):
        first, second = _sizes(pairs, row)
        worth = log_probability(logits, labels[row])
        single, both = worth[1 : 1 + first + second], worth[1 + first + second :].reshape(first, second)
        found[row] = worth[0] - single[:first, None] - single[first:] + both
    return found


def occluded_gradients(subject: Subject, pairs: Sequences, labels: np.ndarray) -> list[np.ndarray]:
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
    with evaluating(subject.model):
        for block in blocks(pairs, games):
            rows, kept = variants(pairs, block)
            masked = keep_tokens(pairs, rows, kept, "mask", subject.mask_id)
            changes = subject.per_batch(masked, labels[rows], lambda *given: _first_order(subject, *given))
            starts = masked.starts[np.cumsum([0, *(len(coalitions) for _, coalitions in block)])]
            for (row, _), start, end in zip(block, starts[:-1], starts[1:], strict=True):
                found[row] = _differences(changes[start:end], *_sizes(pairs, row))
    return found


def share_matrix(
    matrix: np.ndarray,
    q_tokens: Sequence[Span],
    t_tokens: Sequence[Span],
    q_segments: Sequence[Span],
    t_segments: Sequence[Span],
) -> np.ndarray:
    """A matrix by tokens as one by segments, each entry shared out on both sides as `share_scores` does on one.

    matrix: [q tokens, t tokens]; spans: (start, end) in characters. Returns float64 [q segments, t segments]. Lossless:
    the shares of an entry add up to it, where both its tokens touch a segment.
    """
    return shares(q_tokens, q_segments).T @ matrix @ shares(t_tokens, t_segments)


def interaction_table(items: pl.DataFrame, q: Sentences, t: Sentences, matrices: Sequence[np.ndarray]) -> pl.DataFrame:
    """Matrices by tokens of an ITEMS table's pairs as an INTERACTIONS table, by the segments given or `characters`.

    q, t: the sentences with their spans. What was cut off because the pair is longer than the model reads scores 0; a
    pair with an empty side has no rows.
    """
    parts = [pl.DataFrame(schema=tables.INTERACTIONS)]
    for row, (item, matrix) in enumerate(zip(items.iter_rows(named=True), matrices, strict=True)):
        tokens = [side.span_list(row, count) for side, count in zip((q, t), matrix.shape, strict=True)]
        segments = [segments_of(item, side) for side in "qt"]
        score = pl.Series("score", share_matrix(matrix, *tokens, *segments).ravel())
        left, right = (_described(item, side, spans) for side, spans in zip("qt", segments, strict=True))
        every = left.join(right, how="cross", maintain_order="left_right")
        parts.append(every.with_columns(score, item=pl.lit(item["item"])).select(list(tables.INTERACTIONS)))
    return pl.concat(parts)


def _sizes(pairs: Sequences, row: int) -> tuple[int, int]:
    return int(pairs.first[row]), max(int(pairs.second[row]), 0)


def _without_two(first: int, second: int) -> np.ndarray:
    """All tokens, all but each, all but each two across the sides: bool [1 + n + m + nm, n + m]."""
    singles = ~np.eye(first + second, dtype=bool)
    both = singles[:first, None] & singles[None, first:]
    return np.concatenate([np.ones((1, first + second), dtype=bool), singles, both.reshape(-1, first + second)])


def _without_shorter(first: int, second: int) -> np.ndarray:
    """All tokens, and all but each of the shorter side: bool [1 + min(n, m), n + m]."""
    singles = ~np.eye(first + second, dtype=bool)
    shorter = singles[:first] if first <= second else singles[first:]
    return np.concatenate([np.ones((1, first + second), dtype=bool), shorter])


def _first_order(subject: Subject, batch: Batch, labels: Tensor) -> Tensor:
    """What masking each token would take from log p(label), to first order: [batch, tokens]."""
    embeddings = subject.model.base_model.embeddings
    everything = torch.full_like(batch.input_ids, subject.mask_id)
    with torch.no_grad():
        output = embeddings(input_ids=batch.input_ids, token_type_ids=batch.token_type_ids)
        mask = embeddings(input_ids=everything, token_type_ids=batch.token_type_ids)
    return ((output - mask) * log_probability_gradient(subject.model, batch, labels, output)).sum(-1)


def _differences(changes: np.ndarray, first: int, second: int) -> np.ndarray:
    """From the changes by token of a pair and of its variants without one token: [q tokens, t tokens]."""
    by_variant = changes.reshape(-1, first + second + 3)
    q, t = by_variant[:, 1 : 1 + first], by_variant[:, 2 + first : 2 + first + second]
    return t[0] - t[1:] if first <= second else (q[0] - q[1:]).T


def _described(item: dict, side: str, spans: Sequence[Span]) -> pl.DataFrame:
    """The columns of INTERACTIONS that describe one side's segments."""
    columns = {
        "index": range(len(spans)),
        "start": [start for start, _ in spans],
        "end": [end for _, end in spans],
        "text": [item[side][start:end] for start, end in spans],
    }
    schema = {f"{side}_{name}": tables.INTERACTIONS[f"{side}_{name}"] for name in columns}
    return pl.DataFrame(dict(zip(schema, columns.values(), strict=True)), schema=schema)
