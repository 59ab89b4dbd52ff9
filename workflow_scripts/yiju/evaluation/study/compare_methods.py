"""Explanation methods side by side on the drawn pairs of a set."""

from __future__ import annotations

import json
import logging
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.base.files import write_json
from yiju.data.sets import to_items
from yiju.evaluation.metrics.agreement import mean_over
from yiju.evaluation.metrics.bootstrap import Statistic
from yiju.evaluation.metrics.consistency import disturbed_pairs
from yiju.evaluation.metrics.names import MATRIX, is_difference
from yiju.evaluation.study.changed_first import recalls
from yiju.evaluation.study.recommend import recommend
from yiju.evaluation.study.stability import agreement_after_edits, agreement_of_seeds, count_edits
from yiju.evaluation.study.studied_scores import Explanations, read_explanations
from yiju.evaluation.with_intervals import Metrics, with_interval, with_statistics
from yiju.explain.rationales.layout import layout_of
from yiju.models.randomisation_steps import ALL, STEPS
from yiju.models.scores import explained_labels

log = logging.getLogger(__name__)
Groups = dict[str, Hashable]
# Those of which each label has figures of its own: one that holds for one label only would look good in the mean.
MADE_FOR_PAIRS = ("one_sided", "alone", "kept", "emptied", "smallest", "infidelity")
BY_LABEL = {1: "similar", 0: "not_similar"}
# Other metrics from 0 to 1; what is not among them are differences and correlations, from -1 to 1.
SHARES = (
    *("selected", "new_p.mask", "new_p.delete", "token_f1", "iou_f1", "map", "members.jaccard"),
    *("seeds.first_three", "seeds.tied"),
    *("randomisation", "randomisation.chance", *(f"randomisation.{step}" for step in STEPS)),
)


def compare_methods(
    items: str,
    scores: str,
    measured: Sequence[str],
    trivial: str,
    matrices: Sequence[str],
    attributions: Sequence[str],
    members: Sequence[str],
    randomised: Sequence[str],
    again: Sequence[str],
    edited: Sequence[str],
    turned: Sequence[str],
    seconds: Sequence[str],
    settings: dict,
    out: str,
) -> None:
    """Write what every metric finds in every method, how far methods and members agree, and the recommended method.

    items: the drawn ITEMS; scores: their SCORES; measured: STUDIED, attributions: ATTRIBUTIONS, seconds: the time of
    those, randomised: RANDOMISED, again: ATTRIBUTIONS with another seed, empty of a method that draws nothing, edited:
    EDITED, turned: TURNED, each by method; members: ATTRIBUTIONS of each member's own judgement by method and member,
    none where there is one; trivial: STUDIED of the rules that ignore the model, and of the solver that looks at the
    figures themselves; matrices: STUDIED of each estimate of the matrix.
    settings: set, methods, members (all in this order), select, target, bootstrap, seed. Methods that do not fit the
    model are in `left_out`, each with the reason, and nowhere else; raises YijuError where none fits.

    Figures are means over items, with intervals by distinct pair; `.items` says over how many, as a metric may not be
    defined in all; `<metric>.similar` and `<metric>.not_similar` are those of the figures made for pairs, of the pairs
    of one label, with `.items` too. A row holds those of one method: all metrics of STUDIED; randomisation, the
    absolute rank correlation with its scores when all weights are drawn anew, randomisation.<step> when some are
    (`yiju.models.randomisation_steps`), and randomisation.chance, that with random scores; members.*, how far two
    members agree; draws, whether the method draws samples, and seeds.*, how far two seeds agree if so
    (`agreement_of_seeds`); edits.spearman, how far scores stay after edits (`agreement_after_edits`), whose numbers
    `edits` has; changed.*, how far the segments stand first that turned the judgement of minimal pairs
    (`yiju.evaluation.study.changed_first.recalls`); seconds_per_pair. `matrix` holds the figures of each estimate of
    the matrix (`yiju.evaluation.study.measure_matrix`), the same for all methods.
    """
    table = tables.read(items, tables.ITEMS)
    labels = explained_labels(tables.read(scores, tables.SCORES), settings["target"])
    clocks = {name: _read(path) for name, path in zip(settings["methods"], seconds, strict=True)}
    left_out = _left_out(clocks)
    fits = [name not in left_out for name in settings["methods"]]
    methods = [name for name in settings["methods"] if name not in left_out]
    paths = (attributions, members, randomised, again, edited, turned)
    first, members, randomised, again, edited, turned = (_by_fitting(fits, one) for one in paths)
    found = read_explanations(layout_of(table), first, members, randomised, settings | {"methods": methods})
    seeds = [agreement_of_seeds(found.layout, *both) for both in zip(first, again, strict=True)]
    edits = [agreement_after_edits(found.layout, *both) for both in zip(first, edited, strict=True)]
    stable = [one | other for one, other in zip(seeds, edits, strict=True)]
    studied = [tables.read(path, tables.STUDIED) for path in [*measured, trivial, *matrices]]
    values = pl.concat([*studied, _of_explanations(table, found, stable, methods, settings["seed"])])
    matrix, values = values.filter(method=MATRIX), values.filter(pl.col("method") != MATRIX)
    costs = {name: float(f"{clocks[name]['seconds'] / len(table):.3g}") for name in methods}
    groups = _groups(table)
    changed = {name: _changed_first(path, settings) for name, path in zip(methods, turned, strict=True)}
    drawing = {name: bool(one) for name, one in zip(methods, seeds, strict=True)}
    rules = [name for name in values["method"].unique(maintain_order=True) if name not in methods]
    own_figures: dict[str, Metrics] = {
        name: {"seconds_per_pair": costs[name], "draws": drawing[name], **changed[name]} for name in methods
    }
    rows = [
        {"method": name, "trivial": name in rules}
        | own_figures.get(name, {})
        | _figures(values.filter(method=name), groups, settings)
        | by_label(values.filter(method=name), table, labels, groups[0], settings)
        for name in [*methods, *rules]
    ]
    own = [groups[0][item] for item in table["item"]]
    best = recommend(values, labels, methods, own, settings)
    facts = {
        "set": settings["set"],
        "items": len(table),
        "members": settings["members"],
        "methods": rows,
        "left_out": left_out,
        "edits": count_edits(len(table), edited[0]),
        "matrix": _of_matrix(matrix, table, labels, groups[0], settings),
        "agreement": {
            "methods": _matrices(found.together, methods, list(groups[0].values()), settings),
            "members": _matrices(found.members, settings["members"] if members else [], own, settings),
        },
        "recommended": best,
    }
    write_json(out, facts)
    log.info("%s: %s", settings["set"], best["reason"])


