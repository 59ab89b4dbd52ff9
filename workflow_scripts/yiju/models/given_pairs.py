"""Pairs as a caller gives them: checked one by one, in chunks, from an iterable or from a table of pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeGuard

from yiju.base.arguments import check_rows
from yiju.base.errors import YijuError
from yiju.models.unknown_characters import is_seen

if TYPE_CHECKING:
    import pandas as pd

Pair = tuple[str, str]
# What a sentence must have for a judgement.
NEEDED = "a sentence needs at least one visible character"
NO_TOKENS = "has no character that the model's tokeniser knows or marks as unknown, so there is nothing to judge"


def checked(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The pairs one by one.

    Raises YijuError, naming the number of the pair (from 0) and the side, for anything but two texts that each have a
    visible character.
    """
    check_rows("pairs", pairs)
    for number, pair in enumerate(pairs):
        if odd := why_no_pair(pair):
            raise YijuError(f"pair {number}: {odd}")
        q, t = pair
        for side, text in (("q", q), ("t", t)):
            problem = why_no_sentence(text)
            if problem:
                raise YijuError(f"pair {number}: {side} {problem}")
        yield q, t


def why_no_pair(pair: Any) -> str | None:
    """Why something given is no pair, as a sentence without its end; None for a sequence of two that is no text."""
    if isinstance(pair, Sequence) and not isinstance(pair, str | bytes) and len(pair) == 2:
        return None
    return f"{_short(pair)} is not a pair of two texts (q, t)"


def why_no_sentence(text: Any) -> str | None:
    """Why something given is no sentence, as the end of one: "is empty; ..."; None for a sentence."""
    if not isinstance(text, str):
        return f"is {_short(text)}, not a text"
    if not any(map(is_seen, text)):
        return f"is {'empty' if not text else 'without a visible character'}; {NEEDED}"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "holds half of a surrogate pair, which is no character; decode the text as UTF-8 first"
    return None


def chunks(pairs: Iterable[Pair], size: int) -> Iterator[tuple[int, list[Pair]]]:
    """Checked pairs, at most `size` at a time, and the number of the first of them."""
    rest, first = checked(pairs), 0
    while chunk := list(islice(rest, size)):
        yield first, chunk
        first += len(chunk)


def is_pair(pairs: Any) -> TypeGuard[Pair]:
    """Whether it is one pair, a tuple of two texts, and not several of them."""
    return isinstance(pairs, tuple) and len(pairs) == 2 and all(isinstance(text, str) for text in pairs)


def is_frame(pairs: Any) -> TypeGuard[pd.DataFrame]:
    """Whether it is a table of pandas."""
    return hasattr(pairs, "columns") and hasattr(pairs, "itertuples")


def rows_of(table: pd.DataFrame) -> Iterator[Pair]:
    """The columns q and t of a table, row by row. Raises YijuError where one is missing or there twice."""
    names = list(table.columns)
    if repeated := [name for name in "qt" if names.count(name) > 1]:
        raise YijuError(f"the table has several columns {repeated[0]!r}; rename all but one of them")
    missing = [name for name in "qt" if name not in names]
    if missing:
        raise YijuError(f"the table has no column {missing[0]!r}; its sentences must be in columns q and t")
    return zip(table["q"], table["t"], strict=True)


def beside(table: pd.DataFrame, rows: list[dict[str, Any]], kinds: Mapping[str, str]) -> pd.DataFrame:
    """The table with a column for each key of the rows but q and t, also where there are no rows.

    kinds: the keys, and what pandas calls the type of a column without rows. Where the table has a column of such a
    name, all that are added begin with `yiju_`. Raises YijuError where a column would be overwritten all the same.
    """
    import pandas as pd

    keys = [key for key in kinds if key not in ("q", "t")]
    prefix = "" if set(keys).isdisjoint(table.columns) else "yiju_"
    if taken := [f"{prefix}{key}" for key in keys if f"{prefix}{key}" in table.columns]:
        raise YijuError(f"the table has a column {taken[0]!r} already, which would be overwritten; rename or drop it")
    columns = {
        f"{prefix}{key}": pd.Series([row[key] for row in rows], index=table.index, dtype=None if rows else kinds[key])
        for key in keys
    }
    return table.assign(**columns)


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 80 else told[:77] + "..."
