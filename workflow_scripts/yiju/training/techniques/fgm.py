"""FGM, the fast gradient method: `yiju.training.adversarial` moves the embeddings."""

from __future__ import annotations

from pydantic import Field

from yiju.config.section import Positive
from yiju.config.technique import Switch, Technique


class Options(Switch):
    enabled: bool = Field(False, description="On or off; doubles the time of an update.")
    epsilon: Positive = Field(1.0, description="Length of the move.")


TECHNIQUE = Technique(
    title="adversarial (FGM)",
    description="Fast gradient method: a second backward pass on adversarially moved word embeddings.",
    options=Options,
    whole_weights=True,
    excludes={"pgd": "both move the word embeddings"},
)
