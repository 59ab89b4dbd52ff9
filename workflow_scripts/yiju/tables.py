"""Schemas of the tables that pass between rules: every writer checks, every reader trusts."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from yiju.errors import YijuError
from yiju.provenance import atomic

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
# Merged pairs carry the number by which later tables call them.
MERGED = {"pair": pl.Int64, **PAIRS}
DROPPED = {**PAIRS, "reason": pl.String}
TEXTS = {"text": pl.String, "corpus": pl.String}
# group: number of the connected component of sentences; fold: the fold that holds the pair out, -1 never held out.
FOLDS = {"pair": pl.Int64, "group": pl.Int64, "fold": pl.Int16}
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
SCORES = {
    "item": pl.String,
    "logit_0": pl.Float64,
    "logit_1": pl.Float64,
    "probability": pl.Float64,
    "label": pl.Int8,
    "truncated": pl.Boolean,
}
# What model and overlap baseline say of an item, beside the gold label where there is one.
JUDGED = {
    "item": pl.String,
    "gold": pl.Int8,
    "label": pl.Int8,
    "probability": pl.Float64,
    "overlap_probability": pl.Float64,
}
# One row a segment; start and end in characters of the original text.
ATTRIBUTIONS = {
    "item": pl.String,
    "side": pl.String,
    "segment": pl.Int32,
    "start": pl.Int32,
    "end": pl.Int32,
    "text": pl.String,
    "score": pl.Float64,
}


def write(table: pl.DataFrame, path: str | Path, schema: dict) -> None:
    """Check `table` against `schema` (names, order and types) and write it as zstd Parquet, atomically."""
    check(table, schema, str(path))
    with atomic(path) as temporary:
        table.write_parquet(temporary, compression="zstd", statistics=False)


def check(table: pl.DataFrame, schema: dict, place: str) -> None:
    """Refuse a table whose columns are not exactly those of `schema`."""
    if dict(table.schema) != schema or list(table.columns) != list(schema):
        raise YijuError(f"{place}: table has columns {dict(table.schema)}, expected {schema}")


def read(path: str | Path, schema: dict) -> pl.DataFrame:
    """Read a table that a rule of this workflow wrote; an unreadable or foreign file is refused by name."""
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise YijuError(f"{path}: not a readable table ({error}); delete it and run again") from error
    check(table, schema, str(path))
    return table
