"""How much of a split the tokeniser's vocabulary covers."""

from __future__ import annotations

import numpy as np
import polars as pl
from transformers import PreTrainedTokenizerBase

from yiju.models.tokens import Sentences, encode

# [CLS] q [SEP] t [SEP]
SPECIAL_TOKENS = 3


def measure_coverage(tokenizer: PreTrainedTokenizerBase, pairs: pl.DataFrame, max_length: int) -> dict[str, float]:
    """What the tokeniser makes of these pairs (columns q and t).

    characters: share of the characters, white space aside, that a known token stands for; unknown: share of the tokens
    that are the unknown one, which may stand for a whole word; tokens_per_character: white space is none of them;
    too_long: share of the pairs that have more than `max_length` tokens, special ones included; pairs: how many.
    """
    q, t = (encode(tokenizer, pairs[side].to_list()) for side in ("q", "t"))
    texts = pl.concat([pairs["q"], pairs["t"]])
    tokens = np.concatenate([q.ids, t.ids])
    characters = int(texts.str.replace_all(r"\s", "").str.len_chars().sum())
    unknown = [_unknown_characters(tokenizer, pairs[side], own) for side, own in (("q", q), ("t", t))]
    too_long = q.lengths + t.lengths + SPECIAL_TOKENS > max_length
    return {
        "characters": round(1 - sum(unknown) / characters, 6),
        "unknown": round(float((tokens == tokenizer.unk_token_id).mean()), 6),
        "tokens_per_character": round(len(tokens) / characters, 6),
        "too_long": round(float(too_long.mean()), 6),
        "pairs": pairs.height,
    }


def _unknown_characters(tokenizer: PreTrainedTokenizerBase, texts: pl.Series, sentences: Sentences) -> int:
    """Characters that unknown tokens stand for: few sentences have one, so only these are spelt with offsets."""
    places = np.flatnonzero(sentences.ids == tokenizer.unk_token_id)
    holders = np.unique(np.searchsorted(sentences.starts, places, side="right") - 1)
    spelt = encode(tokenizer, texts[holders].to_list(), spans=True)
    spans = spelt.spans[spelt.ids == tokenizer.unk_token_id]
    return int((spans[:, 1] - spans[:, 0]).sum())
