"""Temperature and margin, fitted on labelled pairs, and what they change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
from scipy.optimize import minimize_scalar

from yiju.base import tables
from yiju.base.files import write_json
from yiju.data.sentence_keys import number_sentences, pair_keys, sentence_hashes
from yiju.models.calibration.apply import Calibration, difference, margin_of, read_calibration
from yiju.models.calibration.measure import calibrated_ece, measures, nll, reliability
from yiju.models.calibration.score_fit import Goal
from yiju.models.scores import both_orders

log = logging.getLogger(__name__)
# Bounds of the temperature, and how close, by its logarithm, it is at one of them.
COLDEST, HOTTEST = 0.1, 100.0
AT_BOUND = 1e-3
# Pairs of the rarer label that a fit needs: ten is the usual rule for a coefficient of a regression (Peduzzi 1996).
FEWEST = 10
# Of the draw that halves the dev pairs: the same for every run, so that the figures of two runs compare.
HALVES_SEED = 0
# What the pairs of a run are called that everything is fitted on.
OF = "dev pairs"


def fit(difference: np.ndarray, labels: np.ndarray, divisible: bool = True) -> Calibration:
    """Temperature and margin of judgements (logit 1 - logit 0, [n]) with known labels [n].

    Nothing is fitted (temperature 1, margin 0) on fewer than ten pairs of either label. The temperature stays 1 where
    all pairs are judged right by the larger logit, for then the likelihood has no optimum, and where `divisible` is
    false. `note` says so, and where a temperature is at its bound or the margin judges all pairs alike.
    """
    too_few = _too_few(labels)
    if too_few:
        return Calibration(1.0, 0.0, note=too_few)
    temperature, doubts = settled_of_two(difference, labels, OF) if divisible else (1.0, [])
    margin = fit_margin(difference / temperature, labels)
    doubts = [*doubts, *judged_alike(difference / temperature > margin, OF)]
    return Calibration(temperature, margin, True, " ".join(doubts))


def _too_few(labels: np.ndarray) -> str:
    """Why labels are too few to fit anything, as a sentence, or nothing."""
    similar, other = int((labels == 1).sum()), int((labels == 0).sum())
    if min(similar, other) >= FEWEST:
        return ""
    counts = f"{similar} of the {len(labels)} {OF} are similar and {other} are not"
    return (
        f"Neither temperature nor threshold was fitted: {counts}, and fewer than {FEWEST} of a label tell too little."
    )


def settled_of_two(difference: np.ndarray, labels: np.ndarray, of: str) -> tuple[float, list[str]]:
    """`settled_temperature` of logit 1 - logit 0, [n], with known labels [n]."""
    right = (difference > 0) == (labels == 1)
    return settled_temperature(right, lambda: fit_temperature(difference, labels), of)


def settled_temperature(right: np.ndarray, fit: Callable[[], float], of: str) -> tuple[float, list[str]]:
    """The likeliest temperature, 1 where all pairs are judged right, and what the pairs leave open of it, as sentences.

    right: bool [pairs], whether the highest logit of each is that of its label; fit: finds the temperature; of: what
    the pairs are called in sentences.
    """
    if right.all():
        told = f"All {len(right)} {of} are judged right, so that they do not tell how far to trust a probability"
        return 1.0, [f"{told}: the temperature stays 1."]
    temperature = fit()
    return temperature, [
        f"The temperature is at its {side} bound of {bound:g}: the probabilities are not calibrated."
        for bound, side in ((COLDEST, "lower"), (HOTTEST, "upper"))
        if abs(np.log(temperature / bound)) < AT_BOUND
    ]


def judged_alike(said: np.ndarray, of: str) -> list[str]:
    """A sentence where all decisions, bool [n], are the same. of: what the pairs are called."""
    if said.any() and not said.all():
        return []
    label = "similar" if said.all() else "not similar"
    return [f"With the fitted threshold all {len(said)} {of} are judged {label}."]


def fit_temperature(difference: np.ndarray, labels: np.ndarray) -> float:
    """The temperature that makes the labels likeliest. difference: [n] float64, labels: [n]."""
    return likeliest_temperature(lambda temperature: nll(difference / temperature, labels))


def likeliest_temperature(loss: Callable[[float], float]) -> float:
    """The temperature of the smallest negative log likelihood (Guo 2017), between 0.1 and 100, to six decimals.

    loss: by temperature; it is convex in 1 / T, so that it has one optimum over log T.
    """
    found = minimize_scalar(
        lambda log_t: loss(np.exp(log_t)),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return round(float(np.exp(found.x)), 6)


def fit_margin(difference: np.ndarray, labels: np.ndarray, goal: Goal = "accuracy") -> float:
    """The margin that judges the most pairs right, or whose decisions have the highest F1 of label 1; of equals the one
    closest to 0, of two as close the positive one.

    Candidates are 0, the midpoints between neighbouring differences, and one place beyond either end.
    """
    order = np.argsort(difference, kind="stable")
    ranked = difference[order]
    edges = np.concatenate([[ranked[0] - 1], np.unique(ranked), [ranked[-1] + 1]])
    candidates = np.append((edges[1:] + edges[:-1]) / 2, 0.0)
    # Pairs up to `below` are judged not similar, as `decide` does it, rounding of midpoints included.
    below = np.searchsorted(ranked, candidates, side="right")
    similar = np.concatenate([[0], np.cumsum(labels[order] == 1)])
    found, said = similar[-1] - similar[below], len(ranked) - below
    value = found + (below - similar[below]) if goal == "accuracy" else 2 * found / (said + similar[-1])
    best = candidates[value == value.max()]
    return float(min(best, key=lambda margin: (abs(margin), -margin)))


def describe(difference: np.ndarray, labels: np.ndarray, margin: float) -> dict[str, float]:
    """Figures of judgements: nll, brier, ece, and the accuracy that a margin gives."""
    return {"accuracy": _share((difference > margin) == labels), **measures(difference, labels)}


def calibrate_ensemble(dev: str, scores: Sequence[str], calibrations: Sequence[str], settings: dict, out: str) -> None:
    """Fit temperature and margin of the mean of the members' logits on the dev items, and tell what they change (JSON).

    dev: ITEMS; scores, calibrations: of each member. settings: calibrate (else temperature 1 and the margin of
    decision_threshold), decision_threshold, average_orders. Beside temperature and margin: figures and reliability of
    the dev items before (the members' temperatures undone, the configured threshold) and after; and `cross_fitted`,
    where something was fitted and could be on half of the pairs: figures of pairs that everything was fitted without,
    on the other half, both ways, as figures on pairs that it was fitted on flatter it. Weights that were chosen on dev
    flatter these as well. `note` says what the dev pairs could not tell.
    """
    items = tables.read(dev, tables.ITEMS)
    labels = items["label"].to_numpy()
    members = [tables.read(path, tables.SCORES) for path in scores]
    given, decisive = _differences(members, settings["average_orders"])
    temperatures = np.array([read_calibration(path).temperature for path in calibrations])[:, None]
    plain = Calibration(1.0, margin_of(settings["decision_threshold"]))
    fitted = fit(decisive.mean(axis=0), labels) if settings["calibrate"] else plain
    if fitted.note:
        log.warning(fitted.note)
    before = (temperatures * decisive).mean(axis=0)
    after = decisive.mean(axis=0) / fitted.temperature
    facts: dict[str, Any] = asdict(fitted) | {"member_temperatures": temperatures[:, 0].tolist(), "pairs": len(labels)}
    pairs = list(zip(items["q"], items["t"], strict=True))
    facts |= _told("before", before, labels, plain.margin, pairs) | _told("after", after, labels, fitted.margin, pairs)
    if fitted.fitted:
        facts |= _cross_fitted(items, temperatures * given, temperatures * decisive, labels)
    write_json(out, facts)
    log.info("temperature %.3f, margin %.3f", fitted.temperature, fitted.margin)


def _differences(members: Sequence[pl.DataFrame], average_orders: bool) -> tuple[np.ndarray, np.ndarray]:
    """Differences of every member, [members, items]: of the order as given, and of what decides."""
    orders = [both_orders(member) for member in members]
    given = np.stack([difference(logits) for logits, _ in orders])
    if not average_orders:
        return given, given
    others = [difference(swapped) for _, swapped in orders if swapped is not None]
    assert len(others) == len(orders), "every member has judged both orders, where both decide"
    return given, (given + np.stack(others)) / 2


def _told(
    when: str, differences: np.ndarray, labels: np.ndarray, margin: float, pairs: Sequence[Hashable]
) -> dict[str, Any]:
    bins = reliability(differences, labels)
    shown = {
        "probability": [round(value, 6) for value in bins.probability.tolist()],
        "similar": [round(value, 6) for value in bins.similar.tolist()],
        "count": bins.count.tolist(),
    }
    figures = describe(differences, labels, margin) | calibrated_ece(differences, pairs) | shown
    return {f"{when}.{key}": value for key, value in figures.items()}


def _cross_fitted(items: pl.DataFrame, given: np.ndarray, decisive: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Figures of each half of the items, calibrated on the other; nothing where a half has too few pairs of a label.

    given, decisive: [members, items], all temperatures undone: the members' are fitted anew as well.
    """
    first = halves(items)
    if any(_too_few(labels[half]) for half in (first, ~first)):
        return {}
    calibrated, right = np.empty(len(labels)), np.empty(len(labels), dtype=bool)
    for fitted_on in (first, ~first):
        own = np.array([fit(member[fitted_on], labels[fitted_on]).temperature for member in given])[:, None]
        mean = (decisive / own).mean(axis=0)
        both = fit(mean[fitted_on], labels[fitted_on])
        judged = mean[~fitted_on] / both.temperature
        calibrated[~fitted_on] = judged
        right[~fitted_on] = (judged > both.margin) == labels[~fitted_on]
    pairs = list(zip(items["q"], items["t"], strict=True))
    figures = {"accuracy": _share(right), **measures(calibrated, labels), **calibrated_ece(calibrated, pairs)}
    return {f"cross_fitted.{key}": value for key, value in figures.items()}


def halves(items: pl.DataFrame) -> np.ndarray:
    """Whether each item is in the first of two random halves, [items] bool; all items of one pair, in any order of its
    sentences, in the same."""
    pair = number_pairs(items)
    pairs = int(pair.max()) + 1
    return (np.random.default_rng(HALVES_SEED).permutation(pairs) < pairs // 2)[pair]


def number_pairs(items: pl.DataFrame) -> np.ndarray:
    """The number of each item's pair, [items] int64 from 0, the same for a pair in any order of its sentences q, t."""
    keys = pair_keys(number_sentences(sentence_hashes(items.select("q", "t"))))
    return np.unique(keys, return_inverse=True)[1]


def _share(right: np.ndarray) -> float:
    return round(float(right.mean()), 6)
