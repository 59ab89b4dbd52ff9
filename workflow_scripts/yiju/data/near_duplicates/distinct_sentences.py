"""Sentences of pairs, numbered, each once, in their normal form."""

from __future__ import annotations

import polars as pl

from yiju.data.sentence_keys import normalised

SIDES = ("q", "t")


def sentences_of(pairs: pl.DataFrame) -> pl.DataFrame:
    """Sentences of numbered pairs (q, t, q_sentence, t_sentence): sentence, text; in order of appearance by side."""
    sides = [pairs.select(pl.col(f"{side}_sentence").alias("sentence"), pl.col(side).alias("text")) for side in SIDES]
    sentences = pl.concat(sides).unique("sentence", keep="first", maintain_order=True)
    return sentences.with_columns(normalised(sentences["text"]))


def with_sentences(pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the columns q_sentence and t_sentence to pairs (q, t): numbers of their own, equal for equal normal forms."""
    texts = pl.concat([pairs["q"], pairs["t"]])
    numbers = (normalised(texts).rank("dense") - 1).cast(pl.UInt32)
    return pairs.with_columns(numbers[: pairs.height].alias("q_sentence"), numbers[pairs.height :].alias("t_sentence"))
