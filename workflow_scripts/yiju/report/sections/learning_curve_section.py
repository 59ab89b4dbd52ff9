"""How accuracy grows with the training pairs, as the report shows it: a chart, a table, and what doubling brought."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from yiju.base.language import gettext, joined
from yiju.report.charts import Axis, Chart, Series, draw, limits
from yiju.report.number_formats import count, signed_points, tick
from yiju.report.page_sections import Section
from yiju.report.results import Estimate
from yiju.report.sections.variants_section import Measured, measured_of

# So many times as many pairs are called twice as many: shares of few pairs are rounded.
TWICE = (1.9, 2.1)


@dataclass(frozen=True)
class Size:
    """share: of the training pairs; pairs: their number; learnt: with those that augmentation made of them."""

    share: float
    pairs: int
    learnt: int


@dataclass(frozen=True)
class Gain:
    """How much more accurate the whole is than a smaller size, of which it is so many times."""

    pairs: int
    times: float
    difference: Measured

    @property
    def for_each_doubling(self) -> Estimate:
        """The difference over pairs by the number of doublings."""
        found, doublings = self.difference.over_pairs, math.log2(self.times)
        return Estimate(*(value / doublings for value in (found.value, found.low, found.high)))


@dataclass(frozen=True)
class CurveOfSet:
    """The accuracy of every size on one set; labelled: its pairs with a label."""

    name: str
    labelled: int
    accuracy: list[Measured]
    gain: Gain


@dataclass(frozen=True)
class LearningCurve:
    """The sizes, rising, the whole last; seeds: trainings of each; folds, run_seeds: of the run, whose fold 0 and first
    seeds they all are."""

    seeds: int
    folds: int
    run_seeds: int
    sizes: list[Size]
    sets: list[CurveOfSet]

    @property
    def chart(self) -> Chart:
        """The curve of every set."""
        return curve_chart(self)

    @property
    def said(self) -> str:
        """What doubling the pairs brought."""
        return gain_said(self)

    @property
    def last_row(self) -> str:
        """Which trainings of the run the last row is of, in sentences."""
        return last_row_said(self)


def read_learning_curve(path: str | Path, folds: int, seeds: int) -> LearningCurve:
    """Read what compare_sizes wrote. folds, seeds: of the run."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    sizes = [Size(one["share"], one["pairs"], one["with_augmented"]) for one in found["sizes"]]
    return LearningCurve(found["seeds"], folds, seeds, sizes, [_of_set(one, sizes) for one in found["sets"]])


def curve_chart(curve: LearningCurve) -> Chart:
    """Accuracy by number of training pairs, a line for each set, with the intervals over pairs."""
    places = [one.pairs for one in curve.sizes]
    series, values = [], []
    for look, one in enumerate(curve.sets):
        found = [each.over_pairs for each in one.accuracy]
        ends = [(each.low, each.high) for each in found]
        values += [end for both in ends for end in both]
        series.append(Series(one.name, look, places, [each.value for each in found], ends=ends))
    across = Axis(gettext("training pairs"), 0, 1.04 * places[-1], "{:,.0f}".format)
    up = Axis(gettext("accuracy"), *limits(values), tick)
    return draw(gettext("Accuracy by number of training pairs, with 95 % intervals over pairs"), across, up, series)


def gain_said(curve: LearningCurve) -> str:
    """What the last doubling of the pairs brought on the first set, which is dev, in sentences."""
    first = curve.sets[0]
    gain, difference = first.gain, first.gain.difference
    values = {
        "before": count(gain.pairs),
        "after": count(curve.sizes[-1].pairs),
        "set": first.name,
        "points": signed_points(difference.over_pairs),
    }
    low, high = TWICE
    if low <= gain.times <= high:
        text = "Doubling the training pairs from {before} to {after} changed the accuracy on {set} by {points} points."
        found = [gettext(text, **values)]
    else:
        text = (
            "From {before} to {after} training pairs, {times} times as many, the accuracy on {set} changed by {points} "
            "points; for each doubling that is {each} points, if all doublings bring the same."
        )
        each = signed_points(gain.for_each_doubling)
        found = [gettext(text, times=f"{gain.times:.2g}", each=each, **values)]
    if difference.over_seeds:
        text = "Over {seeds} seeds it is {points} points."
        found.append(gettext(text, seeds=curve.seeds, points=signed_points(difference.over_seeds)))
    return joined(*found, _verdict(difference))


def last_row_said(curve: LearningCurve) -> str:
    """Whether the last row is the whole run, in sentences."""
    found = []
    if curve.folds > 1:
        text = (
            "The run has {folds} folds, and the curve is measured on fold 0 alone: the last row is fold 0 of the run, "
            "not the run as a whole."
        )
        found.append(gettext(text, folds=curve.folds))
    if curve.run_seeds > curve.seeds:
        text = (
            "The run trains with {all} seeds, and the curve with the first {number} of them: the last row is of these "
            "trainings, and differs from the figures of the run as a whole."
        )
        if curve.seeds == 1:
            text = (
                "The run trains with {all} seeds, and the curve with the first one alone: the last row is of this "
                "training, and differs from the figures of the run as a whole."
            )
        found.append(gettext(text, all=curve.run_seeds, number=curve.seeds))
    return joined(*found) if found else gettext("The last row is the run itself.")


def _verdict(difference: Measured) -> str:
    if difference.sign == "above":
        return gettext(
            "So the model has not learnt all that such pairs can teach, and labelling more is likely to pay."
        )
    if difference.sign == "below":
        return gettext(
            "So more of these pairs made the model worse: look for wrong labels and for corpora that differ before "
            "labelling more."
        )
    return gettext(
        "The interval holds 0: that more such pairs would help is not shown. More dev pairs or more seeds would narrow "
        "it."
    )


def _of_set(found: dict, sizes: list[Size]) -> CurveOfSet:
    gain = found["gain"]
    brought = Gain(sizes[gain["from"]].pairs, gain["times"], measured_of(gain["difference"]))
    return CurveOfSet(found["set"], found["labelled"], list(map(measured_of, found["accuracy"])), brought)


SECTION = Section(
    name="learning_curve",
    title="Learning curve",
    place=15,
    read=lambda inputs, settings, _run: next(
        (
            read_learning_curve(one, settings["finetune"]["folds"], settings["finetune"]["seeds"])
            for one in inputs["learning_curve"]
        ),
        None,
    ),
)
