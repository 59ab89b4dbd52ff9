"""What a misspelt name may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# Names as like as this are suggested: one letter more, less, other or in another place, in names of four letters too.
ALIKE = 0.6


def hint(given: object, known: Iterable[str]) -> str:
    """The known name that is most like the given one, as a question in brackets; empty where none is like it."""
    found = get_close_matches(str(given), list(known), 1, ALIKE)
    return f" (did you mean {found[0]}?)" if found else ""
