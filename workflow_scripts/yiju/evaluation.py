"""What a set says of the model and of its rationales, each figure with an interval and with trivial baselines."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from yiju import tables
from yiju.metrics.bootstrap import interval
from yiju.metrics.consistency import consistency, disturbed_pairs, proxy_pairs
from yiju.metrics.plausibility import iou_f1, token_f1
from yiju.metrics.trivial import all_in_order, random_order, shared_first, trivial_choices
from yiju.overlap import OverlapModel, fit
from yiju.provenance import write_json, write_text
from yiju.rationale.fusion import Choice
from yiju.rationale.items import Gold, Item
from yiju.rationale.produce import read_rationales
from yiju.rationale.sets import to_gold, to_items

Metrics = dict[str, float | int]


def fit_overlap_baseline(pairs: str, folds: str, out: str) -> None:
    """Fit the overlap-features logistic regression on the fine-tuning pairs and write it as JSON."""
    learnt = tables.read(folds, tables.FOLDS)["pair"]
    rows = tables.read(pairs, tables.MERGED).filter(pl.col("pair").is_in(learnt.implode()))
    model = fit(rows["q"].to_list(), rows["t"].to_list(), rows["label"].to_list())
    write_text(out, model.to_json())


def evaluate_predictions(items: str, scores: str, overlap: str, settings: dict, out: str, per_item: str) -> None:
    """Write accuracy of the model, of the overlap baseline and of the majority label, and both models' judgements.

    settings: bootstrap and seed. A set without labels has counts only.
    """
    table = tables.read(items, tables.ITEMS)
    judged = tables.read(scores, tables.SCORES)
    baseline = OverlapModel.from_json(Path(overlap).read_text(encoding="utf-8"))
    by_overlap = baseline.predict(table["q"].to_list(), table["t"].to_list())
    columns = judged.select("item", "probability", "label").with_columns(
        pl.Series("overlap_probability", by_overlap), table["label"].alias("gold")
    )
    metrics: Metrics = {"items": len(table), "labelled": table["label"].count()}
    metrics["predicted_similar"] = float((judged["label"] == 1).mean())
    metrics["truncated"] = int(judged["truncated"].sum())
    labelled = columns.with_columns(table["q"], table["t"]).filter(pl.col("gold").is_not_null())
    if len(labelled):
        gold = labelled["gold"].to_numpy()
        groups = list(zip(labelled["q"], labelled["t"], strict=True))
        right = {
            "model": labelled["label"].to_numpy() == gold,
            "overlap": (labelled["overlap_probability"].to_numpy() > 0.5) == gold,
            "majority": gold == int(gold.mean() >= 0.5),
        }
        for name, values in right.items():
            metrics |= _interval(f"accuracy.{name}", values.astype(float), groups, settings)
        for truth in (0, 1):
            for said in (0, 1):
                metrics[f"confusion.gold_{truth}.said_{said}"] = int(
                    ((gold == truth) & (labelled["label"].to_numpy() == said)).sum()
                )
    write_json(out, metrics)
    tables.write(columns.select(list(tables.JUDGED)), per_item, tables.JUDGED)


def evaluate_rationales(items: str, faithful: str, harmonised: str, settings: dict, out: str) -> None:
    """Write plausibility and consistency of both rationales, beside those of trivial rules.

    settings: ratio, bootstrap, seed, and last_original: in a set without relations, the last id that is an original
    (`proxy_pairs`), or None.
    """
    table = tables.read(items, tables.ITEMS)
    known, gold = to_items(table), to_gold(table)
    last_original = settings["last_original"]
    pairs = disturbed_pairs(known) or (proxy_pairs(known, last_original) if last_original is not None else [])
    rationales = {"faithful": _choices(faithful), "harmonised": _choices(harmonised)}
    rules = {"all": all_in_order, "shared_first": shared_first, "random": random_order(settings["seed"])}
    for name, rule in rules.items():
        ratio = None if name == "all" else settings["ratio"]
        rationales[f"trivial_{name}"] = trivial_choices(known, rule, ratio)
    metrics: Metrics = {"items": len(known), "gold": len(gold), "disturbed_pairs": len(pairs)}
    for name, choices in rationales.items():
        metrics |= _plausibility(name, choices, gold, known, settings)
        metrics |= _consistency(name, choices, pairs, known, settings)
    write_json(out, metrics)


def _plausibility(
    name: str, choices: Mapping[str, Choice], gold: Mapping[str, Gold], items: Sequence[Item], settings: dict
) -> Metrics:
    if not gold:
        return {}
    texts = {item.item: (item.q, item.t) for item in items}
    groups = [texts[item] for item in gold]
    return _interval(f"{name}.token_f1", token_f1(choices, gold), groups, settings) | _interval(
        f"{name}.iou_f1", iou_f1(choices, gold), groups, settings
    )


def _consistency(
    name: str, choices: Mapping[str, Choice], pairs: Sequence[tuple[str, str]], items: Sequence[Item], settings: dict
) -> Metrics:
    if not pairs:
        return {}
    texts = {item.item: (item.q, item.t) for item in items}
    # Disturbed forms of one original hang together.
    groups = [texts[original] for original, _ in pairs]
    return _interval(f"{name}.map", consistency(pairs, items, choices).mean(axis=1), groups, settings)


def _interval(key: str, values: np.ndarray, groups: Sequence[Hashable], settings: dict) -> Metrics:
    mean, low, high = interval(values, groups, settings["bootstrap"], settings["seed"])
    return {key: round(mean, 6), f"{key}.low": round(low, 6), f"{key}.high": round(high, 6)}


def _choices(path: str) -> dict[str, Choice]:
    return {line["item"]: Choice(line["label"], tuple(line["q"]), tuple(line["t"])) for line in read_rationales(path)}
