"""How far the judgements hang on what the methods in use rank first, beside rules that never look at the model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yiju.base.language import gettext, joined
from yiju.base.types import MEASURED
from yiju.models.measured import KEPT
from yiju.report.number_formats import beside, percent, quoted, words
from yiju.report.results import TRIVIAL, Comparison, Estimate, Sign, required_estimate

# By name in faithfulness.json: what the page calls it, and whether more (1) or less (-1) is better.
METRICS = {
    "aopc_comprehensiveness": ("AOPC comprehensiveness", 1),
    "aopc_sufficiency": ("AOPC sufficiency", -1),
    "comprehensiveness": ("comprehensiveness", 1),
    "sufficiency": ("sufficiency", -1),
}
RULES = ("trivial_shared_first", "trivial_random")
# Figures made for pairs: by name in faithfulness.json, what the page calls them.
PAIRWISE = {
    "one_sided.beyond_random": "deleted from one sentence",
    "alone.beyond_random": "nothing else left",
}
OPERATORS = {"delete": "deleted", "mask": "masked"}
LABELS = {"similar": "similar", "not_similar": "not similar"}
# By label, then by metric: "kept" and "selected" too.
ByLabel = dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class Faithfulness:
    """What evaluate_faithfulness found on a set.

    rows: figures by method and then rule; beyond: by method, the mean difference to random segments on the same pairs;
    labelled: how many of the pairs are judged similar and not similar; pairwise: figures made for pairs, by method and
    operator, of the labels that there are.
    """

    name: str
    pairs: int
    members: int
    rows: dict[str, dict[str, Estimate]]
    beyond: dict[str, dict[str, Estimate]]
    labelled: dict[str, int]
    pairwise: dict[str, dict[str, ByLabel]]

    def fails(self, method: str) -> list[tuple[str, str]]:
        """Labels and figures of a method by deletion that are not shown to be above those of random segments."""
        figures = self.pairwise[method]["delete"]
        return [(label, metric) for metric in PAIRWISE for label, own in figures.items() if own[metric].low <= 0]


def verdict(found: Faithfulness, method: str) -> Comparison:
    """Whether the rationales of a method hold on a set, in a sentence for whoever relies on them.

    By deletion, as the smallest rationales are looked for; the tables have [MASK] too.
    """
    failing, figures = found.fails(method), found.pairwise[method]["delete"]
    by = gettext("the method measured best on dev") if method == MEASURED else method
    told = []
    if failing:
        asked = {label: [gettext(PAIRWISE[metric]) for own, metric in failing if own == label] for label in LABELS}
        labels = [beside(quoted(gettext(LABELS[label])), words(asked[label])) for label in LABELS if asked[label]]
        told.append(
            gettext(
                "Do not rely on the explanations by {method} of judgements {labels}: on {set} these rest on the "
                "rationale no more, within the intervals, than on as many random segments.",
                method=by,
                labels=words(labels),
                set=found.name,
            )
        )
    named = {label for label, _ in failing}
    kept = {label: own["kept"].value for label, own in figures.items() if label not in named}
    losing = {label: share for label, share in kept.items() if share < KEPT}
    if losing:
        shares = [beside(quoted(gettext(LABELS[label])), percent(share, 0)) for label, share in losing.items()]
        told.append(
            gettext(
                "Do not rely on the explanations by {method}: on {set} the rationale alone keeps too few of the "
                "judgements {labels}.",
                method=by,
                labels=words(shares),
                set=found.name,
            )
        )
    if told:
        return Comparison("below", joined(*told))
    missing = [gettext(LABELS[label]) for label in LABELS if label not in figures]
    unknown = [
        gettext("No pair is judged {label}, so nothing is known of such judgements.", label=label)
        for label in missing[:1]
    ]
    text = gettext(
        "The rationales by {method} hold on {set}: judgements rest on them more than on random segments.",
        method=by,
        set=found.name,
    )
    return Comparison("level" if missing else "above", joined(text, *unknown))


def read_faithfulness(name: str, path: str | Path, methods: Sequence[str]) -> Faithfulness:
    """Read what evaluate_faithfulness wrote for a set."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    rows = {row: _every_metric(found, row) for row in (*methods, *RULES)}
    beyond = {method: _every_metric(found, f"{method}.beyond_random") for method in methods}
    labelled = {label: found[f"pairs.{label}"] for label in LABELS}
    pairwise = {method: {one: _by_label(found, method, one, labelled) for one in OPERATORS} for method in methods}
    return Faithfulness(name, found["pairs"], found["members"], rows, beyond, labelled, pairwise)


def _every_metric(found: dict, row: str) -> dict[str, Estimate]:
    return {metric: required_estimate(found, f"{row}.{metric}") for metric in METRICS}


def _by_label(found: dict, method: str, operator: str, labelled: dict[str, int]) -> ByLabel:
    metrics = {name: f"{method}.{operator}.{name}" for name in (*PAIRWISE, "kept")} | {"selected": f"{method}.selected"}
    return {
        label: {name: required_estimate(found, f"{key}.{label}") for name, key in metrics.items()}
        for label, pairs in labelled.items()
        if pairs
    }


def row_name(row: str) -> str:
    """A method's name, or what a rule does."""
    return gettext(TRIVIAL[row]) if row in TRIVIAL else row


def sign(estimate: Estimate, better: int) -> Sign:
    """Whether a difference is good (above), bad (below), or not shown to be either (level)."""
    low, high = sorted((better * estimate.low, better * estimate.high))
    return "above" if low > 0 else "below" if high < 0 else "level"
