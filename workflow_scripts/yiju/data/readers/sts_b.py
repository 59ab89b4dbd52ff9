"""Chinese-STS-B: id||sentence||sentence||score, scores 0 to 5; two thresholds make labels, the middle is left out."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from yiju.data.corpora.fields import Layout, split_rows
from yiju.data.corpora.lines import read_lines
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import Labels, ReadOptions, judge

LAYOUT = Layout(("id", "q", "t", "label"))
MIDDLE = "(middle)"
LABELS = Labels({"0": 0, "1": 1}, left_out={MIDDLE: "score in the middle"}, allowed="scores from 0 to 5")


def read(file: RawFile, options: ReadOptions) -> Iterator[pl.DataFrame]:
    scores = options.sts_scores
    for lines in read_lines(file):
        raw = split_rows(lines, LAYOUT, "||")
        yield judge(raw.with_columns(_label(scores["positive"], scores["negative"])), LABELS, options.unlabelled)


def _label(positive: float, negative: float) -> pl.Expr:
    """The label that a score stands for; what is no score between 0 and 5 is handed on to be refused."""
    score = pl.col("label").str.strip_chars().cast(pl.Float64, strict=False)
    return (
        pl.when(~score.is_between(0, 5) | score.is_null())
        .then("label")
        .when(score >= positive)
        .then(pl.lit("1"))
        .when(score <= negative)
        .then(pl.lit("0"))
        .otherwise(pl.lit(MIDDLE))
        .alias("label")
    )
