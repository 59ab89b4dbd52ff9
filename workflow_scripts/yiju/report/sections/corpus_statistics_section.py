"""What the kept pairs of each split are like: lengths, labels, overlap, and how the tokeniser sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from yiju.base.language import gettext
from yiju.report.charts import Small, histograms

SPLITS = ("train", "dev", "test")
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


def length_charts(statistics: Mapping) -> list[Small]:
    """For every corpus how long its sentences are, by split; the last bin is open."""
    bins = statistics["length_bins"]
    last = len(bins) - 1
    ticks = [(0.0, f"{bins[0]:g}"), (last / 2, f"{bins[last // 2]:g}"), (float(last), f"{bins[-1]:g}+")] if bins else []
    return [
        histograms(corpus, ticks, [(one.split, SPLITS.index(one.split), one.length["histogram"]) for one in splits])
        for corpus, splits in by_corpus(read_statistics(statistics)).items()
    ]


def overlap_charts(statistics: Mapping) -> list[Small]:
    """For every corpus how far the two sentences of a pair overlap, by label."""
    bins = len(statistics["overlap_bins"])
    ticks = [(0.0, "0"), (bins / 2, "0.5"), (float(bins), "1")]
    return [
        histograms(
            corpus,
            ticks,
            [
                (gettext(name), look, overlap_by_label(splits, label))
                for look, (label, name) in enumerate(LABELS.items())
            ],
        )
        for corpus, splits in by_corpus(read_statistics(statistics)).items()
    ]
