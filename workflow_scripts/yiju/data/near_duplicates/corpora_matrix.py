"""How much of each corpus every other one holds, exactly and nearly."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.blocks import distinct
from yiju.base.files import write_json
from yiju.data.near_duplicates.distinct_sentences import sentences_of
from yiju.data.near_duplicates.match import index_pairs, near_pairs
from yiju.data.sentence_keys import pair_keys, split_key

log = logging.getLogger(__name__)
SENTENCES = ["q_sentence", "t_sentence"]


def compare_corpora(pairs: str | Path, out: str | Path, similarity: float, sample: int, seed: int) -> None:
    """Write the duplicates within and between the corpora of MERGED `pairs`, all splits of a corpus together.

    similarity: of sentences, above 0 to 1; sample: pairs of a corpus that are looked at for near duplicates, at most.

    `corpora` in order of appearance, how many distinct `pairs` each has and how many are `sampled`, and two matrices of
    shares, a row for each corpus: `exact`, of its distinct pairs that the corpus of the column holds; `near`, of its
    sampled pairs that the corpus of the column holds exactly or nearly. On the diagonal: `exact`, of its rows that
    repeat an earlier pair; `near`, of its sampled pairs that are nearly another pair of it.

    Only the sample is indexed while all pairs pass by, so memory grows by 20 bytes a row.
    """
    rows, keys = _read_keys(pairs)
    drawn = [_draw(own, sample, seed) for own in keys.values()]
    duplicates = {
        "similarity": similarity,
        "corpora": list(keys),
        "pairs": [len(own) for own in keys.values()],
        "sampled": [len(own) for own in drawn],
        "exact": _exact_shares(rows, list(keys.values())).tolist(),
        "near": _near_shares(pairs, keys, drawn, similarity).tolist(),
    }
    write_json(out, duplicates)
    log.info("%d pairs of %d corpora looked up among %d", sum(map(len, drawn)), len(keys), sum(rows))


def _read_keys(pairs: str | Path) -> tuple[list[int], dict[str, np.ndarray]]:
    """How many rows each corpus has, and its distinct keys, ascending."""
    parts: dict[str, list[np.ndarray]] = {}
    for part in tables.parts(pairs, tables.MERGED, ["corpus", *SENTENCES]):
        for (corpus,), own in part.group_by("corpus", maintain_order=True):
            parts.setdefault(corpus, []).append(pair_keys(own.select(SENTENCES).to_numpy()))
    rows = [sum(map(len, own)) for own in parts.values()]
    return rows, {corpus: distinct(np.concatenate(own)) for corpus, own in parts.items()}


def _draw(keys: np.ndarray, sample: int, seed: int) -> np.ndarray:
    if len(keys) <= sample:
        return keys
    return np.sort(np.random.default_rng(seed).choice(keys, sample, replace=False))


def _exact_shares(rows: Sequence[int], keys: Sequence[np.ndarray]) -> np.ndarray:
    sizes = np.array([len(own) for own in keys], dtype=np.float64)
    shared = np.diag(np.asarray(rows) - sizes)
    for one, other in combinations(range(len(keys)), 2):
        both = np.intersect1d(keys[one], keys[other], assume_unique=True)
        shared[one, other] = shared[other, one] = len(both)
    of = np.repeat(sizes[:, None], len(keys), axis=1)
    np.fill_diagonal(of, rows)
    return shared / of


def _near_shares(
    pairs: str | Path, keys: dict[str, np.ndarray], drawn: Sequence[np.ndarray], similarity: float
) -> np.ndarray:
    everything = distinct(np.concatenate([np.empty(0, dtype=np.uint64), *drawn]))
    near = _near(pairs, list(keys), everything, similarity)
    shares = np.empty((len(drawn), len(drawn)))
    for row, own in enumerate(drawn):
        held = near[np.searchsorted(everything, own)]
        for column, other in enumerate(keys.values()):
            if row != column:
                held[:, column] |= np.isin(own, other)
        shares[row] = held.mean(axis=0)
    return shares


def _near(pairs: str | Path, corpora: Sequence[str], drawn: np.ndarray, similarity: float) -> np.ndarray:
    """Which pairs are nearly one of each corpus, but not the same. drawn: [n] keys. Returns [n, corpora] bool."""
    low, high = split_key(drawn)
    others = pl.DataFrame({"other": np.arange(len(drawn)), "q_sentence": low, "t_sentence": high})
    index = index_pairs(others, _texts(pairs, others), similarity)
    near = np.zeros((len(drawn), len(corpora)), dtype=bool)
    for part in _parts(pairs):
        found = near_pairs(part.select("pair", *SENTENCES), sentences_of(part), index).join(part, on="pair")
        column = found["corpus"].replace_strict(corpora, range(len(corpora)), return_dtype=pl.Int64)
        near[found["other"].to_numpy(), column.to_numpy()] = True
    return near


def _texts(pairs: str | Path, others: pl.DataFrame) -> pl.DataFrame:
    """The sentences of `others`, as `sentences_of` gives them, gathered as all pairs pass by."""
    missing = pl.concat([others[side] for side in SENTENCES]).unique().to_frame("sentence")
    found = [pl.DataFrame(schema={"sentence": pl.UInt32, "text": pl.String})]
    for part in _parts(pairs):
        wanted = missing["sentence"].implode()
        rows = part.filter(pl.any_horizontal(pl.col(side).is_in(wanted) for side in SENTENCES))
        found.append(sentences_of(rows).join(missing, on="sentence", how="semi"))
        missing = missing.join(found[-1], on="sentence", how="anti")
    return pl.concat(found).sort("sentence")


def _parts(pairs: str | Path) -> Iterator[pl.DataFrame]:
    return tables.parts(pairs, tables.MERGED, ["pair", "corpus", "q", "t", *SENTENCES])
