"""Training rows that are pairs of a held-out set, counted whether they are dropped or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.data.near_duplicates.distinct_sentences import sentences_of, with_sentences
from yiju.data.near_duplicates.match import index_pairs, near_pairs
from yiju.data.pairs.key_rows import SPLITS, TRAIN, Rows
from yiju.data.sentence_keys import among

RAW = ["first", "second"]


class Leaked:
    """The rows, train and held out, of every pair that both hold; their texts are gathered as the corpora pass by."""

    def __init__(self, rows: Rows, keys: np.ndarray, sets: Mapping[str, np.ndarray]) -> None:
        train = rows.split == TRAIN
        held_out = np.unique(np.concatenate([*sets.values(), np.empty(0, dtype=np.uint64)]))
        shared = np.zeros(len(keys), dtype=bool)
        shared[train] = among(keys[train], held_out)
        shared[~train] = among(keys[~train], np.unique(keys[shared]))
        self.rows, self.keys = np.flatnonzero(shared), keys
        self.sets = sets
        self.texts: list[pl.DataFrame] = []

    def look_at(self, part: pl.DataFrame, own: slice) -> None:
        """Take the texts of shared pairs out of a part of PAIRS; own: its rows."""
        begin, end = np.searchsorted(self.rows, [own.start, own.stop])
        chosen = self.rows[begin:end]
        if len(chosen):
            self.texts.append(part[chosen - own.start].select("corpus", "split", *_unordered()))

    def table(self) -> pl.DataFrame:
        """Shared rows: key, corpus, split and the raw sentences in a fixed order."""
        schema = {"corpus": pl.String, "split": pl.String, "first": pl.String, "second": pl.String}
        texts = pl.concat([pl.DataFrame(schema=schema), *self.texts])
        return texts.with_columns(key=pl.Series(self.keys[self.rows]))


def count_leaks(
    names: Sequence[str], leaked: Leaked, items: Sequence[str | Path]
) -> dict[str, dict[str, dict[str, int]]]:
    """Train rows of each corpus that are pairs of each held-out set: `normalised`, and of these `exact` ones.

    exact: the same two raw sentences, in either order. A row that two sets hold counts in both.
    """
    shared = leaked.table()
    train = shared.filter(pl.col("split") == SPLITS[TRAIN])
    own = shared.filter(pl.col("split") != SPLITS[TRAIN])
    raw = [own.select(pl.concat_str("corpus", "split", separator=" ").alias("set"), *RAW)]
    for path in items:
        table = tables.read(path, tables.ITEMS).select(pl.lit(Path(path).stem).alias("set"), *_unordered())
        raw.append(table)
    exact = train.join(pl.concat(raw).unique(), on=RAW).group_by("corpus", "set").len()
    known = dict(zip(exact.select("corpus", "set").iter_rows(), exact["len"], strict=True))
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for name in names:
        keys = train.filter(pl.col("corpus") == name)["key"].to_numpy()
        for held_out, pairs in leaked.sets.items():
            found = int(np.isin(keys, pairs).sum())
            if found:
                entry = {"exact": known.get((name, held_out), 0), "normalised": found}
                counts.setdefault(name, {})[held_out] = entry
    return counts


def near_leak_rows(
    corpora: Sequence[str | Path], rows: Rows, items: Sequence[str | Path], similarity: float
) -> np.ndarray:
    """Which train rows are nearly, but not quite, a pair of a held-out set (see `yiju.data.near_duplicates`). [n] bool.

    corpora: the tables of PAIRS that `rows` were read from; items: of the competition sets.
    """
    own, start = [], 0
    for path in corpora:
        for part in tables.parts(path, tables.PAIRS, ["q", "t"]):
            own.append(part.filter(rows.split[start : start + part.height] != TRAIN))
            start += part.height
    sets = [tables.read(path, tables.ITEMS, ["q", "t"]) for path in items]
    held_out = with_sentences(pl.concat([*own, *sets]).with_row_index("other").cast({"other": pl.Int64}))
    index = index_pairs(held_out, sentences_of(held_out), similarity)
    near, start = np.zeros(len(rows.split), dtype=bool), 0
    for path in corpora:
        for part in tables.parts(path, tables.PAIRS, ["q", "t"]):
            train = _numbered(part, rows, start).filter(rows.split[start : start + part.height] == TRAIN)
            near[near_pairs(train, sentences_of(train), index)["pair"].to_numpy()] = True
            start += part.height
    return near


def _numbered(part: pl.DataFrame, rows: Rows, start: int) -> pl.DataFrame:
    sentences = rows.sentences[start : start + part.height]
    return part.with_columns(
        pl.int_range(start, start + part.height, dtype=pl.Int64, eager=True).alias("pair"),
        pl.Series("q_sentence", sentences[:, 0]),
        pl.Series("t_sentence", sentences[:, 1]),
    )


def count_shared(sets: Mapping[str, np.ndarray]) -> dict[str, dict[str, int]]:
    """Pairs that two held-out sets share: set -> later set -> pairs."""
    counts: dict[str, dict[str, int]] = {}
    for (name, pairs), (other, others) in combinations(sets.items(), 2):
        found = len(np.intersect1d(pairs, others, assume_unique=True))
        if found:
            counts.setdefault(name, {})[other] = found
    return counts


def _unordered() -> list[pl.Expr]:
    return [pl.min_horizontal("q", "t").alias("first"), pl.max_horizontal("q", "t").alias("second")]
