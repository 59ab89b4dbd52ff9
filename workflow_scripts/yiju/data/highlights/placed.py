"""Annotations put to the items that they speak of: which item it is, and which of its segments are highlighted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from yiju.data.highlights.annotations import Annotation, Highlight
from yiju.data.highlights.doccano import BOTH
from yiju.data.items import Item
from yiju.data.named_rows import BadRow
from yiju.data.segmentation import Span, segment_spans


class Known:
    """The items of a test file, to be found by id or by their texts."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self.by_id = {item.item: item for item in items}
        self.by_texts: dict[tuple[str, str], list[Item]] = {}
        for item in items:
            self.by_texts.setdefault((item.q, item.t), []).append(item)

    def find(self, one: Annotation) -> Item:
        """The item of an annotation, whose texts, where the file holds them, are the item's. Raises BadRow."""
        if one.item is None:
            return self._by_texts(one)
        if one.item not in self.by_id:
            raise BadRow(f"item {one.item} is none of the test file")
        item = self.by_id[one.item]
        if not _fits(one, item):
            raise BadRow(f"its text is not that of item {one.item}")
        return item

    def _by_texts(self, one: Annotation) -> Item:
        found = self.by_texts.get(one.texts, []) if len(one.texts) == 2 else []
        if len(one.texts) == 1:
            found = [item for item in self.items if _fits(one, item)]
        if not found:
            raise BadRow("names no item, and its texts are those of none of the test file")
        if len(found) > 1:
            several = ", ".join(item.item for item in found[:5])
            raise BadRow(f"names no item, and its texts are those of several: {several}")
        return found[0]


def highlighted(one: Annotation, item: Item) -> tuple[dict[str, frozenset[int]], int]:
    """Segments by side that a highlight touches, and how many highlights begin or end inside a segment.

    Raises BadRow at a highlight that is not in its text, or touches no segment.
    """
    found: dict[str, set[int]] = {side: set() for side in one.sides}
    cut = 0
    marks = [part for mark in one.highlights for part in _by_side(mark, one, item)]
    for mark in marks:
        text, segments = _side(item, mark.side)
        start, end = _ends(mark, text)
        spans = segment_spans(text, segments)
        touched = [place for place, (first, last) in enumerate(spans) if first < end and last > start]
        if not touched:
            raise BadRow(f"the highlight {start} to {end} of side {mark.side} holds no segment ({text[start:end]!r})")
        cut += spans[touched[0]][0] < start or spans[touched[-1]][1] > end
        found[mark.side].update(touched)
    return {side: frozenset(places) for side, places in found.items()}, cut


def _side(item: Item, side: str) -> tuple[str, tuple[str, ...]]:
    return (item.q, item.q_segments) if side == "q" else (item.t, item.t_segments)


def _fits(one: Annotation, item: Item) -> bool:
    if len(one.texts) != 1:
        return one.texts in ((), (item.q, item.t))
    text, sentences = one.texts[0], [_side(item, side)[0] for side in one.sides]
    if len(sentences) == 1:
        return text == sentences[0]
    # Anything may stand between the two.
    return len(text) >= len(item.q) + len(item.t) and text.startswith(item.q) and text.endswith(item.t)


def _by_side(mark: Highlight, one: Annotation, item: Item) -> list[Highlight]:
    """A highlight of a text that holds both sentences, as one of either or both; another one as it is."""
    if mark.side != BOTH:
        return [mark]
    (text,) = one.texts
    _check(mark.start, mark.end, text, "the text")
    begins: Mapping[str, Span] = {"q": (0, len(item.q)), "t": (len(text) - len(item.t), len(text))}
    parts = [
        replace(mark, side=side, start=max(mark.start, first) - first, end=min(mark.end, last) - first)
        for side, (first, last) in begins.items()
        if mark.start < last and mark.end > first
    ]
    if not parts:
        raise BadRow(f"the highlight {mark.start} to {mark.end} lies between the two sentences")
    return parts


def _ends(mark: Highlight, text: str) -> Span:
    """Start and end in characters. Browsers count UTF-16 units, an emoji as two: the highlighted text shows which."""
    if mark.text is None or text[mark.start : mark.end] == mark.text:
        _check(mark.start, mark.end, text, f"side {mark.side}")
        return mark.start, mark.end
    units = text.encode("utf-16-le")
    if units[2 * mark.start : 2 * mark.end].decode("utf-16-le", "replace") == mark.text:
        start = len(units[: 2 * mark.start].decode("utf-16-le"))
        return start, start + len(mark.text)
    raise BadRow(
        f"characters {mark.start} to {mark.end} of side {mark.side} are {text[mark.start : mark.end]!r}, but "
        f"{mark.text!r} was highlighted"
    )


def _check(start: int, end: int, text: str, what: str) -> None:
    if not start < end <= len(text):
        raise BadRow(f"the highlight {start} to {end} is not inside {what}, which has {len(text)} characters")
