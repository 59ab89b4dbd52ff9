"""Training pairs that are nearly pairs of a dev, test or competition set: an exact filter lets them through."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from yiju.base import tables
from yiju.base.files import write_json
from yiju.base.tables import TEXT
from yiju.data.near_duplicates.distinct_sentences import sentences_of, with_sentences
from yiju.data.near_duplicates.match import PairIndex, index_pairs, near_pairs

log = logging.getLogger(__name__)
# A training pair and the pair of a set that it is nearest to; one row for each set.
NEAR_LEAKS = pa.schema(
    {
        "pair": pa.int64(),
        "corpus": TEXT,
        "file": TEXT,
        "line": pa.int64(),
        "q": TEXT,
        "t": TEXT,
        "set": TEXT,
        "held_q": TEXT,
        "held_t": TEXT,
        "similarity": pa.float64(),
    }
)
TRAIN = pl.col("split") == "train"
MOST_SIMILAR_FIRST: dict[str, Any] = {"by": ["similarity", "pair", "set"], "descending": [True, False, False]}
EXAMPLES = 20


def find_near_leaks(
    pairs: str | Path, sets: Sequence[str | Path], out: str | Path, summary: str | Path, similarity: float
) -> None:
    """Write NEAR_LEAKS of the train rows of MERGED `pairs`, and a summary of them.

    sets: tables of ITEMS, the competition sets, named by their files; with the dev and test rows of `pairs` they are
    what is held out. similarity: of sentences, above 0 to 1. Equal pairs are no near ones. Memory grows with the held
    out pairs and with what is found.

    The summary: similarity, rows (train rows found), counts (corpus -> set -> rows), examples (the most similar, each
    corpus in turn).
    """
    held_out = read_held_out(pairs, sets)
    index = index_pairs(held_out, sentences_of(held_out), similarity)
    found = [tables.empty(NEAR_LEAKS)]
    for part in tables.parts(pairs, tables.MERGED):
        train = part.filter(TRAIN)
        near = near_leaks(train, sentences_of(train), held_out, index)
        found.append(train.join(near, on="pair").select(NEAR_LEAKS.names))
    table = pl.concat(found).sort("pair", "set")
    tables.write(table, out, NEAR_LEAKS)
    write_json(summary, {"similarity": similarity, **summarise(table)})
    log.info("%d training rows are nearly pairs of a held-out set", table["pair"].n_unique())


def read_held_out(pairs: str | Path, sets: Sequence[str | Path]) -> pl.DataFrame:
    """Pairs of dev, test and competition sets: other (row), set, q, t, q_sentence, t_sentence.

    Sentences bear numbers of their own, for the items of a competition set have none.
    """
    name = pl.concat_str("corpus", "split", separator=" ").alias("set")
    splits = tables.read(pairs, tables.MERGED, where=~TRAIN).select(name, "q", "t")
    items = [tables.read(path, tables.ITEMS).select(pl.lit(Path(path).stem).alias("set"), "q", "t") for path in sets]
    held_out = pl.concat([splits, *items]).with_row_index("other").cast({"other": pl.Int64})
    return with_sentences(held_out)


def near_leaks(train: pl.DataFrame, sentences: pl.DataFrame, held_out: pl.DataFrame, index: PairIndex) -> pl.DataFrame:
    """The nearest pair of each held-out set to each training pair that is near one.

    train: (pair: Int64, q_sentence, t_sentence: UInt32); sentences: their (sentence, text: normalised); held_out: as
    `read_held_out` gives it; index: of it. Returns pair, set, held_q, held_t, similarity; of several equally near pairs
    the first.
    """
    near = near_pairs(train.select("pair", "q_sentence", "t_sentence"), sentences, index)
    named = near.join(held_out, on="other").sort(["similarity", "other"], descending=[True, False])
    nearest = named.unique(["pair", "set"], keep="first").sort("pair", "set")
    return nearest.select("pair", "set", pl.col("q").alias("held_q"), pl.col("t").alias("held_t"), "similarity")


def summarise(table: pl.DataFrame) -> dict:
    """Rows, counts and examples of NEAR_LEAKS, as `find_near_leaks` says."""
    counts: dict[str, dict[str, int]] = {}
    for corpus, name, rows in table.group_by("corpus", "set").len().sort("corpus", "set").iter_rows():
        counts.setdefault(corpus, {})[name] = rows
    return {"rows": table["pair"].n_unique(), "counts": counts, "examples": _examples(table)}


def _examples(table: pl.DataFrame) -> list[dict]:
    best = table.sort(**MOST_SIMILAR_FIRST).unique("pair", keep="first", maintain_order=True)
    turn = pl.int_range(pl.len()).over("corpus").alias("turn")
    chosen = best.with_columns(turn).sort("turn", maintain_order=True).head(EXAMPLES)
    return chosen.sort(**MOST_SIMILAR_FIRST).drop("turn", "pair").to_dicts()
