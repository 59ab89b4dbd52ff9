"""Texts cut into units, each of which an explanation gives a score: characters, words, sentences, tokens of a model.

Whatever the units are, they are in order, they do not overlap, and each character but white space is in one of them.
No unit but a token of a model cuts through what people see as one character: a letter with its marks, a flag, or an
emoji that is joined of several. The segments of a test set are another matter (`yiju.data.segmentation`): in them the
competition counts.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import accumulate, pairwise

import regex

from yiju.base.types import Units
from yiju.data.segmentation import LATIN, Span
from yiju.data.sentence_ends import sentence_ends
from yiju.data.word_segmentation import Cut, word_cutter

# An extended grapheme cluster (Unicode Standard Annex 29).
CLUSTER = regex.compile(r"\X")
# The same, runs of Latin letters and digits with their marks whole, as `yiju.data.segmentation.CHARACTER` has them.
VISIBLE = regex.compile(rf"(?:[{LATIN}][\p{{M}}\u200c\u200d]*)+|\X")
# A letter or digit of a script that is no Chinese or Japanese one, with its marks; and a word of them, such as don't.
LETTER = r"[[\p{L}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}]]\p{M}*"
WHOLE = regex.compile(rf"(?V1)(?:{LETTER})+(?:['’](?:{LETTER})+)*")

Cutter = Callable[[str], list[Span]]


def unit_cutter(units: Units, words: Sequence[str] | None = None) -> Cutter:
    """What cuts a text into characters, words or sentences; tokens depend on a model (`token_spans`).

    words: of `units="words"`, a list to cut by, else jieba's own. Raises YijuError for a word that no text can hold.
    """
    if units == "words":
        return partial(word_spans, cut=word_cutter(words))
    return {"characters": visible_spans, "sentences": sentence_spans}[units]


def visible_spans(text: str) -> list[Span]:
    """Where what people see as characters lies; runs of Latin letters and digits are whole."""
    return _visible(text, (found.span() for found in VISIBLE.finditer(text)))


def visible_characters(text: str) -> list[str]:
    """The texts of `visible_spans`."""
    return [text[start:end] for start, end in visible_spans(text)]


def word_spans(text: str, cut: Cut) -> list[Span]:
    """Where the words of a text lie; runs of letters and digits, but for Chinese and Japanese ones, are whole."""
    inside = {place for found in WHOLE.finditer(text) for place in range(found.start() + 1, found.end())}
    ends = [end for end in _cluster_ends(text) if end not in inside]
    return _spans(text, accumulate(map(len, cut(text))), ends)


def sentence_spans(text: str) -> list[Span]:
    """Where the sentences of a text lie, with their punctuation (`yiju.data.sentence_ends`)."""
    return _spans(text, sentence_ends(text), _cluster_ends(text))


def token_spans(text: str, tokens: Sequence[Span]) -> list[Span]:
    """Where the tokens of a text lie, without white space at their ends.

    tokens: (start, end) of each, in order. Tokens that share a character, as those of bytes do, are one unit; where
    there is no token, each visible character is a unit.
    """
    spans: list[Span] = []
    place = 0
    for start, end in tokens:
        if spans and start < place:
            start, _ = spans.pop()
        else:
            spans += _untokenised(text, place, start)
        spans.append((start, max(end, place)))
        place = max(end, place)
    return _visible(text, [*spans, *_untokenised(text, place, len(text))])


def _untokenised(text: str, start: int, end: int) -> list[Span]:
    return [(start + first, start + last) for first, last in visible_spans(text[start:end])]


def _cluster_ends(text: str) -> list[int]:
    return [found.end() for found in CLUSTER.finditer(text)]


def _spans(text: str, ends: Iterable[int], allowed: Sequence[int]) -> list[Span]:
    """Units that end where asked, or at the first place after it at which a unit may end."""
    rounded = sorted({0, *(allowed[bisect_left(allowed, end)] for end in ends if end)})
    return _visible(text, pairwise(rounded))


def _visible(text: str, spans: Iterable[Span]) -> list[Span]:
    """The spans without white space at their ends; none of white space alone."""
    trimmed = ((_skipped(text, start, end), start + len(text[start:end].rstrip())) for start, end in spans)
    return [(start, end) for start, end in trimmed if start < end]


def _skipped(text: str, start: int, end: int) -> int:
    return end - len(text[start:end].lstrip())
