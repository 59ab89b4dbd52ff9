"""Rows of a user's table with what the model judges of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from yiju.app.against import AGREE, COLUMNS, PREFIX, Second
from yiju.base.plurals import counted, verb
from yiju.data.corpora.rows import Part
from yiju.data.result_files import Results
from yiju.evaluation.gold_accuracy import GoldTally
from yiju.explain.explanation import Judgement
from yiju.explain.notes import mostly_unknown

if TYPE_CHECKING:
    from yiju.app.explainer import Explainer

# What is added of a judgement, under names with a prefix, and last of all `reason`: why a row is no pair.
ADDED = pl.Schema(
    {
        "label": pl.Int16,
        "label_name": pl.String,
        "probability": pl.Float64,
        "score": pl.Float64,
        "undecided": pl.Boolean,
        "truncated": pl.Boolean,
        "unknown": pl.Int64,
        "reason": pl.String,
    }
)
# Of a second model, if there is one.
OF_SECOND = {f"{PREFIX}{name}": ADDED[name] for name in COLUMNS} | {AGREE: pl.Boolean()}
# Of a model of three classes or more that was calibrated: the classes that are possible, the likeliest first.
POSSIBLE = "possible"
# Rows that are judged before they are written.
ROWS = 10_000


@dataclass
class Tally:
    """How many of the judged pairs hold unknown characters, or mostly such ones, or are cut; and their labels."""

    unknown: int = 0
    mostly: int = 0
    truncated: int = 0
    gold: GoldTally = field(default_factory=GoldTally)

    def add_all(self, found: Sequence[Judgement], part: Part) -> None:
        """Count the judgements of the rows of a part that are pairs."""
        labels = part.labels.filter(part.read["reason"].is_null())
        for one, label in zip(found, labels, strict=True):
            self.unknown += one.unknown > 0
            self.mostly += mostly_unknown(one)
            self.truncated += one.truncated
            self.gold.add(label, one.label, one.q, one.t)

    def lines(self, prefix: str) -> Iterator[str]:
        """On which judgements nobody should rely. prefix: of the names of the added columns."""
        if self.unknown:
            hold, mostly = verb(self.unknown, "holds", "hold"), counted(self.mostly, "pair")
            yield (
                f"{self.unknown:,} of the pairs {hold} characters that the model's vocabulary does not (column "
                f"{prefix}unknown); of {mostly} these are half or more: do not rely on what is judged of them"
            )
        if self.truncated:
            are = verb(self.truncated, "is", "are")
            yield f"{self.truncated:,} of the pairs {are} longer than the model reads (column {prefix}truncated)"


def slices(parts: Iterator[Part], rows: int = ROWS) -> Iterator[Part]:
    """The same rows, so many at a time."""
    for part in parts:
        for start in range(0, len(part.read), rows):
            read, own = (table.slice(start, rows) for table in (part.read, part.own))
            yield Part(read, part.labels.slice(start, rows), own)


def columns_of(second: Second | None, explainer: Explainer, listed: bool) -> pl.Schema:
    """The columns that are added, ADDED and those of a second model, if there is one, before the reason.

    listed: whether a cell can be a list; otherwise it is a JSON array, as names of classes may hold any sign.
    """
    own: dict[str, pl.DataType] = {name: kind for name, kind in ADDED.items() if name != "reason"}
    if explainer.decision.gives_sets:
        own[POSSIBLE] = pl.List(pl.String()) if listed else pl.String()
    return pl.Schema(own | ({} if second is None else OF_SECOND) | {"reason": ADDED["reason"]})


def judged_rows(
    explainer: Explainer, parts: Iterator[Part], prefix: str, tally: Tally, second: Second | None, listed: bool
) -> Iterator[Results]:
    """All rows with the columns of `columns_of`, which are empty but for the reason where a row is no pair."""
    kinds = columns_of(second, explainer, listed)
    for part in slices(parts):
        found = explainer.predict(pairs_of(part))
        tally.add_all(found, part)
        facts = [facts_of(one, listed) for one in found]
        if second is not None:
            labels = part.labels.filter(part.read["reason"].is_null()).to_list()
            facts = [one | other for one, other in zip(facts, second.beside(found, labels), strict=True)]
        yield Results(part.own, added(part, facts, kinds, prefix))


def pairs_of(part: Part) -> list[tuple[str, str]]:
    """The sentences of the rows that are pairs."""
    return part.read.filter(pl.col("reason").is_null()).select("q", "t").rows()


def facts_of(found: Judgement, listed: bool) -> dict[str, Any]:
    """What is added of a judgement, by its name in `columns_of`."""
    own = {name: getattr(found, name) for name in ADDED if name != "reason"}
    return own | {POSSIBLE: possible_as(found.possible, listed)}


def possible_as(possible: Sequence[str] | None, listed: bool) -> Sequence[str] | str | None:
    """Possible classes as a cell holds them: a list or, where no cell can be one, a JSON array."""
    return possible if listed or possible is None else json.dumps(possible, ensure_ascii=False)


def added(part: Part, found: Sequence[Mapping[str, Any]], kinds: Mapping[str, Any], prefix: str) -> pl.DataFrame:
    """Added columns of rows, with the reason where a row is no pair.

    found: values of the rows that are pairs, by name; kinds: types of the columns, by name.
    """
    rows = iter(found)
    filled = [{"reason": reason} if reason else next(rows) for reason in part.read["reason"]]
    values = [[row.get(name) for name in kinds] for row in filled]
    return pl.DataFrame(values, schema={f"{prefix}{name}": kind for name, kind in kinds.items()}, orient="row")
