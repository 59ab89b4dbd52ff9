"""Rationales of a set beside those of rules that ignore the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yiju import tables
from yiju.evaluation.figures import Metrics, with_interval
from yiju.metrics.consistency import consistency, disturbed_pairs, proxy_pairs
from yiju.metrics.plausibility import iou_f1, token_f1
from yiju.metrics.trivial import all_in_order, random_order, shared_first, trivial_choices
from yiju.provenance import write_json
from yiju.rationale.fusion import Choice
from yiju.rationale.items import Gold, Item
from yiju.rationale.lines import read_choices
from yiju.rationale.sets import to_gold, to_items


def evaluate_rationales(items: str, faithful: str, harmonised: str, settings: dict, out: str) -> None:
    """Write plausibility and consistency of both rationales, beside those of trivial rules of the same size.

    settings: bootstrap, seed, and last_original: in a set without relations, the last id that is an original
    (`proxy_pairs`), or None.
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
    return with_interval(f"{name}.token_f1", token_f1(choices, gold), groups, settings) | with_interval(
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
    return with_interval(f"{name}.map", consistency(pairs, items, choices).mean(axis=1), groups, settings)
