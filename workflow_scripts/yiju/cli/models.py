"""Loading the model that a command was told to use."""

from __future__ import annotations

from yiju.encoder.named import ON_COMMAND_LINE, find_model
from yiju.explainer import Explainer


def load(model: str, revision: str | None, margin: float | None, device: str, **drawing: int) -> Explainer:
    """The explainer of the options that commands share; drawing: `seed`, where a command draws."""
    known = {} if margin is None else {"margin": margin}
    folder = find_model(model, revision, ON_COMMAND_LINE)
    return Explainer.from_pretrained(folder, None, device, **drawing, **known)
