"""Configuration keys of the learning curve: what a model learns from fewer pairs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from yiju.base.types import Count
from yiju.config.section import Section

# Of a size, below that of the run.
FOLDER = "/learning_curve/"
Part = Annotated[float, Field(gt=0, lt=1)]


class LearningCurve(Section):
    sizes: list[Part] = Field(
        default=[],
        description="Shares of the training pairs, between 0 and 1, each of which is learnt by a training of its own: "
        "the report shows how accuracy grows with the pairs. All pairs are learnt by the run itself. []: no learning "
        "curve. For example:\n[0.1, 0.25, 0.5]",
    )
    seeds: Count = Field(
        default=1, description="Trainings of every size, with different seeds; at most as many as finetune.seeds."
    )

    @field_validator("sizes")
    @classmethod
    def _different(cls, sizes: list[float]) -> list[float]:
        if twice := next((size for size in sizes if sizes.count(size) > 1), None):
            raise ValueError(f"{twice:g} stands in this list more than once; name it once")
        return sizes

    @property
    def folders(self) -> list[str]:
        """The folders of the sizes below that of the run, in the order of `sizes`."""
        return [f"{FOLDER}{size}" for size in self.sizes]
