"""Which pairs are nearly the same: their sentences are, one to one, in either order."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from yiju.base.blocks import blocks
from yiju.data.near_duplicates.search import SentenceIndex, index_sentences, near_sentences

NEAR_PAIRS = {"pair": pl.Int64, "other": pl.Int64, "similarity": pl.Float64}
# Matches of pairs that are looked at in one block.
MATCHES = 2_000_000


@dataclass(frozen=True)
class PairIndex:
    """Pairs to be found. partners: for each sentence (`match`) the other one of its pair (`partner`), and the pair."""

    sentences: SentenceIndex
    partners: pl.DataFrame


def index_pairs(others: pl.DataFrame, sentences: pl.DataFrame, similarity: float) -> PairIndex:
    """Make pairs ready to be searched.

    others: (other: Int64, q_sentence, t_sentence: UInt32); sentences: (sentence: UInt32, text: normalised), each once;
    similarity: of sentences, above 0 to 1.
    """
    sides = others.select("q_sentence", "t_sentence", "other"), others.select("t_sentence", "q_sentence", "other")
    partners = pl.concat(
        [side.rename(dict(zip(side.columns, ("match", "partner", "other"), strict=True))) for side in sides]
    )
    return PairIndex(index_sentences(sentences, similarity), partners)


def near_pairs(pairs: pl.DataFrame, sentences: pl.DataFrame, index: PairIndex) -> pl.DataFrame:
    """Every pair of `index` that is nearly one of `pairs`, but not the same.

    pairs: (pair: Int64, q_sentence, t_sentence: UInt32); sentences: their (sentence, text), each once; numbers need not
    agree with those of the index. Returns pair, other, and the smaller similarity of the two sentences; where both
    orders match, that of the better one. Sorted.
    """
    q = near_sentences(_used(sentences, pairs["q_sentence"]), index.sentences)
    pairs = pairs.join(q, left_on="q_sentence", right_on="query", how="semi", maintain_order="left")
    t = near_sentences(_used(sentences, pairs["t_sentence"]), index.sentences)
    pairs = pairs.join(t, left_on="t_sentence", right_on="query", how="semi", maintain_order="left")
    found = [_near(pairs[block], q, t, index) for block in blocks(_reached(pairs, q, index).to_numpy(), MATCHES)]
    return pl.concat([pl.DataFrame(schema=NEAR_PAIRS), *found]).sort("pair", "other")


def _used(sentences: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    return sentences.join(numbers.to_frame("sentence"), on="sentence", how="semi", maintain_order="left")


def _reached(pairs: pl.DataFrame, near: pl.DataFrame, index: PairIndex) -> pl.Series:
    """How many pairs of the index hold a sentence that is nearly the first one of each pair."""
    degrees = index.partners.group_by("match").len()
    reached = near.join(degrees, on="match").group_by("query").agg(pl.col("len").sum().cast(pl.Int64))
    return pairs.join(reached, left_on="q_sentence", right_on="query", how="left", maintain_order="left")[
        "len"
    ].fill_null(0)


def _near(pairs: pl.DataFrame, q: pl.DataFrame, t: pl.DataFrame, index: PairIndex) -> pl.DataFrame:
    one = pairs.join(q, left_on="q_sentence", right_on="query").join(index.partners, on="match")
    both = one.join(t, left_on=["t_sentence", "partner"], right_on=["query", "match"], suffix="_t")
    matches = both.group_by("pair", "other").agg(
        pl.min_horizontal("similarity", "similarity_t").max().alias("similarity"),
        (pl.col("same") & pl.col("same_t")).any().alias("same"),
    )
    return matches.filter(~pl.col("same")).select(list(NEAR_PAIRS))
