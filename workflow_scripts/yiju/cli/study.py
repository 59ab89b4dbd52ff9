"""`yiju study`: which explanations of a model hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from yiju.cli import model_options
from yiju.cli.attributions import read_foreign
from yiju.cli.method_options import option
from yiju.cli.models import load
from yiju.cli.output import say
from yiju.cli.pairs import Source, pair_options
from yiju.errors import YijuError
from yiju.explainer import Explainer
from yiju.explaining import chosen_method
from yiju.foreign.segments import over_segments
from yiju.given import Pair
from yiju.provenance import write_text
from yiju.study.outside import draw_pairs, shelf, study_pairs
from yiju.study.told import html, lines, markdown

# By the end of a file's name, what is written.
FORMS: dict[str, Callable[[dict], str]] = {
    ".json": lambda facts: json.dumps(facts, ensure_ascii=False, indent=2) + "\n",
    ".md": markdown,
    ".html": html,
}
# Methods with all their options, by the names that they are given here.
Methods = dict[str, dict[str, Any]]


@click.command()
@click.option("--pairs", required=True, type=click.Path(path_type=Path, allow_dash=True), help="table of pairs")
@model_options
@click.option(
    "--method",
    "methods",
    multiple=True,
    metavar="NAME[:OPTION=VALUE,...]",
    help="may be given several times  [default: all that fit the model and are not slow]",
)
@click.option(
    "--attributions",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="scores of another program, a table; may be given several times",
)
@click.option(
    "-n", "--number", type=click.IntRange(min=2), default=100, show_default=True, help="distinct pairs, at most"
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write, {', '.join(FORMS)}")
@pair_options
def command(
    pairs: Path,
    methods: tuple[str, ...],
    files: tuple[Path, ...],
    number: int,
    out: Path | None,
    kind: str | None,
    q: str | None,
    t: str | None,
    header: bool | None,
    max_bad: float,
    **model: Any,
) -> None:
    """Measure which explanations of a model's judgements hold, on pairs that are drawn from a table.

    The model is any that `yiju explain` opens; nothing is trained. Each method explains the same pairs. Its rationale
    is the smallest set of segments that alone keeps the judgement. It is measured by figures that were made for pairs,
    by every operator of the study, for pairs judged similar and not similar, beside rules that ignore the model. One
    method is recommended, or it is said why none is.

    Attributions of other programs, scores of spans with the columns pair (or q and t), side, start, end and score (CSV,
    TSV, JSON lines, Parquet), are measured in the same way on the same pairs.

    \b
    yiju study --model results/sample/folds/0/model --pairs pairs.tsv
    yiju study --model results/sample/folds/0/model --pairs pairs.tsv --attributions shap.csv
    yiju study --model bert-base-chinese-mine --pairs pairs.csv --method occlusion --method lime:samples=200 -o study.md
    """
    _check_files(out, pairs, files)
    source = Source(pairs, kind, q, t, header, max_bad)
    named = {one: _method(one) for one in methods}
    with source.opened() as tables:
        explainer = load(**model)
        chosen, left_out = _fitting(explainer, named) if named else shelf(explainer)
        rows = [row for table in source.told(explainer, tables) for row in table.select("q", "t", "reason").iter_rows()]
    table: list[Pair | None] = [None if reason else (one, other) for one, other, reason in rows]
    foreign = read_foreign(explainer, files, table, str(pairs), list(chosen))
    drawn = draw_pairs(foreign.pairs, number, model["seed"])
    given = {name: [over_segments(pair, own[pair].spans) for pair in drawn] for name, own in foreign.methods.items()}
    facts = {
        "model": str(model["model"]),
        "pairs": str(pairs),
        "notes": [
            f"{len(drawn):,} of {len(foreign.pairs):,} distinct pairs of {pairs}, drawn at random (seed "
            f"{model['seed']}), judged by {model['model']}",
            *foreign.notes,
        ],
        "left_out": left_out,
        **study_pairs(explainer, drawn, chosen, given, model["seed"], _tell),
    }
    for line in lines(facts):
        say(line)
    if out:
        write_text(out, FORMS[out.suffix.lower()](facts))
        say(f"{out}: written", err=True)


def _check_files(out: Path | None, pairs: Path, files: Sequence[Path]) -> None:
    """Raise YijuError for a file that cannot be written, or is not there, before anything is loaded."""
    for file in files:
        if not file.is_file():
            raise YijuError(f"{file}: no such file; give a table of attributions")
    if out is None:
        return
    if out.suffix.lower() not in FORMS:
        raise YijuError(f"{out}: the name, which tells the format, must end in {', '.join(FORMS)}")
    if out.is_dir():
        raise YijuError(f"{out}: this is a folder; name a file")
    if any(out.exists() and file.exists() and out.samefile(file) for file in (pairs, *files)):
        raise YijuError(f"{out}: this is a file that is read, which would be replaced; name another one")


def _method(text: str) -> dict[str, Any]:
    """A method with all its options. Raises YijuError for an unknown name, option or value."""
    name, _, given = text.partition(":")
    return chosen_method(name, dict(option(one, f"--method {name}") for one in given.split(",") if one))


def _fitting(explainer: Explainer, named: Methods) -> tuple[Methods, dict[str, str]]:
    """The methods that fit the model, and why the others do not. Raises YijuError where none fits."""
    reasons = {name: explainer.why_unsupported(method["method"]) for name, method in named.items()}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    if len(left_out) == len(named):
        raise YijuError(f"{'; '.join(left_out.values())}; name another --method, such as occlusion")
    return {name: method for name, method in named.items() if name not in left_out}, left_out


def _tell(name: str, seconds: float | None) -> None:
    cost = "" if seconds is None else f", {1000 * seconds:.0f} ms of the processor a pair"
    say(f"{name}: measured{cost}", err=True)
