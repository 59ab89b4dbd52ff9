"""What each drawn pair shows of an estimate of its matrix: whether its strongest cells and links act together,
and how far gradients agree with the exact form."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import torch

from yiju.base import tables
from yiju.evaluation.metrics.matrix_agreement import agreement_with_exact
from yiju.evaluation.metrics.matrix_faithfulness import matrix_figures
from yiju.evaluation.metrics.names import MATRIX, REMOVALS
from yiju.evaluation.study.trial import Trial, studied, trial_of
from yiju.explain.acting import OPEN
from yiju.explain.compute import Interplay, Matrix, matrices_of
from yiju.explain.interaction import joint_occlusion

log = logging.getLogger(__name__)


def measure_matrix(
    items: str,
    scores: str,
    models: Sequence[str],
    calibration: str,
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write STUDIED of one estimate of the matrix of each pair: an ITEMS table, judged in SCORES, by the members.

    calibration: the ensemble's; settings: estimator, target, max_length, average_orders, seed. The figures are those of
    `yiju.evaluation.metrics.matrix_faithfulness` under `<estimator>.<figure>.<operator>`, of gradients those of
    `yiju.evaluation.metrics.matrix_agreement` with exact joint occlusion too, and stand under the method `matrix`.
    """
    torch.set_num_threads(threads)
    table, estimator = tables.read(items, tables.ITEMS), settings["estimator"]
    trial = trial_of(table, scores, models, calibration, settings, device, batch_tokens)
    figures = of_matrix(trial, estimator, settings["seed"])
    found = {f"{estimator}.{name}": (table["item"], values) for name, values in figures.items()}
    tables.write(studied(MATRIX, found), out, tables.STUDIED)
    log.info("%s: measured the matrices of %d pairs", estimator, len(table))


def of_matrix(trial: Trial, estimator: Matrix, seed: int) -> dict[str, np.ndarray]:
    """Figures of an estimate of the matrix, `<figure>.<operator>`, float64 [pairs] each."""
    matrices = list(map(certain, matrices_of(trial.ensemble, trial.labels, estimator)))
    found = {removal: matrix_figures(trial.ensemble, trial.labels, matrices, removal, seed) for removal in REMOVALS}
    if estimator == "gradients":
        found["delete"] |= agreement_with_exact(matrices, joint_occlusion(trial.ensemble, trial.labels, "delete"))
    return {f"{figure}.{removal}": values for removal, own in found.items() for figure, values in own.items()}


def certain(found: Interplay) -> np.ndarray:
    """The cells that have a colour: not a number where samples leave the sign open, as `yiju.explain.acting` says."""
    if found.error is None:
        return found.values
    return np.where(np.abs(found.values) < OPEN * found.error, np.nan, found.values)
