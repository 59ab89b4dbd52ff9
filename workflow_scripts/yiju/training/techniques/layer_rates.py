"""Layer-wise learning rates: `yiju.training.optimizer` groups the weights."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yiju.config.section import Positive
from yiju.config.technique import Switch, Technique


class Options(Switch):
    factor: Annotated[float, Field(ge=1)] = Field(
        default=2.6, description="Ratio of the learning rates of two neighbouring thirds of the layers."
    )
    head: Positive = Field(
        default=1.0, description="Learning rate of the classifier, as a multiple of the base learning rate."
    )


TECHNIQUE = Technique(
    title="layer-wise learning rates",
    description="Grouped layer-wise learning rates: the bottom third of the layers at rate/factor, the top third at "
    "rate*factor.",
    options=Options,
    needs="layers",
)
