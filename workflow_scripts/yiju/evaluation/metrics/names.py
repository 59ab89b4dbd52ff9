"""What the figures made for pairs are called, `<figure>.<operator>`, and within which bounds they lie.

What compares tables of them knows no model, so nothing here imports one.
"""

from __future__ import annotations

from yiju.base.types import Removal

# What every run measures by, and what the study adds.
REMOVALS: tuple[Removal, ...] = ("delete", "mask")
REPLACE = "replace"
OPERATORS = (*REMOVALS, REPLACE)
# In the place of a method: figures of the matrix, which is the same for all of them.
MATRIX = "matrix"


def is_difference(metric: str) -> bool:
    """Whether a figure lies between -1 and 1, not between 0 and 1. metric: its name, with or without an operator."""
    figure, *kind = metric.split(".")
    if {"unlikely", "normalised"}.intersection(kind):
        return False
    return figure == "one_sided" or not {"beyond_random", "beyond_emptied"}.isdisjoint(kind)
