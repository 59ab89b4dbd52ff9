"""A calibration of three classes or more as people read it in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from yiju.base.printable import padded
from yiju.base.terminal_language import told
from yiju.models.calibration.stored_classes import StoredClasses
from yiju.report.calibration_text import figure_said

# What a figure is called, and the key of it before and after.
FIGURES = {
    "log loss": "nll",
    "Brier score (0 to 2)": "brier",
    "mean p(label)": "confidence",
    "calibration error (ECE)": "ece",
    "accuracy": "accuracy",
    "macro F1": "macro_f1",
}


def class_lines(stored: StoredClasses) -> list[str]:
    """Temperature, figures before and after, and which classes are possible; then what the pairs could not tell."""
    counts = ", ".join(f"{name} {count:,}" for name, count in zip(stored.classes, stored.counts, strict=True))
    scores = "logits" if stored.scores == "logits" else "logarithms of the probabilities"
    return [
        f"{stored.pairs:,} pairs: {counts}",
        f"probability: softmax of the {scores} / {stored.temperature:.6g}, the temperature",
        "",
        *_table(stored),
        "",
        *_risk(stored),
        *([stored.note] if stored.note else []),
    ]


def _table(stored: StoredClasses) -> Iterator[str]:
    """Figures before and after, with 95 % intervals."""
    keys = [
        (name, *(figure_said(stored.figures, f"{when}.{key}") for when in ("before", "after")))
        for name, key in FIGURES.items()
    ]
    for row in (("", "before", "after"), *keys):
        name, before, after = map(told, row)
        yield f"{padded(name, 24)}  {padded(before, 31)}  {after}"
    yield "after: each fifth of the pairs, judged by a fit on the other four; in brackets 95 % intervals"
    yield "calibrated: what the ECE of calibrated probabilities stays below in 95 of 100 draws of labels"
    yield "p(label) and ECE: of the class that is decided"


def _risk(stored: StoredClasses) -> Iterator[str]:
    """Which classes are possible, how often the label is among them, and how many pairs are decided."""
    yield (
        f"possible classes, so that the label is none of them for at most {stored.risk * 100:.3g} % of pairs, with "
        f"{stored.confidence * 100:.0f} % confidence (for independent pairs like these):"
    )
    if stored.gap is None:
        yield "  all of every pair: these pairs are too few to show it of fewer"
    else:
        yield f"  those whose score is at most {stored.gap:.6g} below the highest one; more than one: undecided"
    covered, decided, wrong = (
        figure_said(stored.figures, f"after.{key}") for key in ("covered", "decided", "decided_wrong")
    )
    yield f"  the label is possible for {covered} of the pairs"
    yield f"  decided: {decided} of the pairs; wrong of these: {wrong}"
