"""The curves of a run's trainings: charts, and where each ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yiju.base.language import gettext
from yiju.report.charts import Axis, Chart, Series, draw, limits, thinned
from yiju.report.curves import Curve
from yiju.report.number_formats import tick

# Figure of the evaluations, and whether more of it is better.
PERPLEXITY, ACCURACY = ("perplexity", False), ("accuracy", True)


@dataclass(frozen=True)
class Ended:
    """Where a training ended. best: update and value of its best evaluation, None without evaluations."""

    name: str
    updates: int
    loss: float | None
    figure: str
    best: tuple[int, float] | None


def ended(before: Curve | None, curves: Sequence[Curve]) -> list[Ended]:
    """A row for each training, post-training first where there was any."""
    return [_ended(one, *PERPLEXITY) for one in [before] if one] + [_ended(one, *ACCURACY) for one in curves]


def training_charts(before: Curve | None, curves: Sequence[Curve]) -> list[Chart]:
    """Losses and evaluations of post-training, where there was any, and of all fine-tunings."""
    found = [
        _losses(gettext("Fine-tuning: loss"), curves),
        _evaluations(gettext("Fine-tuning: accuracy on the pairs that select the weights"), curves, *ACCURACY),
    ]
    if before:
        title = gettext("Post-training: perplexity on sentences held out")
        first = [_losses(gettext("Post-training: loss"), [before]), _evaluations(title, [before], *PERPLEXITY)]
        return first + found
    return found


def _ended(curve: Curve, figure: str, largest: bool) -> Ended:
    updates = curve.updates[-1] if curve.updates else 0
    return Ended(curve.name, updates, curve.smooth[-1] if curve.losses else None, figure, curve.best(figure, largest))


def _losses(title: str, curves: Sequence[Curve]) -> Chart:
    thin = [Series("", 0, thinned(one.updates), thinned(one.losses), thin=True) for one in curves if len(curves) == 1]
    smooth = [Series(one.name, look, thinned(one.updates), thinned(one.smooth)) for look, one in enumerate(curves)]
    values = [value for one in [*thin, *smooth] for value in one.values]
    return draw(title, _updates(curves), Axis(gettext("loss"), *limits(values)), [*thin, *smooth])


def _evaluations(title: str, curves: Sequence[Curve], figure: str, largest: bool) -> Chart:
    series = [
        Series(one.name, look, *one.series(figure), ring=one.best(figure, largest)) for look, one in enumerate(curves)
    ]
    ends = limits(value for one in series for value in one.values)
    axis = Axis(gettext(figure), *ends, tick if largest else "{:g}".format)
    return draw(title, _updates(curves), axis, series)


def _updates(curves: Sequence[Curve]) -> Axis:
    last = max((one.updates[-1] for one in curves if one.updates), default=1)
    return Axis(gettext("update"), 0, last, "{:,.0f}".format)
