"""How far judgements hang on what the methods in use rank first: the study's first question, asked of each run.

Everything is held against rules that never look at the model, pair by pair.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import torch

from yiju import tables
from yiju.attribution.subject import evaluating
from yiju.evaluation.figures import Metrics, with_interval
from yiju.metrics.faithfulness import faithfulness
from yiju.metrics.pairwise import pairwise
from yiju.metrics.trivial import random_order, shared_first
from yiju.provenance import write_json
from yiju.rationale.faithful import read_segments
from yiju.rationale.layout import choose
from yiju.rationale.sets import to_items, with_segments
from yiju.study.draw import draw_families
from yiju.study.explanations import mean_over
from yiju.study.measure import Trial, falling, trial_of

log = logging.getLogger(__name__)
# Distinct pairs that are looked at, at most.
PAIRS = 200
METRICS = ("aopc_comprehensiveness", "aopc_sufficiency", "comprehensiveness", "sufficiency")
# Those made for pairs, by each operator (`yiju.metrics.pairwise`).
PAIRWISE = ("one_sided", "one_sided.beyond_random", "alone", "alone.beyond_random", "emptied", "kept")
REMOVALS = ("delete", "mask")
SELECTED = "selected"
LABELS = {0: "not_similar", 1: "similar"}
RANDOM = "trivial_random"
# Values of each metric by item: float64 [items].
Values = dict[str, np.ndarray]


def evaluate_faithfulness(
    items: str,
    scores: str,
    models: Sequence[str],
    attributions: Sequence[str],
    settings: dict,
    out: str,
    device: str,
    threads: int,
    batch_tokens: int,
) -> None:
    """Write how far p(label) falls without the segments ranked first, and with nothing else.

    items: ITEMS, of which at most 200 distinct pairs are drawn; scores: the ensemble's SCORES of it; models: of each
    member; attributions: ATTRIBUTIONS of the set by method and member. settings: methods, select, target, max_length,
    bootstrap, seed. Keys are `<method or rule>.<metric>` with interval, means over members and then over pairs, [MASK]
    for what is left out; `<method>.beyond_random.<metric>`, the mean difference to the random rule on the same pairs;
    and `<method>.<operator>.<metric>.<label>`, the figures made for pairs (`yiju.metrics.pairwise`), of the pairs of
    one label, which are counted in `pairs.<label>`.
    """
    torch.set_num_threads(threads)
    table = draw_pairs(tables.read(items, tables.ITEMS), settings["seed"])
    members = len(models)
    paths = {name: attributions[place * members :][:members] for place, name in enumerate(settings["methods"])}
    found: dict[str, list[Values]] = {}
    for place, model in enumerate(models):
        trial = trial_of(table, scores, model, settings, device, batch_tokens)
        own = {name: _scores(files[place], table) for name, files in paths.items()}
        for name, values in (own | _trivial(trial, settings["seed"])).items():
            found.setdefault(name, []).append(_measured(trial, values, settings))
    means = {
        name: {metric: np.mean([one[metric] for one in each], axis=0) for metric in METRICS}
        for name, each in found.items()
    }
    groups = list(zip(table["q"], table["t"], strict=True))
    facts = {"pairs": len(table), "members": members} | _figures(means, paths, groups, settings)
    write_json(out, facts | _by_label(found, paths, trial.labels, groups, settings))
    for name in paths:
        log.info("%s: p(label) falls by %.3f", name, means[name][METRICS[0]].mean())


def draw_pairs(table: pl.DataFrame, seed: int) -> pl.DataFrame:
    """At most 200 distinct pairs of an ITEMS table at random, in its order, cut into segments."""
    distinct = with_segments(table).unique(["q", "t"], keep="first", maintain_order=True)
    return distinct[draw_families([], len(distinct), PAIRS, seed)]


def _scores(path: str, table: pl.DataFrame) -> np.ndarray:
    """Scores of the drawn items, float64 [segments]."""
    return read_segments(path).join(table, on="item", how="semi", maintain_order="left")["score"].to_numpy()


def _trivial(trial: Trial, seed: int) -> dict[str, np.ndarray]:
    rules = {"trivial_shared_first": shared_first, RANDOM: random_order(seed)}
    known = to_items(trial.items)
    return {name: falling(trial.found.layout, [rule(item) for item in known]) for name, rule in rules.items()}


def _measured(trial: Trial, values: np.ndarray, settings: dict) -> Values:
    layout = trial.found.layout
    rationale = choose(layout, values, settings["select"])
    with evaluating(trial.subject.model):
        figures = faithfulness(trial.subject, trial.found, trial.labels, values, rationale, "mask")
        for removal in REMOVALS:
            own = pairwise(trial.subject, trial.found, trial.labels, rationale, settings["seed"], removal)
            figures |= {f"{removal}.{metric}": one for metric, one in own.items()}
    chosen = np.bincount(layout.owners, weights=rationale, minlength=len(layout))
    return figures | {SELECTED: chosen / np.maximum(layout.counts.sum(axis=1), 1)}


def _by_label(
    found: Mapping[str, Sequence[Values]],
    methods: Mapping[str, object],
    labels: np.ndarray,
    groups: Sequence,
    settings: dict,
) -> Metrics:
    """The figures made for pairs, of the pairs that are judged similar and of the others."""
    metrics: Metrics = {}
    names = [SELECTED, *(f"{removal}.{metric}" for removal in REMOVALS for metric in PAIRWISE)]
    for label, word in LABELS.items():
        metrics[f"pairs.{word}"] = int((labels == label).sum())
        for method in methods:
            for name in names:
                values = mean_over([one[name] for one in found[method]])
                there = (labels == label) & ~np.isnan(values)
                if there.any():
                    own = [group for group, inside in zip(groups, there, strict=True) if inside]
                    metrics |= with_interval(f"{method}.{name}.{word}", values[there], own, settings, signed=True)
    return metrics


def _figures(means: Mapping[str, Values], methods: Mapping[str, object], groups: Sequence, settings: dict) -> Metrics:
    metrics: Metrics = {}
    for name, values in means.items():
        for metric, one in values.items():
            metrics |= with_interval(f"{name}.{metric}", one, groups, settings, signed=True)
            if name in methods:
                beyond = one - means[RANDOM][metric]
                metrics |= with_interval(f"{name}.beyond_random.{metric}", beyond, groups, settings, signed=True)
    return metrics
