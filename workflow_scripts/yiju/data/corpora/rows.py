"""What every reader has in common: how labels are understood and why a row is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from yiju.data.sentence_keys import INVISIBLE

# What a reader takes out of a file: `label` as written, `problem` where the row breaks its format.
RAW = pl.Schema(
    {
        "line": pl.Int64,
        "text": pl.String,
        "q": pl.String,
        "t": pl.String,
        "label": pl.String,
        "problem": pl.String,
    }
)
# What a reader yields: `reason` says why a row is left out; `bad` rows break the format, others are left out by rule.
READ = pl.Schema(
    {
        "line": pl.Int64,
        "text": pl.String,
        "q": pl.String,
        "t": pl.String,
        "label": pl.Int8,
        "reason": pl.String,
        "bad": pl.Boolean,
    }
)
# The reason of a blank line.
EMPTY_LINE = "empty line"
BYTE_ORDER_MARK = "\ufeff"
# A sentence without such a character says nothing.
VISIBLE = rf"[^\s{INVISIBLE}]"
# What a whole cell holds where a program had no value: pandas, R, databases, and spreadsheets whose formula fails.
MISSING = (
    *("NaN", "nan", "-nan", "None", "<NA>", "NaT", "NA", "N/A", "n/a", "NULL", "Null", "null", "(null)", "\\N"),
    *("#N/A", "#NA", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!"),
)
ROWS = 100_000
# Of a table that may take little memory, whose short rows are filled up to many columns.
FEW_ROWS = 1000
# Characters of text in one table of rows, but for its last row.
CHARACTERS = 16 << 20


@dataclass(frozen=True)
class Part:
    """Some rows of a user's table: `read` (READ), their labels as written (String), and all their columns in `own`.

    The columns of `own` are called by their places, "0", "1", …; what a cell is, the format says.
    """

    read: pl.DataFrame
    labels: pl.Series
    own: pl.DataFrame


@dataclass(frozen=True)
class ReadOptions:
    """What a reader needs to know besides the file.

    unlabelled: rows may come without a label (test splits); own: the reader's own options, complete.
    """

    unlabelled: bool = False
    nli_labels: Mapping[str, int] = field(default_factory=dict)
    sts_scores: Mapping[str, float] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Labels:
    """Labels as written -> 0 or 1, or -> the reason to leave the row out."""

    values: Mapping[str, int]
    left_out: Mapping[str, str] = field(default_factory=dict)
    allowed: str = ""

    def describe(self) -> str:
        return self.allowed or ", ".join([*self.values, *self.left_out])


BINARY = Labels({"0": 0, "1": 1})


# A row of white space alone is no row of a text file.
BLANK = pl.col("text").str.strip_chars() == ""


def judge(
    raw: pl.DataFrame,
    labels: Labels,
    unlabelled: bool,
    leave_out: pl.Expr | None = None,
    blank: pl.Expr = BLANK,
    missing: Sequence[str] = (),
) -> pl.DataFrame:
    """Decide on every row of a RAW table; returns a READ table of the same rows.

    labels: without any, labels as written say nothing; unlabelled: a label may be missing, or be blank.
    leave_out: expression over the cleaned rows, a reason where a row is to be left out by rule, else null.
    blank: expression over the rows, true where a row is an empty line and none that was meant.
    missing: what stands for a missing value in the place of a sentence: of users' tables MISSING. A publisher's file is
    taken as it was published.
    """
    if not (labels.values or labels.left_out):
        raw = raw.with_columns(pl.lit(None, pl.String).alias("label"))
    rows = clean(raw)
    if unlabelled and "" not in {*labels.values, *labels.left_out}:
        rows = rows.with_columns(pl.when(pl.col("label") != "").then("label").alias("label"))
    rows = rows.with_columns(
        value=pl.col("label").replace_strict(labels.values, default=None, return_dtype=pl.Int8),
        by_rule=pl.lit(None, pl.String) if leave_out is None else leave_out,
    )
    labelled = pl.col("value").is_not_null() | (pl.col("label").is_null() & unlabelled)
    sentences = pl.col("q").str.contains(VISIBLE) & pl.col("t").str.contains(VISIBLE)
    sentences &= ~(pl.col("q").is_in(missing) | pl.col("t").is_in(missing))
    kept = pl.col("problem").is_null() & pl.col("by_rule").is_null() & labelled & sentences.fill_null(False)
    left_out = rows.select((~kept).alias("left_out")).to_series()
    reasons = spread(_reasons(rows.filter(left_out), labels, unlabelled, blank, missing), left_out)
    return rows.select(
        "line",
        "text",
        "q",
        "t",
        pl.col("value").alias("label"),
        reasons["reason"],
        reasons["bad"].fill_null(False),
    )


def _reasons(
    rows: pl.DataFrame, labels: Labels, unlabelled: bool, blank: pl.Expr, missing: Sequence[str]
) -> pl.DataFrame:
    """Why each of these rows is left out, and whether it is bad: it breaks the format."""
    # Where a blank label leaves a row out, a missing one does too.
    label = pl.col("label") if unlabelled else pl.col("label").fill_null("")
    # An empty map has no type of its own, hence the blank label.
    by_label = label.replace_strict({"": None, **labels.left_out}, default=None, return_dtype=pl.String)
    unknown = pl.col("label").is_not_null() & pl.col("value").is_null() & by_label.is_null()
    # Not pl.format: polars 2.1 panics in it on columns of unlike chunks.
    named = [pl.lit("unknown label '"), pl.col("label").str.slice(0, 40), pl.lit(f"'; allowed: {labels.describe()}")]
    broken = (
        pl.when(pl.col("problem").is_not_null())
        .then(pl.col("problem"))
        .when(unknown)
        .then(pl.concat_str(named))
        .when(pl.col("label").is_null() & (not unlabelled and "" not in labels.left_out))
        .then(pl.lit("no label"))
    )
    lacking = pl.coalesce(pl.when(pl.col(side).is_in(missing)).then(pl.col(side)) for side in "qt")
    no_value = pl.concat_str(lacking, pl.lit(" instead of a sentence, as programs write a missing value"))
    empty = pl.coalesce(no_value, pl.lit("empty sentence"))
    return rows.with_columns(blank=pl.when(blank).then(pl.lit(EMPTY_LINE)), broken=broken, by_label=by_label).select(
        pl.coalesce("blank", "broken", "by_rule", "by_label", empty).alias("reason"),
        (pl.col("blank").is_null() & pl.col("broken").is_not_null()).alias("bad"),
    )


def spread(values: pl.DataFrame, where: pl.Series) -> pl.DataFrame:
    """A table as long as `where`: the rows of `values` in turn where it is true, nulls elsewhere.

    What only few rows need, most of all texts, is thus made for those alone.
    """
    place = where.to_frame("at").select(pl.when("at").then(pl.col("at").cum_sum() - 1)).to_series()
    return values.select(pl.all().gather(place))


def clean(raw: pl.DataFrame) -> pl.DataFrame:
    """Sentences and labels without white space around them, and without the byte-order marks that publishers leave."""
    # To look for a mark costs half of replacing it, and hardly any table has one.
    marked = any(raw.select(pl.col("q", "t").str.contains(BYTE_ORDER_MARK, literal=True).any()).row(0))
    if marked:
        raw = raw.with_columns(pl.col("q", "t").str.replace_all(BYTE_ORDER_MARK, "", literal=True))
    return raw.with_columns(pl.col("q", "t", "label").str.strip_chars())


def raw_tables(rows: Iterable[tuple]) -> Iterator[pl.DataFrame]:
    """RAW tables of rows, as `batches` cuts them."""
    for batch in batches(rows):
        yield pl.DataFrame(batch, schema=RAW, orient="row")


def batches(rows: Iterable[tuple], most: int = ROWS) -> Iterator[list[tuple]]:
    """Rows in lists, each of at most `most` rows and, but for its last row, CHARACTERS characters of text.

    The text of a row is its second field.
    """
    batch, size = [], 0
    for row in rows:
        batch.append(row)
        size += len(row[1])
        if len(batch) == most or size > CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
