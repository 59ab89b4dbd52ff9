"""`yiju test`: what a model does when one thing of a sentence changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yiju.app.cli import opening_options
from yiju.app.cli.against import against_option
from yiju.app.cli.default_model import VARIABLE, model_or_newest
from yiju.app.cli.models import load
from yiju.app.cli.output import say
from yiju.app.cli.pair_options import TABLE_OPTIONS, pair_options
from yiju.base.errors import YijuError
from yiju.base.files import why_no_file, write_json, write_text
from yiju.base.writable import check_writable
from yiju.models.named import MODEL_ARGUMENT

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer
    from yiju.data.behaviour.suites import Suite
    from yiju.evaluation.requirements import Requirement

FORMS = (".json", ".html")


@click.command()
@click.argument("model", required=False, envvar=VARIABLE, callback=model_or_newest)
@click.option("--suite", default="zh-match", show_default=True, metavar="NAME", help="zh-match, duqm:FILE or clue:FILE")
@click.option(
    "--on",
    type=click.Path(path_type=Path, allow_dash=True),
    help="table of your own pairs, whose sentences are changed too  [default: the suite's own sentences alone]",
)
@against_option
@click.option(
    "--require",
    "required",
    multiple=True,
    metavar="CATEGORY>=SHARE",
    help="share of the category's items (or of each one's: all) that must be passed; may be given several times",
)
@click.option(
    "-n",
    "--per-category",
    "number",
    type=click.IntRange(min=1),
    help="items of a category, at most; drawn by the seed  [default: 200]",
)
@click.option(
    "--category",
    "--categories",
    "named",
    multiple=True,
    metavar="NAME",
    help="category to judge; may be given several times, or names with commas between them  [default: all]",
)
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"file to write, {' or '.join(FORMS)}")
@click.option("--similar", metavar="CLASS", help="of a model of more than two classes: the one that means similar")
@click.option("--seed", type=click.IntRange(0), default=111, show_default=True, help="random seed of the draw")
@opening_options
@pair_options
def command(
    model: str,
    suite: str,
    on: Path | None,
    against: str | None,
    required: tuple[str, ...],
    number: int | None,
    named: tuple[str, ...],
    out: Path | None,
    similar: str | None,
    seed: int,
    **options: Any,
) -> None:
    """Say what MODEL does when one thing of a sentence changes: a negation, a name, a number, the order of words.

    MODEL is the folder of a model or of a run, or owner/name of the hub. The suite zh-match has items of 19 categories.
    An item is a pair of sentences with one change between them and the effect that it must have: the judgement turns to
    not similar, stays, or the score rises. Items are made of the suite's own sentences and, with --on, of yours; what
    cannot be changed safely is left alone.

    The suites duqm:FILE and clue:FILE are files that you bring: DuQM (TAB-separated text_a, text_b, label, and what
    follows as category) and the diagnostics of CLUE (JSON lines). All their pairs are judged, or those of
    the categories that --category names.

    Shown are the failures of each category beside what looks at common characters alone and, with --against, beside a
    second model. The command ends with status 1 where a requirement (--require) is not met.

    \b
    yiju test results/sample/folds/0/model
    yiju test my-model --on pairs.tsv --require "negation>=0.9" --require "all>=0.5" -o report.html
    """
    from yiju.data.behaviour.suites import open_suite

    _check(out, on)
    whole = open_suite(suite, on, number)
    chosen = _chosen(whole, named)
    requirements = _requirements(required, whole.categories, chosen.categories)
    reading = {name: options.pop(name) for name in TABLE_OPTIONS}
    explainer = load(model=model, seed=seed, named=MODEL_ARGUMENT, **options)
    # Not before it is known that there is a model: torch takes seconds.
    from yiju.app.behaviour_judge import explained
    from yiju.app.cli.pair_source import Source
    from yiju.app.tested import tested
    from yiju.report.behaviour_text import html, lines

    lines_of, pairs = ([], []) if on is None else _pairs(Source(on, **reading), explainer)
    second = None if against is None else _second(explainer, model, against, options["device"], seed)
    facts = tested(explainer, model, chosen, pairs, lines_of, seed, number, similar, second, requirements)
    facts["on"] = None if on is None else str(on)
    if out and out.suffix.lower() == ".html":
        write_text(out, html(facts, dict(explained(explainer, facts["failures"]))))
    elif out:
        write_json(out, facts)
    if out:
        say(f"{out}: written", err=True)
    for line in lines(facts):
        say(line)
    if not all(one["met"] for one in facts["requirements"]):
        raise SystemExit(1)


def _check(out: Path | None, on: Path | None) -> None:
    """Raise YijuError for a file that cannot be written, or is not there, before anything is loaded."""
    if out is not None:
        if out.suffix.lower() not in FORMS:
            raise YijuError(f"{out}: the name, which gives the format, must end in {' or '.join(FORMS)}")
        check_writable(out, [] if on is None else [on])
    if on is not None and str(on) != "-" and not on.is_file():
        raise YijuError(f"{on}: {why_no_file(on)}; give a table of pairs with --on")


def _chosen(suite: Suite, named: tuple[str, ...]) -> Suite:
    """The suite with the named categories alone. Commas separate names, except within the name of a file's category."""
    apart = [[text] if text in suite.categories else text.split(",") for text in named]
    try:
        chosen = suite.only([name.strip() for names in apart for name in names])
    except ValueError as error:
        raise YijuError(f"--category: {error}") from None
    if set(chosen.not_made) == set(chosen.categories):
        raise YijuError("; ".join(f"--category {name}: {reason}" for name, reason in chosen.not_made.items()))
    return chosen


def _requirements(texts: tuple[str, ...], known: tuple[str, ...], judged: tuple[str, ...]) -> list[Requirement]:
    from yiju.evaluation.requirements import ALL, parsed

    try:
        found = [parsed(text, known) for text in texts]
    except ValueError as error:
        raise YijuError(f"--require {error}") from None
    for text, one in zip(texts, found, strict=True):
        if one.category != ALL and one.category not in judged:
            raise YijuError(f"--require {text}: this category is not judged; name it with --category too")
    return found


def _pairs(source: Any, explainer: Explainer) -> tuple[list[int], list[tuple[str, str]]]:
    """Lines and pairs of a table, without the rows that are no pairs, which are named."""
    with source.opened() as tables:
        good = [table.filter(table["reason"].is_null()) for table in source.told(explainer, tables)]
    rows = [row for table in good for row in table.select("line", "q", "t").iter_rows()]
    return [line for line, _, _ in rows], [(q, t) for _, q, t in rows]


def _second(explainer: Explainer, model: str, against: str, device: str, seed: int) -> tuple[Explainer, str]:
    from yiju.app.cli.against import open_both

    both = open_both(explainer, model, against, device, seed)
    return both.second, both.names[1]
