"""More training pairs out of those there are: similar is transitive, and what is unlike one is unlike its like."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju import tables
from yiju.errors import YijuError
from yiju.pairs import PAIR, held_out_keys, with_pair_keys

log = logging.getLogger(__name__)


def augment_pairs(
    pairs: str | Path, folds: str | Path, items: Sequence[str | Path], out: str | Path, method: str, leaks: bool
) -> None:
    """Write AUGMENTED: the pairs of `folds` in their order, then the children that `method` makes of them.

    method: a name of METHODS. leaks: leave out children that are pairs of a dev, test or competition set (`items`;
    set it as `corpora.filters.leaks`). Children stay in the fold of their parents.
    """
    if method not in METHODS:
        raise YijuError(f"augment.method: no method {method!r}; there are {', '.join(METHODS)}")
    merged = tables.read(pairs, tables.MERGED)
    rows = tables.read(folds, tables.FOLDS).join(merged, on="pair", maintain_order="left")
    children = METHODS[method](rows)
    if leaks and children.height:
        made = children.height
        known = held_out_keys(merged, items)
        children = with_pair_keys(children).join(known, on=PAIR, how="anti", maintain_order="left")
        log.info("%d children left out: pairs of a dev, test or competition set", made - children.height)
    originals = rows.with_columns(operation=pl.lit("original"), parents=pl.concat_list("pair"))
    columns = list(tables.AUGMENTED)
    table = pl.concat([originals.select(columns), children.select(columns)])
    tables.write(table, out, tables.AUGMENTED)
    positive = table.filter(pl.col("label") == 1).height
    log.info("%d pairs augmented to %d, %d of them positive", rows.height, table.height, positive)


def no_children(_rows: pl.DataFrame) -> pl.DataFrame:
    """Nothing is added."""
    return pl.DataFrame(schema=tables.AUGMENTED)


def transfer(rows: pl.DataFrame) -> pl.DataFrame:
    """The published augmentation ("transfer") among the pairs of one first sentence.

    For each group with positives T and negatives F, both non-empty, rate = |T|/|F|: every two of T are similar
    (P, in order of combinations), each of T and each of F are not (N, in order of the product, T outside). The rule
    keeps the first int(|N|*rate) of P if rate < |P|/|N|, else the first int(|P|/rate) of N; the first case never
    occurs, for |P|/|N| = (|T|-1)/2|F|. Groups stand in order of appearance, and the published group is cut further
    by fold, so that no child has parents of two folds. Repeated rows count as often as they occur.

    rows: pair, q, t, label (0 or 1) and fold. Returns AUGMENTED children, group by group, P before N.
    """
    first_of_group = rows.with_row_index("row").select(pl.col("row").first().over("q", "fold")).to_series().to_numpy()
    _, group = np.unique(first_of_group, return_inverse=True)
    count = int(group.max(initial=-1)) + 1
    similar = rows["label"].to_numpy() == 1
    positive, negative = _by_group(np.flatnonzero(similar), group), _by_group(np.flatnonzero(~similar), group)
    size_t = np.bincount(group[positive], minlength=count)
    size_f = np.bincount(group[negative], minlength=count)
    size_p, size_n = _kept_sizes(size_t, size_f)
    first_p, second_p = _combinations(size_t, size_p)
    first_n, second_n = _products(size_t, size_f, size_n)
    first = np.concatenate([positive[first_p], positive[first_n]])
    second = np.concatenate([positive[second_p], negative[second_n]])
    label = np.repeat(np.array([1, 0], dtype=np.int8), [len(first_p), len(first_n)])
    order = np.argsort(2 * group[first] + (1 - label), kind="stable")
    return _children(rows, first[order], second[order], label[order])


METHODS = {"none": no_children, "published": transfer}


def _by_group(rows: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The row numbers in order of their group, in file order within it."""
    return rows[np.argsort(group[rows], kind="stable")]


def _kept_sizes(size_t: np.ndarray, size_f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """|P| and the kept part of |N| of each group. In floats, as published: 3 / (2/3) truncates like Python's."""
    both = (size_t > 0) & (size_f > 0)
    combinations = np.where(both, size_t * (size_t - 1) // 2, 0)
    rate = size_t / np.where(both, size_f, 1)
    kept = np.where(both, combinations / np.where(both, rate, 1.0), 0.0)
    return combinations, kept.astype(np.int64)


def _combinations(size_t: np.ndarray, size_p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All 2-combinations within the groups that make any, as places among the positives by group."""
    groups = np.repeat(np.arange(len(size_t)), size_t)
    place = np.arange(len(groups))
    after = np.where(size_p[groups] > 0, (np.cumsum(size_t)[groups] - 1) - place, 0)
    first = np.repeat(place, after)
    return first, first + 1 + _count_up(after)


def _products(size_t: np.ndarray, size_f: np.ndarray, size_n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first `size_n` of the products of each group, as places among the positives and the negatives by group."""
    groups, step = np.repeat(np.arange(len(size_n)), size_n), _count_up(size_n)
    start_t, start_f = np.cumsum(size_t) - size_t, np.cumsum(size_f) - size_f
    return start_t[groups] + step // size_f[groups], start_f[groups] + step % size_f[groups]


def _count_up(lengths: np.ndarray) -> np.ndarray:
    """0..n-1 for each n of `lengths`, one after the other."""
    starts = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) - np.repeat(starts, lengths)


def _children(rows: pl.DataFrame, first: np.ndarray, second: np.ndarray, label: np.ndarray) -> pl.DataFrame:
    """AUGMENTED rows of the pairs of two parents' second sentences."""
    pair = rows["pair"].to_numpy()
    parents = np.stack([pair[first], pair[second]], axis=1)
    children = pl.DataFrame(
        {
            "q": rows["t"].gather(first),
            "t": rows["t"].gather(second),
            "label": label,
            "fold": rows["fold"].gather(first),
            "parents": pl.Series(parents, dtype=pl.Array(pl.Int64, 2)),
        }
    )
    operation = pl.when(pl.col("label") == 1).then(pl.lit("transfer_positive")).otherwise(pl.lit("transfer_negative"))
    return children.with_columns(operation=operation).select(list(tables.AUGMENTED)).cast(tables.AUGMENTED)
