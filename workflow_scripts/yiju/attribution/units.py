"""What is taken away, or looked at, as one: tokens, or segments with all tokens that they touch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.linalg import block_diag

from yiju.attribution.coalitions import players
from yiju.rationale.alignment import Span, share_scores
from yiju.rationale.items import characters, segment_spans
from yiju.tokens import Sentences, Sequences


def token_units(pairs: Sequences) -> list[np.ndarray]:
    """Every own token for itself: bool [units, players] for each pair."""
    return [np.eye(count, dtype=bool) for count in players(pairs)]


def segment_units(items: pl.DataFrame, q: Sentences, t: Sentences, pairs: Sequences) -> list[np.ndarray]:
    """The segments of an ITEMS table's pairs, those of q and then those of t: bool [units, players] for each pair.

    q, t: the sentences with their spans. Says which tokens a segment touches; a token may belong to several segments,
    and one that was cut off is nobody's.
    """
    found = []
    for row, item in enumerate(items.iter_rows(named=True)):
        lengths = int(pairs.first[row]), int(pairs.second[row])
        sides = zip("qt", (q, t), lengths, strict=True)
        parts = [shares(own.span_list(row, length), segments_of(item, side)).T > 0 for side, own, length in sides]
        found.append(block_diag(*parts).astype(bool))
    return found


def segments_of(item: dict, side: str) -> list[Span]:
    """Where the segments of one side of an ITEMS row lie: those given, or `characters` where none are."""
    text, given = item[side], item[f"{side}_segments"]
    return segment_spans(text, characters(text) if given is None else given)


def shares(tokens: Sequence[Span], segments: Sequence[Span]) -> np.ndarray:
    """The share of each token's score that each segment gets by `share_scores`: float64 [tokens, segments]."""
    rows = [share_scores(tokens, one, segments) for one in np.eye(len(tokens))]
    return np.stack(rows) if rows else np.zeros((0, len(segments)))
