"""GradientSHAP, signed: gradients at random points between a baseline and noisy copies of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from yiju.base.types import Baseline
from yiju.config.method import BACKWARD, Copies, Method
from yiju.config.section import Section

if TYPE_CHECKING:
    from torch import Tensor

    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.tokens import Batch, TokenizedPairs


class Options(Section):
    samples: Copies = 50
    noise: Annotated[float, Field(ge=0, le=10)] = 0.1
    baseline: Baseline = "mask"


METHOD = Method(
    title="GradientSHAP",
    summary="effects at random points on the way from hidden characters",
    chinese=("GradientSHAP", "从遮住到原句的路径上随机取点累加作用"),
    source="Lundberg 2017",
    options=Options,
    # There, back, and once more for the sum that is promised.
    passes=lambda options, length: (BACKWARD + 1) * options["samples"],
    quick={"samples": 20},
    slow=True,
    draws=True,
)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict) -> TokenScores:
    """Score tokens by the sum over the width of the mean of (x' - x0) * gradient at x0 + a * (x' - x0).

    Lundberg 2017 and Erion 2021 (expected gradients), as Captum has it. x': one of `samples` copies of the embedding
    layer's output with normal noise, its standard deviation `noise` times the range of the pair's output; a: drawn
    evenly from [0, 1) for each copy; x0: as for integrated gradients (`baseline`). `gap` is by how much the scores of
    all tokens, special ones included, miss the mean of log p(x') less log p(x0), which they sum to in the long run.
    """
    from yiju.explain.paths import baseline_output, blanked, completeness_gap, mean_attribution, noisy_outputs
    from yiju.explain.subject import TokenScores

    noisy, blank = {name: options[name] for name in ("samples", "noise")}, blanked(subject, pairs, options["baseline"])

    def score(batch: Batch, chosen: Tensor) -> Tensor:
        start, ends = baseline_output(subject, blank, batch), noisy_outputs(subject, pairs, batch, noisy)
        positions = np.concatenate([drawn(subject, pairs, row, noisy["samples"]) for row in batch.rows])
        return mean_attribution(subject, batch, chosen, start, ends, positions[:, None], np.ones(1)).sum(-1)

    values = subject.per_batch(pairs, labels, score, copies=noisy["samples"])
    return TokenScores(values, completeness_gap(subject, pairs, labels, values, options["baseline"], noisy))


def drawn(subject: Subject, pairs: TokenizedPairs, row: int, samples: int) -> np.ndarray:
    """Where the gradients of a pair are taken, float64 [samples]: drawn apart from the noise."""
    (generator,) = subject.generator(pairs, row).spawn(1)
    return generator.random(samples)
