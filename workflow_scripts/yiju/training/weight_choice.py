"""By what the best weights of a fine-tuning are chosen: a figure of the selection pairs, higher being better."""

from __future__ import annotations

import numpy as np

from yiju.base.errors import YijuError
from yiju.base.types import Select
from yiju.models.calibration.apply import decide, difference
from yiju.training.graded import rank_correlation, selection_figure

# The figures by the values of `finetune.select`, as steps.jsonl names them.
FIGURES: dict[Select, str] = {"accuracy": "accuracy", "loss": "log_likelihood", "f1": "f1", "auc": "roc_auc"}


def figure_of(select: Select, labels: np.ndarray) -> str:
    """The name of the figure. labels: of the selection pairs; graded ones are chosen by their rank correlation.

    Raises YijuError where the figure is not defined on them.
    """
    graded = selection_figure(labels)
    if graded == "spearman" and select in ("accuracy", "loss"):
        return graded if select == "accuracy" else FIGURES[select]
    kinds = set(np.unique(labels).tolist())
    if select == "auc" and kinds != {0, 1}:
        raise YijuError(
            "finetune.select: auc needs selection pairs of both labels, 0 and 1; choose by accuracy or loss"
        )
    if select == "f1" and not kinds <= {0, 1}:
        raise YijuError("finetune.select: f1 needs labels 0 and 1; take accuracy or loss")
    return FIGURES[select]


def selection_value(figure: str, logits: np.ndarray, labels: np.ndarray, margin: float, loss: float) -> float:
    """The figure of logits [pairs, classes]; margin: of the decision, loss: mean over the pairs.

    F1 is that of label 1, 0 where neither decisions nor labels hold it.
    """
    if figure == "log_likelihood":
        return -loss
    if figure == "spearman":
        return rank_correlation(difference(logits), labels)
    said = decide(logits, margin)
    if figure == "accuracy":
        return float((said == labels).mean())
    # Not before it is asked for: it takes a second, and most trainings are chosen by accuracy.
    from sklearn.metrics import f1_score, roc_auc_score

    if figure == "roc_auc":
        return float(roc_auc_score(labels, difference(logits)))
    return float(f1_score(labels, said, zero_division=0))
