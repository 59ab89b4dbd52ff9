"""Pairs before the models that judge them, as a study measures explanations of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.evaluation.metrics.names import REMOVALS, REPLACE
from yiju.evaluation.metrics.pairwise import pairwise
from yiju.evaluation.metrics.trivial import Rankings
from yiju.explain.attribute_set import ensemble_of, margin_for, read_items, subject_of
from yiju.explain.ensemble import Ensemble
from yiju.explain.rationales.layout import Layout, layout_of
from yiju.models.removal import Operator, replacements
from yiju.models.scores import explained_labels

# By name: the operators that need no draws.
PLAIN: Mapping[str, Operator] = {removal: removal for removal in REMOVALS}
# Draws of the tokens that replace others, of which the mean is taken.
DRAWS = 3
# A metric's values, and the items that they are of.
Measured = dict[str, tuple[Iterable[str], np.ndarray]]


@dataclass(frozen=True)
class Trial:
    """The drawn pairs before all members together.

    margin: of the decision, on the mean of all logits, not a number where nothing is decided; differences: float64
    [segments] by removal, as `leave_one_out` gives them; removed: float64 [pairs, sets] by operator, as
    `yiju.evaluation.metrics.infidelity.changes` gives them.
    """

    items: pl.DataFrame
    ensemble: Ensemble
    layout: Layout
    labels: np.ndarray
    margin: float
    differences: Mapping[str, np.ndarray]
    removed: Mapping[str, np.ndarray] = field(default_factory=dict)


def trial_of(
    items: pl.DataFrame,
    scores: str,
    models: Sequence[str],
    calibration: str,
    settings: dict,
    device: str,
    batch_tokens: int,
) -> Trial:
    """The items before all members, judged as SCORES say. settings: see `measure_study`."""
    subjects = [subject_of(model, device, batch_tokens, settings["seed"]) for model in models]
    ensemble = ensemble_of(subjects, read_items(subjects[0].scorer, items, settings))
    known = tables.read(scores, tables.SCORES)
    own = items.select("item").join(known, on="item", how="left", maintain_order="left")
    labels = explained_labels(own, settings["target"])
    return Trial(items, ensemble, layout_of(items), labels, margin_for(calibration, settings), {})


def operators_of(ensemble: Ensemble, seed: int) -> dict[str, Operator]:
    """The operators of the study by name; the tokens that replace others are drawn from those of all its pairs.

    Without a mask token nothing is masked.
    """
    first = ensemble.first
    plain = PLAIN if first.subject.mask_id is not None else {name: one for name, one in PLAIN.items() if name != "mask"}
    drawn = replacements(first.pairs, first.subject.special_ids, first.subject.mask_id, DRAWS, seed)
    return {**plain, REPLACE: drawn}


def made_for_pairs(
    trial: Trial, rationale: np.ndarray, seed: int, operators: Mapping[str, Operator] = PLAIN
) -> dict[str, np.ndarray]:
    """Figures of `yiju.evaluation.metrics.pairwise`, `<figure>.<operator>`, float64 [pairs] each."""
    with trial.ensemble.evaluating():
        found = {
            name: pairwise(trial.ensemble, trial.layout, trial.labels, rationale, seed, operator, trial.margin)
            for name, operator in operators.items()
        }
    return {f"{figure}.{name}": values for name, own in found.items() for figure, values in own.items()}


def share_of(layout: Layout, chosen: np.ndarray) -> np.ndarray:
    """The share of each pair's segments that is chosen, float64 [pairs]."""
    counts = np.bincount(layout.owners, weights=chosen, minlength=len(layout))
    return counts / np.maximum(layout.counts.sum(axis=1), 1)


def falling(trial: Trial, rankings: Iterable[Rankings]) -> np.ndarray:
    """Scores that fall evenly from 1 towards 0 along the ranking of each side, float64 [segments].

    Not a number for what no member read.
    """
    values = np.zeros(trial.layout.counts.sum())
    sides = trial.layout.split(values)
    for own, ranking in zip(sides, (side for both in rankings for side in both), strict=True):
        own[ranking] = 1 - np.arange(len(own)) / max(1, len(own))
    read = [trial.ensemble.read(row) for row in range(len(trial.layout))]
    return np.where(np.concatenate([np.zeros(0, dtype=bool), *read]), values, np.nan)


def studied(method: str, found: Mapping[str, tuple[Iterable[str], np.ndarray]]) -> pl.DataFrame:
    """STUDIED of one method, or of what stands beside the methods."""
    parts = [
        pl.DataFrame(
            {"method": method, "item": list(items), "metric": metric, "value": values}, schema=pl.Schema(tables.STUDIED)
        )
        for metric, (items, values) in found.items()
    ]
    return pl.concat(parts).with_columns(pl.col("value").fill_nan(None))
