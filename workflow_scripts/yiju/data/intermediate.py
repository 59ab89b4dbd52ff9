"""The pairs that are learnt before fine-tuning, of other corpora: nothing that any fold is judged on."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.folds import NEVER_HELD_OUT, reasons_among, require_both_labels, training_rows
from yiju.data.sentence_keys import pair_keys

log = logging.getLogger(__name__)
SENTENCES = ("q_sentence", "t_sentence")


def collect_intermediate(
    pairs: str | Path,
    folds: str | Path,
    out: str | Path,
    corpora: Sequence[str],
    count: int,
    distinct: bool = True,
    conflicts: str = "drop",
) -> None:
    """Write AUGMENTED of the labelled train pairs of `corpora`, in pair order, none of them ever held out.

    folds: FOLDS of fine-tuning; count: how many folds there are. Left out are

    - what several of the corpora hold, or label unlike, as `assign_folds` has it (distinct, conflicts);
    - pairs that fine-tuning learns itself, in either order of their sentences and with whatever label;
    - of several folds also pairs that share a sentence with any pair of the folds: all members start from one model, so
      it must know nothing of any fold. That is enough: no path of shared sentences, however long, leads from a pair
      that was learnt here to one that is held out, as its first step would be such a sentence.

    Pairs of dev, test and competition sets are out of the train split already (`corpora.filters.leaks`).
    Raises YijuError where nothing is left.
    """
    rows = training_rows(pairs, corpora)
    reason = reasons_among(corpora, rows, distinct, conflicts)
    finetuned = _finetuned(pairs, folds)
    mine = rows.select(SENTENCES).to_numpy()
    known = np.isin(pair_keys(mine), pair_keys(finetuned))
    touching = np.isin(mine, np.unique(finetuned)).any(axis=1) & (count > 1) & ~known
    kept = rows.filter(pl.Series(~known & ~touching) & reason.is_null())
    log.info("%d labelled train pairs in %s: %d learnt first", rows.height, ", ".join(corpora), kept.height)
    log.info("left out: %d that several corpora hold", reason.count())
    log.info("left out: %d pairs of the folds, %d that share a sentence with one", known.sum(), touching.sum())
    if kept.is_empty():
        raise YijuError(
            f"finetune.intermediate.corpora: {', '.join(corpora)} leave no pair to learn first that fine-tuning may "
            "know; name other corpora, or none"
        )
    never = np.full(len(kept), NEVER_HELD_OUT)
    require_both_labels(kept["label"].to_numpy(), never, "finetune.intermediate.corpora", corpora)
    tables.write_stream(_rows(pairs, kept["pair"]), out, tables.AUGMENTED)


def _finetuned(pairs: str | Path, folds: str | Path) -> np.ndarray:
    """Sentences [n, 2] of the pairs that fine-tuning learns."""
    learnt = tables.read(folds, tables.FOLDS)["pair"]
    return tables.read(pairs, tables.MERGED, SENTENCES, pl.col("pair").is_in(learnt.implode())).to_numpy()


def _rows(pairs: str | Path, chosen: pl.Series) -> Iterator[pl.DataFrame]:
    """AUGMENTED rows of the chosen pairs, in parts."""
    for part in tables.parts(pairs, tables.MERGED, ["pair", "q", "t", "label"]):
        rows = part.filter(pl.col("pair").is_in(chosen.implode()))
        yield rows.select(
            "q",
            "t",
            "label",
            pl.lit(NEVER_HELD_OUT, pl.Int16).alias("fold"),
            pl.lit("original").alias("operation"),
            pl.concat_list("pair").alias("parents"),
        )
