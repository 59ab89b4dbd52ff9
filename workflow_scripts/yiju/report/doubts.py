"""The limits of the figures of a run: too few pairs, one label, nothing unseen, no better than a trivial rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from yiju.base.language import gettext, joined, ngettext, written
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
        text = ngettext(
            "All {number} labelled pair are {label}. Whoever always says so is right for all of them, so this accuracy "
            "does not show whether the model knows one label from the other.",
            "All {number} labelled pairs are {label}. Whoever always says so is right for all of them, so this "
            "accuracy does not show whether the model knows one label from the other.",
            one.labelled,
            label=gettext(label),
        )
        yield Alert(gettext("{set} has one label only", set=one.name), text, "metrics")


def _width(one: Measured) -> Iterator[Alert]:
    ours = one.accuracy["model"]
    if ours.high - ours.low > WIDE:
        text = ngettext(
            "{number} labelled pair leaves the accuracy open from {low} to {high}.",
            "{number} labelled pairs leave the accuracy open from {low} to {high}.",
            one.labelled,
            low=percent(ours.low),
            high=percent(ours.high),
        )
        yield Alert(gettext("{set} is too small for a sure figure", set=one.name), text, "metrics")


def _rivals(one: Measured) -> Iterator[Alert]:
    """Only where there are two labels: with one, the majority is always right."""
    level = [(name, found) for name, found in one.beyond.items() if found.low <= 0]
    if level and not only_label(one):
        rivals = [
            gettext(
                "the {rival} ({share}; difference {points})",
                rival=gettext(MODELS[name]),
                share=percent(one.accuracy[name].value),
                points=signed_points(found),
            )
            for name, found in level
        ]
        text = gettext(
            "Its accuracy of {share} does not surely exceed that of {rivals}.",
            share=percent(one.accuracy["model"].value),
            rivals=words(rivals),
        )
        title = gettext("On {set} the model is not shown to be better than what needs no model", set=one.name)
        yield Alert(title, text, "metrics")


def _unlabelled(sets: Sequence[Measured], splits: Sequence[str]) -> Iterator[Alert]:
    for one in sets:
        if one.name in splits and one.labelled < one.size:
            text = gettext(
                "Its pairs ({size}) were judged, but only {labelled} have a label: nothing measures the other "
                "judgements.",
                size=count(one.size),
                labelled=count(one.labelled),
            )
            yield Alert(gettext("{set} lacks labels", set=one.name), text, "metrics")


def _unseen(sets: Sequence[Measured], chosen_on_dev: str, out_of_fold: bool) -> Iterator[Alert]:
    measured = [one for one in sets if one.accuracy]
    if len(measured) == 1 and measured[0] is sets[0] and chosen_on_dev:
        text = gettext(
            "The only accuracy is that of {set}, whose pairs chose {what}: it flatters the model. For an unbiased one "
            "give a labelled test split (evaluate.splits).",
            set=sets[0].name,
            what=chosen_on_dev,
        )
        more = gettext("The out-of-fold accuracy is of pairs that did not choose temperature and threshold.")
        text = joined(text, more if out_of_fold else "")
        yield Alert(gettext("No labelled test set measures the model"), text, "metrics")


def _calibration(calibration: Mapping) -> Iterator[Alert]:
    if calibration["note"]:
        open_title, failed = gettext("Calibration leaves something open"), gettext("Calibration was not possible")
        yield Alert(open_title if calibration["fitted"] else failed, written(calibration["note"]), "calibration")
