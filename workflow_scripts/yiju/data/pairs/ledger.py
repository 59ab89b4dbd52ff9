"""Where every row went: read = kept + dropped by filters + rejected by readers, for each corpus and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import polars as pl

from yiju.data.pairs.filters import KEPT, REASONS
from yiju.data.pairs.key_rows import NO_LABEL, SPLITS, Rows

LABELS = {NO_LABEL: "none", 0: "0", 1: "1"}


def summarise(names: Sequence[str], rows: Rows, reasons: np.ndarray, rejected: Sequence[pl.DataFrame]) -> dict:
    """Rows read, kept, dropped and rejected (by reason), splits and labels of the kept ones.

    reasons: [n] place in REASONS or KEPT; rejected: the REJECTED rows of each corpus.
    """
    entries = {name: _entry(rows, rows.of_corpus(place), reasons, rejected[place]) for place, name in enumerate(names)}
    return {"corpora": entries, "total": _sum(list(entries.values()))}


def _entry(rows: Rows, own: slice, reasons: np.ndarray, rejected: pl.DataFrame) -> dict:
    reason, split, label = reasons[own], rows.split[own], rows.label[own]
    kept = reason == KEPT
    return {
        "read": len(reason) + rejected.height,
        "kept": int(kept.sum()),
        "dropped": _counts({name: reason == place for place, name in enumerate(REASONS)}),
        "rejected": _reject(rejected),
        "splits": _counts({name: kept & (split == place) for place, name in enumerate(SPLITS)}),
        "labels": _counts({name: kept & (label == value) for value, name in LABELS.items()}),
    }


def _counts(chosen: dict[str, np.ndarray]) -> dict[str, int]:
    return {name: int(rows.sum()) for name, rows in chosen.items() if rows.any()}


def _reject(rejected: pl.DataFrame) -> dict[str, int]:
    # What the reason of a malformed row quotes from it would make a reason of every row.
    plain = pl.col("reason").str.replace(r"'.*'", "'…'")
    reasons = rejected.select(pl.when("bad").then(plain).otherwise("reason").alias("reason"))
    return dict(reasons.group_by("reason").len().sort("reason").iter_rows())


def _sum(entries: Sequence[dict]) -> dict:
    total: dict = {}
    for entry in entries:
        for key, value in entry.items():
            if isinstance(value, dict):
                total[key] = dict(Counter(total.get(key, {})) + Counter(value))
            else:
                total[key] = total.get(key, 0) + value
    return total
