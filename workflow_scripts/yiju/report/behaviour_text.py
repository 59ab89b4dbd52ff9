"""What a suite of minimal pairs found as people read it: lines for the terminal, and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from yiju.base.plurals import counted
from yiju.base.printable import aligned
from yiju.base.terminal_language import told as in_language
from yiju.report.told_pages import page_of

EFFECTS = {
    "turns": "must be judged not similar",
    "stays": "must be judged similar",
    "rises": "must be more similar than before the change",
}
READING = (
    "A failed item is one whose judgement is not what the change must make of it. In brackets: 95 % intervals "
    "(Wilson); items made from one sentence are no independent evidence."
)
BASELINE = "The baseline knows no words: two sentences are similar where at least 70 % of their characters are common."
NEEDLESS = (
    "Edits that keep the meaning (particles, width, misspellings, white space, order ...) turn {rate} {interval} of "
    "the judgements without need. What a category must turn counts only where much more than that is turned."
)


def head(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of the table."""
    second = ("second model",) if facts["against"] else ()
    return ("category", "items", "own", "failed", "95 %", *second, "baseline")


def rows(facts: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A row for each category. facts: what `yiju test` writes as JSON."""
    found = []
    for one in facts["categories"].values():
        second = (_rate(one["against"]),) if facts["against"] else ()
        interval = f"[{100 * one['low']:.1f}, {100 * one['high']:.1f}]"
        counts = (f"{one['items']:,}", f"{one['own']:,}")
        found.append((one["title"], *counts, _rate(one), interval, *second, _rate(one["baseline"])))
    return found


def sentences(facts: Mapping[str, Any]) -> list[str]:
    """What is to be known beside the table."""
    one = facts["overall"]
    passed = f"passed are {100 * (1 - one['failure_rate']):.1f} % [{100 * (1 - one['high']):.1f}, "
    passed += f"{100 * (1 - one['low']):.1f}]"
    told = [f"{counted(facts['items'], 'item')} of the suite {facts['suite']}, judged by {facts['model']}; {passed}."]
    if facts["against"]:
        told.append(f"The second model is {facts['against']}.")
    if facts["null_edits"] is not None:
        one = facts["null_edits"]
        interval = f"[{100 * one['low']:.1f}, {100 * one['high']:.1f}]"
        told.append(NEEDLESS.format(rate=_rate(one), interval=interval))
    told += [f"No items of the category {name}: {reason}." for name, reason in facts["not_made"].items()]
    return [*told, READING, BASELINE, *facts["published"]]


def outcomes(facts: Mapping[str, Any]) -> list[str]:
    """What became of the requirements."""
    return [
        f"{'met' if one['met'] else 'NOT MET'}: {one['category']} >= {one['least']:g}"
        + (f" (passed: {one['passed']:.3f})" if one["passed"] is not None else " (no items)")
        for one in facts["requirements"]
    ]


def lines(facts: Mapping[str, Any]) -> list[str]:
    """For the terminal; what became of the requirements comes last, where it is in view."""
    shown = [line for one in _first(facts["failures"]) for line in _failure(one)]
    table = aligned([tuple(map(in_language, row)) for row in (head(facts), *rows(facts))])
    return [*shown, "", *table, "", *sentences(facts), *outcomes(facts)]


def html(facts: Mapping[str, Any], explained: Mapping[int, str]) -> str:
    """As a page that needs nothing else; text of others is escaped. explained: pieces of it, by number of failure."""
    by_category: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for number, one in enumerate(facts["failures"]):
        by_category.setdefault(one["category"], []).append((number, one))
    pieces = {number: Markup(piece) for number, piece in explained.items()}
    known = {"head": head(facts), "rows": rows(facts), "sentences": sentences(facts), "outcomes": outcomes(facts)}
    return page_of("tested.html", facts=facts, failures=by_category, explained=pieces, said=_said, **known)


def _said(one: Mapping[str, Any]) -> list[str]:
    """What was judged of a failed item, what had to be, and where it comes from."""
    told = [f"judged {_judged(one['similar'], one['score'])}"]
    told += [f"before: {_judged(one['similar_before'], one['score_before'])}"] if "before" in one else []
    own = one["effect"] == "stays" and "before" in one
    told.append("must stay as before" if own else EFFECTS[one["effect"]])
    return told + ([f"line {one['line']}"] if one["line"] else [])


def _judged(similar: bool, score: float) -> str:
    return f"{'similar' if similar else 'not similar'} (score {score:.3f})"


def _rate(one: Mapping[str, Any]) -> str:
    return f"{100 * one['failure_rate']:.1f} %"


def _first(failures: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first failure of each category."""
    return list({one["category"]: one for one in reversed(failures)}.values())[::-1]


def _failure(one: Mapping[str, Any]) -> list[str]:
    said = "similar" if one["similar"] else "not similar"
    # Each part is a line, as the catalogue of the terminal knows the parts.
    reasons = [f"  {in_language(part)}" for part in _said(one)[1:]]
    return [f"{one['category']} ({one['rule']}): judged {said}", *reasons, f"  {one['q']}", f"  {one['t']}"]
