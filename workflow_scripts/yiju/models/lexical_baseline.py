"""The baseline that sees only how far two sentences overlap."""

from __future__ import annotations

import logging

import polars as pl

from yiju.base import tables
from yiju.base.files import write_text
from yiju.data.overlap import fit

log = logging.getLogger(__name__)
MOST = 500_000


def fit_overlap_baseline(pairs: str, folds: str, out: str) -> None:
    """Fit the overlap-features logistic regression on the fine-tuning pairs and write it as JSON.

    Of more than half a million, on every second, third ... of them: fifteen coefficients do not get better by more.
    """
    learnt = tables.read(folds, tables.FOLDS)["pair"]
    every = max(1, -(-len(learnt) // MOST))
    if every > 1:
        log.info("fitted on one in %d of %d pairs", every, len(learnt))
    learnt = learnt.gather_every(every)
    chosen = pl.col("pair").is_in(learnt.implode())
    rows = tables.read(pairs, tables.MERGED, ["q", "t", "label"], chosen)
    model = fit(rows["q"].to_list(), rows["t"].to_list(), rows["label"].to_list())
    write_text(out, model.to_json())
