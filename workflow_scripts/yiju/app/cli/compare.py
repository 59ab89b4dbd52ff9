"""`yiju compare`: several explanations of one pair."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import click

from yiju.app.cli import model_options
from yiju.app.cli.marks import coloured
from yiju.app.cli.models import load
from yiju.app.cli.output import has_colours, say, say_json, say_styled
from yiju.base.errors import YijuError
from yiju.base.printable import columns, padded, shown
from yiju.base.terminal_language import told as in_language
from yiju.config.method import METHODS, get_method
from yiju.explain.explanation import Explanation, Side
from yiju.explain.notes import introduction, notes

if TYPE_CHECKING:
    import numpy as np

    from yiju.app.explainer import Explainer
    from yiju.explain.rationales.layout import Layout


# Shares of the segments of a sentence that are deleted, most important first.
GONE = (0.1, 0.2, 0.5)
# Random choices of as many segments, of which the mean stands beside the methods, and its name there.
DRAWS, CHANCE = 20, "(random characters)"
# Decimals that are shown, and by which methods are told apart.
SHOWN = 3
# Characters of a rationale that are named without colours, at most.
NAMED = 5
# p(label) by share, as JSON has it.
Left = dict[str, float]


@click.command()
@click.argument("q")
@click.argument("t")
@model_options
@click.option(
    "--method",
    "methods",
    multiple=True,
    help="may be given several times  [default: all that fit the model, but random]",
    metavar="NAME",
)
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
def command(q: str, t: str, methods: tuple[str, ...], as_json: bool, **model: Any) -> None:
    """Explain the judgement of the sentences Q and T by several methods, the best one of this pair first.

    Beside each method stands the probability of the judgement, or the score of a model that gives one number, once its
    top 10, 20 and 50 % of the characters of one sentence are deleted while the other sentence stays whole, the mean of
    both sentences. The first line has the same for as many characters that are drawn at random: a method whose figures
    are not lower is no better than chance on this pair. The method with the lowest mean of the three figures stands
    first; of one pair that is little evidence, and yiju study measures many. The table below says how far the methods'
    scores agree (Spearman). A method that does not fit the model is left out, with the reason.
    """
    for name in methods:
        get_method(name)
    explainer = load(**model)
    chosen, left_out = _fitting(explainer, methods or tuple(name for name in METHODS if not get_method(name).chance))
    unsorted = [explainer.explain((q, t), name) for name in chosen]
    chance, *lefts = _without_best(explainer, unsorted, model["seed"])
    order = sorted(range(len(chosen)), key=lambda place: _mean(lefts[place]))
    chosen, lefts = [chosen[place] for place in order], [lefts[place] for place in order]
    found = [unsorted[place] for place in order]
    agreement = [[_agreement(one, other) for other in found] for one in found]
    if as_json:
        told = {"methods": [one.to_dict() | {"without": left} for one, left in zip(found, lefts, strict=True)]}
        say_json(told | {"random": {"without": chance}, "spearman": agreement, "left_out": left_out})
        return
    say(f"{_verdict(found[0])}\n")
    for line in notes(found[0], explainer.about):
        say(f"{line}\n")
    _table(chosen, found, chance, lefts)
    say(f"\n{_best(chosen, lefts, chance)}{_measured(explainer)}")
    _agreements(chosen, agreement)
    if left_out:
        say(f"\nLeft out: {'; '.join(left_out.values())}.")
    say("\n" + "\n".join(introduction(explainer.about, explainer.decision)))


def _mean(left: Left) -> float:
    return sum(left.values()) / len(left)


def _best(names: Sequence[str], lefts: Sequence[Left], chance: Left) -> str:
    """What the figures of this one pair say of the methods that stand first, as far as they are shown."""
    means = [round(_mean(left), SHOWN) for left in lefts]
    if means[0] < round(_mean(chance), SHOWN):
        best = ", ".join(name for name, mean in zip(names, means, strict=True) if mean == means[0])
        return f"Best on this pair: {best}. yiju study measures on many pairs whether that holds."
    return "On this pair no method is better than random characters. yiju study measures how it is on many pairs."


def _measured(explainer: Explainer) -> str:
    """What the model's run measured best, where it did."""
    measured = explainer.about.explanation if explainer.about else None
    return f" The model's run measured {measured.name} best on dev." if measured else ""


