"""Which share of a corpus another one holds, as a list for those who do not read the matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Shared(NamedTuple):
    """Shares of the pairs of `corpus` that `holder` holds; the same corpus twice: pairs that it holds again."""

    corpus: str
    holder: str
    exact: float
    near: float


def shared_by_size(duplicates: Mapping) -> list[Shared]:
    """Every two corpora that share a pair, exactly or nearly, the largest shares first."""
    names = duplicates["corpora"]
    cells = [
        Shared(corpus, holder, duplicates["exact"][row][column], duplicates["near"][row][column])
        for row, corpus in enumerate(names)
        for column, holder in enumerate(names)
    ]
    return sorted((one for one in cells if one.exact or one.near), key=lambda one: (-one.near, -one.exact))
