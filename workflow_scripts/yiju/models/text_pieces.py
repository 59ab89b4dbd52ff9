"""Sentences cut into pieces that a BERT tokeniser spells alike wherever they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

CODES = 0x110000


@dataclass(frozen=True)
class Pieces:
    """Distinct pieces and where they stand.

    texts: the pieces; which: int64 [pieces standing in all sentences], the number of each; bounds: int64
    [sentences + 1], where the pieces of each sentence begin in `which`.
    """

    texts: list[str]
    which: np.ndarray
    bounds: np.ndarray


def spells_by_piece(backend: Tokenizer) -> bool:
    """Whether the tokeniser breaks text up at Chinese characters and punctuation whatever stands around them."""
    kinds = (backend.normalizer, BertNormalizer), (backend.pre_tokenizer, BertPreTokenizer), (backend.model, WordPiece)
    plain = not any(token.normalized for token in backend.get_added_tokens_decoder().values())
    return plain and all(isinstance(part, kind) for part, kind in kinds)


def cut(backend: Tokenizer, texts: Sequence[str]) -> Pieces:
    """Cut sentences into characters that stand alone and runs of others.

    So thousands of different pieces spell millions of sentences. A sentence that names an added token, such as [MASK],
    stays whole: the tokeniser looks for these before anything else.
    """
    joined = "".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    starts = np.concatenate([[0], np.cumsum([len(text) for text in texts], dtype=np.int64)])
    alphabet = np.unique(codes)
    single = [chr(code) for code in alphabet if _stands_alone(backend, chr(code))]
    number = np.full(CODES, -1)
    number[[ord(character) for character in single]] = np.arange(len(single))
    which = number[codes]
    for index in _naming_tokens(backend, texts, joined):
        which[starts[index] : starts[index + 1]] = -1
    begins = np.zeros(len(codes) + 1, bool)
    begins[:-1] = which >= 0
    begins[1:] |= which >= 0
    begins[starts] = True
    at = np.flatnonzero(begins)
    which = which[at[:-1]]
    runs = np.flatnonzero(which < 0)
    words: dict[str, int] = {}
    which[runs] = [
        words.setdefault(joined[first:end], len(single) + len(words))
        for first, end in zip(at[runs].tolist(), at[runs + 1].tolist(), strict=True)
    ]
    return Pieces(single + list(words), which, np.searchsorted(at, starts))


def _stands_alone(backend: Tokenizer, character: str) -> bool:
    """Whether the tokeniser parts a character from letters on either side; asked of the tokeniser itself."""
    normal = backend.normalizer.normalize_str(f"a{character}a")
    words = [word for word, _ in backend.pre_tokenizer.pre_tokenize_str(normal)]
    return len(words) > 1 and words[0] == words[-1] == "a"


def _naming_tokens(backend: Tokenizer, texts: Sequence[str], joined: str) -> list[int]:
    tokens = [token.content for token in backend.get_added_tokens_decoder().values() if token.content in joined]
    return [index for index, text in enumerate(texts) if any(token in text for token in tokens)] if tokens else []
