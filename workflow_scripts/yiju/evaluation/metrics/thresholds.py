"""What other decision margins would do: every measure of decisions as a function of the margin.

difference: logit 1 - logit 0, [n] float64, similar where it exceeds the margin; labels: [n], 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Decisions:
    """Measures of decisions, float64 [margins]; of "similar": precision, recall and F1, NaN where not defined."""

    accuracy: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray


def measure_margins(difference: np.ndarray, labels: np.ndarray, margins: np.ndarray) -> Decisions:
    """Measures at each margin, [margins] float64.

    Precision is not defined where nothing is judged similar, recall without a similar pair, and F1 without either.
    """
    order = np.argsort(difference, kind="stable")
    ranked = labels[order] == 1
    # How many pairs, and how many similar ones, lie at or below each margin: those are judged not similar.
    below = np.searchsorted(difference[order], margins, side="right")
    missed = np.concatenate([[0], np.cumsum(ranked)])[below]
    positives, said = int(ranked.sum()), len(ranked) - below
    found = positives - missed
    return _decisions(found, said, positives, len(ranked), below - missed)


def measure_decisions(said: np.ndarray, labels: np.ndarray) -> dict[str, float | None]:
    """The same measures of one set of decisions, None where not defined. said: [n], 0 or 1.

    Precision and F1 are None of a set of one label too: without a pair that is not similar, precision is always 1.
    """
    found, both = np.array([((said == 1) & (labels == 1)).sum()]), np.array([(said == 1).sum()])
    rejected = np.array([((said == 0) & (labels == 0)).sum()])
    one = _decisions(found, both, int((labels == 1).sum()), len(labels), rejected)
    empty = ("precision", "f1") if len(np.unique(labels)) < 2 else ()
    return {
        name: None if name in empty or np.isnan(values[0]) else float(values[0]) for name, values in vars(one).items()
    }


def _decisions(found: np.ndarray, said: np.ndarray, positives: int, total: int, rejected: np.ndarray) -> Decisions:
    def share(of: np.ndarray, whole: np.ndarray | int) -> np.ndarray:
        there = np.broadcast_to(np.asarray(whole) > 0, of.shape)
        return np.divide(of, whole, out=np.full(len(of), np.nan), where=there)

    return Decisions(
        accuracy=(found + rejected) / total,
        precision=share(found, said),
        recall=share(found, positives),
        f1=share(2 * found, said + positives),
    )
