"""What is known of one judgement: label, probability, and how much every character of both sentences counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import Any

import numpy as np

from yiju.encoder import LABELS

# Blue speaks for the label, orange against it: told apart by colour-blind people too, and by the sign in the tooltip.
FOR, AGAINST = "0, 105, 170", "200, 90, 0"
# What explains where nobody says what: of the fast methods the most faithful on real pairs (benchmarks/README.md).
METHOD = "occlusion"


@dataclass(frozen=True)
class Judgement:
    """label: 1 similar, 0 not; probability: of label 1; truncated: whether the pair is longer than the model reads."""

    q: str
    t: str
    label: int
    probability: float
    truncated: bool

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Segment:
    """A character of a sentence, or a Latin word or number; start, end: in characters of the sentence as given.

    rank: place in the rationale, from 1; None outside it.
    """

    text: str
    start: int
    end: int
    score: float
    rank: int | None


@dataclass(frozen=True)
class Side:
    """One sentence. scores: one a character of `text`; segments: in order, white space belongs to none."""

    text: str
    scores: tuple[float, ...]
    segments: tuple[Segment, ...]

    @property
    def rationale(self) -> list[Segment]:
        """The selected segments, most important first."""
        return sorted((one for one in self.segments if one.rank), key=lambda one: one.rank or 0)


@dataclass(frozen=True)
class Explanation(Judgement):
    """A judgement and its grounds.

    method: name and options of what attributed log p(label) to characters; gap: by how much the scores miss the sum
    that the method promises, or None; matrix: how much segment i of q and j of t act together, float [q segments, t
    segments], or None where it was not asked for.
    """

    method: dict[str, Any]
    sides: tuple[Side, Side]
    gap: float | None = None
    matrix: tuple[tuple[float, ...], ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON."""
        facts = asdict(self)
        sides = dict(zip("qt", facts.pop("sides"), strict=True))
        return facts | {f"{name}_{key}": side[key] for name, side in sides.items() for key in ("scores", "segments")}

    def to_html(self) -> str:
        """A piece of a page, escaped, that needs no style sheet: both sentences coloured, and the matrix."""
        head = f"{LABELS[self.label]}, p(similar) = {self.probability:.3f}, by {self.method['method']}"
        largest = max((abs(one.score) for side in self.sides for one in side.segments), default=0.0) or 1.0
        lines = "".join(_side(side, largest) for side in self.sides)
        return f'<div style="font-family:sans-serif"><p>{escape(head)}</p>{lines}{self._table()}</div>'

    def _repr_html_(self) -> str:
        return self.to_html()

    def _table(self) -> str:
        if self.matrix is None:
            return ""
        q, t = ([escape(one.text) for one in side.segments] for side in self.sides)
        values = np.array(self.matrix, dtype=float).reshape(len(q), len(t))
        largest = np.abs(values).max(initial=0.0) or 1.0
        head = "".join(f'<th scope="col" lang="zh">{text}</th>' for text in t)
        rows = "".join(
            f'<tr><th scope="row" lang="zh">{text}</th>{"".join(_cell(value, largest) for value in row)}</tr>'
            for text, row in zip(q, values.tolist(), strict=True)
        )
        return f'<table style="border-collapse:collapse"><tr><td></td>{head}</tr>{rows}</table>'


@dataclass(frozen=True)
class Counterfactual:
    """The smallest deletion found that turns a judgement.

    label: of the whole pair; q, t: indices of the segments (`yiju.rationale.items.characters`) to take away, both empty
    where nothing was found; found: whether it turns; probability: of label 1 without them; exact: no deletion of fewer
    segments turns it (none at all of up to two, where nothing was found), else it is an upper bound.
    """

    label: int
    q: tuple[int, ...]
    t: tuple[int, ...]
    found: bool
    probability: float
    exact: bool


def _side(side: Side, largest: float) -> str:
    parts, place = [], 0
    for one in side.segments:
        parts += [escape(side.text[place : one.start]), _mark(one, largest)]
        place = one.end
    return f'<p lang="zh" style="font-size:1.3em">{"".join(parts)}{escape(side.text[place:])}</p>'


def _mark(one: Segment, largest: float) -> str:
    line = ";text-decoration:underline" if one.rank else ""
    told = f"score {one.score:.4f}" + (f", rank {one.rank}" if one.rank else "")
    return f'<span title="{told}" style="{_colour(one.score, largest)}{line}">{escape(one.text)}</span>'


def _cell(value: float, largest: float) -> str:
    return f'<td title="{value:.4f}" style="width:1.6em;height:1.6em;{_colour(value, largest)}"></td>'


def _colour(score: float, largest: float) -> str:
    return f"background:rgba({FOR if score >= 0 else AGAINST}, {min(1.0, abs(score) / largest) * 0.75:.3f})"
