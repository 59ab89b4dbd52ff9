"""The baseline that sees only how far two sentences overlap."""

from __future__ import annotations

import polars as pl

from yiju import tables
from yiju.overlap import fit
from yiju.provenance import write_text


def fit_overlap_baseline(pairs: str, folds: str, out: str) -> None:
    """Fit the overlap-features logistic regression on the fine-tuning pairs and write it as JSON."""
    learnt = tables.read(folds, tables.FOLDS)["pair"]
    chosen = tables.scan(pairs, tables.MERGED).filter(pl.col("pair").is_in(learnt.implode()))
    rows = chosen.select("q", "t", "label").collect(engine="streaming")
    model = fit(rows["q"].to_list(), rows["t"].to_list(), rows["label"].to_list())
    write_text(out, model.to_json())
