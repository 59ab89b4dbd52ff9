"""Token scores to segment scores, through the characters that both cover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Span = tuple[int, int]


def share_scores(token_spans: Sequence[Span], token_scores: np.ndarray, segment_spans: Sequence[Span]) -> np.ndarray:
    """Score of every segment: the sum of its tokens' shares.

    A token that spans several segments shares its score equally among them, however much of each it covers (the rule
    of the published system, 2022 兴智杯, third place). Lossless: shares add up to the token's score; a token that
    touches no segment, such as [CLS] with the empty span (0, 0) or white space, gives its score to nobody.

    token_spans, segment_spans: (start, end) in characters of one text; segments in order, not overlapping.
    token_scores: [tokens]. Returns float64 [segments].
    """
    tokens = np.asarray(token_spans, dtype=np.int64).reshape(-1, 2)
    segments = np.asarray(segment_spans, dtype=np.int64).reshape(-1, 2)
    scores = np.asarray(token_scores, dtype=np.float64)
    if scores.shape != (len(tokens),):
        raise ValueError(f"{len(tokens)} token spans, but scores of shape {scores.shape}")
    first = np.searchsorted(segments[:, 1], tokens[:, 0], side="right")
    after = np.searchsorted(segments[:, 0], tokens[:, 1], side="left")
    counts = np.where(tokens[:, 1] > tokens[:, 0], np.maximum(after - first, 0), 0)
    owners = np.repeat(np.arange(len(tokens)), counts)
    steps = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    shares = scores[owners] / counts[owners]
    return np.bincount(first[owners] + steps, weights=shares, minlength=len(segments))
