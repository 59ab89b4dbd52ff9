"""`yiju predict`: all pairs of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import polars as pl
import pyarrow as pa
from tqdm import tqdm

from yiju.app.against import AGREE, PREFIX, Tally
from yiju.app.cli import judging_options
from yiju.app.cli.against import against_option, open_both
from yiju.app.cli.models import load
from yiju.app.cli.output import say
from yiju.app.cli.pair_options import Source, pair_options
from yiju.app.explainer import Explainer
from yiju.base.errors import YijuError
from yiju.base.plurals import counted, verb
from yiju.base.printable import shown
from yiju.base.tables import TEXT
from yiju.data.table_files import WRITTEN, check_target, text_parts, write_parts
from yiju.explain.explanation import Judgement
from yiju.explain.notes import introduction, mostly_unknown

SCHEMA = pa.schema(
    {
        "line": pa.int64(),
        "q": TEXT,
        "t": TEXT,
        "label": pa.int16(),
        "probability": pa.float64(),
        "undecided": pa.bool_(),
        "truncated": pa.bool_(),
        "unknown": pa.int64(),
        "score": pa.float64(),
        "label_name": TEXT,
    }
)
# What a second model adds.
AGAINST = pa.schema(
    {f"{PREFIX}{name}": SCHEMA.field(name).type for name in ("label", "label_name", "probability", "score")}
    | {AGREE: pa.bool_()}
)
# Of these, what is read and not judged.
GIVEN = ("line", "q", "t")


@click.command()
@click.argument("pairs", type=click.Path(path_type=Path, allow_dash=True))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"{', '.join(WRITTEN)}  [default: JSON lines, here]")
@click.option("--label", help="column of known labels, 0 or 1, with --against")
@against_option
@judging_options
@pair_options
def command(
    pairs: Path,
    out: Path | None,
    label: str | None,
    against: str | None,
    kind: str | None,
    q: str | None,
    t: str | None,
    header: bool | None,
    max_bad: float,
    **model: Any,
) -> None:
    """Judge all pairs of the file PAIRS (- for stdin), in order.

    Written are label, probability (of being similar or, of more than two classes, of the label), undecided (whether the
    score is too close to the threshold for the risk that yiju calibrate was asked to keep; empty where the model is not
    calibrated), truncated (the pair is longer than the model reads), unknown (how many characters of the pair the
    model's vocabulary does not hold: the judgement does not rest on which they are), score (log p(label) or, of a model
    that gives one number, this number) and label_name. A model that gives one number has no labels, unless it is
    calibrated or --margin says above which number a pair is similar.

    A row that is no pair is named and left out, and the others are judged all the same; too many of them fail the
    command, and no file is written; without -o, rows are printed as they are judged.

    With --against, a second model judges the pairs too: against_label, against_label_name, against_probability,
    against_score and agree (whether both give the same label) are added, and it is said how often they agree. With a
    column of known labels (--label) it is said which is right more often, by a test of matched pairs (McNemar).

    \b
    yiju predict pairs.tsv -o judged.jsonl --model results/sample/folds/0/model
    cut -f 1,3 log.tsv | yiju predict - --format tsv > judged.jsonl
    """
    if out:
        check_target(out, pairs)
    if label is not None and against is None:
        raise YijuError("--label says nothing without --against; leave it out")
    source = Source(pairs, kind, q, t, header, max_bad, label is not None, label)
    with source.opened() as rows:
        counts = dict.fromkeys(("unknown", "mostly", "truncated"), 0)
        explainer = load(**model)
        both = against and open_both(explainer, str(model["model"]), against, model["device"])
        tally = Tally(both) if both else None
        parts = _judged(explainer, source.told(explainer, rows), counts, tally)
        schema = pa.schema([*SCHEMA, *AGAINST]) if tally else SCHEMA
        if out:
            write_parts(parts, out, schema)
        else:
            _print(text_parts(parts, ".jsonl", schema.names))
    compared = tally.lines() if tally else ()
    for line in (*_summary(source, counts), *compared, *introduction(explainer.about, explainer.decision)):
        say(line, err=True)


def _judged(
    explainer: Explainer, rows: Iterator[pl.DataFrame], counts: dict[str, int], tally: Tally | None
) -> Iterator[pl.DataFrame]:
    """Tables of SCHEMA, with a second model of AGAINST too, of the rows that are pairs."""
    with tqdm(desc="predict", unit=" pairs", disable=None) as bar:
        for table in rows:
            good = table.filter(pl.col("reason").is_null())
            for part in good.iter_slices(10_000):
                found = explainer.predict(part.select("q", "t").iter_rows())
                facts = {name: [getattr(one, name) for one in found] for name in SCHEMA.names if name not in GIVEN}
                _count(found, counts)
                schema = SCHEMA
                if tally:
                    gold = part["label"].to_list() if "label" in part.columns else [None] * len(part)
                    facts |= tally.beside(part.select("q", "t").rows(), found, gold)
                    schema = pa.schema([*SCHEMA, *AGAINST])
                judged = part.select(GIVEN).with_columns(**{name: pl.Series(own) for name, own in facts.items()})
                yield judged.cast(pl.Schema(schema))
                bar.update(len(part))


def _count(found: list[Judgement], counts: dict[str, int]) -> None:
    counts["unknown"] += sum(one.unknown > 0 for one in found)
    counts["mostly"] += sum(map(mostly_unknown, found))
    counts["truncated"] += sum(one.truncated for one in found)


def _summary(source: Source, counts: dict[str, int]) -> Iterator[str]:
    """What became of the rows, and on which judgements nobody should rely."""
    yield f"{source.rows - source.bad:,} of {counted(source.rows, 'row')} judged"
    if counts["unknown"]:
        hold, mostly = verb(counts["unknown"], "holds", "hold"), counted(counts["mostly"], "pair")
        yield (
            f"{counts['unknown']:,} of the pairs {hold} characters that the model's vocabulary does not (column "
            f"unknown); of {mostly} these are half or more: do not rely on what is judged of them"
        )
    if counts["truncated"]:
        are = verb(counts["truncated"], "is", "are")
        yield f"{counts['truncated']:,} of the pairs {are} longer than the model reads (column truncated)"


def _print(texts: Iterator[str]) -> None:
    """Write UTF-8 to standard output, whatever the locale says: JSON lines are for programs."""
    output = sys.stdout.buffer
    for text in texts:
        output.write(shown(text).encode())
        output.flush()
