"""The file `yiju_calibration.json` of a model of three classes or more; see `yiju.models.calibration.stored`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from yiju.base.types import Count, Sha256
from yiju.models.calibration.class_fit import ClassFit
from yiju.models.calibration.score_fit import CONFIDENCE
from yiju.models.json_parts import Part

ClassName = Annotated[str, Field(min_length=1, max_length=200)]


class StoredClasses(Part):
    """A fit as it is written; see `ClassFit`, whose infinite gap is null here.

    classes: names of the outputs, in order; scores: whether they are logits or probabilities, of which the logarithm is
    divided; risk, confidence: for how many pairs the label may be none of the possible classes, and how sure that is;
    pairs: how many were fitted on, and `counts` how many of each class; weights: SHA-256 of the model's files of
    weights by name, empty where the scores came from a table; figures: before and after, as
    `yiju.evaluation.calibrated_classes` names them.
    """

    format: Literal[1]
    scaling: Literal["class_temperature"]
    classes: Annotated[list[ClassName], Field(min_length=3, max_length=127)]
    scores: Literal["logits", "probabilities"]
    temperature: Annotated[float, Field(gt=0)]
    gap: Annotated[float, Field(ge=0)] | None
    risk: Annotated[float, Field(gt=0, lt=1)]
    confidence: Annotated[float, Field(gt=0, lt=1)]
    note: Annotated[str, Field(max_length=2000)]
    counts: Annotated[list[Count], Field(min_length=3, max_length=127)]
    weights: Annotated[dict[str, Sha256], Field(max_length=1000)]
    figures: Annotated[dict[str, float | int | None], Field(max_length=200)]

    @model_validator(mode="after")
    def _possible(self) -> StoredClasses:
        if len(set(self.classes)) != len(self.classes) or len(self.counts) != len(self.classes):
            raise ValueError("classes and counts must be as many, and no class be named twice")
        return self

    @property
    def pairs(self) -> int:
        """How many pairs were fitted on."""
        return sum(self.counts)

    @property
    def fit(self) -> ClassFit:
        """What is applied to logits."""
        return ClassFit(self.temperature, math.inf if self.gap is None else self.gap, self.note)


def stored_classes(fitted: ClassFit, **facts: Any) -> StoredClasses:
    """A fit as it is written. facts: what else the file holds: classes, scores, risk, counts, weights and figures."""
    return StoredClasses(
        format=1,
        scaling="class_temperature",
        temperature=fitted.temperature,
        gap=None if math.isinf(fitted.gap) else fitted.gap,
        confidence=CONFIDENCE,
        note=fitted.note[:2000],
        **facts,
    )
