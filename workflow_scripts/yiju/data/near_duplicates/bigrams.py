"""Sentences as sets of character bigrams. A bigram is a number, and the smaller the rarer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from yiju.base.blocks import distinct, ranges

# Bits of a code point, and what stands where there is no character.
POINT = np.uint64(21)
NONE = (1 << 21) - 1
# Bits of a token; tokens from here on are in the vocabulary.
TOKEN = np.uint64(32)
KNOWN = 1 << 31


@dataclass(frozen=True)
class TokenSets:
    """A set of tokens a row: row i has tokens[starts[i]:starts[i + 1]], ascending. tokens: uint32; starts: int64."""

    tokens: np.ndarray
    starts: np.ndarray

    @cached_property
    def sizes(self) -> np.ndarray:
        """Tokens of each row, 1 or more. [n] int64."""
        return np.diff(self.starts)

    @cached_property
    def bits(self) -> np.ndarray:
        """64 bits a row, each set by a part of the tokens (the bitmap of Sandes et al. 2020). [n] uint64."""
        bit = np.uint64(1) << (self.tokens.astype(np.uint64) & np.uint64(63))
        return np.bitwise_or.reduceat(bit, self.starts[:-1]) if len(bit) else bit

    def of_rows(self, rows: np.ndarray) -> np.ndarray:
        """Tokens of the rows given, each below the number of its place in `rows`. Returns uint64."""
        sizes = self.sizes[rows]
        place = np.repeat(np.arange(len(rows), dtype=np.uint64), sizes)
        return (place << TOKEN) | self.tokens[ranges(self.starts[rows], sizes)]


@dataclass(frozen=True)
class Vocabulary:
    """Known bigrams: their codes, ascending, [n] uint64, and their tokens, rarest first, [n] uint32."""

    codes: np.ndarray
    tokens: np.ndarray

    def token_sets(self, texts: pl.Series) -> TokenSets:
        """The sets of bigrams of `texts`. Tokens of unknown bigrams come first, and hold for these texts alone."""
        rows, codes = bigrams(texts)
        place = np.searchsorted(self.codes, codes)
        place[place == len(self.codes)] = 0
        known = self.codes[place] == codes if len(self.codes) else np.zeros(len(codes), dtype=bool)
        tokens = np.empty(len(codes), dtype=np.uint64)
        tokens[known] = self.tokens[place[known]]
        tokens[~known] = np.unique(codes[~known], return_inverse=True)[1]
        members = distinct((rows.astype(np.uint64) << TOKEN) | tokens)
        sizes = np.bincount((members >> TOKEN).astype(np.int64), minlength=len(texts))
        return TokenSets(members.astype(np.uint32), np.concatenate([[0], np.cumsum(sizes)]))


def learn_vocabulary(texts: pl.Series) -> Vocabulary:
    """The bigrams of `texts`, ordered by how often they occur."""
    codes, counts = np.unique(bigrams(texts)[1], return_counts=True)
    tokens = np.empty(len(codes), dtype=np.uint32)
    tokens[np.argsort(counts, kind="stable")] = np.arange(KNOWN, KNOWN + len(codes))
    return Vocabulary(codes, tokens)


def bigrams(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Every two characters that follow each other: row [n] int64, and code of the bigram [n] uint64.

    The bigram of a text of one character is that character, and that of an empty text stands for nothing else.
    """
    lengths = texts.str.len_chars().to_numpy().astype(np.int64)
    ends = np.cumsum(lengths + 1) - 1
    joined = "".join((texts + "\0").to_list())
    points = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    points[ends] = NONE
    following = np.append(points[1:], np.uint64(NONE))[: len(points)]
    following[ends] = NONE
    chosen = following != NONE
    chosen[(ends - lengths)[lengths < 2]] = True
    rows = np.repeat(np.arange(len(texts)), lengths + 1)
    return rows[chosen], ((points << POINT) | following)[chosen]
