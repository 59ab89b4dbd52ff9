"""When two sentences are the same: but for width, case, white space, punctuation and invisible characters."""

from __future__ import annotations

import numpy as np
import polars as pl

# Controls, formats (zero width, byte-order mark), variation selectors and fillers; private characters are visible.
INVISIBLE = r"\p{Cc}\p{Cf}\x{115f}\x{1160}\x{fe00}-\x{fe0f}\x{e0100}-\x{e01ef}"
NOISE = rf"[\s\p{{P}}{INVISIBLE}~]+"
# What is left of most sentences without these marks is their normal form: plain characters. They are spared the work.
MARKS = r"[？，。！、?,.! ]"
BEYOND_PLAIN = r"[^\x{4e00}-\x{9fa5}a-z0-9]|^$"
# 32 bits: a sentence number, or half of a pair's key.
HALF = np.uint64(32)


def normalised(texts: pl.Series) -> pl.Series:
    """NFKC, lower case, no white space, no punctuation; a sentence of nothing but punctuation stands for itself."""
    plain = texts.str.normalize("NFKC").str.to_lowercase()
    core = plain.str.replace_all(NOISE, "")
    return core.zip_with(core != "", plain)


def sentence_hashes(pairs: pl.DataFrame) -> np.ndarray:
    """Hashes of the normalised sentences of columns q and t: [n, 2] uint64, to be compared within one process only."""
    bare = pairs.select(pl.col("q", "t").str.replace_all(MARKS, ""))
    odd = bare.select(pl.col("q", "t").str.contains(BEYOND_PLAIN))
    hashes = np.empty((pairs.height, 2), dtype=np.uint64)
    for side, name in enumerate(("q", "t")):
        hashes[:, side] = bare[name].hash(seed=0).to_numpy()
        hashes[odd[name].to_numpy(), side] = normalised(pairs[name].filter(odd[name])).hash(seed=0).to_numpy()
    return hashes


def number_sentences(hashes: np.ndarray) -> np.ndarray:
    """Number distinct hashes in order of appearance. hashes: [n, 2] uint64. Returns [n, 2] uint32.

    64 bits: among a hundred million sentences the chance that any two unlike ones share a hash is 3 in 10,000.
    """
    flat = hashes.reshape(-1)
    order = np.argsort(flat)
    ranked = flat[order]
    begins = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]])) if len(flat) else order
    del ranked
    first = np.minimum.reduceat(order, begins) if len(flat) else order
    appears = np.zeros(len(flat), dtype=bool)
    appears[first] = True
    number = np.cumsum(appears, dtype=np.uint32)[first] - np.uint32(1)
    numbers = np.empty(len(flat), dtype=np.uint32)
    numbers[order] = np.repeat(number, np.diff(np.append(begins, len(flat))))
    return numbers.reshape(hashes.shape)


def pair_keys(sentences: np.ndarray) -> np.ndarray:
    """One number for a pair, the same in either order. sentences: [n, 2] uint32. Returns [n] uint64."""
    one, other = sentences[:, 0], sentences[:, 1]
    return join_halves(np.minimum(one, other), np.maximum(one, other))


def join_halves(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The key of a pair from its sentences' numbers, low <= high."""
    return (low.astype(np.uint64) << HALF) | high.astype(np.uint64)


def split_key(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sentences' numbers, low and high, of pair keys."""
    return (keys >> HALF).astype(np.uint32), keys.astype(np.uint32)


def among(keys: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which keys are among the others: `numpy.isin`, without its sorting of millions of keys. Returns [n] bool."""
    return pl.Series(keys).is_in(pl.Series(others).implode()).to_numpy()
