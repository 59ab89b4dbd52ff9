"""Pairs that two files share: what was learnt from one file would be tested on the other."""

from __future__ import annotations

import numpy as np
import polars as pl

from yiju.data.audit.label_conflicts import keys_of
from yiju.data.audit.pair_table import EXAMPLES
from yiju.data.near_duplicates.distinct_sentences import sentences_of
from yiju.data.near_duplicates.match import index_pairs, near_pairs
from yiju.data.pairs.key_rows import NO_LABEL
from yiju.data.sentence_keys import among

SIDES = ("q_sentence", "t_sentence")


def shared_pairs(first: pl.DataFrame, second: pl.DataFrame, similarity: float) -> dict:
    """What the second file holds of the first one. first, second: tables of `pair_tables`.

    exact, normalised: distinct pairs, in either order, with the same characters, or the same but for width, case, white
    space and punctuation (exact ones included); near: further pairs of `second` whose sentences are nearly, by
    `similarity` (Jaccard, of character bigrams), those of a pair of `first`; other_label: of the normalised ones those
    with another label there; sentences: distinct sentences of `second` that occur in `first`, of `of_sentences`;
    examples: rows of both files.
    """
    keys, others = keys_of(first), keys_of(second)
    shared = among(others, np.unique(keys))
    both = _same_pairs(first, keys, second.filter(shared), others[shared])
    same = both.filter(pl.col("same"))
    near = _near(first, second.filter(~shared), similarity)
    own, known = (_sentences(table) for table in (second, first))
    return {
        "pairs": len(np.unique(others)),
        "exact": same["key"].n_unique(),
        "normalised": both["key"].n_unique(),
        "other_label": both.filter(pl.col("label") != pl.col("label_there"))["key"].n_unique(),
        "near": near["other"].n_unique(),
        "sentences": int(own.is_in(known.implode()).sum()),
        "of_sentences": len(own),
        "examples": [*_shown(both), *_shown(near)],
    }


def _same_pairs(first: pl.DataFrame, keys: np.ndarray, second: pl.DataFrame, others: np.ndarray) -> pl.DataFrame:
    """Rows of `second`, each with the first row of `first` that is the same pair; `same`: with its characters too."""
    here = second.select("line", "q", "t", "label").with_columns(key=pl.Series(others, dtype=pl.UInt64))
    there = first.select("line", "q", "t", "label").with_columns(key=pl.Series(keys, dtype=pl.UInt64))
    joined = here.join(there, on="key", suffix="_there", maintain_order="left_right")
    straight = (pl.col("q") == pl.col("q_there")) & (pl.col("t") == pl.col("t_there"))
    turned = (pl.col("q") == pl.col("t_there")) & (pl.col("t") == pl.col("q_there"))
    marked = joined.with_columns(same=straight | turned)
    return marked.with_columns(pl.col("same").any().over("line")).unique("line", keep="first", maintain_order=True)


def _near(first: pl.DataFrame, second: pl.DataFrame, similarity: float) -> pl.DataFrame:
    """Pairs of `second` that are nearly one of `first`, with the nearest: other (row), similarity, and both rows."""
    there = second.with_row_index("other").cast({"other": pl.Int64, **dict.fromkeys(SIDES, pl.UInt32)})
    here = first.with_row_index("pair").cast({"pair": pl.Int64, **dict.fromkeys(SIDES, pl.UInt32)})
    index = index_pairs(there.select("other", *SIDES), sentences_of(there), similarity)
    found = near_pairs(here.select("pair", *SIDES), sentences_of(here), index)
    nearest = found.sort(["similarity", "pair"], descending=[True, False]).unique("other", keep="first")
    rows = nearest.sort("other").join(there, on="other", maintain_order="left")
    return rows.join(here, on="pair", suffix="_there", maintain_order="left")


def _sentences(pairs: pl.DataFrame) -> pl.Series:
    return pl.concat([pairs["q_sentence"], pairs["t_sentence"]]).unique()


def _shown(rows: pl.DataFrame) -> list[dict]:
    names = ("line", "q", "t", "label")
    return [
        {"here": {name: one[f"{name}_there"] for name in names}, "there": {name: one[name] for name in names}}
        for one in rows.head(EXAMPLES).iter_rows(named=True)
    ]


def labels_of(pairs: pl.DataFrame) -> dict[str, int]:
    """How many pairs have each label. pairs: a table of `pair_tables`."""
    counts = np.bincount(pairs["label"].fill_null(NO_LABEL).to_numpy().astype(np.int64) + 1, minlength=3)
    return {"none": int(counts[0]), "not_similar": int(counts[1]), "similar": int(counts[2])}
