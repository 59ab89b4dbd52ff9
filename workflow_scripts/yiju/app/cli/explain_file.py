"""`yiju explain --file`: all rows of a table, explained into a table or a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tqdm import tqdm

from yiju.app.cli.output import say
from yiju.app.cli.pair_source import Source
from yiju.app.explained_rows import Explain, Explained, added_kinds, explained_line, explained_rows, results_of
from yiju.app.explainer import Explainer
from yiju.app.judged_rows import Tally
from yiju.base.files import atomic
from yiju.data.result_files import check_target, form_of, prefix_for, write_results
from yiju.data.table_formats import LISTED, RESULTS
from yiju.explain.notes import introduction
from yiju.report.explained_page import explained_page

WRITTEN = (".html", *RESULTS)


def explain_file(
    source: Source, out: Path, load: Callable[[], Explainer], how: Callable[[Explainer], Explain], learnt: bool = False
) -> None:
    """Write a table with the judgement and the evidence of each row, or a page with all of them coloured.

    load: opens the model, when the table is known to be readable; how: makes of the model what explains pairs;
    learnt: whether training pairs are among the evidence.
    """
    check_target(out, source.path, WRITTEN)
    with source.whole() as (found, parts):
        form, tally, explainer = form_of(found), Tally(), load()
        listed = out.suffix.lower() in LISTED
        kinds = added_kinds(explainer, listed, learnt)
        prefix = prefix_for(form.names, kinds)
        rows = _counted(explained_rows(how(explainer), source.told_parts(explainer, parts), tally))
        said = list(introduction(explainer.about, explainer.decision))
        if out.suffix.lower() == ".html":
            _write_page(source, rows, out, said)
        else:
            places = (found.choice.q, found.choice.t)
            write_results(results_of(rows, form, places, prefix, kinds, listed), form, out, places)
    column = None if found.choice.label is None else form.names[found.choice.label]
    gold = () if column is None else tally.gold.lines(column, explainer.scorer.classes)
    for line in (explained_line(source.rows, source.bad), *tally.lines(prefix), *gold, *said):
        say(line, err=True)


def _write_page(source: Source, rows: Iterator[Explained], out: Path, said: list[str]) -> None:
    each = (row for part in rows for row in part.rows())
    with atomic(out) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        file.writelines(explained_page(source.path.name, source.unit, each, said))


def _counted(rows: Iterator[Explained]) -> Iterator[Explained]:
    """The rows, and how many there were so far in the terminal."""
    with tqdm(desc="explain", unit=" rows", disable=None) as bar:
        for part in rows:
            yield part
            bar.update(len(part.part.own))
