"""Which sentences are nearly the same: an exact search, though few of the possible matches are ever looked at.

Two sentences are near from a Jaccard similarity of their sets of character bigrams on. A match must share one of the
rarest bigrams of both (the prefix filter of AllPairs, Bayardo et al. 2007), and no more bigrams may follow the shared
one on either side, nor sizes differ more, than the similarity allows (PPJoin, Xiao et al. 2008). What is left passes a
bitmap filter (Sandes et al. 2020), then the exact count. Everything is done on whole arrays, in blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from yiju.base.blocks import blocks, distinct, ranges
from yiju.data.near_duplicates.bigrams import KNOWN, TOKEN, TokenSets, Vocabulary, learn_vocabulary

NEAR = {"query": pl.UInt32, "match": pl.UInt32, "similarity": pl.Float64, "same": pl.Boolean}
# Bounds are real numbers: rounding must never turn a match away.
SLACK = 1e-9
# What is looked at in one block: characters of queries, candidates, tokens compared.
CHARACTERS = 4_000_000
CANDIDATES = 1_000_000
COMPARED = 8_000_000


@dataclass(frozen=True)
class SentenceIndex:
    """Sentences to be found: table (sentence, text), their sets, and the list of rows that each rare bigram leads to.

    keys: [n] int64, ascending, of bigram and size of the row; rows: [n] row that each key leads to.
    """

    similarity: float
    sentences: pl.DataFrame
    vocabulary: Vocabulary
    sets: TokenSets
    keys: np.ndarray
    rows: np.ndarray

    @property
    def largest(self) -> int:
        """Size of the largest set."""
        return int(self.sets.sizes.max(initial=0))

    @property
    def least_shared(self) -> float:
        """Bigrams that a match shares at least, as a part of the sizes of both sets together."""
        return self.similarity / (1 + self.similarity)


def index_sentences(sentences: pl.DataFrame, similarity: float) -> SentenceIndex:
    """Make sentences ready to be searched.

    sentences: (sentence: UInt32, text: normalised), each once; similarity: above 0 to 1.
    """
    vocabulary = learn_vocabulary(sentences["text"])
    sets = vocabulary.token_sets(sentences["text"])
    rows, tokens, _ = _rarest(sets, similarity)
    keys = _keys(tokens, sets.sizes[rows], int(sets.sizes.max(initial=0)))
    order = np.argsort(keys, kind="stable")
    return SentenceIndex(similarity, sentences, vocabulary, sets, keys[order], rows[order])


def near_sentences(queries: pl.DataFrame, index: SentenceIndex) -> pl.DataFrame:
    """Every sentence of `index` that is nearly one of `queries` (sentence: UInt32, text: normalised).

    Returns query, match (numbers of sentences), similarity, and whether the two texts are the same; sorted.
    """
    found = [pl.DataFrame(schema=NEAR)]
    for block in blocks(queries["text"].str.len_chars().to_numpy(), CHARACTERS):
        part = queries[block]
        found += [_table(part, index, *match) for match in _matches(part["text"], index)]
    # A match that two blocks of candidates hold comes twice.
    return pl.concat(found).unique(["query", "match"]).sort("query", "match")


def _table(
    queries: pl.DataFrame, index: SentenceIndex, rows: np.ndarray, others: np.ndarray, similarity: np.ndarray
) -> pl.DataFrame:
    one, other = queries[rows], index.sentences[others]
    columns = (one["sentence"], other["sentence"], similarity, one["text"] == other["text"])
    return pl.DataFrame(dict(zip(NEAR, columns, strict=True)), schema=NEAR)


def _matches(texts: pl.Series, index: SentenceIndex) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Rows of `texts` and of the index that are near, and their similarity."""
    sets = index.vocabulary.token_sets(texts)
    for rows, others in _candidates(sets, index):
        for block in blocks(sets.sizes[rows] + index.sets.sizes[others], COMPARED):
            similarity = _jaccard(sets, rows[block], index.sets, others[block])
            near = similarity >= index.similarity
            yield rows[block][near], others[block][near], similarity[near]


def _candidates(sets: TokenSets, index: SentenceIndex) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of `sets` and of the index that may be near: all that are, and few others."""
    rows, begins, counts = _look_ups(sets, index)
    apart = (1 - index.similarity) / (1 + index.similarity)
    for block in blocks(counts, CANDIDATES):
        one = np.repeat(rows[block], counts[block])
        other = index.rows[ranges(begins[block], counts[block])]
        # Bigrams of one side only set bits of one side only, or hide behind others.
        differing = np.bitwise_count(sets.bits[one] ^ index.sets.bits[other])
        near = differing <= apart * (sets.sizes[one] + index.sets.sizes[other]) + SLACK
        both = distinct((one[near].astype(np.uint64) << TOKEN) | other[near].astype(np.uint64))
        yield (both >> TOKEN).astype(np.int64), both.astype(np.uint32).astype(np.int64)


def _look_ups(sets: TokenSets, index: SentenceIndex) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row of `sets`, and the stretch of `index.rows` to look at for it, first and count; a row has several."""
    rows, tokens, left = _rarest(sets, index.similarity)
    known = tokens >= KNOWN
    rows, tokens, left = rows[known], tokens[known], left[known]
    sizes = sets.sizes[rows]
    smallest = np.ceil(index.similarity * sizes - SLACK)
    # This bigram and those after it must be enough to be shared.
    largest = np.floor(left / index.least_shared - sizes + SLACK)
    bounds = [np.clip(bound, 0, index.largest + 1).astype(np.int64) for bound in (smallest, largest)]
    begins = np.searchsorted(index.keys, _keys(tokens, bounds[0], index.largest))
    ends = np.searchsorted(index.keys, _keys(tokens, bounds[1], index.largest), side="right")
    return rows, begins, np.maximum(ends - begins, 0)


def _keys(tokens: np.ndarray, sizes: np.ndarray, largest: int) -> np.ndarray:
    """Known tokens and sizes (up to largest + 1) as one number, in the order of both. Returns int64."""
    return (tokens.astype(np.int64) - KNOWN) * (largest + 2) + sizes


def _rarest(sets: TokenSets, similarity: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rarest tokens of each set, one of which any match shares: row, token, and tokens left from it on."""
    rows = np.repeat(np.arange(len(sets.sizes)), sets.sizes)
    left = sets.starts[rows + 1] - np.arange(len(rows))
    chosen = left >= similarity * sets.sizes[rows] - SLACK
    return rows[chosen], sets.tokens[chosen], left[chosen]


def _jaccard(sets: TokenSets, rows: np.ndarray, others: TokenSets, other_rows: np.ndarray) -> np.ndarray:
    """Jaccard similarity of rows of two collections of sets, one to one. Returns [n] float64."""
    tokens = np.concatenate([sets.of_rows(rows), others.of_rows(other_rows)])
    tokens.sort()
    twice = tokens[1:][tokens[1:] == tokens[:-1]] >> TOKEN
    shared = np.bincount(twice.astype(np.int64), minlength=len(rows))
    return shared / (sets.sizes[rows] + others.sizes[other_rows] - shared)
