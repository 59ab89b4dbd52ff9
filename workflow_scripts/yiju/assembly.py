"""Token scores as explanations: sides with their segments, matrices and counterfactuals of one pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yiju.attribution.counterfactual import Deletion
from yiju.attribution.interaction import share_matrix
from yiju.attribution.orders import Order
from yiju.explanation import Counterfactual, Segment, Side
from yiju.rationale.alignment import Span, share_scores
from yiju.rationale.items import characters, segment_spans

# Spans and scores of the tokens of a sentence.
Scored = tuple[Sequence[Span], np.ndarray]


def scores_of(text: str, scored: Sequence[Scored]) -> np.ndarray:
    """The score of every segment of a sentence, the mean over the orders that a model read it in: float64 [segments].

    scored: of each order.
    """
    return _shared(scored, segment_spans(text, characters(text)))


def side_of(
    text: str,
    scored: Sequence[Scored],
    by_segment: np.ndarray,
    unknown: np.ndarray,
    cut_at: int,
    rationale: Sequence[int],
) -> Side:
    """A sentence with its scores by character and by segment.

    by_segment: of `scores_of`; unknown: bool [characters]; cut_at: the character from which on the model reads none;
    rationale: its segments, most important first.
    """
    spans = segment_spans(text, characters(text))
    ranks = {index: place for place, index in enumerate(rationale, 1)}
    segments = tuple(
        Segment(
            text=text[start:end],
            start=start,
            end=end,
            score=float(by_segment[index]),
            rank=ranks.get(index),
            unknown=bool(unknown[start:end].any()),
            truncated=end > cut_at,
        )
        for index, (start, end) in enumerate(spans)
    )
    by_character = _shared(scored, [(place, place + 1) for place in range(len(text))])
    return Side(text, tuple(by_character.tolist()), segments)


def cuts_of(orders: Sequence[Order], row: int, texts: Sequence[str]) -> tuple[int, int]:
    """The character of q and of t from which on the model reads none in any order; its length where it reads all."""
    read = [max(one.kept(row)[side] for one in orders) for side in (0, 1)]
    q, t = (
        len(text) if count == sentences.lengths[row] else sentences.span_list(row, count)[-1][1] if count else 0
        for text, count, sentences in zip(texts, read, (orders[0].q, orders[0].t), strict=True)
    )
    return q, t


def matrix_of(orders: Sequence[Order], row: int, found: Sequence[np.ndarray], sides: Sequence[Side]) -> tuple:
    """How the segments of q and t act together, float [q segments][t segments]: the mean over the orders.

    found: of each order, [first side's tokens, second side's tokens].
    """
    segments = [[(one.start, one.end) for one in side.segments] for side in sides]
    shared = [
        share_matrix(matrix.T if one.exchanged else matrix, *one.spans(row), *segments)
        for one, matrix in zip(orders, found, strict=True)
    ]
    return tuple(map(tuple, np.mean(shared, axis=0).tolist()))


def counterfactual_of(found: Deletion, first: int) -> Counterfactual:
    """A deletion among the segments of both sides, those of q being the `first` ones."""
    removed = found.removed or ()
    q, t = (tuple(i for i in removed if i < first), tuple(i - first for i in removed if i >= first))
    return Counterfactual(found.label, q, t, found.removed is not None, found.probability, found.exact)


def _shared(scored: Sequence[Scored], spans: Sequence[Span]) -> np.ndarray:
    return np.mean([share_scores(tokens, scores, spans) for tokens, scores in scored], axis=0)
