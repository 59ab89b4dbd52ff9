"""What a training has to know of its pairs before it begins: how many, how long, and how far they hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from yiju.app.train.tables import Table
from yiju.data.components import connected_groups
from yiju.data.sentence_keys import number_sentences, sentence_hashes
from yiju.data.table_look import read_rows

# Of pairs by their length: only one in a hundred is longer than what is taken as the longest.
LONG = 0.99


@dataclass(frozen=True)
class Facts:
    """Labelled pairs of a table; length: characters of both sentences that hardly any pair exceeds; groups: sizes of
    the groups of connected sentences, the largest first."""

    pairs: int
    length: int
    groups: np.ndarray

    def can_set_aside(self, pairs: int, share: float) -> bool:
        """Whether whole groups of at most `share` of all pairs make up so many pairs."""
        return int(self.groups[self.groups <= share * self.pairs].sum()) >= pairs


def facts_of(table: Table) -> Facts:
    """Read the labelled pairs of a table through. In memory are hashes and lengths, and no texts."""
    hashes, lengths = [np.empty((0, 2), dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
    for part in read_rows(table.look, table.values):
        known = part.filter(pl.col("reason").is_null() & pl.col("label").is_not_null())
        hashes.append(sentence_hashes(known))
        lengths.append((known["q"].str.len_chars() + known["t"].str.len_chars()).cast(pl.Int64).to_numpy())
    numbers, all_lengths = number_sentences(np.concatenate(hashes)), np.concatenate(lengths)
    groups = connected_groups(numbers[:, 0], numbers[:, 1])
    return Facts(len(numbers), int(np.quantile(all_lengths, LONG)), np.sort(np.bincount(groups))[::-1])
