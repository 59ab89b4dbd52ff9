"""How far judgements hang on what the methods in use rank first: the study's first question, asked of each run.

Everything is held against rules that never look at the model, pair by pair.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import torch

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.sets import to_items, with_segments
from yiju.evaluation.metrics.faithfulness import faithfulness
from yiju.evaluation.metrics.names import REMOVALS, is_difference
from yiju.evaluation.metrics.trivial import random_order, shared_first
from yiju.evaluation.study.draw_study import draw_families
from yiju.evaluation.study.trial import Trial, falling, made_for_pairs, share_of, trial_of
from yiju.evaluation.with_intervals import Metrics, with_interval
from yiju.explain.rationales.layout import choose
from yiju.explain.rationales.sufficient import sufficient_of

log = logging.getLogger(__name__)
# Distinct pairs that are looked at, at most.
PAIRS = 200
METRICS = ("aopc_comprehensiveness", "aopc_sufficiency", "comprehensiveness", "sufficiency")
# Those made for pairs, by each operator (`yiju.evaluation.metrics.pairwise`).
PAIRWISE = ("one_sided", "one_sided.beyond_random", "alone", "alone.beyond_random", "emptied", "kept")
SELECTED = "selected"
LABELS = {0: "not_similar", 1: "similar"}
RANDOM = "trivial_random"
# Values of each metric by item: float64 [items].
Values = dict[str, np.ndarray]


def evaluate_faithfulness(
    items: str,
    scores: str,
    models: Sequence[str],
    calibration: str,
    attributions: Sequence[str],
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write how far p(label) falls without the segments ranked first, and with nothing else.

    items: ITEMS, of which at most 200 distinct pairs are drawn; scores: the ensemble's SCORES of it; models: of each
    member, all of which judge together; calibration: the ensemble's; attributions: ATTRIBUTIONS of the set by method.
    settings: methods, select, target, max_length, average_orders, bootstrap, seed. Keys are `<method or rule>.<metric>`
    with interval, means over pairs, [MASK] for what is left out; `<method>.beyond_random.<metric>`, the mean difference
    to the random rule on the same pairs; and `<method>.<operator>.<metric>.<label>`, the figures made for pairs
    (`yiju.evaluation.metrics.pairwise`), of the pairs of one label, which are counted in `pairs.<label>`.
    """
    torch.set_num_threads(threads)
    table = draw_pairs(tables.read(items, tables.ITEMS), settings["seed"])
    trial = trial_of(table, scores, models, calibration, settings, device, batch_tokens)
    methods = settings["methods"]
    found = {
        name: _measured(trial, *_known(path, table), settings) for name, path in zip(methods, attributions, strict=True)
    }
    for name, values in _trivial(trial, settings["seed"]).items():
        ranks = None
        if settings["select"]["by"] == "sufficient":
            ranks = sufficient_of(trial.ensemble, trial.labels, values, trial.margin).ranks
        found[name] = _measured(trial, values, ranks, settings)
    groups = list(zip(table["q"], table["t"], strict=True))
    facts = {"pairs": len(table), "members": len(models)} | _figures(found, methods, groups, settings)
    write_json(out, facts | _by_label(found, methods, trial.labels, groups, settings))
    for name in methods:
        log.info("%s: p(label) falls by %.3f", name, found[name][METRICS[0]].mean())


def draw_pairs(table: pl.DataFrame, seed: int) -> pl.DataFrame:
    """At most 200 distinct pairs of an ITEMS table at random, in its order, cut into segments."""
    distinct = with_segments(table).unique(["q", "t"], keep="first", maintain_order=True)
    return distinct[draw_families([], len(distinct), PAIRS, seed)]


def _known(path: str, table: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Scores, float64, and ranks, int, of the drawn items' segments, flat."""
    own = tables.read(path, tables.ATTRIBUTIONS).join(table, on="item", how="semi", maintain_order="left")
    return own["score"].to_numpy(), own["rank"].fill_null(0).to_numpy()


def _trivial(trial: Trial, seed: int) -> dict[str, np.ndarray]:
    rules = {"trivial_shared_first": shared_first, RANDOM: random_order(seed)}
    known = to_items(trial.items)
    return {name: falling(trial, [rule(item) for item in known]) for name, rule in rules.items()}


def _measured(trial: Trial, values: np.ndarray, ranks: np.ndarray | None, settings: dict) -> Values:
    rationale = choose(trial.layout, values, settings["select"], ranks)
    with trial.ensemble.evaluating():
        figures = faithfulness(trial.ensemble, trial.layout, trial.labels, values, rationale, "mask")
    figures |= made_for_pairs(trial, rationale, settings["seed"])
    return figures | {SELECTED: share_of(trial.layout, rationale)}


def _by_label(
    found: Mapping[str, Values],
    methods: Sequence[str],
    labels: np.ndarray,
    groups: Sequence,
    settings: dict,
) -> Metrics:
    """The figures made for pairs, of the pairs that are judged similar and of the others."""
    metrics: Metrics = {}
    names = {SELECTED: SELECTED} | {f"{one}.{removal}": f"{removal}.{one}" for removal in REMOVALS for one in PAIRWISE}
    for label, word in LABELS.items():
        metrics[f"pairs.{word}"] = int((labels == label).sum())
        for method in methods:
            for measured, name in names.items():
                values = found[method][measured]
                there = (labels == label) & ~np.isnan(values)
                if there.any():
                    own = [group for group, inside in zip(groups, there, strict=True) if inside]
                    key, signed = f"{method}.{name}.{word}", is_difference(measured)
                    metrics |= with_interval(key, values[there], own, settings, signed)
    return metrics


def _figures(found: Mapping[str, Values], methods: Sequence[str], groups: Sequence, settings: dict) -> Metrics:
    metrics: Metrics = {}
    for name, values in found.items():
        for metric in METRICS:
            one = values[metric]
            metrics |= with_interval(f"{name}.{metric}", one, groups, settings, signed=True)
            if name in methods:
                beyond = one - found[RANDOM][metric]
                metrics |= with_interval(f"{name}.beyond_random.{metric}", beyond, groups, settings, signed=True)
    return metrics
