"""Tables for tests: merged pairs, competition sets, sentences, and near duplicates said again in plain Python."""

import polars as pl
from merged import write_merged

from yiju.base import tables


def merged(path, rows):
    """Write MERGED pairs of (corpus, split, q, t); line numbers count rows from 0."""
    return write_merged(path, [(*row, None) for row in rows])


def items(path, rows):
    """Write a competition set of (q, t)."""
    table = pl.DataFrame([(str(n), *row) for n, row in enumerate(rows)], schema=["item", "q", "t"], orient="row")
    missing = [
        pl.lit(None, kind).alias(key) for key, kind in pl.Schema(tables.ITEMS).items() if key not in table.columns
    ]
    tables.write(table.with_columns(missing).select(tables.ITEMS.names), path, tables.ITEMS)
    return path


def sentences(texts, first=0):
    """A table of numbered sentences."""
    return pl.DataFrame(
        {"sentence": range(first, first + len(texts)), "text": texts}, schema={"sentence": pl.UInt32, "text": pl.String}
    )


def bigram_set(text):
    return {text[at : at + 2] for at in range(len(text) - 1)} or {text}


def jaccard(one, other):
    one, other = bigram_set(one), bigram_set(other)
    return len(one & other) / len(one | other)
