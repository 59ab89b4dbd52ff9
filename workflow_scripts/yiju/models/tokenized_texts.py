"""Sentences as token ids with exact offsets, by the `tokenizers` library alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer

from yiju.models.border import border
from yiju.models.spans import BEGINNING, corrected
from yiju.models.text_pieces import cut, spells_by_piece
from yiju.models.token_growth import OTHER_TOKENIZER, require_few

# Sentences tokenised at a time: what bounds the memory.
CHUNK = 50_000


@dataclass(frozen=True)
class TokenizedTexts:
    """Token ids of many sentences, without special tokens, in one flat array.

    ids: int32 [tokens]; starts: int64 [sentences + 1]; spans: int32 [tokens, 2], characters of the original sentence,
    or None where nobody asked for them.
    """

    ids: np.ndarray
    starts: np.ndarray
    spans: np.ndarray | None

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)

    @property
    def known_spans(self) -> np.ndarray:
        """The spans, of sentences that were tokenised with them. Raises ValueError for others."""
        if self.spans is None:
            raise ValueError("tokenised without spans")
        return self.spans

    @classmethod
    def joined(cls, parts: Sequence[TokenizedTexts]) -> TokenizedTexts:
        """The sentences of one part or more, one part after another."""
        ids, lengths = (np.concatenate([getattr(part, name) for part in parts]) for name in ("ids", "lengths"))
        spans = None if parts[0].spans is None else np.concatenate([part.known_spans for part in parts])
        return cls(ids, starts_of(lengths), spans)

    def span_list(self, sentence: int, count: int) -> list[tuple[int, int]]:
        """Character spans of the first `count` tokens of a sentence."""
        start = self.starts[sentence]
        return [(begin, end) for begin, end in self.known_spans[start : start + count].tolist()]


def tokenize(backend: Tokenizer, texts: Sequence[str], spans: bool = False, place: str = "the model") -> TokenizedTexts:
    """Tokenise sentences; `spans` keeps each token's offsets, in characters of the text as given.

    place: whose tokeniser it is, for messages. Raises YijuError where the tokeniser fails on a text, or makes far more
    tokens of it than it has characters.
    """
    # Only where they are set: to change a tokeniser fails while another thread uses it.
    if backend.truncation is not None:
        backend.no_truncation()
    if backend.padding is not None:
        backend.no_padding()
    by_piece = not spans and spells_by_piece(backend)
    parts = (texts[first : first + CHUNK] for first in range(0, len(texts), CHUNK))
    spelt = []
    for part in parts:
        with border(place, "the tokeniser fails on a text", OTHER_TOKENIZER):
            spelt.append(_by_piece(backend, part) if by_piece else _spell(backend, part, spans))
        require_few(part, spelt[-1].lengths, place)
    return TokenizedTexts.joined(spelt) if spelt else _spell(backend, [], spans)


def _by_piece(backend: Tokenizer, texts: Sequence[str]) -> TokenizedTexts:
    """The same as `_spell`, many times faster: every different piece of the sentences is spelt once."""
    pieces = cut(backend, texts)
    spelt = _spell(backend, pieces.texts, spans=False)
    counts = spelt.lengths[pieces.which]
    ids = spelt.ids[np.repeat(spelt.starts[pieces.which], counts) + ranges(counts)]
    return TokenizedTexts(ids, starts_of(counts)[pieces.bounds], None)


def _spell(backend: Tokenizer, texts: Sequence[str], spans: bool) -> TokenizedTexts:
    encodings = (backend.encode_batch if spans else backend.encode_batch_fast)(list(texts), add_special_tokens=False)
    starts = starts_of([len(encoding.ids) for encoding in encodings])
    ids = _flat([encoding.ids for encoding in encodings], ())
    if not spans:
        return TokenizedTexts(ids, starts, None)
    told = _flat([encoding.offsets for encoding in encodings], (2,))
    return TokenizedTexts(ids, starts, corrected(texts, ids, starts, told, backend.token_to_id(BEGINNING)))


def ranges(lengths: np.ndarray) -> np.ndarray:
    """0, 1, … length - 1 for each of the lengths, one after another: int64 [sum of the lengths]."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def starts_of(lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    """Where each of several parts of a flat array begins, and the end: int64 [parts + 1]."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _flat(lists: list, shape: tuple[int, ...]) -> np.ndarray:
    total = sum(map(len, lists))
    array = np.fromiter((value for values in lists for value in values), np.dtype((np.int32, shape)), total)
    return array.reshape(total, *shape)
