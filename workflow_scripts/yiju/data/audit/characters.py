"""How many characters two sentences share, for millions of pairs at once."""

from __future__ import annotations

import numpy as np
import polars as pl

# Pairs of one block: its characters stay in the processor's cache while they are sorted.
BLOCK = 10_000
# A character's number within a pair: 21 bits hold every code point, one more the side it stands on.
POINT_BITS = 21


def shared_characters(q: pl.Series, t: pl.Series) -> np.ndarray:
    """Characters that both sentences of a pair hold, each as often as both hold it. Returns [n] int64.

    Twice that over the sum of the lengths is the `character_dice` of `yiju.data.overlap`.
    """
    blocks = [_shared(q[first : first + BLOCK], t[first : first + BLOCK]) for first in range(0, len(q), BLOCK)]
    return np.concatenate([np.empty(0, dtype=np.int64), *blocks])


def _shared(q: pl.Series, t: pl.Series) -> np.ndarray:
    """All characters sorted by pair and code point: a run of equal ones holds as many shared as its rarer side has."""
    characters = np.concatenate([_numbered(q, 0), _numbered(t, 1)])
    characters.sort()
    same = characters >> 1
    begins = np.flatnonzero(np.diff(same, prepend=-1))
    of_both = np.diff(begins, append=len(same))
    of_second = np.add.reduceat(characters & 1, begins)
    shared = np.minimum(of_second, of_both - of_second)
    return np.bincount(same[begins] >> POINT_BITS, weights=shared, minlength=len(q)).astype(np.int64)


def _numbered(sentences: pl.Series, side: int) -> np.ndarray:
    """Each character as one number: pair, code point, side from the highest bit down. Returns [characters] int64."""
    points = np.frombuffer("".join(sentences.to_list()).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    pair = np.repeat(np.arange(len(sentences)), sentences.str.len_chars().to_numpy())
    return (pair << (POINT_BITS + 1)) | (points << 1) | side
