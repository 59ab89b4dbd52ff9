"""PGD, projected gradient descent: `yiju.training.adversarial` moves the embeddings."""

from __future__ import annotations

from pydantic import Field

from yiju.base.types import Count
from yiju.config.section import Positive
from yiju.config.technique import Switch, Technique


class Options(Switch):
    enabled: bool = Field(False, description="On or off; costs `steps` backward passes more.")
    steps: Count = Field(3, description="Moves.")
    alpha: Positive = Field(0.3, description="Length of one move.")
    epsilon: Positive = Field(1.0, description="Radius of the ball around the clean embeddings.")


TECHNIQUE = Technique(
    title="adversarial (PGD)",
    description="Projected gradient descent: several small moves within a ball; the gradient of the last is added to "
    "the clean one.",
    options=Options,
    whole_weights=True,
)
