"""Characters that a model cannot tell from others: its vocabulary lacks them, or its tokeniser drops them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from transformers import PreTrainedTokenizerBase

from yiju.models.tokenized_texts import TokenizedTexts
from yiju.models.tokens import encode

# Letters by their category, and yet nothing to see.
FILLERS = "\u115f\u1160\u3164\uffa0"


def is_seen(character: str) -> bool:
    """Whether a person sees a character as one of its own.

    White space, controls, formats (zero width, directions) and marks that combine with the letter before (accents,
    variation selectors) are not such: a tokeniser may drop them as it may change capitals, and nobody misses them.
    """
    category = unicodedata.category(character)
    return category[0] not in "ZM" and category not in ("Cc", "Cf") and character not in FILLERS


def unknown_places(text: str, ids: np.ndarray, spans: np.ndarray, unknown_id: int | None) -> np.ndarray:
    """Which characters of a sentence are unknown: seen by people, and in no token but the unknown one; bool [text].

    ids: of all tokens of the sentence, before any is cut off; spans: int [tokens, 2], in characters of the text. An
    unknown token may stand for a whole Latin word or a row of emoji: each character of it is unknown.
    """
    unknown = np.array([is_seen(character) for character in text], dtype=bool)
    for (start, end), token in zip(spans.tolist(), ids.tolist(), strict=True):
        if token != unknown_id:
            unknown[start:end] = False
    return unknown


def unknown_in(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], spelt: TokenizedTexts) -> list[np.ndarray]:
    """`unknown_places` of each sentence. spelt: the sentences with their spans."""
    return [
        unknown_places(text, spelt.ids[start:end], spelt.known_spans[start:end], tokenizer.unk_token_id)
        for text, start, end in zip(texts, spelt.starts[:-1].tolist(), spelt.starts[1:].tolist(), strict=True)
    ]


def unknown_counts(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], spelt: TokenizedTexts) -> np.ndarray:
    """How many characters of each sentence are unknown, int64 [texts]; see `unknown_places`.

    spelt: the sentences, which need no spans. Few have such a character, and only these are spelt again.
    """
    places = np.flatnonzero(spelt.ids == tokenizer.unk_token_id)
    suspected = np.zeros(len(texts), dtype=bool)
    suspected[np.searchsorted(spelt.starts, places, side="right") - 1] = True
    dropped = _dropped(tokenizer, texts)
    rows = [row for row, text in enumerate(texts) if suspected[row] or not dropped.isdisjoint(text)]
    counts, chosen = np.zeros(len(texts), dtype=np.int64), [texts[row] for row in rows]
    counts[rows] = [one.sum() for one in unknown_in(tokenizer, chosen, encode(tokenizer, chosen, spans=True))]
    return counts


def _dropped(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> frozenset[str]:
    """The characters of sentences that people see and of which the tokeniser makes no token."""
    alphabet = [character for character in sorted(set("".join(texts))) if is_seen(character)]
    return frozenset(np.array(alphabet, dtype=object)[encode(tokenizer, alphabet).lengths == 0])
