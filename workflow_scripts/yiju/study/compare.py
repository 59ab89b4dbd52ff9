"""Explanation methods side by side on the drawn pairs of a set."""

from __future__ import annotations

import json
import logging
from collections.abc import Hashable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from yiju import tables
from yiju.evaluation.figures import Metrics, with_interval
from yiju.metrics.consistency import disturbed_pairs
from yiju.provenance import write_json
from yiju.rationale.layout import layout_of
from yiju.rationale.sets import to_items
from yiju.study.explanations import Explanations, mean_over, read_explanations
from yiju.study.recommend import recommend

log = logging.getLogger(__name__)
Groups = dict[str, Hashable]
# Metrics from 0 to 1; the others are differences and correlations, from -1 to 1.
SHARES = ("token_f1", "iou_f1", "map", "members.jaccard", "new_p.mask", "new_p.delete")


def compare_methods(
    items: str,
    measured: Sequence[str],
    trivial: Sequence[str],
    attributions: Sequence[str],
    randomised: Sequence[str],
    seconds: Sequence[str],
    settings: dict,
    out: str,
) -> None:
    """Write what every metric finds in every method, how far methods and members agree, and the recommended method.

    items: the drawn ITEMS; measured: STUDIED, attributions: ATTRIBUTIONS, seconds: time of those, by method and member;
    randomised: ATTRIBUTIONS of the first member with random weights, by method; trivial: STUDIED of the rules that
    ignore the model, by member. settings: set, methods, members (all in this order), select, bootstrap, seed.

    Figures are means over members, then over items, with intervals by distinct pair; `.items` says over how many, as a
    metric may not be defined in all. A row holds those of one method: all metrics of STUDIED; randomisation, the rank
    correlation with its scores for random weights; members.*, how far two members agree; seconds_per_pair.
    """
    table = tables.read(items, tables.ITEMS)
    methods, members = settings["methods"], settings["members"]
    found = read_explanations(layout_of(table), attributions, randomised, settings)
    values = pl.concat([_mean_of_members([*measured, *trivial]), _of_explanations(table, found, methods)])
    time = np.reshape([_number(path) for path in seconds], (len(methods), len(members))).mean(axis=1) / len(table)
    costs = {name: float(f"{value:.3g}") for name, value in zip(methods, time, strict=True)}
    groups = _groups(table)
    rules = [name for name in values["method"].unique(maintain_order=True) if name not in methods]
    rows = [
        {"method": name, "trivial": name in rules}
        | ({} if name in rules else {"seconds_per_pair": costs[name]})
        | _figures(values.filter(method=name), groups, settings)
        for name in [*methods, *rules]
    ]
    best = recommend(values, costs, [groups[0][item] for item in table["item"]], settings)
    facts = {
        "set": settings["set"],
        "items": len(table),
        "members": members,
        "methods": rows,
        "agreement": {
            "methods": _matrices(found, methods, list(groups[0].values()), settings),
            "members": _matrices(found.turned(), members, list(groups[0].values()), settings),
        },
        "recommended": best,
    }
    write_json(out, facts)
    log.info("%s: %s", settings["set"], best["reason"])


def _number(path: str) -> float:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _mean_of_members(paths: Sequence[str]) -> pl.DataFrame:
    """STUDIED of all members as one: the mean over those in which a metric is defined."""
    parts = pl.concat([tables.read(path, tables.STUDIED) for path in paths])
    return parts.group_by("method", "item", "metric", maintain_order=True).agg(pl.col("value").mean())


def _of_explanations(items: pl.DataFrame, found: Explanations, methods: Sequence[str]) -> pl.DataFrame:
    """What the explanations themselves show of every method, as STUDIED: randomisation, agreement of its members."""
    parts = []
    for place, method in enumerate(methods):
        pairs = list(combinations(range(found.members), 2))
        values = {"randomisation": found.randomisation(place)}
        if pairs:
            values["members.spearman"] = mean_over([found.spearman((place, a), (place, b)) for a, b in pairs])
            values["members.jaccard"] = mean_over([found.jaccard((place, a), (place, b)) for a, b in pairs])
        parts += [
            pl.DataFrame({"method": method, "item": items["item"], "metric": metric, "value": one}, tables.STUDIED)
            for metric, one in values.items()
        ]
    return pl.concat(parts).with_columns(pl.col("value").fill_nan(None))


def _groups(items: pl.DataFrame) -> tuple[Groups, Groups]:
    """What is drawn together: an item's texts; where two forms are compared, those of their original."""
    texts = {item: (q, t) for item, q, t in items.select("item", "q", "t").iter_rows()}
    return texts, {other: texts[original] for original, other in disturbed_pairs(to_items(items))}


def _figures(values: pl.DataFrame, groups: tuple[Groups, Groups], settings: dict) -> Metrics:
    """Every metric of one method."""
    found: Metrics = {}
    for (metric,), rows in values.drop_nulls("value").group_by("metric", maintain_order=True):
        own = [groups[metric == "map"][item] for item in rows["item"]]
        found |= with_interval(metric, rows["value"].to_numpy(), own, settings, metric not in SHARES) | {
            f"{metric}.items": len(rows)
        }
    return found


def _matrices(found: Explanations, names: Sequence[str], groups: Sequence[Hashable], settings: dict) -> dict:
    """Agreement of any two of the first kind, mean over the second: matrices by measure, null where not defined."""
    matrices: dict[str, list] = {"names": list(names)}
    for measure in ("spearman", "jaccard"):
        own = {end: np.eye(len(names)).tolist() for end in ("", ".low", ".high")}
        for a, b in combinations(range(len(names)), 2):
            compared = [getattr(found, measure)((a, other), (b, other)) for other in range(found.members)]
            values = mean_over(compared)
            known = ~np.isnan(values)
            inside = [group for group, there in zip(groups, known, strict=True) if there]
            figures = with_interval("", values[known], inside, settings, measure == "spearman") if inside else {}
            for end, matrix in own.items():
                matrix[a][b] = matrix[b][a] = figures.get(end)
        matrices |= {f"{measure}{end}": matrix for end, matrix in own.items()}
    return matrices
