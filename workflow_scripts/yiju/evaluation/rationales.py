"""Rationales of a set beside those of rules that ignore the model."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.items import Gold, Item
from yiju.data.sets import to_gold, to_items
from yiju.evaluation.metrics.consistency import consistency, disturbed_pairs, proxy_pairs
from yiju.evaluation.metrics.plausibility import iou_f1, scored_items, token_f1
from yiju.evaluation.metrics.trivial import all_in_order, random_order, shared_first, trivial_choices
from yiju.evaluation.with_intervals import Metrics, with_difference, with_interval, with_share
from yiju.explain.rationales.fusion import Choice
from yiju.explain.rationales.rationale_lines import read_choices


def evaluate_rationales(items: str, faithful: str, harmonised: str, settings: dict, out: str) -> None:
    """Write plausibility and consistency of both rationales, beside those of trivial rules of the same size, and how
    often the labels of the competition's file are right.

    settings: bootstrap, seed, gold_sets (of several: best, or union, see `token_f1`); last_original: in a set without
    relations, the last id that is an original (`proxy_pairs`), or None; submitted: whether the set has such a file.
    """
    table = tables.read(items, tables.ITEMS)
    known, gold = to_items(table), to_gold(table)
    last_original = settings["last_original"]
    pairs = disturbed_pairs(known) or (proxy_pairs(known, last_original) if last_original is not None else [])
    rationales = {"faithful": read_choices(faithful), "harmonised": read_choices(harmonised)}
    rules = {"all": all_in_order, "shared_first": shared_first, "random": random_order(settings["seed"])}
    for name, rule in rules.items():
        sizes = None if name == "all" else rationales["faithful"]
        rationales[f"trivial_{name}"] = trivial_choices(known, rule, sizes)
    metrics: Metrics = {"items": len(known), "gold": len(gold), "disturbed_pairs": len(pairs)}
    if settings["submitted"]:
        metrics |= submitted(table, rationales["faithful"], rationales["harmonised"])
    for name, choices in rationales.items():
        metrics |= plausibility(name, choices, gold, known, settings)
        metrics |= agreement(name, choices, pairs, known, settings)
    write_json(out, metrics)


def submitted(table: pl.DataFrame, ours: Mapping[str, Choice], fused: Mapping[str, Choice]) -> Metrics:
    """Accuracy of the fused labels, and how far it exceeds that of the model's own, with intervals.

    table: ITEMS; there are no figures of a set without labels.
    """
    labelled = table.filter(pl.col("label").is_not_null())
    if labelled.is_empty():
        return {}
    gold, groups = labelled["label"].to_numpy(), list(zip(labelled["q"], labelled["t"], strict=True))
    by_fusion, by_model = (
        np.array([labels[item].label for item in labelled["item"]]) == gold for labels in (fused, ours)
    )
    return with_share("submission.accuracy", by_fusion, groups) | with_difference(
        "submission_minus_model", by_fusion, by_model, groups
    )


def plausibility(
    name: str,
    choices: Mapping[str, Choice],
    gold: Mapping[str, Gold],
    items: Sequence[Item],
    settings: dict,
    count_repeated: bool = False,
    matched_only: bool = False,
    strict_iou: bool = False,
) -> Metrics:
    """Token F1 and IoU F1 of rationales, with intervals by distinct pair; nothing without gold.

    settings: bootstrap, seed, gold_sets; the other switches are those of `yiju.evaluation.metrics.plausibility`.
    """
    if not gold:
        return {}
    union = settings["gold_sets"] == "union"
    texts = {item.item: (item.q, item.t) for item in items}
    groups = [texts[item] for item in scored_items(choices, gold, matched_only)]
    found = {
        "token_f1": token_f1(choices, gold, count_repeated, matched_only, union),
        "iou_f1": iou_f1(choices, gold, strict_iou, matched_only, union),
    }
    return _estimates(name, found, groups, settings)


def agreement(
    name: str,
    choices: Mapping[str, Choice],
    pairs: Sequence[tuple[str, str]],
    items: Sequence[Item],
    settings: dict,
    sides: bool = False,
) -> Metrics:
    """MAP of rationales over (original, disturbed) pairs, with intervals by distinct original; nothing without pairs.

    settings: bootstrap, seed; sides: the MAP of each side too, of which the flat one is the mean.
    """
    if not pairs:
        return {}
    texts = {item.item: (item.q, item.t) for item in items}
    # Disturbed forms of one original hang together.
    groups = [texts[original] for original, _ in pairs]
    values = consistency(pairs, items, choices)
    found = {"map": values.mean(axis=1)} | ({"map_q": values[:, 0], "map_t": values[:, 1]} if sides else {})
    return _estimates(name, found, groups, settings)


def _estimates(name: str, found: Mapping[str, np.ndarray], groups: Sequence[Hashable], settings: dict) -> Metrics:
    metrics: Metrics = {}
    for metric, values in found.items():
        metrics |= with_interval(f"{name}.{metric}", values, groups, settings)
    return metrics
