"""What the kept pairs of each split are like: lengths, labels, overlap, and how the tokeniser sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

LABELS = {"1": "similar", "0": "not similar", "none": "no label"}


@dataclass(frozen=True)
class SplitStatistics:
    """One split of a corpus, by the names of the file's keys."""

    corpus: str
    split: str
    pairs: int
    labels: dict[str, int]
    sentences: int
    length: dict
    overlap: dict[str, dict]
    coverage: dict

    @property
    def name(self) -> str:
        return f"{self.corpus} {self.split}"

    @property
    def labelled(self) -> int:
        return self.labels["1"] + self.labels["0"]

    @property
    def similar(self) -> float | None:
        """Share of similar pairs among the labelled ones."""
        return self.labels["1"] / self.labelled if self.labelled else None


def read_statistics(statistics: Mapping) -> list[SplitStatistics]:
    """The splits, in the order of the file."""
    return [SplitStatistics(**one) for one in statistics["splits"]]


def by_corpus(splits: Sequence[SplitStatistics]) -> dict[str, list[SplitStatistics]]:
    """Splits under their corpora, in the order given."""
    return {corpus: list(own) for corpus, own in groupby(splits, key=lambda one: one.corpus)}


def overlap_by_label(splits: Sequence[SplitStatistics], label: str) -> list[int]:
    """Histogram of the overlap of all pairs with a label (a key of LABELS), over several splits."""
    return [sum(rows) for rows in zip(*(one.overlap[label]["histogram"] for one in splits), strict=True)]
