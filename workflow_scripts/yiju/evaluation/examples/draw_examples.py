"""Which judgements of a set are worth a look: errors first, of every part of the set, sure ones and doubtful ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import polars as pl

from yiju.base import tables

# Examples of a set, and of all sets together: what a page holds and a person looks through.
PER_SET, IN_ALL = 40, 240
# Confidence, the probability of the label that was said, in bands.
BANDS = (0.75, 0.95)


def draw_examples(
    items: pl.DataFrame, judged: pl.DataFrame, parts: Sequence[str | None], number: int, seed: int
) -> list[int]:
    """Rows of at most `number` distinct pairs, best mixed from the start, so that any first few are a fair choice too.

    items: ITEMS; judged: its JUDGED; parts: corpus or kind of each item. Wrong, right and unlabelled judgements take
    turns while there are any, and among each the strata of part, gold label, judgement and band of confidence. Within a
    stratum pairs come in random order, seeded. Returns the rows' numbers, a list.
    """
    rows = items.select("q", "t").hstack(judged).with_columns(part=pl.Series(parts, dtype=pl.String))
    order = np.random.default_rng(seed).permutation(len(rows))
    shuffled = rows.with_row_index("row")[order].unique(["q", "t"], keep="first", maintain_order=True)
    strata: dict[str, dict[tuple, list[int]]] = {"wrong": {}, "right": {}, "unknown": {}}
    for row in shuffled.iter_rows(named=True):
        stratum = (str(row["part"]), str(row["gold"]), row["label"], band(row["label"], row["probability"]))
        strata[outcome(row)].setdefault(stratum, []).append(row["row"])
    turns = [take_turns([own[stratum] for stratum in sorted(own)]) for own in strata.values()]
    return list(islice(take_turns(turns), number))


def number_of_each(sets: int) -> int:
    """Examples of every set where there are so many sets."""
    return min(PER_SET, IN_ALL // max(1, sets))


def outcome(row: dict) -> str:
    """Of a JUDGED row: right, wrong, or unknown where there is no gold label."""
    if row["gold"] is None:
        return "unknown"
    return "right" if row["gold"] == row["label"] else "wrong"


def band(label: int, probability: float) -> int:
    """The band of BANDS that the confidence in a judgement lies in, the least sure 0. probability: of label 1."""
    confidence = probability if label == 1 else 1 - probability
    return sum(confidence >= least for least in BANDS)


def parts_of(items: pl.DataFrame, corpora: pl.DataFrame | None) -> list[str | None]:
    """Kind of every item; of a split's item, whose name is the number of its pair, the corpus.

    corpora: pair and corpus, from the MERGED table, for splits; None for test sets.
    """
    if corpora is None:
        return items["kind"].to_list()
    known = items.select(pl.col("item").cast(pl.Schema(tables.MERGED)["pair"]).alias("pair"))
    return known.join(corpora, on="pair", how="left", maintain_order="left")["corpus"].to_list()


def take_turns(each: Iterable[Iterable]) -> Iterator:
    """One of each, then the next of each, until all are spent."""
    waiting = [iter(one) for one in each]
    while waiting:
        left = []
        for one in waiting:
            for value in islice(one, 1):
                yield value
                left.append(one)
        waiting = left
