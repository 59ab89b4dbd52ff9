"""Schemas of the tables that pass between rules: every writer checks, every reader trusts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from yiju.base.errors import YijuError
from yiju.base.files import atomic

# A sentence pair of a corpus. `line` counts from 1 in `file`; `label` is 1 similar, 0 not, null unknown.
PAIRS = {
    "corpus": pl.String,
    "split": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "q": pl.String,
    "t": pl.String,
    "label": pl.Int8,
}
# A row that a reader left out. `bad` rows break their format and count against `corpora.max_rejected`;
# the others are dropped by rule (no agreement, score in the middle, empty sentence, placeholder).
REJECTED = {
    "corpus": pl.String,
    "split": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "reason": pl.String,
    "bad": pl.Boolean,
    "text": pl.String,
}
# Merged pairs carry the number by which later tables call them, and the numbers of their sentences: equal numbers are
# the same sentence but for width, case, white space and punctuation, in all tables of a run.
MERGED = {"pair": pl.Int64, **PAIRS, "q_sentence": pl.UInt32, "t_sentence": pl.UInt32}
# Every row that is in no merged table. by: reader (its `text` is kept) or filter (its pair is kept).
DROPPED = {
    "corpus": pl.String,
    "split": pl.String,
    "file": pl.String,
    "line": pl.Int64,
    "by": pl.String,
    "reason": pl.String,
    "q": pl.String,
    "t": pl.String,
    "label": pl.Int8,
    "text": pl.String,
}
# The distinct pairs of every dev, test and competition set: `low` and `high` are its sentences' numbers, low <= high.
HELD_OUT = {"set": pl.String, "low": pl.UInt32, "high": pl.UInt32}
# The distinct pairs of which conflicting labels left no row.
TORN = {"low": pl.UInt32, "high": pl.UInt32}
# What post-training reads; `second` is the other sentence of a pair, null of all where single sentences are read.
TEXTS = {"text": pl.String, "second": pl.String, "corpus": pl.String}
# group: number of the connected component of sentences; fold: the fold that holds the pair out, -1 never held out.
FOLDS = {"pair": pl.Int64, "group": pl.Int64, "fold": pl.Int16}
# Training pairs that are in no fold, because another corpus holds them too.
UNLEARNT = {"pair": pl.Int64, "reason": pl.String, "q_sentence": pl.UInt32, "t_sentence": pl.UInt32}
# operation: original, transfer_positive, transfer_negative, closure_positive, closure_negative.
AUGMENTED = {
    "q": pl.String,
    "t": pl.String,
    "label": pl.Int8,
    "fold": pl.Int16,
    "operation": pl.String,
    "parents": pl.List(pl.Int64),
}
# A pair to be judged and explained, with what is known of it. Segments are null where the text is to be cut by us.
ITEMS = {
    "item": pl.String,
    "q": pl.String,
    "t": pl.String,
    "label": pl.Int8,
    "q_segments": pl.List(pl.String),
    "t_segments": pl.List(pl.String),
    "kind": pl.String,
    "related": pl.List(pl.String),
    "q_gold": pl.List(pl.List(pl.Int64)),
    "t_gold": pl.List(pl.List(pl.Int64)),
}
# Logits of the pair as it stands, and of its sentences exchanged (null where that was not judged), both divided by the
# temperature; probability and label are those of the order as it stands, or of the mean of both. truncated: whether the
# end of a side was cut off; unknown: characters of both sides that the vocabulary does not hold
# (`yiju.models.unknown_characters`).
SCORES = {
    "item": pl.String,
    "logit_0": pl.Float64,
    "logit_1": pl.Float64,
    "swapped_0": pl.Float64,
    "swapped_1": pl.Float64,
    "probability": pl.Float64,
    "label": pl.Int8,
    "truncated": pl.Boolean,
    "unknown": pl.Int64,
}
# What model and overlap baseline say of an item, beside the gold label where there is one.
JUDGED = {
    "item": pl.String,
    "gold": pl.Int8,
    "label": pl.Int8,
    "probability": pl.Float64,
    "overlap_probability": pl.Float64,
}
# What a member says of the pairs that its fold holds out. difference: logit 1 - logit 0; margin: what it must exceed.
HELD_OUT_SCORES = {
    "pair": pl.Int64,
    "fold": pl.Int16,
    "repeat": pl.Int16,
    "difference": pl.Float64,
    "margin": pl.Float64,
}
# What the members that have not learnt a training pair say of it together.
OUT_OF_FOLD = {"pair": pl.Int64, "fold": pl.Int16, "gold": pl.Int8, "label": pl.Int8, "probability": pl.Float64}
# Scores by segment, counted from 0 on its side; start and end in characters of the original text. score: null where the
# model did not read the segment; error: standard error of a score for which samples were drawn, else 0; rank: place in
# the smallest rationale of the pair, from 1, null outside it and where none was looked for.
ATTRIBUTIONS = {
    "item": pl.String,
    "side": pl.String,
    "index": pl.Int32,
    "start": pl.Int32,
    "end": pl.Int32,
    "text": pl.String,
    "score": pl.Float64,
    "error": pl.Float64,
    "rank": pl.Int32,
}
# Scores by segment after weights of the members were drawn anew. step: a key of
# `yiju.models.randomisation_steps.STEPS`; the steps before the last one have only some of the items.
RANDOMISED = {"step": pl.String, "item": pl.String, "side": pl.String, "index": pl.Int32, "score": pl.Float64}
# Scores of an item's segments that an edit of `yiju.evaluation.study.edits` left in place. kept: whether the edited
# pair is judged as the pair itself is.
EDITED = {
    "item": pl.String,
    "edit": pl.String,
    "kept": pl.Boolean,
    "side": pl.String,
    "index": pl.Int32,
    "score": pl.Float64,
}
# What was explained of an item: the label, its log-probability by all members together; gap: of a method that promises
# completeness, the sum of its scores less what it has to be; truncated and unknown: as in SCORES; kept: whether the
# smallest rationale alone, all else deleted, keeps the label, null where none was looked for.
EXPLAINED = {
    "item": pl.String,
    "label": pl.Int8,
    "log_probability": pl.Float64,
    "gap": pl.Float64,
    "truncated": pl.Boolean,
    "unknown": pl.Int64,
    "kept": pl.Boolean,
}
# Of the study. How much lower the label's probability is without a segment, by `removal` (mask, delete).
LEFT_OUT = {
    "item": pl.String,
    "side": pl.String,
    "index": pl.Int32,
    "removal": pl.String,
    "difference": pl.Float64,
}
# Of the study. How far p(label) of the pair falls without sets of its segments drawn at random, by number of the set.
REMOVED = {"item": pl.String, "number": pl.Int32, "operator": pl.String, "difference": pl.Float64}
# Of the study. What a metric finds in an item; null where it is not defined, no row where there is nothing to measure.
STUDIED = {"method": pl.String, "item": pl.String, "metric": pl.String, "value": pl.Float64}

# How polars words an error of the system.
SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")
# Rows of a part of a table that is too large to be held whole.
PART = 250_000


def write(table: pl.DataFrame, path: str | Path, schema: dict) -> None:
    """Check `table` against `schema` (names, order and types) and write it as zstd Parquet, atomically."""
    check(table, schema, str(path))
    with atomic(path) as temporary, _system_errors(path):
        table.write_parquet(temporary, compression="zstd", statistics=False)


def write_stream(parts: Iterable[pl.DataFrame], path: str | Path, schema: dict) -> None:
    """Write a table that arrives in parts, as `write` does, without ever holding it whole."""
    failure: list[BaseException] = []

    def source(columns: list[str] | None, *_hints: object) -> Iterator[pl.DataFrame]:
        try:
            for part in parts:
                check(part, schema, str(path))
                yield part if columns is None else part.select(columns)
        # The engine would tell of it in words of its own.
        except BaseException as error:
            failure.append(error)
            raise

    # An open file: after a failure the engine might still create one by its name.
    with atomic(path) as temporary, temporary.open("wb") as file, _system_errors(path):
        try:
            register_io_source(source, schema=schema).sink_parquet(
                file, compression="zstd", compression_level=1, statistics=False, row_group_size=PART
            )
        except pl.exceptions.PolarsError:
            if failure:
                raise failure[0] from None
            raise


@contextmanager
def _system_errors(path: str | Path) -> Iterator[None]:
    """Tell of what the system refuses (a full disk) as OSError does; polars calls it an error of its computation."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        number = SYSTEM_ERROR.search(str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1])), str(path)) from None


