"""What logits mean: the decision that a threshold makes of them, and the mean of several folds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from yiju import tables


def decide(logits: np.ndarray, threshold: float) -> np.ndarray:
    """Labels int8 [pairs] of logits [pairs, 2].

    The published margin: T - 0.5 is added to logit 0 and taken from logit 1 before the argmax, so that a pair is
    similar iff logit 1 exceeds logit 0 by more than 2T - 1. T = 0.5 is the argmax, ties going to 0.
    """
    return (logits[:, 1] - logits[:, 0] > 2 * threshold - 1).astype(np.int8)


def probability(logits: np.ndarray) -> np.ndarray:
    """Softmax probability of label 1, [pairs]."""
    return 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))


def score_table(items: Sequence[str], logits: np.ndarray, threshold: float, truncated: np.ndarray) -> pl.DataFrame:
    """The SCORES table of judged items."""
    columns = {
        "item": list(items),
        "logit_0": logits[:, 0],
        "logit_1": logits[:, 1],
        "probability": probability(logits),
        "label": decide(logits, threshold),
        "truncated": truncated,
    }
    return pl.DataFrame(columns, schema=tables.SCORES)


def combine_folds(scores: Sequence[str], threshold: float, out: str) -> None:
    """The ensemble's judgement: the mean of the folds' logits, decided by the same threshold."""
    folds = [tables.read(path, tables.SCORES) for path in scores]
    logits = np.mean([fold.select("logit_0", "logit_1").to_numpy() for fold in folds], axis=0)
    table = score_table(folds[0]["item"].to_list(), logits, threshold, folds[0]["truncated"].to_numpy())
    tables.write(table, out, tables.SCORES)
