"""Attributions of character spans are mapped to the segments that yiju explains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from yiju.data.units import visible_spans
from yiju.explain.external.attributions import Span
from yiju.models.given_pairs import Pair


def over_segments(pair: Pair, spans: Sequence[Span]) -> np.ndarray:
    """Scores of a pair's segments, q's before t's: float64 [segments].

    A span's score is shared among its segments, to each by the characters of the span that it holds; what several spans
    give to a segment adds up. A segment that no span touches has 0. White space is in no segment: the score of a span
    of nothing else goes to none.
    """
    sides = zip("qt", pair, strict=True)
    return np.concatenate([_of_side(text, [one for one in spans if one[0] == side]) for side, text in sides])


def _of_side(text: str, spans: Sequence[Span]) -> np.ndarray:
    segments = np.array(visible_spans(text), dtype=np.int64).reshape(-1, 2)
    scores = np.zeros(len(segments))
    for _, start, end, score in spans:
        inside = np.clip(np.minimum(segments[:, 1], end) - np.maximum(segments[:, 0], start), 0, None)
        scores += score * inside / max(1, inside.sum())
    return scores
