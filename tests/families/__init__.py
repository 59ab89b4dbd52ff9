"""Tiny pair models of every family, form and architecture, built in the tests: never downloaded, the same each time."""

from families.architectures import ARCHITECTURES
from families.table import FAMILIES, ROWS, Row, build, build_row, rows

__all__ = ["ARCHITECTURES", "FAMILIES", "ROWS", "Row", "build", "build_row", "rows"]
