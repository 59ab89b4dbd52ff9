"""What filters know of all rows of all corpora: numbers, no text, so that tens of millions fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.data.sentence_keys import number_sentences, pair_keys, sentence_hashes

SPLITS = ("train", "dev", "test")
TRAIN = SPLITS.index("train")
NO_LABEL = -1


@dataclass(frozen=True)
class Rows:
    """Rows in merging order; `starts` [corpora + 1] are the first rows of the corpora.

    split: [n] index in SPLITS; label: [n] 0, 1 or NO_LABEL; sentences: [n, 2] uint32; sets: the same of each
    competition set, numbered together with the rows.
    """

    starts: np.ndarray
    split: np.ndarray
    label: np.ndarray
    sentences: np.ndarray
    sets: dict[str, np.ndarray]

    def of_corpus(self, corpus: int) -> slice:
        return slice(int(self.starts[corpus]), int(self.starts[corpus + 1]))


def read_rows(corpora: Sequence[str | Path], items: Sequence[str | Path]) -> Rows:
    """Read the normalised corpora (PAIRS) and the competition sets (ITEMS)."""
    hashes, splits, labels, sizes = [], [], [], [0]
    for path in corpora:
        sizes.append(0)
        for part in tables.parts(path, tables.PAIRS, ["split", "q", "t", "label"]):
            hashes.append(sentence_hashes(part))
            known = part.select(
                pl.col("split").replace_strict(SPLITS, range(len(SPLITS)), return_dtype=pl.Int8),
                pl.col("label").fill_null(NO_LABEL),
            )
            splits.append(known["split"].to_numpy())
            labels.append(known["label"].to_numpy())
            sizes[-1] += part.height
    competition = {Path(path).stem: sentence_hashes(tables.read(path, tables.ITEMS)) for path in items}
    # A corpus may hold no rows at all.
    numbers = number_sentences(np.concatenate([np.empty((0, 2), dtype=np.uint64), *hashes, *competition.values()]))
    hashes.clear()
    starts = np.cumsum(sizes)
    ends = np.cumsum([starts[-1], *map(len, competition.values())])
    return Rows(
        starts,
        np.concatenate([np.empty(0, dtype=np.int8), *splits]),
        np.concatenate([np.empty(0, dtype=np.int8), *labels]),
        numbers[: starts[-1]],
        {name: numbers[ends[place] : ends[place + 1]] for place, name in enumerate(competition)},
    )


def held_out_sets(rows: Rows, keys: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Distinct pair keys, sorted, of every dev and test split ("corpus split") and every competition set.

    keys: [n] pair keys of the rows; names: of the corpora.
    """
    sets = {}
    for corpus, name in enumerate(names):
        own = rows.of_corpus(corpus)
        for code, split in enumerate(SPLITS):
            chosen = keys[own][rows.split[own] == code]
            if code != TRAIN and len(chosen):
                sets[f"{name} {split}"] = np.unique(chosen)
    return sets | {name: np.unique(pair_keys(sentences)) for name, sentences in rows.sets.items()}
