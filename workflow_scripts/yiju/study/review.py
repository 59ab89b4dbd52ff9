"""What a reviewer asks of a rationale beside the figures made for pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from yiju.attribution.removal import Operator
from yiju.metrics.in_distribution import learnt, unlikely

if TYPE_CHECKING:
    from yiju.study.measure import Trial


def review(trial: Trial, rationale: np.ndarray, operators: Mapping[str, Operator], seed: int) -> dict[str, np.ndarray]:
    """Figures of a rationale by each operator: `<figure>.<operator>`, float64 [pairs] each.

    Those of `yiju.metrics.in_distribution`, by the first member in the order as given. rationale: bool [segments].
    """
    first, layout = trial.ensemble.first, trial.layout
    with trial.ensemble.evaluating():
        known = learnt(first, seed)
        found = {name: unlikely(known, first, layout, rationale, one) for name, one in operators.items()}
    return {f"{figure}.{name}": values for name, own in found.items() for figure, values in own.items()}
