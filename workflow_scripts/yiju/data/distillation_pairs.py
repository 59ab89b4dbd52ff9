"""The pairs that a student learns: those that the members learn, and pairs of other corpora without their labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.data.sentence_keys import among, join_halves, pair_keys

SENTENCES = ("q_sentence", "t_sentence")
TRAIN = pl.col("split") == "train"


def distillation_pairs(
    augmented: str | Path, pairs: str | Path, held_out: str | Path, corpora: Sequence[str]
) -> tuple[pl.DataFrame, dict[str, int]]:
    """The pairs to be scored, columns q, t, label (null where it is not read) and source; and an account of them.

    augmented: AUGMENTED, all of which are taken, their operation being the source; pairs: MERGED, whose train pairs of
    `corpora` follow, the corpus being the source. Of these are left out pairs of dev, test and competition sets
    (held_out: HELD_OUT), whatever `corpora.filters` says, pairs that are labelled already, and repeated ones, in either
    order of their sentences.
    """
    learnt = tables.read(augmented, tables.AUGMENTED, ("q", "t", "label", "operation", "parents"))
    labelled = learnt.select("q", "t", "label", pl.col("operation").alias("source"))
    account = {"labelled": labelled.height}
    if not corpora:
        return labelled, account
    chosen = pl.col("corpus").is_in(list(corpora)) & TRAIN
    rows = tables.read(pairs, tables.MERGED, ("pair", "corpus", "q", "t", *SENTENCES), chosen)
    keys = pair_keys(rows.select(SENTENCES).to_numpy())
    reserved = among(keys, _held_out(held_out))
    known = among(keys, _labelled(pairs, learnt)) & ~reserved
    first = np.zeros(len(keys), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    repeated = ~first & ~reserved & ~known
    others = rows.filter(pl.Series(first & ~reserved & ~known))
    account |= {
        "unlabelled": others.height,
        "left_out.held_out": int(reserved.sum()),
        "left_out.labelled": int(known.sum()),
        "left_out.repeated": int(repeated.sum()),
    }
    taken = others.select("q", "t", pl.lit(None, pl.Int8).alias("label"), pl.col("corpus").alias("source"))
    return pl.concat([labelled, taken]), account


def _held_out(path: str | Path) -> np.ndarray:
    known = tables.read(path, tables.HELD_OUT, ("low", "high"))
    return join_halves(known["low"].to_numpy(), known["high"].to_numpy())


def _labelled(pairs: str | Path, learnt: pl.DataFrame) -> np.ndarray:
    """Keys of the pairs that are learnt with their labels; of those that augmentation made none are in a corpus."""
    numbers = learnt.filter(pl.col("operation") == "original")["parents"].list.first()
    rows = tables.parts(pairs, tables.MERGED, SENTENCES, pl.col("pair").is_in(numbers.implode()))
    return np.concatenate([np.zeros(0, np.uint64), *(pair_keys(part.to_numpy()) for part in rows)])
