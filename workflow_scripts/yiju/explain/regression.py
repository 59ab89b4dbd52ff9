"""Weighted least squares over drawn coalitions, and how far other draws would have led."""

from __future__ import annotations

import numpy as np

# Eigenvalues below this share of the largest are none.
RANK = 1e-10


def inverse(moments: np.ndarray) -> np.ndarray:
    """The inverse of X'WX, float64 [n, n]; of what the rows do not determine, the one of least length."""
    return np.linalg.pinv(moments, rcond=RANK, hermitian=True)


def standard_errors(
    bread: np.ndarray, features: np.ndarray, weighted_residuals: np.ndarray, drawn_with: np.ndarray
) -> np.ndarray:
    """Standard errors of coefficients from the spread of what each draw says: float64 [n].

    bread: the inverse of X'WX, [n, n]; features: [rows, n], centred; weighted_residuals: [rows], weight times residual;
    drawn_with: int [rows], a number for each draw, below 0 for rows that were not drawn but are all there are, whose
    part in the result no other draw would change. The sandwich of White 1980 over independent draws (a coalition and
    its complement are one), with their number less that of the coefficients as degrees of freedom.
    """
    drawn = drawn_with >= 0
    if not drawn.any():
        return np.zeros(len(bread))
    draws = int(drawn_with.max()) + 1
    pulls = np.zeros((draws, features.shape[1]))
    np.add.at(pulls, drawn_with[drawn], features[drawn] * weighted_residuals[drawn, None])
    pulls -= pulls.mean(axis=0)
    scaled = pulls @ bread
    return np.sqrt((scaled**2).sum(axis=0) * draws / max(1, draws - len(bread)))
