"""The training pairs that speak for a judgement and those that speak against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Measure
from yiju.explain.evidence.measures import Representation, ScoreTarget, measured, similarity
from yiju.explain.evidence.training_index import TrainingIndex
from yiju.models.tokens import TokenizedPairs

if TYPE_CHECKING:
    from yiju.models.linear_head import LinearHead


@dataclass(frozen=True)
class LearntPair:
    """A training pair. file, line: where it stands; corpus: None of a user's table; operation: `original`, or how
    augmentation made it of the pair in this line; label_name: what the model calls its label; score: by the measure,
    above 0 for the judgement and below 0 against it; similarity: cosine of what the head reads of both pairs."""

    q: str
    t: str
    label: int
    label_name: str
    corpus: str | None
    file: str
    line: int
    operation: str
    score: float
    similarity: float

    @property
    def source(self) -> str:
        """Where it stands, in words."""
        made = "" if self.operation == "original" else f", made of it by {self.operation}"
        return f"{self.file} line {self.line:,}{f' of {self.corpus}' if self.corpus else ''}{made}"


@dataclass(frozen=True)
class Evidence:
    """proponents, opponents: the pairs that speak most for the judgement, and most against it, strongest first; a pair
    is in neither where it says nothing. measure: by what they were found; pairs: how many the model learnt."""

    measure: Measure
    pairs: int
    proponents: tuple[LearntPair, ...]
    opponents: tuple[LearntPair, ...]


def representations_of(head: LinearHead, orders: Sequence[TokenizedPairs], batch_tokens: int) -> list[Representation]:
    """What a checkpoint reads of each pair. orders: the pairs as it reads them, in each order that decides."""
    count, (width, inputs) = len(orders[0]), head.sizes
    vectors = np.zeros((count, len(orders), width), np.float32)
    before = np.zeros((count, len(orders), inputs), np.float32)
    for number, pairs in enumerate(orders):
        for rows, read in head.read(pairs, batch_tokens):
            vectors[rows, number], before[rows, number] = read
    return [Representation(*both) for both in zip(vectors, before, strict=True)]


def evidence_for(
    index: TrainingIndex,
    representations: Sequence[Representation],
    score_target: ScoreTarget,
    measure: Measure,
    count: int,
    classes: Sequence[str],
) -> Evidence:
    """The pairs for and against a judgement, `count` of each at most.

    representations: of each checkpoint of the index, or of the last one where the measure asks for no other.
    """
    vector, vectors, labels = representations[-1].vector, index.checkpoints[-1].vectors, index.labels
    values = measured(measure, index.checkpoints, representations, score_target)
    if measure == "similarity":
        # What is not alike says nothing.
        other = labels != score_target.target if score_target.against is None else labels == score_target.against
        values = np.where(
            labels == score_target.target, np.maximum(values, 0), np.where(other, -np.maximum(values, 0), 0)
        )

    def told(rows: np.ndarray) -> tuple[LearntPair, ...]:
        alike = similarity(vectors[rows], vector)
        return tuple(
            LearntPair(
                row["q"],
                row["t"],
                row["label"],
                classes[row["label"]],
                row["corpus"],
                row["file"],
                row["line"],
                row["operation"],
                float(values[place]),
                float(close),
            )
            for place, close, row in zip(rows.tolist(), alike, index.pairs[rows].iter_rows(named=True), strict=True)
        )

    proponents, opponents = (first_rows(sign * values, count) for sign in (1, -1))
    return Evidence(measure, len(index), told(proponents), told(opponents))


def first_rows(values: np.ndarray, count: int) -> np.ndarray:
    """Rows of the largest values above 0, at most `count`, largest first, equal ones in their order: int64."""
    above = np.flatnonzero(values > 0)
    if len(above) > count:
        # The smallest value that can be among them, so that few have to be sorted.
        above = above[values[above] >= np.partition(values[above], -count)[-count]]
    return above[np.argsort(-values[above], kind="stable")][:count]
