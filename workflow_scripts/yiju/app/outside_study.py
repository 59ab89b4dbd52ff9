"""A study of any model on any pairs, outside the workflow: explanations of any source, measured in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from yiju.app.explainer import Explainer
from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.config.chosen_method import chosen_method
from yiju.config.method import METHODS, Method, get_method
from yiju.data.sets import to_items, with_segments
from yiju.evaluation.metrics.trivial import random_order, shared_first
from yiju.evaluation.study.compare_methods import BY_LABEL, by_label
from yiju.evaluation.study.recommend import LABELS, recommend
from yiju.evaluation.study.trial import Trial, falling, made_for_pairs, operators_of, share_of, studied
from yiju.explain.attribution import score_pairs
from yiju.explain.rationales.layout import layout_of
from yiju.explain.rationales.sufficient import sufficient_of
from yiju.models.calibration.apply import decide
from yiju.models.decision import UNDECIDED
from yiju.models.given_pairs import Pair

# Not measured unless they are named, and why.
CHANCE = "it is chance, which stands beside the methods as a rule"
SLOW = "it is slow; name it to have it measured"
# Resamples of an interval.
BOOTSTRAP = 1000
RULES = ("trivial_shared_first", "trivial_random")
# Is told the name of what is measured, and seconds of the processor a pair, None where nothing was computed.
Listener = Callable[[str, float | None], None]


def check_decides(explainer: Explainer) -> float:
    """The margin of a model's decisions. Raises YijuError for one without labels: the figures are about judgements."""
    if explainer.margin is None:
        raise YijuError(f"a study measures how far explanations of judgements hold, and {UNDECIDED}")
    return explainer.margin


def classes_of(explainer: Explainer) -> dict[str, str]:
    """Names of the classes of a model of more than two labels, by what the keys of their figures end in; else empty."""
    classes = explainer.scorer.classes
    return {} if len(classes) == 2 else {f"class_{number}": name for number, name in enumerate(classes)}


def draw_pairs(pairs: Sequence[Pair], number: int, seed: int) -> list[Pair]:
    """At most `number` distinct pairs at random, in their order. Raises YijuError where there are none."""
    distinct = list(dict.fromkeys(pairs))
    if not distinct:
        raise YijuError("there is no pair to measure explanations on; give a table that holds some")
    places = np.random.default_rng(seed).permutation(len(distinct))[:number]
    return [distinct[place] for place in sorted(places.tolist())]


def shelf(explainer: Explainer) -> tuple[dict[str, dict], dict[str, str]]:
    """The methods that are measured where nobody names any, with their options, and why others are not.

    The one that explains the model by default comes first, whatever it takes.
    """
    own = explainer.default_method
    chosen, left_out = {_name(own): own}, {}
    for name in METHODS:
        reason = explainer.why_unsupported(name) or _why_not(get_method(name))
        if name not in chosen and reason:
            left_out[name] = reason
        elif name not in chosen:
            chosen[name] = chosen_method(name, {})
    return chosen, left_out


def _why_not(method: Method) -> str | None:
    """Why a method is not measured unless it is named."""
    if method.chance:
        return CHANCE
    return SLOW if method.slow else None


def study_pairs(
    explainer: Explainer,
    pairs: Sequence[Pair],
    methods: Mapping[str, dict],
    given: Mapping[str, Sequence[np.ndarray]],
    seed: int,
    listener: Listener,
) -> dict:
    """What every figure made for pairs says of explanations of the same pairs, and which of them is recommended.

    pairs: distinct ones; methods: of the shelf, that fit the model, with all options, by name; given: scores from
    elsewhere by name, float64 [segments] of each pair, q's before t's. All explain the label that the model decides.
    The figures are those of the smallest rationale that the scores lead to (`yiju.explain.rationales.sufficient`),
    beside two rules that ignore the model. seed: of random segments and of the resamples of intervals. Returns plain
    values: items, judged (pairs by label), methods (figures with intervals by distinct pair, keys as in study.json) and
    recommended (`yiju.evaluation.study.recommend`). Where the model has more than two labels, `classes` has their names
    by the ends of keys. Raises YijuError for a model without labels.
    """
    margin = check_decides(explainer)
    items, classes = _items(pairs), classes_of(explainer)
    words = dict(enumerate(classes)) or BY_LABEL
    parts: list[pl.DataFrame] = []
    seconds: dict[str, float | None] = {}
    with explainer.before(pairs) as ensemble:
        labels = decide(ensemble.logits(), margin).astype(np.int64)
        known: dict[str, Any] = {"items": items, "ensemble": ensemble, "layout": layout_of(items), "labels": labels}
        trial = Trial(**known, margin=margin, differences={})
        for name, scores, cost in _explained(trial, methods, given, seed):
            parts.append(_measured(trial, name, scores, seed))
            seconds[name] = cost
            listener(name, cost)
    values = pl.concat(parts)
    groups = dict(zip(items["item"], pairs, strict=True))
    settings = {"bootstrap": BOOTSTRAP, "seed": seed}
    rows = [
        {"method": name, "trivial": name in RULES, "given": name in given}
        | ({} if cost is None else {"seconds_per_pair": float(f"{cost:.3g}")})
        | by_label(values.filter(method=name), items, labels, groups, settings, words)
        for name, cost in seconds.items()
    ]
    return {
        "items": len(items),
        "judged": {word: int((labels == label).sum()) for label, word in words.items()},
        **({"classes": classes} if classes else {}),
        "methods": rows,
        "recommended": recommend(
            values, labels, [*methods, *given], list(pairs), settings, dict(enumerate(classes.values())) or LABELS
        ),
    }


def _explained(
    trial: Trial, methods: Mapping[str, dict], given: Mapping[str, Sequence[np.ndarray]], seed: int
) -> Iterator[tuple[str, np.ndarray, float | None]]:
    """Name, scores, float64 [segments], and seconds of the processor a pair of everything that explains the pairs."""
    for name, method in methods.items():
        started = time.process_time()
        scores = score_pairs(trial.ensemble, trial.labels, method, bar=False).values[0]
        yield name, scores, (time.process_time() - started) / len(trial.items)
    read = np.concatenate([trial.ensemble.read(row) for row in range(len(trial.items))])
    for name, own in given.items():
        yield name, np.where(read, np.concatenate(own), np.nan), None
    known = to_items(trial.items)
    for name, rule in zip(RULES, (shared_first, random_order(seed)), strict=True):
        yield name, falling(trial, map(rule, known)), None


def _measured(trial: Trial, name: str, scores: np.ndarray, seed: int) -> pl.DataFrame:
    """STUDIED of one explanation."""
    smallest = sufficient_of(trial.ensemble, trial.labels, scores, trial.margin).ranks > 0
    figures = made_for_pairs(trial, smallest, seed, operators_of(trial.ensemble, seed))
    found = {"smallest": share_of(trial.layout, smallest)} | figures
    return studied(name, {metric: (trial.items["item"], values) for metric, values in found.items()})


def _items(pairs: Sequence[Pair]) -> pl.DataFrame:
    """The ITEMS table of pairs, cut into segments."""
    rows = [{"item": str(number), "q": q, "t": t} for number, (q, t) in enumerate(pairs, 1)]
    return with_segments(pl.DataFrame(rows, schema=pl.Schema(tables.ITEMS)))


def _name(method: dict) -> str:
    """A method with those of its options that are not its default."""
    usual = chosen_method(method["method"], {})
    own = [f"{key}={value}" for key, value in method.items() if value != usual[key]]
    return f"{method['method']}:{','.join(own)}" if own else method["method"]
