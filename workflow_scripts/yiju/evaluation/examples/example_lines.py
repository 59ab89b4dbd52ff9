"""An example as a JSON line: what a person reads with a program, and the report's page with a browser.

Keys: set, item, part (corpus or kind, or null), gold (or null), label, probability and overlap_probability (of label
1), truncated, unknown (characters that the vocabulary does not hold); explained (the label that scores, matrix and
curves are of); q and t, each with text, spans (start and end of every segment, in characters of the text), unknown
(segments that hold such a character) and gold (segments that any gold rationale has, or null); q_effects and t_effects
(log p(explained) of the pair less that without a segment, null of one that was not read); methods, by name: q and t
(scores of the segments, null of one that was not read), q_ranked and t_ranked (the rationale, most important first),
curve (p(explained) without the first 0, 1, ... segments); random (a curve by chance); matrix (q's segments by t's, null
where it would be too large, a cell null where it is not known); counterfactual: label, found, q and t (segments taken
away), probability, exact; evidence: null where none was asked for, else measure, pairs (how many the first model
learnt), and training pairs for and against: q, t, label, corpus, file, line, operation, score, similarity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yiju.explain.counterfactual import Deletion
from yiju.explain.evidence.training_evidence import Evidence
from yiju.explain.segments import segments_of

# A matrix of more cells is left out: nobody could read it.
CELLS = 2500


@dataclass(frozen=True)
class Method:
    """What a method says of one example. scores: of q's and of t's segments; ranked: the rationale of either."""

    scores: tuple[np.ndarray, np.ndarray]
    ranked: tuple[Sequence[int], Sequence[int]]
    curve: np.ndarray


@dataclass(frozen=True)
class ExampleFacts:
    """What was computed of one example. unknown: bool by character of q and of t."""

    explained: int
    truncated: bool
    unknown: tuple[np.ndarray, np.ndarray]
    methods: Mapping[str, Method]
    random: np.ndarray
    matrix: np.ndarray
    deletion: Deletion
    effects: tuple[np.ndarray, np.ndarray]
    evidence: Evidence | None = None


def to_line(facts: Mapping[str, Any], item: dict[str, Any], told: ExampleFacts) -> dict:
    """facts: set, part and the row of JUDGED; item: the row of ITEMS."""
    sides = {side: _side(item, side, unknown) for side, unknown in zip("qt", told.unknown, strict=True)}
    return {
        **facts,
        "probability": _round(facts["probability"], 6),
        "overlap_probability": _round(facts["overlap_probability"]),
        "truncated": told.truncated,
        "unknown": int(sum(unknown.sum() for unknown in told.unknown)),
        "explained": told.explained,
        **sides,
        **{f"{side}_effects": _rounded(own) for side, own in zip("qt", told.effects, strict=True)},
        "methods": {name: _method(found) for name, found in told.methods.items()},
        "random": _rounded(told.random),
        "matrix": [_rounded(row) for row in told.matrix] if told.matrix.size <= CELLS else None,
        "counterfactual": _counterfactual(told.deletion, len(sides["q"]["spans"])),
        "evidence": None if told.evidence is None else _evidence(told.evidence),
    }


def _side(item: dict[str, Any], side: str, unknown: np.ndarray) -> dict:
    spans = segments_of(item, side)
    odd = [index for index, (start, end) in enumerate(spans) if unknown[start:end].any()]
    return {"text": item[side], "spans": spans, "unknown": odd, "gold": _gold(item, side)}


def _evidence(found: Evidence) -> dict:
    keys, figures = ("q", "t", "label", "corpus", "file", "line", "operation"), ("score", "similarity")
    pairs = {
        name: [
            {key: getattr(one, key) for key in keys} | {key: _round(getattr(one, key)) for key in figures}
            for one in own
        ]
        for name, own in (("for", found.proponents), ("against", found.opponents))
    }
    return {"measure": found.measure, "pairs": found.pairs} | pairs


def _method(found: Method) -> dict:
    scores = {side: _rounded(own) for side, own in zip("qt", found.scores, strict=True)}
    ranked = {f"{side}_ranked": list(own) for side, own in zip("qt", found.ranked, strict=True)}
    return scores | ranked | {"curve": _rounded(found.curve)}


def _counterfactual(found: Deletion, first: int) -> dict:
    removed = found.removed or ()
    return {
        "label": found.label,
        "found": found.removed is not None,
        "q": [one for one in removed if one < first],
        "t": [one - first for one in removed if one >= first],
        "probability": _round(found.probability),
        "exact": found.exact,
    }


def _gold(item: Mapping[str, Any], side: str) -> list[int] | None:
    known = item[f"{side}_gold"]
    return None if known is None else sorted({index for alternative in known for index in alternative})


def _rounded(values: Sequence[float] | np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else _round(float(value)) for value in values]


def _round(value: float, digits: int = 4) -> float:
    """Digits that a reader can use; a page holds thousands of numbers."""
    # A negative zero would show its sign.
    return float(f"{value:.{digits}g}") + 0.0
