"""Where q, t and label stand in a file with columns, given by name or by position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yiju.base.errors import YijuError
from yiju.data.corpora.raw_files import RawFile


def column_places(
    file: RawFile, columns: Mapping[str, str | int], names: Sequence[str] | int, unlabelled: bool
) -> dict[str, int]:
    """Index of each role's column: `columns` gives a name, or a position from 1.

    names: those of the file's columns; where it has none, their number. The label's column may be missing from a file
    of a split that may be unlabelled. Raises YijuError at any other missing column, and at an ambiguous one.
    """
    width = names if isinstance(names, int) else len(names)
    places: dict[str, int] = {}
    for role, column in columns.items():
        if isinstance(column, int) and 1 <= column <= width:
            places[role] = column - 1
        elif isinstance(column, str) and not isinstance(names, int) and column in names:
            if names.count(column) > 1:
                raise YijuError(f"{file}: two columns are called {column!r}; give the one for {role} by its position")
            places[role] = names.index(column)
        elif role != "label" or not unlabelled:
            raise YijuError(f"{file}: no column {column!r} for {role}; the file has {_shown(names)}")
    if len(set(places.values())) < len(places):
        raise YijuError(f"{file}: {', '.join(places)} must be columns of their own, got {dict(columns)}")
    return places


def _shown(names: Sequence[str] | int) -> str:
    if isinstance(names, int):
        return f"{names} columns, without names"
    return ", ".join(name[:40] for name in names[:20])
