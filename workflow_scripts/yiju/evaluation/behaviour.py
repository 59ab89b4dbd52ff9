"""Which items of a suite of minimal pairs a model passes, by category, beside what looks at characters alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from yiju.base.share_intervals import difference_interval, share_interval
from yiju.data.behaviour.categories import CATEGORIES, NULL_EDITS
from yiju.data.behaviour.minimal_pairs import Item
from yiju.data.behaviour.suite import Pair
from yiju.evaluation.gold_accuracy import common_share

# What knows no words: two sentences are similar where at least this share of their characters is common (Dice).
COMMON = 0.7


@dataclass(frozen=True)
class Verdicts:
    """What a model says of distinct pairs. similar: bool [pairs]; scores: float64 [pairs], higher for more similar;
    rows: where each pair stands."""

    similar: np.ndarray
    scores: np.ndarray
    rows: Mapping[Pair, int]

    def of(self, pair: Pair) -> tuple[bool, float]:
        """Whether a pair is judged similar, and its score."""
        row = self.rows[pair]
        return bool(self.similar[row]), float(self.scores[row])


# What judges pairs: which of them are similar, and their scores.
Judge = Callable[[Sequence[Pair]], tuple[np.ndarray, np.ndarray]]


def judged(items: Sequence[Item], judge: Judge) -> Verdicts:
    """What a model says of all pairs of the items, each of which it is asked once."""
    pairs = [(one.change.q, one.change.t) for one in items]
    pairs += [one.change.before for one in items if one.change.before is not None]
    distinct = list(dict.fromkeys(pairs))
    similar, scores = judge(distinct)
    return Verdicts(similar, scores, {pair: row for row, pair in enumerate(distinct)})


def by_common_characters(pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """The judgement of what knows no words: see COMMON."""
    shares = np.array([common_share(*pair) for pair in pairs])
    return shares >= COMMON, shares


def passes(item: Item, verdicts: Verdicts) -> bool:
    """Whether the change had the effect that it must have."""
    one = item.change
    similar, score = verdicts.of((one.q, one.t))
    if one.effect == "turns":
        return not similar
    before = None if one.before is None else verdicts.of(one.before)
    if one.effect == "rises":
        return before is not None and score > before[1]
    return similar == (before is None or before[0])


def summary(
    items: Sequence[Item], verdicts: Verdicts, against: Verdicts | None = None, baseline: Judge = by_common_characters
) -> dict[str, Any]:
    """Failures of each category with 95 % intervals, items of one parent being no independent evidence.

    null_edits: the share of null edits, which keep the meaning, at which the model judges otherwise. A category whose
    items must turn is worth what it passes beyond that: a model that turns at every change passes all of it.
    """
    passed = np.array([passes(one, verdicts) for one in items], dtype=bool)
    plain = judged(items, baseline)
    known = np.array([passes(one, plain) for one in items], dtype=bool)
    other = None if against is None else np.array([passes(one, against) for one in items], dtype=bool)
    null = np.array([one.category in NULL_EDITS for one in items], dtype=bool)
    null_edits = None if not null.any() else _failed(passed[null], _parents(items, null))
    overall = _failed(passed, [one.parent for one in items])
    found: dict[str, Any] = {"overall": overall, "null_edits": null_edits, "categories": {}}
    for name in dict.fromkeys(one.category for one in items):
        chosen = np.array([one.category == name for one in items], dtype=bool)
        own = [one for one, there in zip(items, chosen, strict=True) if there]
        parents = _parents(items, chosen)
        facts = {"title": title(name), "items": len(own), "own": sum(one.row >= 0 for one in own)}
        facts |= _failed(passed[chosen], parents) | {"effects": _counts([one.change.effect for one in own])}
        facts["baseline"] = _failed(known[chosen], parents)
        facts["rules"] = _rules(own, passed[chosen])
        turning = np.array([one.change.effect == "turns" for one in own], dtype=bool)
        if null_edits is not None and turning.all():
            facts["beyond_null_edits"] = float(passed[chosen].mean()) - null_edits["failure_rate"]
        if other is not None:
            change = other[chosen].astype(float) - passed[chosen].astype(float)
            mean, low, high = difference_interval(change, parents)
            facts["against"] = _failed(other[chosen], parents) | {
                "passes_more": mean,
                "low_more": low,
                "high_more": high,
            }
        found["categories"][name] = facts
    return found


def outcomes(items: Sequence[Item], verdicts: Verdicts) -> list[dict[str, Any]]:
    """Every item with both sentences, what the model said of them, and whether it was passed."""
    found = []
    for item in items:
        one = item.change
        similar, score = verdicts.of((one.q, one.t))
        facts = {"category": item.category, "rule": one.rule, "effect": one.effect, "row": item.row}
        facts |= {"parent": item.parent, "q": one.q, "t": one.t, "similar": similar, "score": score}
        if one.before is not None:
            said = verdicts.of(one.before)
            facts |= {"before": list(one.before), "similar_before": said[0], "score_before": said[1]}
        found.append(facts | {"passed": passes(item, verdicts)})
    return found


def failures(items: Sequence[Item], verdicts: Verdicts) -> list[dict[str, Any]]:
    """Those of the outcomes that were not passed."""
    return [one for one in outcomes(items, verdicts) if not one["passed"]]


def title(category: str) -> str:
    """What people call a category; one of a file that a user brings is called as it is there."""
    return CATEGORIES[category].title if category in CATEGORIES else category


def _failed(passed: np.ndarray, parents: Sequence[str]) -> dict[str, Any]:
    rate, low, high = share_interval(1.0 - passed.astype(float), parents)
    return {"failures": int((~passed).sum()), "failure_rate": rate, "low": low, "high": high}


def _rules(items: Sequence[Item], passed: np.ndarray) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for one, good in zip(items, passed.tolist(), strict=True):
        counts = found.setdefault(one.change.rule, {"items": 0, "failures": 0})
        counts["items"] += 1
        counts["failures"] += not good
    return found


def _parents(items: Sequence[Item], chosen: np.ndarray) -> list[str]:
    return [one.parent for one, there in zip(items, chosen.tolist(), strict=True) if there]


def _counts(values: Sequence[str]) -> dict[str, int]:
    return {value: values.count(value) for value in sorted(set(values))}
