"""A study of any model on any pairs, outside the workflow: explanations of any source, measured in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import polars as pl

from yiju.app.explainer import Explainer
from yiju.app.explaining import SHARE
from yiju.app.outside_turned import changed_first, items_of
from yiju.base.errors import YijuError
from yiju.data.behaviour.minimal_pairs import Item
from yiju.data.sets import to_items
from yiju.evaluation.metrics.agreement import chance_correlation, rank_correlation
from yiju.evaluation.metrics.trivial import random_order, shared_first
from yiju.evaluation.study.compare_methods import BY_LABEL, by_label
from yiju.evaluation.study.recommend import LABELS, RANDOMISATION, recommend
from yiju.evaluation.study.review import normalised
from yiju.evaluation.study.trial import Trial, falling, made_for_pairs, operators_of, share_of, studied
from yiju.evaluation.with_intervals import Metrics, with_interval
from yiju.explain.attribution import score_pairs
from yiju.explain.ensemble import Ensemble
from yiju.explain.rationales.layout import choose, layout_of
from yiju.explain.rationales.sufficient import sufficient_of
from yiju.models.given_pairs import Pair
from yiju.models.randomisation import drawn_anew
from yiju.models.removal import Operator

# Resamples of an interval.
BOOTSTRAP = 1000
# Pairs that tell beforehand how long it takes.
TRIED = 2
RULES = ("trivial_shared_first", "trivial_random")
# Is told the name of what is measured, and seconds of the processor a pair, None where nothing was computed.
Listener = Callable[[str, float | None], None]


def classes_of(explainer: Explainer) -> dict[str, str]:
    """Names of the labels, 0 first, by what the keys of their figures end in.

    Where nothing is decided there is one, and its name is empty.
    """
    classes = explainer.scorer.classes
    if explainer.margin is None:
        return {"all": ""}
    if len(classes) == 2:
        return {BY_LABEL[label]: LABELS[label] for label in sorted(LABELS)}
    return {f"class_{number}": name for number, name in enumerate(classes)}


def draw_pairs(pairs: Sequence[Pair], number: int, seed: int) -> list[Pair]:
    """At most `number` distinct pairs at random, in their order. Raises YijuError where there are none."""
    distinct = list(dict.fromkeys(pairs))
    if not distinct:
        raise YijuError("there is no pair to measure explanations on; give a table that holds some")
    places = np.random.default_rng(seed).permutation(len(distinct))[:number]
    return [distinct[place] for place in sorted(places.tolist())]


def expected_seconds(
    explainer: Explainer, pairs: Sequence[Pair], methods: Mapping[str, dict], seed: int, turned: Sequence[Item] = ()
) -> float:
    """About how long `study_pairs` will take, from a trial with the first two pairs, and with two that were turned."""
    few, started = pairs[:TRIED], time.perf_counter()
    if len(few) == TRIED:
        study_pairs(explainer, few, methods, {}, seed, lambda *_: None, turned[:TRIED])
    return (time.perf_counter() - started) * len(pairs) / TRIED


def study_pairs(
    explainer: Explainer,
    pairs: Sequence[Pair],
    methods: Mapping[str, dict],
    given: Mapping[str, Sequence[np.ndarray]],
    seed: int,
    listener: Listener,
    turned: Sequence[Item] = (),
) -> dict:
    """What every figure made for pairs says of explanations of the same pairs, and which of them is recommended.

    pairs: distinct ones; methods: of the shelf, that fit the model, with all options, by name; given: scores from
    elsewhere by name, float64 [segments] of each pair, q's before t's. All explain the label that the model decides or,
    of a model that decides nothing, its score. The figures are those of the rationale that the scores lead to (the
    smallest that keeps the judgement, `yiju.explain.rationales.sufficient`, else the best three tenths of each
    sentence), beside two rules that ignore the model, and how far the scores of methods change when the weights are
    drawn anew. seed: of random segments, weights and the resamples of intervals. turned: minimal pairs whose change
    turned the judgement (`yiju.app.outside_turned`), of which it is measured how far methods rank first what changed.
    Returns plain values: items, judged (pairs by label), labels (what these are called), operators, weights (whether
    there are any), turned (how many), methods (figures with intervals by distinct pair, keys as in study.json) and
    recommended (`yiju.evaluation.study.recommend`).
    """
    with explainer.before(pairs) as ensemble, _drawn_anew(explainer, pairs, seed) as other:
        trial = _trial(explainer, ensemble, items_of(pairs))
        values, seconds = _values(trial, other, methods, given, seed, listener)
        operators = list(operators_of(ensemble, seed))
    settings = {"bootstrap": BOOTSTRAP, "seed": seed}
    first = changed_first(explainer, turned, methods, settings)
    labels, groups = trial.labels, dict(zip(trial.items["item"], pairs, strict=True))
    names = classes_of(explainer)
    numbered = dict(zip([1] if explainer.margin is None else range(len(names)), names, strict=True))
    rows = [
        {"method": name, "trivial": name in RULES, "given": name in given}
        | ({} if cost is None else {"seconds_per_pair": float(f"{cost:.3g}")})
        | by_label(values.filter(method=name), trial.items, labels, groups, settings, numbered)
        | _randomisation(values.filter(method=name), groups, settings)
        | first.get(name, {})
        for name, cost in seconds.items()
    ]
    called = {label: names[word] for label, word in numbered.items()}
    return {
        "items": len(trial.items),
        "judged": {word: int((labels == label).sum()) for label, word in numbered.items()},
        "labels": names,
        "operators": operators,
        "weights": explainer.scorer.model is not None,
        "turned": len(turned),
        "methods": rows,
        "recommended": recommend(values, labels, [*methods, *given], list(pairs), settings, called),
    }


def _trial(explainer: Explainer, ensemble: Ensemble, items: pl.DataFrame) -> Trial:
    outputs = ensemble.logits()
    decided = explainer.decision.labels(outputs)
    labels = np.ones(len(outputs), dtype=np.int64) if decided is None else decided.astype(np.int64)
    margin = np.nan if explainer.margin is None else explainer.margin
    return Trial(items, ensemble, layout_of(items), labels, margin, differences={})


def _values(
    trial: Trial,
    other: Ensemble | None,
    methods: Mapping[str, dict],
    given: Mapping[str, Sequence[np.ndarray]],
    seed: int,
    listener: Listener,
) -> tuple[pl.DataFrame, dict[str, float | None]]:
    """STUDIED of everything that explains the pairs, and seconds of the processor a pair by name.

    other: the pairs before random weights, or None.
    """
    operators, parts, seconds = operators_of(trial.ensemble, seed), [], {}
    for name, scores, cost in _explained(trial, methods, given, seed):
        found = _measured(trial, scores, seed, operators)
        if other is not None and name in methods:
            found |= _changed(trial, other, methods[name], scores, seed)
        parts.append(studied(name, {metric: (trial.items["item"], own) for metric, own in found.items()}))
        seconds[name] = cost
        listener(name, cost)
    return pl.concat(parts), seconds


@contextmanager
def _drawn_anew(explainer: Explainer, pairs: Sequence[Pair], seed: int) -> Iterator[Ensemble | None]:
    """The pairs before the same model with all weights drawn anew; None where there are no weights."""
    scorer = explainer.scorer
    if scorer.model is None:
        yield None
        return
    other = scorer.view(drawn_anew(scorer.model, seed))
    with Explainer(other, seed=seed, average_orders=explainer.average_orders).before(pairs) as ensemble:
        yield ensemble


def _changed(trial: Trial, other: Ensemble, method: dict, scores: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """How far the scores of a method are the same for random weights, and as random scores are: float64 [pairs]."""
    after = score_pairs(other, trial.labels, method, bar=False).values[0]
    same = np.abs(rank_correlation(trial.layout, scores, after))
    return dict(zip(RANDOMISATION, (same, chance_correlation(trial.layout, scores, seed)), strict=True))


def _randomisation(values: pl.DataFrame, groups: Mapping[str, Pair], settings: dict) -> Metrics:
    """Both figures of the check with random weights, of all pairs; nothing of a method that was not asked."""
    found: Metrics = {}
    for metric in RANDOMISATION:
        own = values.filter(metric=metric).drop_nulls("value")
        if len(own):
            inside = [groups[item] for item in own["item"]]
            found |= with_interval(metric, own["value"].to_numpy(), inside, settings)
    return found


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


def _measured(trial: Trial, scores: np.ndarray, seed: int, operators: Mapping[str, Operator]) -> dict[str, np.ndarray]:
    """The figures of one explanation, float64 [pairs] each."""
    rationale = _rationale(trial, scores)
    figures = made_for_pairs(trial, rationale, seed, operators)
    # The search for the bounds takes longer than everything else: it is asked for the first figure to look at alone.
    bounds = normalised(trial, rationale, {"delete": "delete"}, seed, alone=())
    return {"smallest": share_of(trial.layout, rationale)} | figures | bounds


def _rationale(trial: Trial, scores: np.ndarray) -> np.ndarray:
    """The segments that scores lead to, bool [segments], of those that speak for what is explained."""
    if not np.isnan(trial.margin):
        return sufficient_of(trial.ensemble, trial.labels, scores, trial.margin).ranks > 0
    return choose(trial.layout, scores, {"by": "share", "value": SHARE})
