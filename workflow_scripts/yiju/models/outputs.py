"""What models give, as numbers: without torch, for those that compute without it."""

from __future__ import annotations

import numpy as np

from yiju.base.errors import YijuError


def two_outputs(logits: np.ndarray) -> np.ndarray:
    """One number a pair as two outputs, 0 and the number: [pairs, 2] of [pairs, 1]; logits of classes as they are."""
    return np.concatenate([np.zeros_like(logits), logits], axis=1) if logits.shape[1] == 1 else logits


def check_finite(values: np.ndarray, what: str) -> None:
    """Raise YijuError where a number that a model gave is infinite or none."""
    if not np.isfinite(values).all():
        raise YijuError(
            f"the model's {what} are not finite numbers (NaN or infinity), so it judges nothing: "
            "its weights are damaged or too large; train it again, or take another checkpoint"
        )
