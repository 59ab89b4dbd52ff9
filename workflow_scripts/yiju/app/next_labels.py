"""The rows of a user's table that are worth labelling first, with what they were picked by."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np
import polars as pl
from tqdm import tqdm

from yiju.app.explainer import Explainer
from yiju.app.judged_rows import slices
from yiju.base.errors import YijuError
from yiju.base.plurals import counted, verb
from yiju.data.corpora.rows import MISSING, Part
from yiju.data.result_files import Results
from yiju.explain.evidence.k_center import (
    FARTHEST,
    nearest_learnt,
    spread_of,
    uncertainties,
    units,
    weighted_k_center,
)
from yiju.explain.evidence.training_evidence import representations_of
from yiju.explain.evidence.training_index import TrainingIndex
from yiju.explain.orders import orders_of
from yiju.explain.subject import Subject
from yiju.models.linear_head import LinearHead, linear_head
from yiju.models.outputs import check_finite, two_outputs

# Pairs that are read by the model, and compared with the training pairs, at a time.
ROWS = 1024
# What is added of a pair, under names with a prefix.
ADDED = pl.Schema(
    {
        "rank": pl.Int64,
        "probability": pl.Float64,
        "uncertainty": pl.Float64,
        "distance": pl.Float64,
        "nearest_file": pl.String,
        "nearest_line": pl.Int64,
        "nearest_corpus": pl.String,
    }
)
NOTHING_LEFT = "every pair has a label, is a training pair or repeats another row, so nothing is left to label"


@dataclass(frozen=True)
class NextPair:
    """A pair to label. line: of the table; the others as in ADDED."""

    line: int
    q: str
    t: str
    facts: dict[str, Any]


@dataclass
class LeftOut:
    """Rows that are pairs and are not worth a label: those that have one, repeat another row, or are training pairs."""

    labelled: int = 0
    repeated: int = 0
    learnt: int = 0

    def lines(self) -> Iterator[str]:
        if self.labelled:
            yield f"{counted(self.labelled, 'row')} left out: the label is there already"
        if self.learnt:
            yield f"{counted(self.learnt, 'row')} left out: the model has learnt {verb(self.learnt, 'it', 'them')}"
        if self.repeated:
            yield f"{counted(self.repeated, 'row')} left out: the pair stands in another row"


@dataclass
class Pool:
    """The pairs of a table that may be labelled, as the model reads them. vectors: a file, float32 [pairs, width] of
    length 1; its memory does not grow with their width. left_out: what does not take part."""

    explainer: Explainer
    index: TrainingIndex | None
    vectors: IO[bytes]
    left_out: LeftOut = field(default_factory=LeftOut)
    pairs: list[tuple[int, str, str]] = field(default_factory=list)
    outputs: list[np.ndarray] = field(default_factory=list)
    nearest: list[np.ndarray] = field(default_factory=list)
    rows: list[np.ndarray] = field(default_factory=list)
    width: int = 0

    def fill(self, parts: Iterable[Part]) -> None:
        """Read the rows of a table that are pairs and have no label. Raises YijuError where there are none."""
        pairs = None if self.index is None else self.index.pairs.select("q", "t")
        known = None if pairs is None else pl.concat([pairs, pairs.select(q="t", t="q")]).unique()
        seen: set[tuple[str, str]] = set()
        head: LinearHead | None = None
        with self.explainer.computing() as subject, tqdm(desc="label-next", unit=" rows", disable=None) as bar:
            for part in slices(iter(parts), ROWS):
                chosen = self._chosen(part, known, seen)
                if chosen:
                    head = self._add(chosen, subject, head)
                bar.update(len(part.read))
        if not self.pairs:
            raise YijuError(NOTHING_LEFT)

    def picked(self, count: int) -> list[NextPair]:
        """The pairs to label, in their order, at most `count`."""
        decision, outputs = self.explainer.decision, np.concatenate(self.outputs)
        weights, chances = uncertainties(decision, outputs), decision.probabilities(outputs, decision.labels(outputs))
        nearest = np.full(len(outputs), FARTHEST) if self.index is None else np.concatenate(self.nearest)
        self.vectors.flush()
        vectors = np.memmap(self.vectors.name, np.float32, "r", shape=(len(outputs), self.width))
        found = weighted_k_center(vectors, weights, nearest, count)
        known: list[dict[str, Any]] = [
            {
                "rank": rank,
                "probability": None if chances is None else float(chances[row]),
                "uncertainty": float(weights[row]),
            }
            for rank, row in enumerate(found.tolist(), 1)
        ]
        pairs = [self.pairs[row] for row in found]
        each = zip(pairs, known, self._sources(found), strict=True)
        return [NextPair(line, q, t, own | source) for (line, q, t), own, source in each]

    @property
    def spread(self) -> float:
        """The standard deviation of the numbers of a model that gives one a pair."""
        return spread_of(np.concatenate(self.outputs))

    def _chosen(self, part: Part, known: pl.DataFrame | None, seen: set[tuple[str, str]]) -> list[tuple[int, str, str]]:
        """Line, q and t of the rows of a part that take part.

        known: pairs that were learnt, in either order; seen: those of earlier rows, in either order, as their label is
        that of the pair exchanged too.
        """
        good = part.read["reason"].is_null()
        written = part.labels.str.strip_chars()
        bare = good & (written.is_null() | written.is_in(["", *MISSING]))
        table = part.read.filter(bare).select("line", "q", "t")
        self.left_out.labelled += int(good.sum()) - len(table)
        if known is not None:
            fresh = table.join(known, on=["q", "t"], how="anti", maintain_order="left")
            self.left_out.learnt += len(table) - len(fresh)
            table = fresh
        chosen = []
        for line, q, t in table.iter_rows():
            if (q, t) not in seen:
                seen |= {(q, t), (t, q)}
                chosen.append((line, q, t))
        self.left_out.repeated += len(table) - len(chosen)
        return chosen

    def _add(self, chosen: list[tuple[int, str, str]], subject: Subject, head: LinearHead | None) -> LinearHead:
        """What the model reads of some pairs. head: of the model, None before it is found."""
        _, q, t = zip(*chosen, strict=True)
        orders = [one.pairs for one in orders_of(subject.scorer, q, t, self.explainer.average_orders)]
        head = head or linear_head(subject.scorer, orders[0])
        vectors = np.stack([one.vector for one in representations_of(head, orders, subject.budget)])
        logits = (vectors @ head.weight.T + head.bias).astype(np.float64)
        check_finite(logits, "logits")
        scaled = units(vectors)
        self.vectors.write(scaled.tobytes())
        self.width = scaled.shape[1]
        self.pairs += chosen
        self.outputs.append(two_outputs(logits))
        if self.index is not None:
            nearest, rows = nearest_learnt(scaled, self.index.checkpoints[-1].vectors)
            self.nearest.append(nearest)
            self.rows.append(rows)
        return head

    def _sources(self, found: np.ndarray) -> Iterator[dict[str, Any]]:
        """The nearest training pair of each row, and how far it is; nothing without an index."""
        if self.index is None:
            yield from ({} for _ in found)
            return
        away, learnt = np.concatenate(self.nearest)[found], np.concatenate(self.rows)[found]
        for distance, pair in zip(away.tolist(), self.index.pairs[learnt].iter_rows(named=True), strict=True):
            yield {"distance": distance, **{f"nearest_{name}": pair[name] for name in ("file", "line", "corpus")}}


@contextmanager
def pool(explainer: Explainer, index: TrainingIndex | None) -> Iterator[Pool]:
    """An empty pool, whose file of vectors is there for the length of the block."""
    with tempfile.NamedTemporaryFile(prefix="yiju-", suffix=".vectors") as file:
        try:
            yield Pool(explainer, index, file)
        except OSError as error:
            if error.filename is None:
                raise OSError(error.errno, error.strerror, file.name) from None
            raise


def results_of(found: list[NextPair], parts: Iterable[Part], label: str | None, prefix: str) -> Results:
    """The rows of a table to label, in their order, with an empty column `label`, unless None, and those of ADDED."""
    wanted = pl.Series([pair.line for pair in found], dtype=pl.Int64)
    lines, own = [], []
    for part in parts:
        chosen = part.read["line"].is_in(wanted.implode())
        lines += part.read["line"].filter(chosen).to_list()
        own.append(part.own.filter(chosen))
    place = {line: row for row, line in enumerate(lines)}
    rows = pl.concat(own)[[place[line] for line in wanted]]
    values = [[pair.facts.get(name) for name in ADDED] for pair in found]
    added = pl.DataFrame(values, schema={f"{prefix}{name}": kind for name, kind in ADDED.items()}, orient="row")
    empty = [] if label is None else [pl.lit(None, pl.String).alias(label)]
    return Results(rows, added.select(*empty, *added.columns))
