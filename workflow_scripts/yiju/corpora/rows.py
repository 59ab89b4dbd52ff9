"""What every reader has in common: how labels are understood and why a row is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

# What a reader takes out of a file: `label` as written, `problem` where the row breaks its format.
RAW = {
    "line": pl.Int64,
    "text": pl.String,
    "q": pl.String,
    "t": pl.String,
    "label": pl.String,
    "problem": pl.String,
}
# What a reader yields: `reason` says why a row is left out; `bad` rows break the format, others are left out by rule.
READ = {
    "line": pl.Int64,
    "text": pl.String,
    "q": pl.String,
    "t": pl.String,
    "label": pl.Int8,
    "reason": pl.String,
    "bad": pl.Boolean,
}
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class ReadOptions:
    """What a reader is told besides the path.

    unlabelled: rows may come without a label (test splits); own: the reader's own options, complete.
    """

    unlabelled: bool = False
    nli_labels: Mapping[str, int] = field(default_factory=dict)
    sts_scores: Mapping[str, float] = field(default_factory=dict)
    own: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Labels:
    """Labels as written -> 0 or 1, or -> the reason to leave the row out."""

    values: Mapping[str, int]
    left_out: Mapping[str, str] = field(default_factory=dict)
    allowed: str = ""

    def describe(self) -> str:
        return self.allowed or ", ".join([*self.values, *self.left_out])


BINARY = Labels({"0": 0, "1": 1})


def judge(raw: pl.DataFrame, labels: Labels, unlabelled: bool, leave_out: pl.Expr | None = None) -> pl.DataFrame:
    """Decide on every row of a RAW table; returns a READ table of the same rows.

    leave_out: expression over the cleaned rows, a reason where a row is to be left out by rule, else null.
    """
    label = pl.col("label").str.strip_chars()
    rows = raw.with_columns(clean("q"), clean("t"), label.alias("label"))
    value = pl.col("label").replace_strict(labels.values, default=None, return_dtype=pl.Int8)
    # An empty map has no type of its own, hence not a plain replace_strict.
    by_label = pl.col("label").replace_strict({"": None, **labels.left_out}, default=None, return_dtype=pl.String)
    unknown = pl.col("label").is_not_null() & value.is_null() & by_label.is_null()
    # Not pl.format: polars 2.1 panics in it on columns of unlike chunks.
    named = [pl.lit("unknown label '"), pl.col("label").str.slice(0, 40), pl.lit(f"'; allowed: {labels.describe()}")]
    broken = (
        pl.when(pl.col("problem").is_not_null())
        .then(pl.col("problem"))
        .when(unknown)
        .then(pl.concat_str(named))
        .when(pl.col("label").is_null() & (not unlabelled))
        .then(pl.lit("no label"))
    )
    by_rule = pl.coalesce(
        pl.lit(None, pl.String) if leave_out is None else leave_out,
        by_label,
        pl.when((pl.col("q") == "") | (pl.col("t") == "")).then(pl.lit("empty sentence")),
    )
    blank = pl.when(pl.col("text").str.strip_chars() == "").then(pl.lit("empty line"))
    rows = rows.with_columns(blank=blank, broken=broken, by_rule=by_rule, label=value)
    return rows.select(
        "line",
        "text",
        "q",
        "t",
        "label",
        pl.coalesce("blank", "broken", "by_rule").alias("reason"),
        (pl.col("blank").is_null() & pl.col("broken").is_not_null()).alias("bad"),
    )


def clean(column: str) -> pl.Expr:
    """A sentence without white space around it and without stray byte-order marks, which publishers leave inside."""
    return pl.col(column).str.replace_all(BYTE_ORDER_MARK, "", literal=True).str.strip_chars()
