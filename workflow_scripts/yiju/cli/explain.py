"""`yiju explain`: one pair in the terminal."""

from __future__ import annotations

import json
from typing import Any

import click

from yiju.cli import model_options
from yiju.cli.models import load
from yiju.encoder import LABELS
from yiju.errors import YijuError
from yiju.explanation import METHOD, Explanation, Segment, Side

# Full colour at the highest score; blue speaks for the label, orange against it.
FOR, AGAINST = (90, 170, 230), (245, 150, 60)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@click.command()
@click.argument("q")
@click.argument("t")
@model_options
@click.option("--method", default=METHOD, show_default=True, help="what attributes the judgement")
@click.option(
    "--set",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="an option of the method, e.g. baseline=zero, steps=50",
)
@click.option("--matrix", type=click.Choice(["gradients", "occlusion"]), help="which character acts with which")
@click.option("--json", "as_json", is_flag=True, help="print JSON instead")
@click.option("--html", "as_html", is_flag=True, help="print a piece of a page instead")
def command(
    q: str,
    t: str,
    method: str,
    options: tuple[str, ...],
    matrix: Any,
    as_json: bool,
    as_html: bool,
    **model: Any,
) -> None:
    """Judge the sentences Q and T and show what the judgement rests on.

    Blue characters speak for the judgement, orange ones against it; underlined are those of the rationale.

    \b
    yiju explain 抖音更换头像要多久 抖音怎么更换头像 --model results/sample/folds/0/model
    yiju explain 抖音更换头像要多久 抖音怎么更换头像 --method integrated_gradients --set steps=50 --matrix occlusion
    """
    chosen = dict(map(_option, options))
    (found,) = load(**model).explain([(q, t)], method, matrix, **chosen)
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    elif as_html:
        click.echo(found.to_html())
    else:
        click.echo("\n".join(lines(found)))


def lines(found: Explanation) -> list[str]:
    """An explanation as lines for a terminal that knows colours."""
    largest = highest(found)
    head = f"{LABELS[found.label]}  p(similar) {found.probability:.3f}  by {found.method['method']}"
    if found.truncated:
        head += "  (longer than the model reads: the end was cut off)"
    told = [head, ""]
    for name, side in zip("qt", found.sides, strict=True):
        told += [f"{name}  {coloured(side, largest)}"]
    told += [""]
    for name, side in zip("qt", found.sides, strict=True):
        told += [f"{name}  " + " ".join(f"{one.text}{one.score:+.3f}" for one in side.rationale)]
    return told + (_matrix(found) if found.matrix is not None else [])


def highest(found: Explanation) -> float:
    """The largest score of a segment, for or against; 1 where all are zero."""
    return max((abs(one.score) for side in found.sides for one in side.segments), default=0.0) or 1.0


def coloured(side: Side, largest: float) -> str:
    """A sentence with its segments coloured by score; `largest` has the full colour."""
    parts, place = [], 0
    for one in side.segments:
        parts += [side.text[place : one.start], _mark(one, largest)]
        place = one.end
    # Characters that steer a terminal are shown, not obeyed.
    return "".join(parts) + _plain(side.text[place:])


def _mark(one: Segment, largest: float) -> str:
    return click.style(_plain(one.text), fg=BLACK, bg=_shade(one.score, largest), underline=one.rank is not None)


def _matrix(found: Explanation) -> list[str]:
    q, t = ([_plain(one.text) for one in side.segments] for side in found.sides)
    largest = max((abs(value) for row in found.matrix or () for value in row), default=0.0) or 1.0
    told = ["", "which acts with which (blue: together, orange: one does what the other would do)"]
    told += ["    " + "".join(f"{text:　<2}" for text in t)]
    for text, row in zip(q, found.matrix or (), strict=True):
        told += [f"{text:　<2}" + "".join(click.style("    ", bg=_shade(value, largest)) for value in row)]
    return told


def _shade(score: float, largest: float) -> tuple[int, int, int]:
    share, full = min(1.0, abs(score) / largest), FOR if score >= 0 else AGAINST
    red, green, blue = (round(pale + share * (deep - pale)) for pale, deep in zip(WHITE, full, strict=True))
    return red, green, blue


def _plain(text: str) -> str:
    return "".join(
        character if character.isprintable() or character == " " else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def _option(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise YijuError(f"--set {text}: not NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