def check(table: pl.DataFrame, schema: dict, place: str) -> None:
    """Refuse a table whose columns are not exactly those of `schema`."""
    if dict(table.schema) != schema or list(table.columns) != list(schema):
        raise YijuError(f"{place}: table has columns {dict(table.schema)}, expected {schema}")


def parts(
    path: str | Path, schema: dict, columns: Sequence[str] | None = None, where: pl.Expr | None = None
) -> Iterator[pl.DataFrame]:
    """The table that a rule of this workflow wrote, or the rows `where` something holds, in parts and in order.

    Parts are of bounded size, and no row is in none of them; an unreadable or foreign file is refused by name.
    """
    table = scan(path, schema)
    if where is not None:
        table = table.filter(where)
    with _readable(path):
        rows, seen = table.select(pl.len()).collect().item(), 0
        for part in table.select(list(columns or schema)).collect_batches(chunk_size=PART, maintain_order=True):
            seen += part.height
            yield part
    # The engine may end early at damage, and say nothing.
    if seen != rows:
        raise YijuError(f"{path}: {seen} of its {rows} rows can be read; delete it and run again")


def scan(path: str | Path, schema: dict) -> pl.LazyFrame:
    """A table that a rule of this workflow wrote, to be read as far as it is needed; a foreign file is refused."""
    with _readable(path):
        table = pl.scan_parquet(path, glob=False)
        found = table.collect_schema()
    check(pl.DataFrame(schema=found), schema, str(path))
    return table


def read(path: str | Path, schema: dict, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a table that a rule of this workflow wrote, whole or some columns; as `parts` refuses."""
    table = scan(path, schema)
    with _readable(path):
        return table.select(list(columns or schema)).collect()


@contextmanager
def _readable(path: str | Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        raise YijuError(f"{path}: not a readable table ({error}); delete it and run again") from error
