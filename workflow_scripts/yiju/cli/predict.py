"""`yiju predict`: all pairs of a file."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import polars as pl
from tqdm import tqdm

from yiju.cli import model_options
from yiju.cli.models import load
from yiju.cli.numbers import a_number
from yiju.cli.output import say
from yiju.errors import YijuError
from yiju.explainer import Explainer
from yiju.explanation import Judgement
from yiju.notes import introduction, mostly_unknown
from yiju.pair_files import FORMATS, Column, read_pairs
from yiju.shown import shown
from yiju.table_files import WRITTEN, check_target, text_parts, write_parts

SCHEMA = {
    "line": pl.Int64,
    "q": pl.String,
    "t": pl.String,
    "label": pl.Int8,
    "probability": pl.Float64,
    "truncated": pl.Boolean,
    "unknown": pl.Int64,
}
# Of these, what is read and not judged.
GIVEN = ("line", "q", "t")
# Rows that are no pairs are named one by one up to so many.
NAMED = 20


@click.command()
@click.argument("pairs", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"{', '.join(WRITTEN)}  [default: JSON lines, here]")
@model_options
@click.option("--format", "kind", type=click.Choice([end[1:] for end in FORMATS]), help="of PAIRS, if not by its name")
@click.option("--q", help="column of the first sentence, by name or number  [default: found by the header]")
@click.option("--t", help="column of the second sentence  [default: found by the header]")
@click.option("--header/--no-header", default=None, help="whether the first line names columns  [default: recognised]")
@click.option(
    "--max-bad",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    callback=a_number,
    help="share of rows that may be no pairs",
)
def command(
    pairs: Path,
    out: Path | None,
    kind: str | None,
    q: str | None,
    t: str | None,
    header: bool | None,
    max_bad: float,
    **model: Any,
) -> None:
    """Judge all pairs of the file PAIRS (- for stdin), in order.

    Written are label, probability of being similar, truncated (the pair is longer than the model reads) and unknown
    (how many characters of the pair the model's vocabulary does not hold: the judgement does not rest on which they
    are).

    A row that is no pair is named and left out, and the others are judged all the same; too many of them fail the
    command, and no file is written; without -o, rows are printed as they are judged.

    \b
    yiju predict pairs.tsv -o judged.jsonl --model results/sample/folds/0/model
    cut -f 1,3 log.tsv | yiju predict - --format tsv > judged.jsonl
    """
    if out:
        check_target(out, pairs)
    if (q is None) != (t is None):
        raise YijuError("--q and --t go together: give both columns")
    columns = None if q is None or t is None else (_column(q), _column(t))
    with _on_disk(pairs, kind) as path:
        rows = read_pairs(path, kind or ("tsv" if str(pairs) == "-" else None), columns, header)
        counts = dict.fromkeys(("rows", "bad", "unknown", "mostly", "truncated"), 0)
        explainer = load(**model)
        parts = _judged(explainer, rows, str(pairs), counts, max_bad)
        if out:
            write_parts(parts, out, SCHEMA)
        else:
            _print(text_parts(parts, ".jsonl", list(SCHEMA)))
    for line in (*_summary(counts), *introduction(explainer.about, explainer.threshold)):
        say(line, err=True)


def _judged(
    explainer: Explainer, rows: Iterator[pl.DataFrame], place: str, counts: dict[str, int], limit: float
) -> Iterator[pl.DataFrame]:
    """Tables of SCHEMA. Raises YijuError at the end where more than the allowed share of rows were no pairs."""
    with tqdm(desc="predict", unit=" pairs", disable=None) as bar:
        for table in rows:
            # A blank line is none; the file's last one is.
            table = _with_reasons(explainer, table.filter(pl.col("reason").ne_missing("empty line")))
            for row in table.filter(pl.col("reason").is_not_null()).iter_rows(named=True):
                counts["bad"] += 1
                if counts["bad"] <= NAMED:
                    say(f"{place} line {row['line']}: {row['reason']}", err=True)
            counts["rows"] += len(table)
            good = table.filter(pl.col("reason").is_null())
            for part in good.iter_slices(10_000):
                found = explainer.predict(part.select("q", "t").iter_rows())
                facts = {name: [getattr(one, name) for one in found] for name in SCHEMA if name not in GIVEN}
                _count(found, counts)
                yield part.select(GIVEN).with_columns(**{n: pl.Series(v) for n, v in facts.items()}).cast(SCHEMA)
                bar.update(len(part))
    if not counts["rows"]:
        raise YijuError(f"{place}: the file holds no rows")
    if counts["bad"] > limit * counts["rows"]:
        raise YijuError(
            f"{place}: {counts['bad']:,} of {counts['rows']:,} rows are no pairs, more than --max-bad ({limit:.2%}) "
            "allows; correct them or the options --format, --q and --t, or raise --max-bad"
        )


def _count(found: list[Judgement], counts: dict[str, int]) -> None:
    counts["unknown"] += sum(one.unknown > 0 for one in found)
    counts["mostly"] += sum(map(mostly_unknown, found))
    counts["truncated"] += sum(one.truncated for one in found)


def _summary(counts: dict[str, int]) -> Iterator[str]:
    """What became of the rows, and on which judgements nobody should rely."""
    yield f"{counts['rows'] - counts['bad']:,} of {counts['rows']:,} rows judged"
    if counts["unknown"]:
        yield (
            f"{counts['unknown']:,} of the pairs hold characters that the model's vocabulary does not (column unknown)"
            f"; of {counts['mostly']:,} pairs these are half or more: do not rely on what is judged of them"
        )
    if counts["truncated"]:
        yield f"{counts['truncated']:,} of the pairs are longer than the model reads (column truncated)"


def _print(texts: Iterator[str]) -> None:
    """Write UTF-8 to standard output, whatever the locale says: JSON lines are for programs."""
    output = sys.stdout.buffer
    for text in texts:
        output.write(shown(text).encode())
        output.flush()


def _with_reasons(explainer: Explainer, table: pl.DataFrame) -> pl.DataFrame:
    """The rows with `reason` also where a sentence holds nothing that the model could judge."""
    given = pl.col("reason").is_null()
    reasons = iter(explainer.refusals(table.filter(given).select("q", "t").iter_rows()))
    told = [next(reasons) if reason is None else reason for reason in table["reason"]]
    return table.with_columns(pl.Series("reason", told, pl.String))


@contextmanager
def _on_disk(pairs: Path, kind: str | None) -> Iterator[Path]:
    """The file itself, or what comes in by stdin as one: readers look at a file's beginning before they read it."""
    if str(pairs) != "-":
        if not pairs.is_file():
            raise YijuError(f"{pairs}: {'this is a folder; name a file' if pairs.is_dir() else 'no such file'}")
        yield pairs
        return
    with tempfile.NamedTemporaryFile(suffix=f".{kind or 'tsv'}") as file:
        try:
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.flush()
        except OSError as error:
            raise OSError(error.errno, error.strerror, file.name) from None
        try:
            yield Path(file.name)
        except YijuError as error:
            raise YijuError(str(error).replace(file.name, "standard input")) from None


def _column(text: str) -> Column:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text
