"""Variants of a run beside the run as configured: the accuracy of every member, and how far the variants differ.

Chance comes in twice, so every figure has two intervals: over seeds, which covers what another training would give, and
over the judged pairs, which covers what other pairs would.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from yiju.base import tables
from yiju.base.files import write_json
from yiju.base.members import parse_member
from yiju.evaluation.metrics.bootstrap import interval

log = logging.getLogger(__name__)
ENSEMBLE = ("accuracy.model", "accuracy.model.low", "accuracy.model.high", "ece")


def compare_variants(
    examples: Sequence[str], scores: Sequence[str], metrics: Sequence[str], settings: dict, out: str
) -> None:
    """Write what each variant changes, and its accuracy on every labelled set beside that of the first one, the base.

    examples: ITEMS of each set; scores: SCORES by set, variant and member; metrics: what evaluate_predictions found, by
    set and variant. All in the order of settings: sets, variants (name: its changes) and members; also bootstrap, seed.
    """
    variants, members = settings["variants"], settings["members"]
    judged = np.reshape(scores, (len(examples), len(variants), len(members))).tolist()
    ensembles = np.reshape(metrics, (len(examples), len(variants))).tolist()
    compared = [
        {"set": name} | _compare(items, scored, measured, settings)
        for name, items, scored, measured in zip(settings["sets"], examples, judged, ensembles, strict=True)
    ]
    facts: dict[str, Any] = {
        "seeds": len({parse_member(member)[1] for member in members}),
        "folds": len({parse_member(member)[0] for member in members}),
        "variants": [{"variant": name, "changes": changes} for name, changes in variants.items()],
        "sets": [one for one in compared if one["labelled"]],
    }
    write_json(out, facts)
    log.info("%d variants beside the base on %d labelled sets", len(variants) - 1, len(facts["sets"]))


def estimate(
    values: np.ndarray, members: Sequence[str], groups: Sequence[Hashable], settings: dict, signed: bool = False
) -> dict:
    """Mean of values over members and pairs, by seed, and its 95 % intervals: over seeds (none of one), over pairs.

    values: [members, pairs] float64; groups: [pairs], equal for pairs that are drawn together; settings: bootstrap,
    seed; signed: values are differences, from -1 to 1.
    """
    repeats = np.array([parse_member(member)[1] for member in members])
    by_seed = [float(values[repeats == repeat].mean()) for repeat in np.unique(repeats)]
    mean, *pairs = interval(values.mean(axis=0), groups, settings["bootstrap"], settings["seed"], signed=signed)
    over_seeds = t_interval(by_seed) if len(by_seed) > 1 else None
    return {
        "mean": round(mean, 6),
        "by_seed": [round(value, 6) for value in by_seed],
        "over_pairs": [round(end, 6) for end in pairs],
        "over_seeds": over_seeds and [round(end, 6) for end in over_seeds],
    }


def t_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Student's interval for the mean of independent, normally distributed values; at least two."""
    mean, spread = np.mean(values), np.std(values, ddof=1)
    half = student.ppf((1 + level) / 2, len(values) - 1) * spread / np.sqrt(len(values))
    return float(mean - half), float(mean + half)


def _compare(items: str, scores: Sequence[Sequence[str]], metrics: Sequence[str], settings: dict) -> dict:
    """Comparison on one set. scores: [variants][members]; metrics: [variants]."""
    groups, right = judged_right(items, scores)
    if not groups:
        return {"labelled": 0}
    rows = [
        _row(name, own, measured, right[0], groups, settings)
        for name, own, measured in zip(settings["variants"], right, metrics, strict=True)
    ]
    return {"labelled": len(groups), "pairs": len(set(groups)), "variants": rows}


def judged_right(items: str, scores: Sequence[Sequence[str]]) -> tuple[list[Hashable], list[np.ndarray]]:
    """The labelled pairs of a set, and which of them each member judges right, float64 [members, pairs] for each row of
    scores. scores: tables of them by row and member. Both are empty for a set without labels."""
    table = tables.read(items, tables.ITEMS)
    known = table["label"].is_not_null()
    labelled = table.filter(known)
    if labelled.is_empty():
        return [], []

    def right(path: str) -> np.ndarray:
        said = tables.read(path, tables.SCORES)["label"].filter(known)
        return (said == labelled["label"]).to_numpy().astype(np.float64)

    pairs: list[Hashable] = list(zip(labelled["q"], labelled["t"], strict=True))
    return pairs, [np.stack([right(path) for path in paths]) for paths in scores]


def _row(
    name: str, right: np.ndarray, metrics: str, base: np.ndarray, groups: Sequence[Hashable], settings: dict
) -> dict:
    members = settings["members"]
    ensemble = json.loads(Path(metrics).read_text(encoding="utf-8"))
    accuracies = right.mean(axis=1).tolist()
    return {
        "variant": name,
        "members": {member: round(value, 6) for member, value in zip(members, accuracies, strict=True)},
        "accuracy": estimate(right, members, groups, settings),
        # Member by member, pair by pair: what both have in common falls out.
        "difference": None if right is base else estimate(right - base, members, groups, settings, signed=True),
        "ensemble": {key: ensemble[key] for key in ENSEMBLE},
    }
