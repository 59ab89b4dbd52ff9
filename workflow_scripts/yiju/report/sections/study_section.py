"""Explanation methods side by side on a set: as the report shows them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yiju.models.randomisation_steps import ALL, STEPS
from yiju.report.page_sections import Section
from yiju.report.results import TRIVIAL, Estimate, read_estimate
from yiju.report.sections.faithfulness_section import LABELS
from yiju.report.sections.faithfulness_section import OPERATORS as REMOVALS

# Figures made for pairs, by name in study.json before operator and label: what is deleted or masked there.
PAIRWISE = {"one_sided.beyond_random": "from one sentence", "alone.beyond_random": "all but the rationale"}
OPERATORS = REMOVALS | {"replace": "replaced"}
# What decides, by operator: where all but the rationale is replaced, no pair is similar
# (`yiju.evaluation.study.recommend`).
COLUMNS = {removal: list(PAIRWISE) for removal in REMOVALS} | {"replace": ["one_sided.beyond_random"]}
DECIDING = [f"{metric}.{operator}" for operator, metrics in COLUMNS.items() for metric in metrics]
KEPT, SMALLEST = "kept.delete", "smallest"
# By name in study.json: what the page calls it, and whether more (1) or less (-1) is better, or neither (0).
FAITHFULNESS = {
    "aopc_comprehensiveness.mask": ("AOPC comprehensiveness", 1),
    "aopc_sufficiency.mask": ("AOPC sufficiency", -1),
    "comprehensiveness.mask": ("comprehensiveness", 1),
    "sufficiency.mask": ("sufficiency", -1),
    "new_p.mask": ("New-P", 1),
    "loo_tau.mask": ("LOO tau", 1),
}
BY_DELETION = {name.replace(".mask", ".delete"): look for name, look in FAITHFULNESS.items()}
EVIDENCE = {
    "token_f1": ("token F1", 1),
    "iou_f1": ("IoU F1", 1),
    "map": ("MAP", 1),
    "members.spearman": ("agreement of members", 0),
    "seeds.spearman": ("agreement of seeds", 0),
    "seeds.first_three": ("same first three or ties", 0),
    "seeds.tied": ("ties", 0),
    "edits.spearman": ("agreement after edits", 0),
    "changed.recall_1": ("what turned it stands first", 1),
    "changed.chance_1": ("the first by chance", 0),
    "changed.recall_3": ("what turned it, among the first three", 1),
    "changed.chance_3": ("the first three by chance", 0),
}
RANDOMISATION = {
    **{f"randomisation.{step}": (words, 0) for step, words in STEPS.items() if step != ALL},
    "randomisation": (STEPS[ALL], 0),
    "randomisation.chance": ("random scores", 0),
}
# Edits that keep the meaning, by name in study.json.
EDITS = {
    "half_width": "full-width characters made half-width",
    "final_mark": "final mark added or removed",
    "spaced": "space between Chinese and Latin characters",
}
# Figures of the matrix, by name in study.json between its estimate, operator and label.
MATRIX = {"together": "act together", "instead": "stand for each other", "change": "change", "links": "links"}
ESTIMATES = {"occlusion": "joint occlusion", "shapley": "Shapley interactions", "gradients": "gradients"}
# What is no method: rules that never look at the model, and a search that looks at the figures themselves.
OTHERS = TRIVIAL | {"beam_search": "beam search on these figures"}


@dataclass(frozen=True)
class Panel:
    """A table of further figures made for pairs. figures: by name in study.json before the label, what the page calls
    them, and by what is taken away; reading: how they are read, in a sentence or two; percent: whether they are shown
    so."""

    name: str
    caption: str
    reading: str
    figures: dict[str, tuple[str, str]]
    percent: bool = False


def _by_operator(titles: dict[str, str], operators: Sequence[str] = tuple(OPERATORS)) -> dict[str, tuple[str, str]]:
    """titles: of figures by name, to which each operator is added."""
    named = {operator: OPERATORS[operator] for operator in operators}
    return {f"{metric}.{name}": (title, told) for metric, title in titles.items() for name, told in named.items()}


PANELS = [
    Panel(
        "bounds",
        "Made for pairs: where the figure lies between its bounds",
        "0 is the lowest and 1 the highest figure that beam search finds for any set of as many segments of the same "
        "sentences. Figures of two models may be compared only by this table. It counts the pairs whose bounds were "
        "found and are apart; at most 30 pairs of each label are searched.",
        _by_operator({"one_sided.normalised": "from one sentence"})
        | _by_operator({"alone.normalised": "all but the rationale"}, tuple(REMOVALS)),
    ),
    Panel(
        "unlikely",
        "Made for pairs: changed inputs that are unlike those that the model judges otherwise",
        "By chance it would be 5 %. Where it is much more, the figure measures what the model makes of inputs that it "
        "does not know, and less of its reasons.",
        _by_operator({"one_sided.unlikely": "from one sentence", "alone.unlikely": "all but the rationale"}),
        percent=True,
    ),
    Panel(
        "further",
        "Made for pairs: infidelity of the scores, and the rationale beyond an emptied pair",
        "Infidelity: random segments of one sentence are deleted, masked or replaced, and the sum of their scores, in "
        "the unit that suits it best, is compared with the change of p(label): the mean square of the difference; less "
        "is better. Beyond an emptied pair: how far p(label) rises from nothing at all to the rationale alone; more is "
        "better.",
        _by_operator({"infidelity": "infidelity"})
        | _by_operator({"alone.beyond_emptied": "beyond an emptied pair"}, tuple(REMOVALS)),
    ),
]


@dataclass(frozen=True)
class Row:
    """A method, or another way to a rationale beside the methods (trivial).

    seconds: of a pair, None of what is no method; draws: whether it draws samples, so that another seed may change what
    it says; by_label: figures made for pairs, of the labels that there are; counts: of the pairs that each of these is
    a mean over.
    """

    name: str
    trivial: bool
    seconds: float | None
    draws: bool
    figures: dict[str, Estimate]
    by_label: dict[str, dict[str, Estimate]]
    counts: dict[str, dict[str, int]]


@dataclass(frozen=True)
class Agreement:
    """Mean rank correlation of the scores of any two methods, None where it is not defined."""

    names: list[str]
    spearman: list[list[float | None]]


@dataclass(frozen=True)
class Study:
    """recommended: the method to trust first, or None; fails: by method, for what its rationales are not shown to hold;
    failed: methods whose scores depend on the input, not on the model; left_out: methods that do not fit the model, and
    why; edits: how many pairs each edit changed, how many none changed, and how many are judged otherwise after it;
    matrix: figures of the matrix by `<figure>.<operator>`, of the labels that there are."""

    name: str
    items: int
    members: int
    rows: list[Row]
    agreement: Agreement
    recommended: str | None
    reason: str
    fails: dict[str, list[str]]
    failed: dict[str, float]
    left_out: dict[str, str]
    edits: dict
    matrix: dict[tuple[str, str], dict[str, Estimate]]

    def known(self, metrics: dict[str, tuple[str, int]]) -> dict[str, tuple[str, int]]:
        """Those of the metrics that were measured here."""
        return {name: look for name, look in metrics.items() if any(name in row.figures for row in self.rows)}

    def measured(self, metrics: dict[str, tuple[str, int]]) -> list[Row]:
        """All methods, and what else has any of the metrics."""
        return [row for row in self.rows if not row.trivial or not row.figures.keys().isdisjoint(metrics)]

    def best(self, metric: str, sign: int) -> str | None:
        """The method, trivial rules apart, that is best by a metric; None of a metric without a good side."""
        rows = [row for row in self.rows if metric in row.figures and not row.trivial]
        return max(rows, key=lambda row: sign * row.figures[metric].value).name if rows and sign else None


def read_study(path: str | Path) -> Study:
    """Read what compare_methods wrote."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    rows = [_row(row) for row in found["methods"]]
    best, between = found["recommended"], found["agreement"]["methods"]
    return Study(
        *(found["set"], found["items"], len(found["members"]), rows),
        Agreement(between["names"], between["spearman"]),
        *(best["method"], best["reason"], best["fails"], best["randomised"]),
        found["left_out"],
        found["edits"],
        _matrix(found["matrix"]),
    )


