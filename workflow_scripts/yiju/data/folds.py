"""Which fold holds a pair out: connected sentences together, so that no fold is judged on sentences it has learnt."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.components import connected_groups
from yiju.data.pairs.filters import CONFLICT, DUPLICATE, conflicts_and_repeats
from yiju.data.pairs.losses import nothing_left
from yiju.data.sentence_keys import pair_keys

log = logging.getLogger(__name__)
NEVER_HELD_OUT = -1


def assign_folds(
    pairs: str | Path,
    ledger: str | Path,
    out: str | Path,
    unused: str | Path,
    corpora: Sequence[str],
    folds: int,
    seed: int,
    grouped: bool = True,
    distinct: bool = True,
    conflicts: str = "drop",
) -> None:
    """Write FOLDS of the labelled train pairs of `corpora`, in pair order, and the UNUSED ones.

    ledger: of merging, which says why nothing is left. folds: 1 holds nothing out (fold -1; the dev split selects),
    k >= 2 gives each pair a fold 0..k-1. grouped: pairs that share a sentence, directly or through others, get one
    fold, and folds about one size; else rows at random, as scikit-learn's shuffled KFold (published). distinct,
    conflicts: what merging did within each corpus (`corpora.filters`) is done here among several, over the pairs that
    they share. Raises YijuError where nothing is left to learn, or only one label.
    """
    rows = training_rows(pairs, corpora)
    if rows.is_empty():
        why = nothing_left(ledger, corpora)
        raise YijuError(f"finetune.corpora: no labelled train pair is left to learn from. {why}")
    reason = reasons_among(corpora, rows, distinct, conflicts)
    left_out = rows.with_columns(reason=reason).filter(pl.col("reason").is_not_null())
    tables.write(left_out.select(tables.UNUSED.names), unused, tables.UNUSED)
    rows = rows.filter(reason.is_null())
    if rows.is_empty():
        raise YijuError(
            f"finetune.corpora: all {left_out.height} labelled train pairs of {', '.join(corpora)} have another label "
            "in another of these corpora; correct them, or set corpora.filters.conflicts to first, majority or keep"
        )
    groups = connected_groups(rows["q_sentence"].to_numpy(), rows["t_sentence"].to_numpy())
    if folds == 1:
        fold = np.full(len(groups), NEVER_HELD_OUT)
    else:
        fold = balanced_folds(groups, folds, seed) if grouped else shuffled_folds(len(groups), folds, seed)
        largest = int(np.bincount(fold).max())
        if grouped and largest > 1.1 * len(groups) / folds:
            log.warning("one fold holds %d of %d pairs: a large group of connected sentences", largest, len(groups))
    require_both_labels(rows["label"].to_numpy(), fold, "finetune.corpora", corpora)
    table = rows.select("pair", group=pl.Series(groups), fold=pl.Series(fold)).cast(pl.Schema(tables.FOLDS))
    tables.write(table, out, tables.FOLDS)
    log.info("%d pairs in %d groups, %d in the largest", len(groups), groups.max() + 1, np.bincount(groups).max())
    log.info("%d pairs left out: another corpus holds them too", left_out.height)


def balanced_folds(groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Give each group a fold: in random order, then the largest first, always to the smallest fold.

    groups: [n] group of each pair. Returns [n] int64 folds. Raises YijuError with fewer groups than folds.
    """
    sizes = np.bincount(groups)
    if len(sizes) < folds:
        raise YijuError(
            f"{folds} folds of {len(sizes)} groups of connected sentences cannot be; "
            "lower finetune.folds, or set finetune.grouped_folds to false"
        )
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled = [(0, fold) for fold in range(folds)]
    fold_of = np.empty(len(sizes), dtype=np.int64)
    for group in order:
        size, fold_of[group] = filled[0]
        heapq.heapreplace(filled, (size + int(sizes[group]), int(fold_of[group])))
    return fold_of[groups]


def shuffled_folds(rows: int, folds: int, seed: int) -> np.ndarray:
    """Folds of rows at random, exactly as scikit-learn's KFold(folds, shuffle=True, random_state=seed)."""
    from sklearn.model_selection import KFold

    if rows < folds:
        raise YijuError(f"{folds} folds of {rows} pairs cannot be; lower finetune.folds")
    fold_of = np.empty(rows, dtype=np.int64)
    for fold, (_, held_out) in enumerate(KFold(folds, shuffle=True, random_state=seed).split(fold_of)):
        fold_of[held_out] = fold
    return fold_of


def training_rows(pairs: str | Path, corpora: Sequence[str]) -> pl.DataFrame:
    """Labelled train pairs of the corpora: columns pair, label, q_sentence, t_sentence."""
    wanted = (pl.col("split") == "train") & pl.col("corpus").is_in(list(corpora)) & pl.col("label").is_not_null()
    columns = ["pair", "label", "q_sentence", "t_sentence"]
    return tables.read(pairs, tables.MERGED, columns, wanted)


def reasons_among(corpora: Sequence[str], rows: pl.DataFrame, distinct: bool, conflicts: str) -> pl.Series:
    """Why a pair that several corpora hold is not learnt, null where it is; rows: as of `training_rows`."""
    if len(corpora) == 1:
        return pl.Series([None] * rows.height, dtype=pl.String)
    keys = pair_keys(rows.select("q_sentence", "t_sentence").to_numpy())
    conflicting, repeats = conflicts_and_repeats(keys, rows["label"].to_numpy(), conflicts)
    reason = (
        pl.when(pl.Series(conflicting))
        .then(pl.lit(CONFLICT))
        .when(pl.Series(repeats & distinct))
        .then(pl.lit(DUPLICATE))
    )
    return rows.select(reason.otherwise(None).alias("reason")).to_series()


def require_both_labels(labels: np.ndarray, fold: np.ndarray, key: str, corpora: Sequence[str]) -> None:
    """Raise YijuError where a training would see one label only. labels, fold: [n]; key: what names the corpora."""
    similar, count, names = int((labels == 1).sum()), len(labels), ", ".join(corpora)
    if similar in (0, count):
        label = "similar (1)" if similar else "not similar (0)"
        raise YijuError(
            f"{key}: all {count} labelled train pairs of {names} are {label}, and nothing can be learnt from one "
            "label; add pairs of the other one, or check the labels that the catalogue gives for its reader "
            "(corpora.catalogue)"
        )
    for held_out in range(fold.max() + 1):
        learnt = labels[fold != held_out]
        if len(np.unique(learnt)) < 2:
            raise YijuError(
                f"finetune.folds: without fold {held_out} all {len(learnt)} train pairs of {names} have one label "
                f"({similar} of {count} are similar in all); lower finetune.folds, or add pairs of the rarer label"
            )
