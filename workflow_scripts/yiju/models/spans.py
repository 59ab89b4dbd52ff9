"""Spans of tokens set right where the `tokenizers` library says too much or too little of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

# What SentencePiece writes for the beginning of a word. Alone, the library gives it the span of the next character.
BEGINNING = "▁"


def corrected(
    texts: Sequence[str], ids: np.ndarray, starts: np.ndarray, spans: np.ndarray, beginning: int | None
) -> np.ndarray:
    """The spans of the tokens of texts, int32 [tokens, 2]: what marks the beginning of a word stands for no character.

    Where the tokeniser composes letters with their marks (NFC), a span of the library leaves out the marks; it then
    holds the letter with all of them. ids, starts, spans: as those of `TokenizedTexts`; beginning: the id of a lone
    `▁`, or None.
    """
    if beginning is not None:
        spans[ids == beginning, 1] = spans[ids == beginning, 0]
    marks = {character for character in set("".join(texts)) if unicodedata.category(character)[0] == "M"}
    for row, text in enumerate(texts if marks else ()):
        if not marks.isdisjoint(text):
            own = spans[starts[row] : starts[row + 1]]
            for start, end in _uncovered(text, own, marks):
                touching = (own[:, 0] < end) & (own[:, 1] > start)
                own[touching, 0] = np.minimum(own[touching, 0], start)
                own[touching, 1] = np.maximum(own[touching, 1], end)
    return spans


def _uncovered(text: str, spans: np.ndarray, marks: set[str]) -> Iterator[tuple[int, int]]:
    """Letters with their marks of which one is in no token."""
    covered = np.zeros(len(text), dtype=bool)
    for start, end in spans.tolist():
        covered[start:end] = True
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or text[end] not in marks:
            if end - start > 1 and not covered[start:end].all():
                yield start, end
            start = end