def _verdict(found: Explanation) -> str:
    """The judgement, and the figure that falls as characters are deleted: p(label), or the score of one number."""
    figure = f"score {found.score:.3f}" if isnan(found.certainty) else f"p {found.certainty:.3f}"
    return figure if found.label_name is None else f"{found.label_name}  {figure}"


def _fitting(explainer: Explainer, names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The methods that fit the model, and why the others do not. Raises YijuError where none fits."""
    reasons = {name: explainer.why_unsupported(name) for name in names}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    if len(left_out) == len(reasons):
        raise YijuError(f"{'; '.join(left_out.values())}; name another --method, such as occlusion")
    return [name for name in names if name not in left_out], left_out


def _without_best(explainer: Explainer, found: Sequence[Explanation], seed: int) -> list[Left]:
    """p(label), or the score of a model that gives one number, without the best shares GONE of one sentence.

    At random, then by each explanation of the same pair.
    """
    import numpy as np

    from yiju.evaluation.metrics.faithfulness import best_of_sides
    from yiju.evaluation.metrics.pairwise import random_choices, without_one_side

    number = 1 if found[0].target is None else explainer.scorer.classes.index(found[0].target)
    layout, label = _layout(found[0]), np.array([number], dtype=np.int64)
    best = np.array([[best_of_sides(layout, _scores(one), share) for share in GONE] for one in found])
    with explainer.before([(found[0].q, found[0].t)]) as ensemble:
        drawn = [list(random_choices(ensemble, layout, own, seed, DRAWS)) for own in best[0]]
        choices = np.concatenate([*drawn, *best])
        left = without_one_side(ensemble, layout, label, choices, "delete")[1][:, 0]
    split = len(GONE) * DRAWS
    by_line = [left[:split].reshape(len(GONE), DRAWS).mean(axis=1), *left[split:].reshape(len(found), len(GONE))]
    return [{f"{share:g}": float(value) for share, value in zip(GONE, own, strict=True)} for own in by_line]


def _table(names: Sequence[str], found: Sequence[Explanation], chance: Left, lefts: Sequence[Left]) -> None:
    figure = "score" if isnan(found[0].certainty) else "p"
    top = "without the top 10, 20 and 50 % of the characters"
    say(f"{figure} {top} of one sentence, the other one whole (mean of both)")
    say("How to read: lower is better; what is not below the line of random characters is no better than chance.\n")
    chance_name = in_language(CHANCE)
    width = max(map(columns, (*names, chance_name)))
    say(f"{'':<{width}}  " + " ".join(f"{f'{share * 100:.0f} %':>5}" for share in GONE))
    say(f"{padded(chance_name, width)}  {_figures(chance)}")
    grounds = _coloured if has_colours() else _named
    for name, one, left in zip(names, found, lefts, strict=True):
        say_styled([f"{name:<{width}}  {_figures(left)}  {grounds(one)}"])


def _figures(left: Left) -> str:
    return " ".join(f"{value:>5.{SHOWN}f}" for value in left.values())


def _coloured(one: Explanation) -> str:
    return "  ".join(map(coloured, one.sides))


def _named(one: Explanation) -> str:
    """The rationale as text, for where there are no colours."""
    return "  ".join(f"{name} {_texts(side)}" for name, side in zip("qt", one.sides, strict=True))


def _texts(side: Side) -> str:
    texts = [shown(part.text) for part in side.rationale]
    return " ".join(texts[:NAMED] + ["…"] * (len(texts) > NAMED)) or "–"


def _agreements(names: Sequence[str], agreement: Sequence[Sequence[float]]) -> None:
    say("\nagreement of the scores (rank correlation); columns by the numbers of the lines")
    width, count = max(map(len, names)), len(names)
    say(" " * (width + 4) + " ".join(f"{number:>5}" for number in range(1, count + 1)))
    for number, (name, row) in enumerate(zip(names, agreement, strict=True), 1):
        say(f"{number:>2} {name:<{width}} " + " ".join(f"{value:+5.2f}" for value in row))


def _layout(one: Explanation) -> Layout:
    import numpy as np

    from yiju.explain.rationales.layout import Layout

    return Layout(np.array([[len(side.segments) for side in one.sides]]))


def _agreement(one: Explanation, other: Explanation) -> float:
    from yiju.evaluation.metrics.agreement import rank_correlation

    return float(rank_correlation(_layout(one), _scores(one), _scores(other))[0])


def _scores(one: Explanation) -> np.ndarray:
    import numpy as np

    return np.array([part.score for side in one.sides for part in side.segments], dtype=np.float64)
