"""What click does not check of numbers."""

from __future__ import annotations

import math

import click


def a_number(_context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse nan, which click takes for a number of any range."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no number", param=option)
    return value
