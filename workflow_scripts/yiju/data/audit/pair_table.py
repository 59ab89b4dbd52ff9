"""Files of pairs, read, as one table: what an audit without a run looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from yiju.data.near_duplicates.distinct_sentences import with_sentences

# A row that is given as an example.
EXAMPLE = ("line", "q", "t", "label")
# Examples of one finding.
EXAMPLES = 5


@dataclass(frozen=True)
class PairFile:
    """A file of pairs.

    name: as the user gave it; labelled: whether it has a column of labels; rows: a READ table of all its rows, blank
    lines left out; read_as: how it was read, in words.
    """

    name: str
    labelled: bool
    rows: pl.DataFrame
    read_as: Sequence[str] = ()


def pair_tables(files: Sequence[PairFile]) -> list[pl.DataFrame]:
    """The pairs of each file: line, q, t, label, q_sentence, t_sentence.

    The numbers of sentences are equal, in all files, for sentences that are the same but for width, case, white space
    and punctuation.
    """
    parts = [
        one.rows.filter(pl.col("reason").is_null())
        .select("line", "q", "t", "label")
        .with_columns(file=pl.lit(place, dtype=pl.Int64))
        for place, one in enumerate(files)
    ]
    numbered = with_sentences(pl.concat(parts))
    return [numbered.filter(pl.col("file") == place).drop("file") for place in range(len(files))]


def examples(rows: pl.DataFrame) -> list[dict]:
    """The first rows, as examples of a finding."""
    return rows.head(EXAMPLES).select(EXAMPLE).to_dicts()
