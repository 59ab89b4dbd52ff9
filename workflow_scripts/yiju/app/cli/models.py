"""Loading the model that a command was told to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yiju.models.named import ON_COMMAND_LINE, find_model

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer


def load(model: str, revision: str | None, margin: float | None, device: str, seed: int | None = None) -> Explainer:
    """The explainer of the options that commands share; seed: of a command that draws."""
    known: dict[str, Any] = {name: value for name, value in (("margin", margin), ("seed", seed)) if value is not None}
    folder = find_model(model, revision, ON_COMMAND_LINE)
    # Not before it is known that there is a model: torch takes seconds.
    from yiju.app.explainer import Explainer

    return Explainer.from_pretrained(folder, None, device, **known)
