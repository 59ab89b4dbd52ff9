"""The limits of the figures of a run: too few pairs, one label, nothing unseen, no better than a trivial rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from yiju.base.plurals import counted
from yiju.report.alerts import Alert
from yiju.report.number_formats import count, percent, signed_points, words
from yiju.report.results import MODELS, Estimate

# An interval of an accuracy wider than this says little: it is about that of 100 pairs half of which are right.
WIDE = 0.2


class Measured(Protocol):
    """Judgements of a set; accuracy by model and beyond (the model's less that of a rival) are empty without labels."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def labelled(self) -> int: ...
    @property
    def similar(self) -> int: ...
    @property
    def accuracy(self) -> dict[str, Estimate]: ...
    @property
    def beyond(self) -> dict[str, Estimate]: ...


def find_doubts(
    sets: Sequence[Measured], splits: Sequence[str], chosen_on_dev: str, calibration: Mapping, out_of_fold: bool = False
) -> list[Alert]:
    """Every such doubt. sets: all that are judged, dev first; splits: names of those that should measure the model.

    chosen_on_dev: what dev decided, in words; calibration: `fitted` and `note` of a calibration.json.
    """
    return [
        *(alert for one in sets if one.accuracy for alert in (*_labels(one), *_width(one), *_rivals(one))),
        *_unlabelled(sets, splits),
        *_unseen(sets, chosen_on_dev, out_of_fold),
        *_calibration(calibration),
    ]


def only_label(one: Measured) -> str:
    """The label that all labelled pairs of a set have, in words; empty where they have both, or none."""
    if not one.labelled or 0 < one.similar < one.labelled:
        return ""
    return "similar" if one.similar else "not similar"


def _labels(one: Measured) -> Iterator[Alert]:
    label = only_label(one)
    if label:
        text = (
            f"All {counted(one.labelled, 'labelled pair')} are {label}. Whoever always says so is right for all of "
            "them, so this accuracy does not show whether the model knows one label from the other."
        )
        yield Alert(f"{one.name} has one label only", text, "metrics")


def _width(one: Measured) -> Iterator[Alert]:
    ours = one.accuracy["model"]
    if ours.high - ours.low > WIDE:
        leave = "leaves" if one.labelled == 1 else "leave"
        pairs = counted(one.labelled, "labelled pair")
        text = f"{pairs} {leave} the accuracy open from {percent(ours.low)} to {percent(ours.high)}."
        yield Alert(f"{one.name} is too small for a sure figure", text, "metrics")


def _rivals(one: Measured) -> Iterator[Alert]:
    """Only where there are two labels: with one, the majority is always right."""
    level = [(name, found) for name, found in one.beyond.items() if found.low <= 0]
    if level and not only_label(one):
        rivals = [
            f"the {MODELS[name]} ({percent(one.accuracy[name].value)}; difference {signed_points(found)})"
            for name, found in level
        ]
        text = f"Its accuracy of {percent(one.accuracy['model'].value)} does not surely exceed that of {words(rivals)}."
        yield Alert(f"On {one.name} the model is not shown to be better than what needs no model", text, "metrics")


def _unlabelled(sets: Sequence[Measured], splits: Sequence[str]) -> Iterator[Alert]:
    for one in sets:
        if one.name in splits and one.labelled < one.size:
            known = f"only {count(one.labelled)} have a label" if one.labelled else "none has a label"
            text = f"Its {counted(one.size, 'pair')} were judged, but {known}: nothing measures the other judgements."
            yield Alert(f"{one.name} lacks labels", text, "metrics")


def _unseen(sets: Sequence[Measured], chosen_on_dev: str, out_of_fold: bool) -> Iterator[Alert]:
    measured = [one for one in sets if one.accuracy]
    if len(measured) == 1 and measured[0] is sets[0] and chosen_on_dev:
        text = (
            f"The only accuracy is that of {sets[0].name}, whose pairs chose {chosen_on_dev}: it flatters the model. "
            "For an unbiased one give a labelled test split (evaluate.splits)."
        )
        if out_of_fold:
            text += " The out-of-fold accuracy is of pairs that did not choose temperature and threshold."
        yield Alert("No labelled test set measures the model", text, "metrics")


def _calibration(calibration: Mapping) -> Iterator[Alert]:
    if calibration["note"]:
        fitted = "leaves something open" if calibration["fitted"] else "was not possible"
        yield Alert(f"Calibration {fitted}", calibration["note"], "calibration")
