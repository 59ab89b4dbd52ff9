"""`yiju predict`: all rows of a table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yiju.app.cli import judging_options
from yiju.app.cli.against import against_option, open_both
from yiju.app.cli.models import load
from yiju.app.cli.output import say
from yiju.app.cli.pair_options import pair_options
from yiju.base.plurals import counted
from yiju.base.printable import shown
from yiju.data.table_formats import LISTED, RESULTS
from yiju.explain.notes import introduction

if TYPE_CHECKING:
    from yiju.data.result_files import Results


@click.command()
@click.argument("pairs", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"{', '.join(RESULTS)}  [default: JSON lines, here]")
@click.option("--label", help="column of the gold labels, if there is one  [default: found by its name]")
@against_option
@judging_options
@pair_options
def command(pairs: Path, out: Path | None, label: str | None, against: str | None, **options: Any) -> None:
    """Judge all rows of the table PAIRS (- for stdin), in order.

    PAIRS is CSV, TAB-separated text, JSON lines, Parquet or a workbook (.xlsx, .xls, .ods). All its columns come back,
    and beside them yiju_label, yiju_label_name, yiju_probability (of being similar or, of more than two classes, of the
    label), yiju_score (log p(label) or, of a model that gives one number, this number), yiju_undecided (whether the
    score is too close to the threshold for the risk that yiju calibrate was asked to keep; empty where the model is not
    calibrated), yiju_truncated (the pair is longer than the model reads), yiju_unknown (how many characters of the pair
    the model's vocabulary does not hold: the judgement does not rest on which they are) and yiju_reason (why a row is
    no pair; it is not judged then). A model that gives one number has no labels, unless it is calibrated or --margin
    says above which number a pair is similar. A calibrated model of three classes or more adds yiju_possible, the
    classes that calibration leaves possible; a pair with more than one is undecided.

    Rows that are no pairs are named; too many of them fail the command, and no file is written; without -o, JSON lines
    are printed as they are judged. Where the table has a column of labels, it is said how often they agree.

    With --against, a second model judges the pairs too: yiju_against_label, yiju_against_label_name,
    yiju_against_probability, yiju_against_score and yiju_agree (whether both give the same label) are added, and it is
    said how often they agree and, where labels are known, which is right more often, by a test of matched pairs.

    \b
    yiju predict pairs.xlsx -o judged.xlsx --model results/sample/folds/0/model
    cut -f 1,3 log.tsv | yiju predict - --format tsv > judged.jsonl
    """
    from yiju.app.against import Second
    from yiju.app.cli.pair_source import Source
    from yiju.app.judged_rows import Tally, columns_of, judged_rows
    from yiju.data.result_files import check_target, form_of, prefix_for, text_parts, write_results

    if out:
        check_target(out, pairs)
    source, tally = Source.of(pairs, options, label=label), Tally()
    with source.whole() as (found, parts):
        form, explainer, second = form_of(found), load(**options), None
        if against is not None:
            second = Second(open_both(explainer, str(options["model"]), against, options["device"]))
        listed = out is None or out.suffix.lower() in LISTED
        prefix = prefix_for(form.names, columns_of(second, explainer, listed))
        results = _counted(judged_rows(explainer, source.told_parts(explainer, parts), prefix, tally, second, listed))
        if out:
            write_results(results, form, out, [found.choice.q, found.choice.t])
        else:
            _print(text_parts(results, form, ".jsonl"))
    say(f"{source.rows - source.bad:,} of {counted(source.rows, 'row')} judged", err=True)
    gold = (
        () if found.choice.label is None else tally.gold.lines(form.names[found.choice.label], explainer.scorer.classes)
    )
    compared = () if second is None else second.lines()
    for line in (*tally.lines(prefix), *gold, *compared, *introduction(explainer.about, explainer.decision)):
        say(line, err=True)


def _counted(results: Iterator[Results]) -> Iterator[Results]:
    """The results, and how many there were so far in the terminal."""
    from tqdm import tqdm

    with tqdm(desc="predict", unit=" rows", disable=None) as bar:
        for part in results:
            yield part
            bar.update(len(part.own))


def _print(texts: Iterator[str]) -> None:
    """Write UTF-8 to standard output, whatever the locale says: JSON lines are for programs."""
    output = sys.stdout.buffer
    for text in texts:
        output.write(shown(text).encode())
        output.flush()
