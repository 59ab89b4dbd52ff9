"""How often judgements of a table are right by its own labels, beside what needs no model."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from yiju.base.share_intervals import share_interval
from yiju.data.corpora.label_kinds import LabelKind, class_numbers, kind_of_labels, says_nothing

# Of fewer labelled pairs no threshold is found.
FEWEST, FOLDS = 20, 5
# A column of more different values holds no labels.
MOST_LABELS = 1000


@dataclass
class GoldTally:
    """Labels of judged pairs as they stand in a table, the labels that the model gave, and shares of common characters.

    What is kept of a pair takes some bytes, so that millions may come.
    """

    codes: dict[str, int] = field(default_factory=dict)
    gold: array[int] = field(default_factory=lambda: array("i"))
    judged: array[int] = field(default_factory=lambda: array("h"))
    shares: array[float] = field(default_factory=lambda: array("f"))

    def add(self, label: str | None, judged: int | None, q: str, t: str) -> None:
        """Count a pair; one without either label says nothing."""
        if label is not None and judged is not None and label.strip() and len(self.codes) <= MOST_LABELS:
            self.gold.append(self.codes.setdefault(label, len(self.codes)))
            self.judged.append(judged)
            self.shares.append(common_share(q, t))

    def lines(self, column: str, classes: Sequence[str]) -> Iterator[str]:
        """What is to be said of the judgements; nothing without labelled pairs. classes: what the model calls them."""
        if not self.gold:
            return
        counts = dict(zip(self.codes, np.bincount(np.array(self.gold)).tolist(), strict=True))
        known = _meanings(kind_of_labels(counts), classes, self.codes)
        if known is None:
            shown = ", ".join(repr(text) for text in [*self.codes][:5])
            yield f"column {column} is not compared with the judgements: it is not clear what its labels mean ({shown})"
            return
        numbers = np.array([-1 if known.get(text) is None else known[text] for text in self.codes])[np.array(self.gold)]
        there = numbers >= 0
        yield from _said(column, numbers[there], np.array(self.judged)[there], np.array(self.shares)[there], classes)


def common_share(q: str, t: str) -> float:
    """Twice the characters that two sentences have in common, by those of both (Dice): 0 to 1."""
    shared = (Counter(q) & Counter(t)).total()
    return 2 * shared / max(1, len(q) + len(t))


def right_by_overlap(shares: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """Whether a threshold of shares judges each pair right that was found on the others, bool [n].

    The pairs are taken in FOLDS parts in turn; the threshold of a part is the best one of all others. shares: [n],
    gold: [n] of 0 and 1.
    """
    folds = np.arange(len(gold)) % FOLDS
    right = np.empty(len(gold), dtype=bool)
    for fold in range(FOLDS):
        away = folds != fold
        right[~away] = (shares[~away] >= _threshold(shares[away], gold[away])) == gold[~away]
    return right


def _threshold(shares: np.ndarray, gold: np.ndarray) -> float:
    """The share from which on pairs are judged similar, with the most right judgements; the lowest of several.

    It is -1 where all are similar, and 2 where none is.
    """
    values, places = np.unique(shares, return_inverse=True)
    gain = np.bincount(places, weights=2.0 * gold - 1.0)
    # What is right when all from a value on are similar, but for a constant.
    sums = np.append(np.cumsum(gain[::-1])[::-1], 0.0)
    best = int(np.argmax(sums))
    return float(np.concatenate(([-1.0], values[1:], [2.0]))[best])


def classes_by_label(labels: Sequence[str], classes: Sequence[str]) -> dict[str, int | None]:
    """By label as written the class that it is; empty where that is not clear. labels: of all rows."""
    counts = Counter(labels)
    return dict(_meanings(kind_of_labels(counts), classes, [*counts]) or {})


def _meanings(
    kind: LabelKind | None, classes: Sequence[str], labels: Collection[str]
) -> Mapping[str, int | None] | None:
    """By label as written the class that it is; None where that is not clear."""
    named = class_numbers(labels, classes)
    if named and all(text in named or says_nothing(text) for text in labels):
        return named
    return kind.meanings if kind and len(classes) == 2 else None


def _said(
    column: str, gold: np.ndarray, judged: np.ndarray, shares: np.ndarray, classes: Sequence[str]
) -> Iterator[str]:
    if not len(gold):
        return
    yield f"accuracy by column {column}: {_figure(judged == gold)} of {len(gold):,} pairs"
    counts = np.bincount(gold, minlength=len(classes))
    frequent = f"always {classes[int(counts.argmax())]}: {counts.max() / len(gold):.3f}"
    if len(classes) == 2 and len(gold) >= FEWEST:
        overlap = _figure(right_by_overlap(shares, gold))
        yield f"without a model: {overlap} by the share of common characters (its threshold cross-fitted); {frequent}"
    else:
        yield f"without a model: {frequent}"


def _figure(right: np.ndarray) -> str:
    mean, low, high = share_interval(right.astype(np.float64))
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"
