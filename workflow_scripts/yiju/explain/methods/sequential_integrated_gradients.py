"""Sequential integrated gradients: each token alone moves from its baseline, all others stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from yiju.base.types import Baseline
from yiju.config.method import Method, Steps, gradients
from yiju.config.section import Section

if TYPE_CHECKING:
    from torch import Tensor

    from yiju.explain.paths import Path
    from yiju.explain.subject import Subject, TokenScores
    from yiju.models.tokens import Batch, TokenizedPairs


class Options(Section):
    steps: Steps = 10
    baseline: Baseline = "mask"


METHOD = Method(
    title="Sequential integrated gradients",
    summary="effects added up along a path of its own for every character",
    chinese=("逐字积分梯度", "每个字单独沿着从遮住到原句的路径累加作用"),
    source="Enguehard 2023",
    options=Options,
    passes=lambda options, length: gradients(options, length) * length,
    slow=True,
)


def attribute(subject: Subject, pairs: TokenizedPairs, labels: np.ndarray, options: dict) -> TokenScores:
    """Score token i by the sum over the width of (x_i - x0_i) * mean gradient at x_i while it alone moves from x0_i.

    Enguehard 2023. x: the embedding layer's output; x0: as for integrated gradients; Gauss-Legendre quadrature of
    `steps` points. With steps enough a score is log p(x) - log p(x with x0_i for x_i). The paper divides a text's
    scores by their norm; here they keep their unit, log-probability, and their order is the same. Special tokens do
    not move and score 0.
    """
    import torch

    from yiju.explain.embeddings import embedding_output
    from yiju.explain.paths import Path, baseline_output, blanked
    from yiju.explain.subject import TokenScores

    path = Path.gauss_legendre(options["baseline"], options["steps"])
    blank = blanked(subject, pairs, path.baseline)

    def score(batch: Batch, chosen: Tensor) -> Tensor:
        output, start = embedding_output(subject, batch), baseline_output(subject, blank, batch)
        pair, token = torch.nonzero(_own(pairs, batch), as_tuple=True)
        scores = torch.zeros_like(output[..., 0])
        scores[pair, token] = _moved_alone(subject, batch, chosen, path, start, output, pair, token)
        return scores

    return TokenScores(subject.per_batch(pairs, labels, score))


def _moved_alone(
    subject: Subject,
    batch: Batch,
    labels: Tensor,
    path: Path,
    start: Tensor,
    output: Tensor,
    pairs: Tensor,
    tokens: Tensor,
) -> Tensor:
    """TokenScores of the tokens at `tokens` [n] of the pairs `pairs` [n] of a batch, [n]."""
    import torch

    from yiju.explain.embeddings import score_gradient
    from yiju.explain.paths import passes

    steps, ways = len(path.positions), output - start
    positions, weights = (torch.from_numpy(values).to(output) for values in (path.positions, path.weights))
    found = output.new_zeros(len(pairs) * steps)
    for points in passes(subject, batch, len(pairs) * steps):
        pair, token, step = pairs[points // steps], tokens[points // steps], points % steps
        variant, way = torch.arange(len(points), device=pair.device), ways[pair, token]
        at = output[pair]
        at[variant, token] = start[pair, token] + positions[step, None] * way
        gradient = score_gradient(subject, batch.take(pair), labels[pair], at)
        found[points] = (gradient[variant, token] * way).sum(-1)
    return found.reshape(-1, steps) @ weights


def _own(pairs: TokenizedPairs, batch: Batch) -> Tensor:
    """Which tokens of a batch are the sentences' own, bool [batch, tokens]."""
    import torch

    columns, first = np.arange(batch.input_ids.shape[1]), pairs.first[batch.rows, None]
    own = (columns > 0) & (columns != first + 1) & (columns < pairs.lengths[batch.rows, None] - 1)
    return torch.from_numpy(own).to(batch.input_ids.device)
