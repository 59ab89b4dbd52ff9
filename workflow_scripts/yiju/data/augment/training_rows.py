"""Training pairs and their children as numbers, and their texts where they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables

NOT_TRAINED = -2


@dataclass(frozen=True)
class Rows:
    """The pairs of FOLDS in their order, each [n].

    pair: number; label: 0 or 1; fold: -1 or 0..k-1; q, t: numbers of the sentences; q_raw: hash of the raw first
    sentence, which distinguishes what the numbers do not.
    """

    pair: np.ndarray
    label: np.ndarray
    fold: np.ndarray
    q: np.ndarray
    t: np.ndarray
    q_raw: np.ndarray


@dataclass(frozen=True)
class Children:
    """New pairs. places: [m, 2] where their sentences stand (see Texts); label: [m]; fold: [m].

    Pair i follows from the rows parents[offsets[i] : offsets[i + 1]]. left_out: pairs not taken, by reason.
    """

    places: np.ndarray
    label: np.ndarray
    fold: np.ndarray
    offsets: np.ndarray
    parents: np.ndarray
    left_out: dict[str, int]

    def take(self, kept: np.ndarray, reason: str) -> Children:
        """The children chosen, [m] bool; the others are left out for that reason."""
        lengths = np.diff(self.offsets)
        left_out = self.left_out | {reason: int((~kept).sum())}
        offsets = np.append(0, np.cumsum(lengths[kept]))
        parents = self.parents[np.repeat(kept, lengths)]
        return Children(self.places[kept], self.label[kept], self.fold[kept], offsets, parents, left_out)


def read_rows(pairs: str | Path, folds: str | Path) -> Rows:
    """Read the training pairs without holding their texts."""
    parts = []
    for part in training_parts(pairs, folds, ["label", "q", "q_sentence", "t_sentence"]):
        parts.append(part.with_columns(pl.col("q").hash(seed=0)))
    table = pl.concat(parts)
    columns = ("pair", "label", "fold", "q_sentence", "t_sentence", "q")
    return Rows(*(table[name].to_numpy() for name in columns))


def training_parts(pairs: str | Path, folds: str | Path, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Rows of the MERGED table that FOLDS names, in parts: pair, fold and `columns`."""
    chosen = tables.read(folds, tables.FOLDS)
    fold_of = np.full((chosen.select(pl.col("pair").max()).item() or 0) + 1, NOT_TRAINED, dtype=np.int16)
    fold_of[chosen["pair"].to_numpy()] = chosen["fold"].to_numpy()
    for part in tables.parts(pairs, tables.MERGED, ["pair", *columns]):
        known = part.filter(pl.col("pair") < len(fold_of))
        fold = pl.Series("fold", fold_of[known["pair"].to_numpy()])
        yield known.with_columns(fold).filter(pl.col("fold") != NOT_TRAINED)


class Texts:
    """Sentences of chosen rows, collected as training pairs are read. A place is 2 * row for q, 2 * row + 1 for t."""

    def __init__(self, places: np.ndarray) -> None:
        self.rows = np.unique(places // 2)
        self.parts: list[pl.DataFrame] = []
        self.passed = 0

    def look_at(self, part: pl.DataFrame) -> None:
        """Take what is wanted out of the next training pairs."""
        begin, end = np.searchsorted(self.rows, [self.passed, self.passed + part.height])
        if end > begin:
            self.parts.append(part[self.rows[begin:end] - self.passed].select("q", "t"))
        self.passed += part.height

    @cached_property
    def _sentences(self) -> pl.Series:
        table = pl.concat([pl.DataFrame(schema={"q": pl.String, "t": pl.String}), *self.parts])
        return table.select(pl.concat_list("q", "t").explode()).to_series()

    def at(self, places: np.ndarray) -> pl.Series:
        """The sentences at places, once all rows have passed by."""
        return self._sentences.gather(2 * np.searchsorted(self.rows, places // 2) + places % 2)
