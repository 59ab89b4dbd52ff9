"""How far the trainings of folds and seeds agree: in what they judge, and in what they judge it by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl
from sklearn.metrics import cohen_kappa_score

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.sets import with_segments
from yiju.evaluation.metrics.agreement import overlap, rank_correlation
from yiju.evaluation.with_intervals import Metrics, with_interval, with_share
from yiju.explain.rationales.layout import choose, layout_of

# Pairs whose explanations are compared, at most: the first of a seeded order.
PAIRS = 1000


def compare_members(
    items: Sequence[str], scores: Sequence[str], attributions: Sequence[str], settings: dict, out: str
) -> None:
    """Write, for every set, how good each member is and how far any two agree; the same of explanations (JSON).

    items: ITEMS of each set; scores: SCORES by set and member; attributions: ATTRIBUTIONS by explained set, method and
    member. settings: sets, explained, methods, members, select, bootstrap, seed. Figures of agreement are means over
    all pairs of members, intervals by distinct sentence pair; kappa is Cohen's, one number for each two, their mean.
    """
    members = len(settings["members"])
    known = {name: tables.read(path, tables.ITEMS) for name, path in zip(settings["sets"], items, strict=True)}
    by_set = zip(known.items(), _parts(scores, members), strict=True)
    pairs = [(name, method) for name in settings["explained"] for method in settings["methods"]]
    facts = {
        "members": settings["members"],
        "judgements": [{"set": name} | _judgements(table, paths, settings) for (name, table), paths in by_set],
        "explanations": [
            {"set": name, "method": method} | _explanations(known[name], paths, settings)
            for (name, method), paths in zip(pairs, _parts(attributions, members), strict=True)
        ],
    }
    write_json(out, facts)


def _judgements(items: pl.DataFrame, paths: Sequence[str], settings: dict) -> dict:
    said = [tables.read(path, tables.SCORES) for path in paths]
    labels = np.stack([one["label"].to_numpy() for one in said])
    chances = np.stack([one["probability"].to_numpy() for one in said])
    groups = list(zip(items["q"], items["t"], strict=True))
    two = list(combinations(range(len(paths)), 2))
    alike = np.mean([labels[a] == labels[b] for a, b in two], axis=0)
    apart = np.mean([np.abs(chances[a] - chances[b]) for a, b in two], axis=0)
    kappas = [cohen_kappa_score(labels[a], labels[b], labels=[0, 1]) for a, b in two]
    # Where both say the same of everything it is not defined: nothing was left to chance.
    kappa = None if np.isnan(kappas).any() else round(float(np.mean(kappas)), 6)
    figures = with_interval("label_agreement", alike, groups, settings) | with_interval(
        "probability_difference", apart, groups, settings
    )
    unanimous = round(float((labels == labels[0]).all(axis=0).mean()), 6)
    return {"items": len(items), "kappa": kappa, "unanimous": unanimous} | figures | _accuracies(items, labels)


def _accuracies(items: pl.DataFrame, labels: np.ndarray) -> dict:
    """Accuracy of each member, where there are labels."""
    gold = items["label"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    there = ~np.isnan(gold)
    if not there.any():
        return {"accuracy": []}
    groups = [pair for pair, own in zip(zip(items["q"], items["t"], strict=True), there, strict=True) if own]
    right = (labels == gold)[:, there]
    return {"accuracy": [with_share("accuracy", one, groups) for one in right]}


def _explanations(items: pl.DataFrame, paths: Sequence[str], settings: dict) -> Metrics:
    read = [tables.read(path, tables.ATTRIBUTIONS) for path in paths]
    # Of a split some pairs are drawn to be explained.
    table = with_segments(items.join(read[0], on="item", how="semi", maintain_order="left"))
    table = table[np.sort(np.random.default_rng(settings["seed"]).permutation(len(table))[:PAIRS])]
    layout = layout_of(table)
    scores = [own.join(table, on="item", how="semi", maintain_order="left")["score"].to_numpy() for own in read]
    chosen = [choose(layout, one, settings["select"]) for one in scores]
    groups = list(zip(table["q"], table["t"], strict=True))
    two = list(combinations(range(len(paths)), 2))
    ranks = np.mean([rank_correlation(layout, scores[a], scores[b]) for a, b in two], axis=0)
    rationales = np.mean([overlap(layout, chosen[a], chosen[b]) for a, b in two], axis=0)
    # Not defined of pairs with fewer than two segments.
    there = ~np.isnan(ranks)
    figures: Metrics = {"pairs": int(there.sum())}
    if not there.any():
        return figures
    inside = [group for group, own in zip(groups, there, strict=True) if own]
    figures |= with_interval("spearman", ranks[there], inside, settings, signed=True)
    return figures | with_interval("jaccard", rationales[there], inside, settings)


def _parts(paths: Sequence[str], size: int) -> list[Sequence[str]]:
    return [paths[start : start + size] for start in range(0, len(paths), size)]
