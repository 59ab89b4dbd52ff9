"""Which explanation the judgements of a model follow best, measured on dev: what explains where nobody says what."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import torch

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import write_json
from yiju.data.sets import with_segments
from yiju.evaluation.metrics.names import is_difference
from yiju.evaluation.study.recommend import ranking
from yiju.evaluation.study.trial import Trial, made_for_pairs, share_of, studied, trial_of
from yiju.evaluation.with_intervals import Metrics, with_interval
from yiju.explain.attribution import score_pairs, why_unsupported
from yiju.explain.rationales.sufficient import sufficient_of
from yiju.models.measured import read_measured
from yiju.models.scores import explained_labels

log = logging.getLogger(__name__)
# Distinct pairs that are looked at, at most, of each label.
PAIRS = 60
LABELS = {1: "similar", 0: "not_similar"}
# By deletion: what a model folder tells of the method that is taken.
FIGURES = {
    "one_sided": "one_sided.beyond_random.delete",
    "alone": "alone.beyond_random.delete",
    "kept": "kept.delete",
    "selected": "selected",
}


def choose_method(
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
    """Write which of several methods explains best, and how far its rationales hold (`yiju.models.measured`, JSON).

    items: ITEMS of dev, of which at most 60 distinct pairs of each label that is explained are drawn; scores: the
    ensemble's SCORES of it; models: of all members, which judge together; calibration: the ensemble's. settings:
    candidates (options by name), target, max_length, average_orders, bootstrap, seed.

    Each candidate's smallest rationales (`yiju.explain.rationales.sufficient`) are measured by
    `yiju.evaluation.metrics.pairwise`, by deletion and by [MASK], for both labels. The best mean rank over these
    figures decides among those that hold everywhere; where none does, among those that fail in the fewest. Candidates
    that do not fit the model are left out.
    """
    torch.set_num_threads(threads)
    table = _drawn(tables.read(items, tables.ITEMS), tables.read(scores, tables.SCORES), settings)
    trial = trial_of(table, scores, models, calibration, settings, device, batch_tokens)
    fitting = _fitting(trial, settings["candidates"])
    found = {name: _measured(trial, method, settings["seed"]) for name, method in fitting.items()}
    groups = list(zip(table["q"], table["t"], strict=True))
    values = pl.concat(
        studied(name, {metric: (table["item"], one) for metric, one in own.items()}) for name, own in found.items()
    )
    name = ranking(values, trial.labels, list(found), groups, settings)[0]
    facts = {own: _facts(own, found[own], trial.labels, groups, settings) for own in found}
    chosen = read_measured(facts[name], out)
    write_json(out, facts[name] | {"candidates": {own: one["labels"] for own, one in facts.items()}})
    log.info("%s explains dev best; not shown to hold for: %s", name, ", ".join(chosen.failing) or "none")


def _drawn(table: pl.DataFrame, scores: pl.DataFrame, settings: dict) -> pl.DataFrame:
    """At most 60 distinct pairs of each explained label at random, in the table's order, cut into segments."""
    distinct = with_segments(table).unique(["q", "t"], keep="first", maintain_order=True)
    known = distinct.select("item").join(scores, on="item", how="left", maintain_order="left")
    labels, generator = explained_labels(known, settings["target"]), np.random.default_rng(settings["seed"])
    rows = [generator.permutation(np.flatnonzero(labels == label))[:PAIRS] for label in LABELS]
    return distinct[np.sort(np.concatenate(rows))]


def _fitting(trial: Trial, candidates: Mapping[str, dict]) -> dict[str, dict]:
    """The candidates that fit the model; the log says why others do not. Raises YijuError where none fits."""
    scorer = trial.ensemble.first.subject.scorer
    reasons = {name: why_unsupported(method, scorer) for name, method in candidates.items()}
    left_out = {name: reason for name, reason in reasons.items() if reason}
    if len(left_out) == len(candidates):
        raise YijuError(f"{'; '.join(left_out.values())}; name another method in explain.candidates, such as occlusion")
    for name, reason in left_out.items():
        log.warning("%s is left out: %s", name, reason)
    return {name: method for name, method in candidates.items() if name not in left_out}


def _measured(trial: Trial, method: dict, seed: int) -> dict[str, np.ndarray]:
    scores = score_pairs(trial.ensemble, trial.labels, method).values[0]
    smallest = sufficient_of(trial.ensemble, trial.labels, scores, trial.margin).ranks > 0
    return {"selected": share_of(trial.layout, smallest)} | made_for_pairs(trial, smallest, seed)


def _facts(
    name: str, found: Mapping[str, np.ndarray], labels: np.ndarray, groups: Sequence[tuple[str, str]], settings: dict
) -> dict:
    """What `Measured` holds, of one candidate."""
    told = {}
    for label, word in LABELS.items():
        there = labels == label
        if there.any():
            own = [group for group, inside in zip(groups, there, strict=True) if inside]
            told[word] = {"pairs": int(there.sum())} | {
                figure: _estimate(found[metric][there], own, settings, is_difference(metric))
                for figure, metric in FIGURES.items()
            }
    return {"name": name, "method": settings["candidates"][name], "labels": told}


def _estimate(values: np.ndarray, groups: Sequence[tuple[str, str]], settings: dict, signed: bool) -> Metrics:
    found = with_interval("value", values, groups, settings, signed)
    return {"value": found["value"], "low": found["value.low"], "high": found["value.high"]}
