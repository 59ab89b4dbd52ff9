"""How texts of pairs are divided into the segments that an explanation scores: by units, or as a caller gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, get_args

from yiju.base.arguments import check_choice, check_rows
from yiju.base.errors import YijuError
from yiju.base.types import Units
from yiju.data.segmentation import Span, given_spans
from yiju.data.units import Cutter, token_spans, unit_cutter
from yiju.explain.segments import Segments

# What `Explanation.units` says where a caller gave the segments.
GIVEN = "segments"
# Characters times segments of the pairs that are explained at a time, which bounds the memory of long texts: what each
# token has to do with each segment takes 8 bytes. 1,024 pairs of sentences of 60 characters are below it.
CELLS = 16_000_000

Pair = tuple[str, str]
# The spans of the tokens of some texts, which stand as q (0) or as t (1).
Tokenize = Callable[[Sequence[str], int], Sequence[Sequence[Span]]]


class Division:
    """Divides pairs, chunk after chunk in their order.

    tokenize: the spans of the tokens of texts; units: what texts are cut into; segments: instead of these, of each pair
    those of q and those of t, as texts or as spans; words: of `units="words"`, a list to cut by. The attribute `units`
    is `segments` where they are given. Raises YijuError for arguments that do not go together.
    """

    def __init__(
        self,
        tokenize: Tokenize,
        units: Units = "characters",
        segments: Iterable[Any] | None = None,
        words: Sequence[str] | None = None,
    ) -> None:
        check_choice("units", units, get_args(Units))
        _check_together(units, segments, words)
        self.units: str = units if segments is None else GIVEN
        self._given = None if segments is None else iter(segments)
        self._tokenize = tokenize
        self._cut = None if units == "tokens" else unit_cutter(units, words)

    def divide(self, chunk: Sequence[Pair], first: int = 0) -> list[Segments]:
        """Where the segments of both sides of each pair lie.

        first: the number of the first pair, for messages. Raises YijuError naming pair and side of given segments that
        are none of the text.
        """
        if self._given is not None:
            rows = enumerate(zip(chunk, _rows(self._given, len(chunk), first), strict=True), first)
            return [_given(pair, own, number) for number, (pair, own) in rows]
        return _by_tokens(chunk, self._tokenize) if self._cut is None else _by_text(chunk, self._cut)

    def finish(self, count: int) -> None:
        """Raise YijuError where segments are given for more pairs than there are. count: the pairs."""
        if self._given is not None and next(self._given, None) is not None:
            raise YijuError(f"segments are given for more than the {count} pairs; give those of q and t of each pair")


def bounded(chunk: Sequence[Pair], segments: Sequence[Segments]) -> Iterator[slice]:
    """Parts of a chunk, each of at most CELLS characters times segments, or of one pair."""
    start = cells = 0
    for row, ((q, t), (of_q, of_t)) in enumerate(zip(chunk, segments, strict=True)):
        size = (len(q) + len(t)) * (len(of_q) + len(of_t))
        if row > start and cells + size > CELLS:
            yield slice(start, row)
            start, cells = row, 0
        cells += size
    if start < len(chunk):
        yield slice(start, len(chunk))


def _check_together(units: Units, segments: Any, words: Any) -> None:
    if segments is not None:
        check_rows("segments", segments, "a list of the segments of each pair, those of q and those of t")
        if units != "characters":
            raise YijuError(f"segments are given, and units is {units}; give one of the two")
    if words is not None and units != "words":
        raise YijuError(f"words is a list to cut by, and units is {units}; set units to words, or give no list")
    if words is not None and not _is_word_list(words):
        raise YijuError("words is no list of texts, or an empty one; give a list of words, each a text")


def _is_word_list(words: Any) -> bool:
    listed = isinstance(words, Sequence) and not isinstance(words, str | bytes)
    return listed and len(words) > 0 and all(isinstance(word, str) for word in words)


def _rows(given: Iterator[Any], count: int, first: int) -> list[Any]:
    """The next rows of what is given. Raises YijuError where they are fewer than the pairs."""
    rows = list(islice(given, count))
    if len(rows) < count:
        raise YijuError(f"pair {first + len(rows)}: segments has no row for it; give those of q and t of each pair")
    return rows


def _given(pair: Pair, segments: Any, number: int) -> Segments:
    if not isinstance(segments, Sequence) or isinstance(segments, str) or len(segments) != 2:
        raise YijuError(f"pair {number}: its segments are no two lists, those of q and those of t")
    q, t = (_side(text, own, f"pair {number}: {side}") for side, text, own in zip("qt", pair, segments, strict=True))
    return q, t


def _side(text: str, segments: Any, place: str) -> list[Span]:
    try:
        return given_spans(text, segments)
    except YijuError as error:
        raise YijuError(f"{place}: {error}") from None


def _by_text(chunk: Sequence[Pair], cut: Cutter) -> list[Segments]:
    return [(cut(q), cut(t)) for q, t in chunk]


def _by_tokens(chunk: Sequence[Pair], tokenize: Tokenize) -> list[Segments]:
    q, t = zip(*chunk, strict=True)
    sides = [
        [token_spans(text, spans) for text, spans in zip(texts, tokenize(texts, side), strict=True)]
        for side, texts in enumerate((q, t))
    ]
    return list(zip(*sides, strict=True))
