"""Attributions that other libraries computed, read from a table of scored character spans.

The table is CSV, TAB-separated text, JSON lines or Parquet.

Columns: q and t, or pair (the number of the pair in the table of pairs, from 1); side; start and end, in characters of
the sentence; score; and where there are, method and label (the label that was explained).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.data.highlights.annotations import OTHER, SIDES, SIMILAR, offset
from yiju.data.named_rows import BadRow, named_rows, number_in, plain_name, shown_value
from yiju.models.given_pairs import Pair

NEEDED = ("side", "start", "end", "score")
COLUMNS = (*NEEDED, "pair", "q", "t", "method", "label")
WANTED = "pair (or q and t), side, start, end and score"
LABELS = {**dict.fromkeys(OTHER, 0), **dict.fromkeys(SIMILAR, 1)}
# Side, start, end, score.
Span = tuple[str, int, int, float]


@dataclass
class Spans:
    """What one method says of one pair. place: of the first row; label: that was explained, None where it is not told;
    number: of the pair in its table, None where its texts tell it."""

    place: str
    number: int | None
    label: int | None = None
    spans: list[Span] = field(default_factory=list)


@dataclass
class Attributions:
    """What a file holds. methods: by name and pair; bad: rows of no use, place and reason; strangers: pairs that the
    table of pairs does not hold, with the place of their first row; repeated: pairs that are there again under another
    number, of which the first counts.
    """

    methods: dict[str, dict[Pair, Spans]] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)
    strangers: dict[Pair, str] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)


def read_attributions(path: Path, pairs: Sequence[Pair | None]) -> Attributions:
    """Read a file of attributions. pairs: of the table of pairs, in order, None for a row that is no pair.

    A row without `method` belongs to the method that the file's name names. Raises YijuError where the file as a whole
    cannot be read; rows that cannot be used are in `bad`.
    """
    found, seen = Attributions(), _Seen(pairs)
    name = plain_name(path).stem
    for place, _, fields in named_rows(path, _complete, WANTED, COLUMNS):
        try:
            if isinstance(fields, BadRow):
                raise fields
            _enter(found, seen, place, fields, _text(fields, "method") or name)
        except BadRow as error:
            found.bad.append(f"{place}: {error}")
    if not (found.methods or found.bad):
        raise YijuError(f"{path}: holds no rows; it needs the columns {WANTED}")
    return found


class _Seen:
    """The table of pairs, and the spans that were read so far with their places."""

    def __init__(self, pairs: Sequence[Pair | None]) -> None:
        self.pairs = pairs
        self.known = {pair for pair in pairs if pair}
        self.spans: dict[tuple[str, Pair, str, int, int], str] = {}


def _enter(found: Attributions, seen: _Seen, place: str, fields: Mapping, method: str) -> None:
    """Enter a row. Raises BadRow."""
    number, pair = _pair(fields, seen.pairs)
    side, start, end, score = _span(fields, pair)
    label = _label(fields.get("label"))
    known = found.methods.setdefault(method, {})
    if pair not in seen.known:
        found.strangers.setdefault(pair, place)
        return
    own = known.setdefault(pair, Spans(place, number, label))
    if number is not None and own.number not in (None, number):
        found.repeated.add(number)
        return
    if label != own.label:
        raise BadRow(f"the label is another one than in the row of the same pair at {own.place}")
    before = seen.spans.setdefault((method, pair, side, start, end), place)
    if before != place:
        raise BadRow(f"characters {start} to {end} of {side} have a score already, at {before}; add the two up")
    own.spans.append((side, start, end, score))


def _pair(fields: Mapping, pairs: Sequence[Pair | None]) -> tuple[int | None, Pair]:
    """The number of a pair, if it is given, and its texts."""
    number, texts = fields.get("pair"), tuple(_text(fields, side) for side in "qt")
    given = None if None in texts else (str(texts[0]), str(texts[1]))
    for side, text in zip("qt", given or (), strict=False):
        if text != text.lstrip():
            raise BadRow(f"{side} begins with white space, which is not judged and would shift all characters; cut it")
    if given:
        given = (given[0].rstrip(), given[1].rstrip())
    if number in (None, ""):
        if given is None:
            raise BadRow("names no pair; give its number in the column pair, or both sentences in q and t")
        return None, given
    place = _number(number)
    if not 1 <= place <= len(pairs):
        raise BadRow(f"pair is {place}; the table of pairs has the pairs 1 to {len(pairs)}")
    pair = pairs[place - 1]
    if pair is None:
        raise BadRow(f"pair {place} of the table of pairs is no pair that can be judged")
    if given not in (None, pair):
        raise BadRow(f"q and t are not the sentences of pair {place} of the table of pairs")
    return place, pair


def _number(value: object) -> int:
    """The number of a pair, also written as text."""
    try:
        return offset(value, "pair")
    except BadRow:
        raise BadRow(f"pair is {shown_value(value)}; expected the number of a pair, 1 or more") from None


def _span(fields: Mapping, pair: Pair) -> Span:
    told = fields.get("side")
    side = SIDES.get(told.strip()) if isinstance(told, str) else None
    if side is None:
        raise BadRow(f"side is {shown_value(told)}; expected q or t")
    start, end = (offset(fields.get(name), name) for name in ("start", "end"))
    length = len(pair["qt".index(side)])
    if not start < end <= length:
        raise BadRow(f"characters {start} to {end} are none of {side}, which has {length}; end is not included")
    return side, start, end, number_in(fields, "score")


def _label(value: object) -> int | None:
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    text = f"{value:g}" if isinstance(value, float) else str(value).strip()
    if isinstance(value, bool) or text not in LABELS:
        raise BadRow(f"label is {shown_value(value)}; expected 0 or 1, not similar or similar")
    return LABELS[text]


def _text(fields: Mapping, key: str) -> str | None:
    value = fields.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise BadRow(f"{key} is {shown_value(value)}; expected text")
    return value


def _complete(columns: Sequence[str]) -> bool:
    return set(NEEDED) <= set(columns) and ("pair" in columns or {"q", "t"} <= set(columns))