def _matrix(found: dict) -> dict[tuple[str, str], dict[str, Estimate]]:
    """By label and estimate; too few pairs have a figure without an interval, which is not shown."""
    names = [f"{figure}.{removal}" for removal in REMOVALS for figure in MATRIX]
    each = {
        (label, estimate): {name: f"{estimate}.{name}.{label}" for name in names}
        for label in LABELS
        for estimate in ESTIMATES
    }
    known = {row: {name: key for name, key in keys.items() if f"{key}.low" in found} for row, keys in each.items()}
    return {row: _known(found, keys) for row, keys in known.items() if keys}


def _row(row: dict) -> Row:
    name = OTHERS.get(row["method"], row["method"])
    figures = _known(row, {name: name for name in FAITHFULNESS | BY_DELETION | EVIDENCE | RANDOMISATION})
    names = [*DECIDING, KEPT, SMALLEST, *(name for panel in PANELS for name in panel.figures)]
    by_label = {label: _known(row, {name: f"{name}.{label}" for name in names}) for label in LABELS}
    there = {label: own for label, own in by_label.items() if own}
    counts = {label: {name: row[f"{name}.{label}.items"] for name in own} for label, own in there.items()}
    return Row(name, row["trivial"], row.get("seconds_per_pair"), row.get("draws", False), figures, there, counts)


def _known(row: dict, keys: dict[str, str]) -> dict[str, Estimate]:
    """Figures by name; keys: what each is called in the row."""
    found = {name: read_estimate(row, key) for name, key in keys.items()}
    return {name: one for name, one in found.items() if one}


SECTION = Section(
    name="study",
    title="Study",
    place=40,
    read=lambda inputs, _settings, _run: [read_study(path) for path in inputs["study"]] or None,
)
