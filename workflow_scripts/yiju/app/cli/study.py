"""`yiju study`: which explanations of a model hold."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from yiju.app.cli import model_options
from yiju.app.cli.attribution_files import read_foreign
from yiju.app.cli.method_options import option
from yiju.app.cli.models import load
from yiju.app.cli.output import say
from yiju.app.cli.pair_options import TABLE_OPTIONS, pair_options
from yiju.base.errors import YijuError
from yiju.base.files import why_no_file, write_text
from yiju.base.plurals import counted
from yiju.base.writable import check_writable
from yiju.config.chosen_method import chosen_method
from yiju.explain.notes import introduction
from yiju.report.number_formats import duration

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer
    from yiju.data.behaviour.minimal_pairs import Item
    from yiju.models.given_pairs import Pair


# By the end of a file's name, what is written.
FORMS = (".json", ".md", ".html")
# Distinct pairs that are measured where nobody says how many.
PAIRS = 200
NUMBERS = (
    "This model gives one number a pair: what is said of p(label) is measured in this number, and in its opposite for "
    "pairs that are judged not similar"
)
UNDECIDED = (
    "This model gives one number a pair and decides nothing: it is measured how far this number, the score, falls; "
    "with --margin, or calibrated by yiju calibrate, it would be measured for either label"
)
# Methods with all their options, by the names that they are given here.
Methods = dict[str, dict[str, Any]]
Given = TypeVar("Given", str, Path)


@click.command()
@click.option("--pairs", required=True, type=click.Path(path_type=Path, allow_dash=True), help="table of pairs")
@model_options
@click.option(
    "--method",
    "--methods",
    "methods",
    multiple=True,
    metavar="NAME[:OPTION=VALUE,...]",
    help="may be given several times, or names with commas between them  [default: all that fit the model and are not "
    "slow]",
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
    "-n",
    "--pairs-limit",
    "number",
    type=click.IntRange(min=2),
    default=PAIRS,
    show_default=True,
    help="distinct pairs that are measured, at most; drawn by the seed",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write, {', '.join(FORMS)}")
@pair_options
def command(
    pairs: Path,
    methods: tuple[str, ...],
    files: tuple[Path, ...],
    number: int,
    out: Path | None,
    **model: Any,
) -> None:
    """Say which explanation of a model's judgements holds, measured on pairs that are drawn from a table.

    The model is any that `yiju explain` opens; nothing is trained, and no run is needed. Each method that fits the
    model explains the same pairs: the label that the model decides or, of a model that decides nothing, its score.
    Measured is what the model makes of a pair when one sentence loses what the method marks and the other stays whole,
    beside segments that are drawn at random, rules that ignore the model, and the same model with random weights;
    segments are deleted, masked and replaced, and each label is told by itself. One method is recommended, or it is
    said why none is. Where one change of a sentence turns the judgement, it is measured as well whether the characters
    that changed rank first.

    How long it will take is said before it starts; fewer pairs (-n) or methods take less.

    Attributions that other libraries computed are measured in the same way on the same pairs. They come as a table of
    scored character spans (CSV, TSV, JSON lines, Parquet) with the columns pair (or q and t), side, start, end, score.

    \b
    yiju study --model my-model --pairs pairs.csv -o study.html
    yiju study --pairs pairs.tsv --methods occlusion,lime:samples=200 -n 50
    yiju study --pairs pairs.tsv --attributions shap.csv
    """
    _check_files(out, pairs, files)
    named = {one: _method(one) for one in _once(_apart(methods), "--method")}
    files = _once(files, "--attributions")
    # Only now: torch takes seconds.
    from yiju.app.cli.pair_source import Source
    from yiju.app.outside_study import RULES, draw_pairs, study_pairs
    from yiju.app.outside_turned import turned_pairs
    from yiju.app.shelf import shelf
    from yiju.explain.external.over_segments import over_segments
    from yiju.report.study_text import doubts, lines

    source = Source(pairs, **{name: model.pop(name) for name in TABLE_OPTIONS})
    with source.opened() as tables:
        explainer = load(**model)
        chosen, left_out = _fitting(explainer, named) if named else shelf(explainer)
        rows = [row for table in source.told(explainer, tables) for row in table.select("q", "t", "reason").iter_rows()]
    table: list[Pair | None] = [None if reason else (one, other) for one, other, reason in rows]
    foreign = read_foreign(explainer, files, table, str(pairs), list(chosen))
    drawn = draw_pairs(foreign.pairs, number, model["seed"])
    how = f", drawn at random (seed {model['seed']})" if len(drawn) < len(foreign.pairs) else ""
    given = {name: [over_segments(pair, own[pair].spans) for pair in drawn] for name, own in foreign.methods.items()}
    turned = turned_pairs(explainer, drawn, model["seed"])
    _tell_cost(explainer, drawn, chosen, model["seed"], turned.items)
    listener = _counting(len(chosen) + len(given) + len(RULES))
    facts = {
        "model": str(model["model"]),
        "pairs": str(pairs),
        "notes": [
            f"{len(drawn):,} of {counted(foreign.distinct, 'distinct pair')} of {pairs}{how}, judged by "
            f"{model['model']}",
            *foreign.notes,
            *doubts(explainer.predict(drawn)),
            turned.note,
            *introduction(explainer.about, explainer.decision),
            *([UNDECIDED if explainer.margin is None else NUMBERS] if explainer.scorer.single else []),
        ],
        "left_out": left_out,
        **study_pairs(explainer, drawn, chosen, given, model["seed"], listener, turned.items),
    }
    # Before anything is printed: who reads the first lines only ends the command.
    if out:
        write_text(out, _written(facts, out.suffix.lower()))
        say(f"{out}: written", err=True)
    for line in lines(facts):
        say(line)


def _written(facts: dict, form: str) -> str:
    """The study in one of FORMS."""
    from yiju.report.study_text import html, markdown

    if form == ".json":
        return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
    return markdown(facts) if form == ".md" else html(facts)


def _check_files(out: Path | None, pairs: Path, files: Sequence[Path]) -> None:
    """Raise YijuError for a file that cannot be written, or is not there, before anything is loaded."""
    for file in files:
        if not file.is_file():
            raise YijuError(f"{file}: {why_no_file(file)}; give a table of attributions")
    if out is None:
        return
    if out.suffix.lower() not in FORMS:
        raise YijuError(f"{out}: the name, which gives the format, must end in {', '.join(FORMS)}")
    check_writable(out, (pairs, *files))


def _once(given: tuple[Given, ...], name: str) -> tuple[Given, ...]:
    """What was given to an option, each once; it is said of what was given again. name: of the option."""
    for one, count in Counter(given).items():
        if count > 1:
            say(f"{name} {one}: given {count} times, measured once", err=True)
    return tuple(dict.fromkeys(given))


def _method(text: str) -> dict[str, Any]:
    """A method with all its options. Raises YijuError for an unknown name, option or value."""
    name, colon, given = text.partition(":")
    if colon and not all(given.split(",")):
        raise YijuError(f"--method {text}: an option is missing; write NAME=VALUE after each colon or comma")
    return chosen_method(name, dict(option(one, f"--method {name}") for one in given.split(",") if one))


def _fitting(explainer: Explainer, named: Methods) -> tuple[Methods, dict[str, str]]:
    """The methods that fit the model, and why the others do not. Raises YijuError where none fits."""
    reasons = {name: explainer.why_unsupported(method["method"]) for name, method in named.items()}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    if len(left_out) == len(named):
        raise YijuError(f"{'; '.join(left_out.values())}; name another --method, such as occlusion")
    return {name: method for name, method in named.items() if name not in left_out}, left_out


def _apart(given: Sequence[str]) -> tuple[str, ...]:
    """Methods that commas part, those before their own options too: a part with = belongs to the method before it."""
    found: list[str] = []
    for text in given:
        for number, part in enumerate(text.split(",")):
            if number and ("=" in part.partition(":")[0] or not part):
                found[-1] += f",{part}"
            else:
                found.append(part)
    return tuple(found)


def _tell_cost(
    explainer: Explainer, drawn: Sequence[Pair], methods: Methods, seed: int, turned: Sequence[Item]
) -> None:
    """Say what is measured and about how long it takes, as a trial with a few of the pairs tells."""
    from yiju.app.outside_study import expected_seconds

    seconds = expected_seconds(explainer, drawn, methods, seed, turned)
    what = f"{counted(len(methods), 'method')} on {counted(len(drawn), 'pair')}"
    say(f"{what}: about {duration(seconds)}; -n and --method make it shorter", err=True)


def _counting(count: int) -> Callable[[str, float | None], None]:
    """Say of each of so many explanations that it was measured, and about how long the others will take."""
    from yiju.report.study_tables import title

    numbers, started = iter(range(1, count + 1)), time.perf_counter()

    def tell(name: str, seconds: float | None) -> None:
        number = next(numbers)
        cost = "" if seconds is None else f", {1000 * seconds:.0f} ms of the processor a pair"
        left = (time.perf_counter() - started) / number * (count - number)
        end = f"; about {duration(left)} left" if number < count else ""
        say(f"{number} of {count}  {title(name)}: measured{cost}{end}", err=True)

    return tell