def _read(path: str) -> dict:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _left_out(clocks: Mapping[str, dict]) -> dict[str, str]:
    """Why methods do not fit the model, by name. Raises YijuError where none fits."""
    found = {name: one["left_out"] for name, one in clocks.items() if "left_out" in one}
    if len(found) == len(clocks):
        raise YijuError(f"{'; '.join(found.values())}; name another method in study.methods, such as occlusion")
    for name, reason in found.items():
        log.info("%s is left out: %s", name, reason)
    return found


def _by_fitting(fits: Sequence[bool], paths: Sequence[str]) -> list[str]:
    """The paths of methods that fit. paths: by method, as many of each one after another."""
    each = len(paths) // len(fits)
    return [path for place, path in enumerate(paths) if fits[place // each]]


def _of_explanations(
    items: pl.DataFrame,
    found: Explanations,
    stable: Sequence[Mapping[str, np.ndarray]],
    methods: Sequence[str],
    seed: int,
) -> pl.DataFrame:
    """What the explanations themselves show of every method, as STUDIED: randomisation, agreement of its members."""
    parts, members = [], found.members
    for place, method in enumerate(methods):
        pairs = list(combinations(range(len(members.scores)), 2))
        values = {_name(step): found.randomisation(place, step) for step in found.randomised}
        values["randomisation.chance"] = found.chance(place, seed)
        values |= stable[place]
        if pairs:
            values["members.spearman"] = mean_over([members.spearman((a, place), (b, place)) for a, b in pairs])
            values["members.jaccard"] = mean_over([members.jaccard((a, place), (b, place)) for a, b in pairs])
        parts += [
            pl.DataFrame(
                {"method": method, "item": items["item"], "metric": metric, "value": one}, pl.Schema(tables.STUDIED)
            )
            for metric, one in values.items()
        ]
    return pl.concat(parts).with_columns(pl.col("value").fill_nan(None))


def _name(step: str) -> str:
    """What the figure of a step of randomisation is called."""
    return "randomisation" if step == ALL else f"randomisation.{step}"


def _groups(items: pl.DataFrame) -> tuple[Groups, Groups]:
    """What is drawn together: an item's texts; where two forms are compared, those of their original."""
    texts: Groups = {item: (q, t) for item, q, t in items.select("item", "q", "t").iter_rows()}
    return texts, {other: texts[original] for original, other in disturbed_pairs(to_items(items))}


def _figures(values: pl.DataFrame, groups: tuple[Groups, Groups], settings: dict) -> Metrics:
    """Every metric of one method."""
    found: Metrics = {}
    for (metric,), rows in values.drop_nulls("value").group_by("metric", maintain_order=True):
        own = [groups[metric == "map"][item] for item in rows["item"]]
        signed = is_difference(metric) if metric.startswith(MADE_FOR_PAIRS) else metric not in SHARES
        found |= with_interval(metric, rows["value"].to_numpy(), own, settings, signed) | {f"{metric}.items": len(rows)}
    return found


def _changed_first(path: str, settings: dict) -> Metrics:
    """How far a method ranks the segments first that turned the judgement; intervals by the sentence changed."""
    found = recalls(tables.read(path, tables.TURNED))
    figures: Metrics = {}
    for name in found.columns[2:]:
        figures |= with_interval(name, found[name].to_numpy(), found["parent"].to_list(), settings)
        figures[f"{name}.items"] = len(found)
    return figures


def _of_matrix(
    values: pl.DataFrame, items: pl.DataFrame, labels: np.ndarray, groups: Groups, settings: dict
) -> Metrics:
    """The figures of the matrix: `<estimator>.<figure>.<operator>.<label>`."""
    found: Metrics = {}
    for metric, word, own in _each_label(values, items, labels):
        key, inside = f"{metric}.{word}", [groups[item] for item in own["item"]]
        found |= with_statistics({key: _mean_of(own["value"].to_numpy())}, inside, settings)
        found[f"{key}.items"] = len(own)
    return found


def _each_label(
    values: pl.DataFrame, items: pl.DataFrame, labels: np.ndarray, words: Mapping[int, str] = BY_LABEL
) -> Iterator[tuple[str, str, pl.DataFrame]]:
    """Metric, label in words, and the rows of STUDIED of the pairs of this label, as far as the metric is defined."""
    for label, word in words.items():
        names = items["item"].filter(pl.Series(labels == label))
        rows = values.filter(pl.col("item").is_in(names.implode())).drop_nulls("value")
        for (metric,), own in rows.group_by("metric", maintain_order=True):
            yield metric, word, own


def _mean_of(values: np.ndarray) -> Statistic:
    return lambda weights: weights @ values / weights.sum(axis=1)


def by_label(
    values: pl.DataFrame,
    items: pl.DataFrame,
    labels: np.ndarray,
    groups: Groups,
    settings: dict,
    words: Mapping[int, str] = BY_LABEL,
) -> Metrics:
    """The figures made for pairs, of the pairs of each label. words: what the keys of a label end in."""
    found: Metrics = {}
    for metric, word, own in _each_label(values, items, labels, words):
        if metric.startswith(MADE_FOR_PAIRS):
            inside = [groups[item] for item in own["item"]]
            key, signed = f"{metric}.{word}", is_difference(metric)
            found |= with_interval(key, own["value"].to_numpy(), inside, settings, signed)
            found[f"{key}.items"] = len(own)
    return found


def _matrices(found: Explanations, names: Sequence[str], groups: Sequence[Hashable], settings: dict) -> dict:
    """Agreement of any two of the first kind, mean over the second: matrices by measure, null where not defined."""
    matrices: dict[str, list] = {"names": list(names)}
    for measure in ("spearman", "jaccard"):
        own: dict[str, list[list[float | None]]] = {
            end: [[*row] for row in np.eye(len(names)).tolist()] for end in ("", ".low", ".high")
        }
        for a, b in combinations(range(len(names)), 2):
            compared = [getattr(found, measure)((a, other), (b, other)) for other in range(found.scores.shape[1])]
            values = mean_over(compared)
            known = ~np.isnan(values)
            inside = [group for group, there in zip(groups, known, strict=True) if there]
            figures = with_interval("", values[known], inside, settings, measure == "spearman") if inside else {}
            for end, matrix in own.items():
                matrix[a][b] = matrix[b][a] = figures.get(end)
        matrices |= {f"{measure}{end}": matrix for end, matrix in own.items()}
    return matrices
