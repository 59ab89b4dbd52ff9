"""What a matrix tells of two sentences: what found it, its strongest cells and links, and what chance leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yiju.base.plurals import be, counted
from yiju.explain.strength import FLOOR, SCALE

if TYPE_CHECKING:
    from yiju.explain.explanation import Explanation

Cells = tuple[tuple[float | None, ...], ...]
# A cell that lies nearer to 0 than so many standard errors may be 0: with other samples its sign may be another one.
OPEN = 2
# Cells that are named of either sign, at most.
NAMED = 5


def found_by(found: Explanation) -> str:
    """What found the matrix, in words; an empty text where there is none."""
    if found.estimator == "gradients":
        return "gradients, approximate"
    if found.estimator == "jacobians":
        return "integrated Jacobians"
    if found.estimator == "maxsim":
        told = sum(cell or 0.0 for row in found.matrix or () for cell in row)
        return f"matches of MaxSim, {told:.2f} of the score {found.score:.2f}; tokens that are no text add the rest"
    if found.estimator == "shapley":
        drawn = found.matrix_samples
        return "exact Shapley interactions" if drawn is None else f"Shapley interactions, {counted(drawn, 'sample')}"
    if found.estimator == "occlusion":
        cut = found.matrix_cut
        return "exact joint occlusion" + ("" if cut is None else f" of the {cut} strongest segments of a sentence")
    return ""


def certain(found: Explanation) -> Cells:
    """The matrix with None in the place of what is not known, and of cells within two standard errors of 0."""
    return tuple(
        tuple(None if is_open(value, error) else value for value, error in zip(*rows, strict=True))
        for rows in zip(found.matrix or (), errors(found), strict=True)
    )


def errors(found: Explanation) -> Cells:
    """The standard errors of the cells, None where nothing was drawn."""
    nothing = tuple((None,) * len(row) for row in found.matrix or ())
    return nothing if found.matrix_error is None else found.matrix_error


def is_open(value: float | None, error: float | None) -> bool:
    """Whether samples leave open on which side of 0 a cell lies."""
    return value is not None and error is not None and abs(value) < OPEN * error


def scale_of(found: Explanation) -> float:
    """The value from which on the colour of a cell is full: that of the segments of the pair."""
    return next((one.scale for side in found.sides for one in side.segments), SCALE)


def strongest(found: Explanation) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Cells (segment of q, segment of t) of the highest values and of the lowest, five each at most, strongest first.

    Only cells that are coloured: beyond two standard errors, and a hundredth of a full colour or more away from 0.
    """
    least = FLOOR * scale_of(found)
    known = [
        (value, (i, j))
        for i, row in enumerate(certain(found))
        for j, value in enumerate(row)
        if value is not None and abs(value) >= least
    ]
    ordered = [sorted((one for one in known if one[0] * sign > 0), key=lambda one: -abs(one[0])) for sign in (1, -1)]
    together, instead = ([cell for _, cell in own[:NAMED]] for own in ordered)
    return together, instead


def link_texts(found: Explanation) -> list[tuple[str, str, float]]:
    """The texts of both spans of each link, and its score, strongest first."""
    return [(found.q[slice(*one.q)], found.t[slice(*one.t)], one.score) for one in found.links]


def left_open(found: Explanation) -> list[str]:
    """How far samples leave the matrix open, as sentences; none where nothing was drawn."""
    if found.matrix is None or found.matrix_error is None:
        return []
    cells = [both for rows in zip(found.matrix, found.matrix_error, strict=True) for both in zip(*rows, strict=True)]
    count, largest = sum(is_open(*cell) for cell in cells), max((error or 0.0 for _, error in cells), default=0.0)
    return [
        f"The cells are estimates from samples, and their standard errors go up to {largest:.2f}. Of "
        f"{counted(len(cells), 'cell')}, {count} {be(count)} less than {OPEN} standard errors away from "
        "0: such cells have no colour and are not to be read as reasons."
    ]
