"""What click does not check of numbers."""

from __future__ import annotations

import math

import click


def a_number(_context: click.Context, option: click.Parameter, value: float) -> float:
    """Refuse nan, which click takes for a number of any range."""
    if math.isnan(value):
        raise click.BadParameter("nan is no number", param=option)
    return value
