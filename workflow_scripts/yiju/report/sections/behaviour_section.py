"""What the model does when one thing of a sentence changes: failures by category, and each of them to be looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yiju.base.language import gettext
from yiju.data.behaviour.categories import CATEGORIES
from yiju.explain.strength import strength
from yiju.report.highlight import Piece
from yiju.report.page_sections import Section

# Failures of a category that the page shows; all of them are in behaviour.json and behaviour.parquet.
SHOWN = 20


@dataclass(frozen=True)
class Share:
    """A share with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Failure:
    """q, t: pieces, coloured where the failure was explained; said: the judgement, and what it must be, in words;
    before: the second sentence before the change, of a pair of dev that was edited."""

    q: list[Piece]
    t: list[Piece]
    rule: str
    said: str
    before: str | None


@dataclass(frozen=True)
class CategoryResult:
    """failed: the model's share of failures; overlap: that of the overlap baseline."""

    title: str
    items: int
    own: int
    failed: Share
    overlap: Share
    count: int
    failures: list[Failure]


@dataclass(frozen=True)
class Behaviour:
    """null_edits: the share of edits without meaning that turn the judgement; not_made: titles of categories that lack
    a library."""

    items: int
    failed: Share
    null_edits: Share | None
    categories: list[CategoryResult]
    not_made: list[str]


def read_behaviour(path: str | Path) -> Behaviour:
    """The section of a run's behaviour.json."""
    facts = json.loads(Path(path).read_text(encoding="utf-8"))
    failed: dict[str, list[Mapping[str, Any]]] = {}
    for one in facts["failures"]:
        failed.setdefault(one["category"], []).append(one)
    # The file has them in the order of their names.
    names = [name for name in CATEGORIES if name in facts["categories"]]
    found = [_category(facts["categories"][name], failed.get(name, [])) for name in names]
    null_edits = None if facts["null_edits"] is None else _share(facts["null_edits"])
    not_made = [gettext(CATEGORIES[name].title) for name in facts["not_made"]]
    return Behaviour(facts["items"], _share(facts["overall"]), null_edits, found, not_made)


def _category(facts: Mapping[str, Any], failed: Sequence[Mapping[str, Any]]) -> CategoryResult:
    shown = [_failure(one) for one in failed[:SHOWN]]
    shares = _share(facts), _share(facts["baseline"])
    return CategoryResult(gettext(facts["title"]), facts["items"], facts["own"], *shares, facts["failures"], shown)


def _share(facts: Mapping[str, Any]) -> Share:
    return Share(facts["failure_rate"], facts["low"], facts["high"])


def _failure(one: Mapping[str, Any]) -> Failure:
    grounds = one.get("grounds", {})
    q, t = (_pieces(one[side], grounds.get(side, [])) for side in ("q", "t"))
    before = one.get("before")
    return Failure(q, t, one["rule"], _said(one), before[1] if before else None)


def _said(one: Mapping[str, Any]) -> str:
    """What was judged, and what had to be judged of this very pair."""
    label = _label(one["similar"])
    if one["effect"] == "stays" and "before" in one:
        text = "judged {label}; before the change {before}, and it must stay so"
        return gettext(text, label=label, before=_label(one["similar_before"]))
    wanted = {
        "turns": gettext("it must be judged not similar"),
        "stays": gettext("it must be judged similar"),
        "rises": gettext("it must be more similar than before the change"),
    }
    return gettext("judged {label}, but {wanted}", label=label, wanted=wanted[one["effect"]])


def _label(similar: bool) -> str:
    return gettext("similar") if similar else gettext("not similar")


def _pieces(text: str, scored: Sequence[Sequence[Any]]) -> list[Piece]:
    """The sentence as pieces: its segments in order, with what lies between them."""
    pieces, position = [], 0
    for segment, score in scored:
        start = text.index(segment, position)
        pieces += [Piece(text[position:start], segment=False)] if start > position else []
        pieces.append(Piece(segment, True, strength(score, score), score, unread=score is None))
        position = start + len(segment)
    return pieces + ([Piece(text[position:], segment=False)] if position < len(text) else [])


SECTION = Section(
    name="behaviour",
    title="Behaviour",
    place=10,
    read=lambda inputs, _settings, _run: next((read_behaviour(path) for path in inputs["behaviour"]), None),
)
