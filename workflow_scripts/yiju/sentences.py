"""When two sentences are the same: but for width, case, white space, punctuation and invisible characters."""

from __future__ import annotations

import numpy as np
import polars as pl

# Controls, formats (zero width, byte-order mark), variation selectors and fillers; private characters are visible.
INVISIBLE = r"\p{Cc}\p{Cf}\x{115f}\x{1160}\x{fe00}-\x{fe0f}\x{e0100}-\x{e01ef}"
NOISE = rf"[\s\p{{P}}{INVISIBLE}~]+"
# A sentence of these characters only is its own normal form; most are, and are spared the work.
BEYOND_PLAIN = r"[^\x{4e00}-\x{9fa5}a-z0-9]"
# 32 bits: a sentence number, or half of a pair's key.
HALF = np.uint64(32)


def normalised(texts: pl.Series) -> pl.Series:
    """NFKC, lower case, no white space, no punctuation; a sentence of nothing but punctuation stands for itself."""
    return texts.alias("text").to_frame().select(_normal_form("text")).to_series()


def sentence_hashes(pairs: pl.DataFrame) -> np.ndarray:
    """Hashes of the normalised sentences of columns q and t: [n, 2] uint64, to be compared within one process only."""
    names = ("q", "t")
    plain = pairs.select(
        *(pl.col(name).hash(seed=0) for name in names),
        *(pl.col(name).str.contains(BEYOND_PLAIN).alias(f"{name}_odd") for name in names),
    )
    odd = [plain[f"{name}_odd"] for name in names]
    # Both columns at once, for they run side by side.
    cores = pl.collect_all(
        pairs.lazy().select(name).filter(mask).select(_normal_form(name).hash(seed=0))
        for name, mask in zip(names, odd, strict=True)
    )
    hashes = np.empty((pairs.height, 2), dtype=np.uint64)
    for side, (name, mask, core) in enumerate(zip(names, odd, cores, strict=True)):
        hashes[:, side] = plain[name].to_numpy()
        hashes[mask.to_numpy(), side] = core.to_series().to_numpy()
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
    number = np.empty(len(first), dtype=np.uint32)
    number[np.argsort(first)] = np.arange(len(first), dtype=np.uint32)
    numbers = np.empty(len(flat), dtype=np.uint32)
    numbers[order] = np.repeat(number, np.diff(np.append(begins, len(flat))))
    return numbers.reshape(hashes.shape)


def pair_keys(sentences: np.ndarray) -> np.ndarray:
    """One number for a pair, the same in either order. sentences: [n, 2] uint32. Returns [n] uint64."""
    return join_halves(sentences.min(axis=1), sentences.max(axis=1))


def join_halves(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The key of a pair from its sentences' numbers, low <= high."""
    return (low.astype(np.uint64) << HALF) | high.astype(np.uint64)


def split_key(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sentences' numbers, low and high, of pair keys."""
    return (keys >> HALF).astype(np.uint32), keys.astype(np.uint32)


def _normal_form(column: str) -> pl.Expr:
    plain = pl.col(column).str.normalize("NFKC").str.to_lowercase()
    core = plain.str.replace_all(NOISE, "")
    return pl.when(core == "").then(plain).otherwise(core).alias(column)
