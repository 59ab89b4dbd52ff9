"""A calibration as people read it in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from yiju.base.printable import padded
from yiju.base.terminal_language import told
from yiju.models.calibration.stored import StoredCalibration

# What a figure is called, and the key of it before and after.
FIGURES = {
    "log loss": "nll",
    "Brier score": "brier",
    "calibration error (ECE)": "ece",
    "accuracy": "accuracy",
    "F1": "f1",
    "precision": "precision",
    "recall": "recall",
}
CHOSEN = {"accuracy": "the highest accuracy", "f1": "the highest F1"}
SCORES = {"temperature": "score: logit 1 - logit 0", "platt": "score: what the model gives"}


def lines(stored: StoredCalibration) -> list[str]:
    """Threshold, formula, figures before and after, and what is left undecided; then what the pairs could not tell."""
    chance = float(stored.fit.probability(np.array(stored.threshold)))
    return [
        f"{stored.pairs:,} pairs, {stored.similar:,} of them similar ({_score(stored)})",
        f"threshold: similar above a score of {stored.threshold:.6g}, a calibrated probability of {chance:.3f}",
        f"  chosen by {_chosen(stored)}",
        f"probability: {_formula(stored)}",
        "",
        *_table(stored),
        "",
        *_risk(stored),
        *([stored.note] if stored.note else []),
    ]


def _score(stored: StoredCalibration) -> str:
    """What the score is."""
    return SCORES[stored.scaling] if stored.weights else "score: as the table has it"


def _chosen(stored: StoredCalibration) -> str:
    name, _, least = stored.aim.partition(":")
    if not least:
        return f"{CHOSEN[name]} on these pairs"
    return f"a precision of at least {least}, with {stored.confidence * 100:.0f} % confidence"


def _formula(stored: StoredCalibration) -> str:
    if stored.scaling == "temperature":
        return f"1 / (1 + exp(-score / {1 / stored.slope:.6g})), the temperature"
    sign = "-" if stored.intercept < 0 else "+"
    return f"1 / (1 + exp(-({stored.slope:.6g} * score {sign} {abs(stored.intercept):.6g})))"


def _table(stored: StoredCalibration) -> Iterator[str]:
    """Figures before and after, with 95 % intervals."""
    for row in (("", "before", "after"), *((name, *_figures(stored, key)) for name, key in FIGURES.items())):
        name, before, after = map(told, row)
        yield f"{padded(name, 24)}  {padded(before, 31)}  {after}"
    yield "after: each fifth of the pairs, judged by a fit on the other four; in brackets 95 % intervals"
    yield "calibrated: what the ECE of calibrated probabilities stays below in 95 of 100 draws of labels"
    yield "before: the score as log-odds, or as a probability where all lie between 0 and 1; similar from 0.5 on"


def _figures(stored: StoredCalibration, key: str) -> tuple[str, str]:
    return figure_said(stored.figures, f"before.{key}"), figure_said(stored.figures, f"after.{key}")


def figure_said(figures: Mapping[str, float | int | None], key: str) -> str:
    """A figure with its interval; the calibration error with what calibrated probabilities would stay below."""
    value = figures[key]
    if value is None:
        return "not defined"
    if f"{key}.calibrated.high" in figures:
        return f"{value:.3f} (calibrated: up to {figures[f'{key}.calibrated.high']:.3f})"
    low, high = figures.get(f"{key}.low"), figures.get(f"{key}.high")
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _risk(stored: StoredCalibration) -> Iterator[str]:
    """From where on decisions keep the risk, and how many pairs that decides."""
    yield (
        f"undecided between the scores below, so that at most {stored.risk * 100:.3g} % of either decision are wrong, "
        f"with {stored.confidence * 100:.0f} % confidence (for independent pairs like these):"
    )
    for label, end, sign in (("similar", stored.similar_above, "above"), ("not similar", stored.other_below, "below")):
        end_said = "no pair: these pairs do not show it of any score" if end is None else f"{sign} {end:.6g}"
        yield f"  {label}: {end_said}"
    decided, wrong = (figure_said(stored.figures, f"after.{key}") for key in ("decided", "decided_wrong"))
    yield f"  decided: {decided} of the pairs; wrong of these: {wrong}"
