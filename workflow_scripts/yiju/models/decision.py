"""What a model's outputs decide: labels and probabilities, where it has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yiju.base.errors import YijuError
from yiju.models.calibration.apply import chance, decide, difference, probability
from yiju.models.calibration.class_fit import ClassFit
from yiju.models.calibration.score_fit import ScoreFit
from yiju.models.scorer import Scorer

UNDECIDED = (
    "this model gives one number a pair and decides nothing by itself: calibrate it on labelled pairs (yiju "
    "calibrate), or give the margin, the number above which a pair is similar"
)


@dataclass(frozen=True)
class Asked:
    """The class whose score is to be explained, and the one that it is to be a difference to; None where not named."""

    target: int | None = None
    contrast: int | None = None


def class_of(scorer: Scorer, name: str | int) -> int:
    """The number of a class that a caller names or numbers. Raises YijuError, listing the classes, for none."""
    if scorer.single:
        raise YijuError(f"this {scorer.family} gives one number a pair, so there is no class {name!r} to be explained")
    if isinstance(name, str) and name in scorer.classes:
        return scorer.classes.index(name)
    if isinstance(name, int) and not isinstance(name, bool) and 0 <= name < len(scorer.classes):
        return name
    known = ", ".join(f"{number} {one}" for number, one in enumerate(scorer.classes))
    raise YijuError(f"no class {name!r}; the model has {known}")


@dataclass(frozen=True)
class Decision:
    """How the outputs of a model become labels and probabilities.

    classes: names of the outputs; single: whether the model gives one number a pair, which decides nothing by itself;
    margin: what output 1 must exceed output 0 by for label 1; of a `single` model the number above which a pair is
    similar, None where nobody calibrated it (`yiju calibrate`). fit: what calibration found of output 1 less output 0
    or, of three classes or more, of the outputs; None where there is none.
    """

    classes: tuple[str, ...]
    single: bool = False
    margin: float | None = 0.0
    fit: ScoreFit | ClassFit | None = None

    @property
    def decides(self) -> bool:
        """Whether there are labels at all."""
        return self.margin is not None

    @property
    def gives_sets(self) -> bool:
        """Whether a pair has a set of possible classes."""
        return isinstance(self.fit, ClassFit)

    @property
    def threshold(self) -> float | None:
        """The probability of label 1 above which a pair is judged similar; None where the model gives no such one."""
        if self.margin is None or len(self.classes) > 2:
            return None
        if isinstance(self.fit, ScoreFit):
            return float(self.fit.probability(np.array(self.margin)))
        return None if self.single else float(probability(np.array(self.margin)))

    def labels(self, outputs: np.ndarray) -> np.ndarray | None:
        """The label of each pair, int [pairs], or None. outputs: float64 [pairs, classes]."""
        return None if self.margin is None else decide(outputs, self.margin)

    def probabilities(self, outputs: np.ndarray, labels: np.ndarray | None) -> np.ndarray | None:
        """Of two labels, and of a calibrated number, p(label 1); of more, p(label): float64 [pairs], or None."""
        if isinstance(self.fit, ScoreFit):
            return self.fit.probability(difference(outputs))
        return None if self.single or labels is None else chance(outputs, labels)

    def undecided(self, outputs: np.ndarray) -> np.ndarray | None:
        """Which labels calibration does not keep, bool [pairs], or None where nobody calibrated."""
        if isinstance(self.fit, ClassFit):
            return self.fit.undecided(outputs)
        labels = self.labels(outputs)
        return None if self.fit is None or labels is None else self.fit.undecided(difference(outputs), labels)

    def possible(self, outputs: np.ndarray) -> list[tuple[str, ...] | None]:
        """The classes that calibration leaves to each pair, the likeliest first; None of fewer than three classes, and
        where nobody calibrated."""
        if not isinstance(self.fit, ClassFit):
            return [None] * len(outputs)
        ranked = np.argsort(-outputs, axis=1, kind="stable").tolist()
        counts = self.fit.possible(outputs).sum(axis=1).tolist()
        return [tuple(self.classes[one] for one in row[:count]) for row, count in zip(ranked, counts, strict=True)]

    def explained(self, outputs: np.ndarray) -> np.ndarray:
        """The class whose score is explained where nobody names one, int64 [pairs]: the one that is decided.

        Of a model that gives one number, that number, whatever it is.
        """
        if self.single or self.margin is None:
            return np.ones(len(outputs), dtype=np.int64)
        return decide(outputs, self.margin).astype(np.int64)
