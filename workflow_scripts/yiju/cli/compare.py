"""`yiju compare`: several explanations of one pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import numpy as np

from yiju.attribution import METHODS
from yiju.cli import model_options
from yiju.cli.explain import coloured
from yiju.cli.models import load
from yiju.cli.output import say, say_json, say_styled
from yiju.encoder import LABELS
from yiju.errors import YijuError
from yiju.explainer import Explainer
from yiju.explanation import Explanation
from yiju.metrics.agreement import rank_correlation
from yiju.notes import introduction, notes
from yiju.rationale.layout import Layout

# Shares of all segments that are masked, most important first.
GONE = (0.1, 0.2, 0.5)


@click.command()
@click.argument("q")
@click.argument("t")
@model_options
@click.option(
    "--method", "methods", multiple=True, help="may be given several times  [default: all but random]", metavar="NAME"
)
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
def command(q: str, t: str, methods: tuple[str, ...], as_json: bool, **model: Any) -> None:
    """Explain the judgement of the sentences Q and T by several methods.

    Beside each, the probability of the judgement once the top 10, 20 and 50 % of all characters are masked (the lower,
    the more the method found what the model used), and below how far the methods' scores agree (Spearman). A method
    that does not fit the model is left out, with the reason.
    """
    explainer = load(**model)
    chosen, left_out = _fitting(explainer, methods or tuple(name for name in METHODS if name != "random"))
    found = [explainer.explain([(q, t)], name)[0] for name in chosen]
    falls = [_fall(curve) for curve in explainer.curves(found)]
    agreement = [[_agreement(one, other) for other in found] for one in found]
    if as_json:
        told = {"methods": [one.to_dict() | {"masked": fall} for one, fall in zip(found, falls, strict=True)]}
        say_json(told | {"spearman": agreement, "left_out": left_out})
        return
    whole = found[0].probability if found[0].label else 1 - found[0].probability
    say(f"{LABELS[found[0].label]}  p {whole:.3f}; p without the top " + ", ".join(f"{s:.0%}" for s in GONE) + "\n")
    for line in notes(found[0], explainer.about):
        say(f"{line}\n")
    width = max(map(len, chosen))
    for name, one, fall in zip(chosen, found, falls, strict=True):
        sides = "  ".join(coloured(side) for side in one.sides)
        falls_to = " ".join(f"{fall[f'{share:g}']:.3f}" for share in GONE)
        say_styled([f"{name:<{width}}  {falls_to}  {sides}"])
    say("\nagreement of the scores")
    for name, row in zip(chosen, agreement, strict=True):
        say(f"{name:<{width}}  " + " ".join(f"{value:+.2f}" for value in row))
    for name, reason in left_out.items():
        say(f"\n{name} is left out: {reason}")
    say("\n" + "\n".join(introduction(explainer.about, explainer.threshold)))


def _fitting(explainer: Explainer, names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The methods that fit the model, and why the others do not. Raises YijuError where none fits."""
    reasons = {name: explainer.why_unsupported(name) for name in names}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    if len(left_out) == len(reasons):
        raise YijuError(f"{'; '.join(left_out.values())}; name another --method, such as occlusion")
    return [name for name in names if name not in left_out], left_out


def _fall(curve: list[float]) -> dict[str, float]:
    """The probability without the shares GONE of the segments, rounded up."""
    count = len(curve) - 1
    return {f"{share:g}": curve[int(np.ceil(round(share * count, 9)))] for share in GONE}


def _agreement(one: Explanation, other: Explanation) -> float:
    layout = Layout(np.array([[len(side.segments) for side in one.sides]]))
    return float(rank_correlation(layout, _scores(one), _scores(other))[0])


def _scores(one: Explanation) -> np.ndarray:
    return np.array([part.score for side in one.sides for part in side.segments], dtype=np.float64)
