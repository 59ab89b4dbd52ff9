"""Pairs of tokens of a bi-encoder by integrated Jacobians: how its similarity came about between the two texts."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from yiju.explain.embeddings import embedding_output
from yiju.explain.ensemble import Ensemble
from yiju.explain.interaction import mean_matrix
from yiju.explain.paths import Path, blanked, passes
from yiju.explain.subject import Subject
from yiju.models.scorers.bi_encoder import BiEncoder
from yiju.models.tokens import Batch, TokenizedPairs

# Points on the way at which derivatives are taken.
STEPS = 20


def jacobian_matrices(ensemble: Ensemble) -> list[np.ndarray]:
    """See `integrated_jacobians`: float64 [q segments, t segments] of each pair, the mean over orders."""
    each = [integrated_jacobians(one.subject, one.pairs) for one in ensemble.readings]
    return [mean_matrix(ensemble, row, [own[row] for own in each]) for row in range(len(ensemble))]


def integrated_jacobians(subject: Subject, pairs: TokenizedPairs) -> list[np.ndarray]:
    """What each token of q and each of t add to a product of vectors together: float64 [q tokens, t tokens] a pair.

    Moeller 2023 and 2024. With f the vector of a text (of length 1 where the model gives a cosine), a and b its texts,
    and a0 and b0 these with [MASK] in the place of every own token, the cells sum to f(a) f(b) - f(a) f(b0) -
    f(a0) f(b) + f(a0) f(b0). The vector of a token is the derivative of f along the token's own way from [MASK],
    integrated over the way of all; a cell is the product of two such vectors. These derivatives are taken forward: one
    for each token and point of the way, whatever the width of the vectors.
    """
    blank = blanked(subject, pairs, "mask")
    assert blank is not None, "pairs under [MASK] are pairs"
    found = []
    with subject.scorer.evaluating():
        for row in range(len(pairs)):
            rows = np.array([row])
            batch = pairs.batch(rows).to(subject.scorer.device)
            start = embedding_output(subject, blank.batch(rows).to(subject.scorer.device))
            way = embedding_output(subject, batch) - start
            q, t = (_token_vectors(subject, batch, start, way, side, _own(pairs, row, side)) for side in (0, 1))
            found.append((q @ t.T).cpu().numpy())
    return found


def _own(pairs: TokenizedPairs, row: int, side: int) -> range:
    """Places of the own tokens of one side in the input of a pair."""
    begin = (pairs.first_starts, pairs.second_starts)[side][row] - pairs.starts[row]
    return range(int(begin), int(begin + (pairs.first, pairs.second)[side][row]))


def _token_vectors(subject: Subject, batch: Batch, start: Tensor, way: Tensor, side: int, own: range) -> Tensor:
    """The integrated derivative of the text's vector along each own token's way, float64 [own tokens, width].

    start, way: [1, tokens, width] of the embedding output.
    """
    path = Path.gauss_legendre("mask", STEPS)
    positions, weights = (torch.from_numpy(values).to(start) for values in (path.positions, path.weights))
    total: Tensor | float = 0.0
    for points in passes(subject, batch, len(own) * STEPS):
        token, step = points // STEPS, points % STEPS
        at = start + positions[step, None, None] * way
        along = torch.zeros_like(at)
        rows = torch.arange(len(points), device=at.device)
        along[rows, token + own.start] = way[0, token + own.start]
        derivatives = _derivative(
            cast("BiEncoder", subject.scorer), batch.take(torch.zeros_like(points)), side, at, along
        )
        shares = at.new_zeros(len(own), len(points))
        shares[token, rows] = weights[step]
        total = total + shares.double() @ derivatives.double()
    return torch.as_tensor(total)


def _derivative(scorer: BiEncoder, batch: Batch, side: int, at: Tensor, along: Tensor) -> Tensor:
    """The derivative of the vectors of a side at embedding outputs along directions, [batch, width]."""
    # Fused attention has no derivative forward.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), forward_ad.dual_level():
        vectors, _ = scorer.encoded_at(batch, forward_ad.make_dual(at, along), side)
        if scorer.similarity_name == "cosine":
            vectors = functional.normalize(vectors, dim=-1)
        return forward_ad.unpack_dual(vectors).tangent
