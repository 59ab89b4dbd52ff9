"""How much of a split the tokeniser's vocabulary covers."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
from tokenizers import Tokenizer

from yiju.models.tokenized_texts import TokenizedTexts, tokenize

# [CLS] q [SEP] t [SEP]
SPECIAL_TOKENS = 3


def measure_coverage(tokenizer: Tokenizer, pairs: pl.DataFrame, max_length: int) -> dict[str, float]:
    """What the tokeniser makes of these pairs (columns q and t).

    characters: share of the characters, white space aside, that a known token stands for; unknown: share of the tokens
    that are the unknown one, which may stand for a whole word; tokens_per_character: white space is none of them;
    too_long: share of the pairs that have more than `max_length` tokens, special ones included; pairs: how many.
    """
    q, t = (tokenize(tokenizer, pairs[side].to_list()) for side in ("q", "t"))
    texts = pl.concat([pairs["q"], pairs["t"]])
    tokens = np.concatenate([q.ids, t.ids])
    characters = int(texts.str.replace_all(r"\s", "").str.len_chars().sum())
    unknown_id = _unknown_id(tokenizer)
    unknown = [_unknown_characters(tokenizer, pairs[side], own, unknown_id) for side, own in (("q", q), ("t", t))]
    too_long = q.lengths + t.lengths + SPECIAL_TOKENS > max_length
    return {
        "characters": round(1 - sum(unknown) / characters, 6),
        "unknown": round(float((tokens == unknown_id).mean()), 6),
        "tokens_per_character": round(len(tokens) / characters, 6),
        "too_long": round(float(too_long.mean()), 6),
        "pairs": pairs.height,
    }


def _unknown_id(tokenizer: Tokenizer) -> int:
    """The id of the unknown token; -1, which is no token's, where the tokeniser has none."""
    model = json.loads(tokenizer.to_str())["model"]
    if model["type"] == "Unigram":
        return -1 if model["unk_id"] is None else model["unk_id"]
    found = tokenizer.token_to_id(model["unk_token"] or "")
    return -1 if found is None else found


def _unknown_characters(tokenizer: Tokenizer, texts: pl.Series, sentences: TokenizedTexts, unknown_id: int) -> int:
    """Characters that unknown tokens stand for: few sentences have one, so only these are spelt with offsets."""
    places = np.flatnonzero(sentences.ids == unknown_id)
    holders = np.unique(np.searchsorted(sentences.starts, places, side="right") - 1)
    spelt = tokenize(tokenizer, texts[holders].to_list(), spans=True)
    spans = spelt.known_spans[spelt.ids == unknown_id]
    return int((spans[:, 1] - spans[:, 0]).sum())
