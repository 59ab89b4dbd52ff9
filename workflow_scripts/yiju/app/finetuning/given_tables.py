"""Labelled pairs of a user's tables, as they are learnt: texts and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yiju.app.finetuning.targets import Target
from yiju.app.train.user_tables import refuse_bad
from yiju.base.errors import YijuError
from yiju.base.plurals import be, counted, verb
from yiju.data.sentence_keys import number_sentences, pair_keys, sentence_hashes
from yiju.data.table_look import Counts, Look, Wanted, count, look, read_parts
from yiju.training.pair_model import GivenPairs

SHOWN = 3


@dataclass(frozen=True)
class Seen:
    """A table that was read through once, with a column of labels."""

    path: Path
    look: Look
    counts: Counts


@dataclass(frozen=True)
class Learnt:
    """Pairs with labels in columns q, t and label; said: what was found, in sentences."""

    table: pl.DataFrame
    said: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    @property
    def given(self) -> GivenPairs:
        return GivenPairs(self.table["q"].to_list(), self.table["t"].to_list(), self.labels.tolist())

    @property
    def labels(self) -> np.ndarray:
        return self.table["label"].to_numpy()

    def only(self, rows: np.ndarray) -> Learnt:
        """Some of the pairs. rows: bool [pairs]."""
        return Learnt(self.table.filter(pl.Series(rows)))


def see(path: Path, wanted: Wanted, max_bad: float) -> Seen:
    """Look at a table and read it through. Raises YijuError where it has no labels, or too many rows are no pairs."""
    if not path.is_file():
        raise YijuError(f"{path}: {'this is a folder; name a file' if path.is_dir() else 'no such file'}")
    found = look(path, wanted)
    if "label" not in found.choice.places:
        raise YijuError(f"{path}: no column holds the labels, by its name or by what is in it; give --label")
    counts = count(found)
    refuse_bad(path, found, counts, max_bad)
    return Seen(path, found, counts)


def read(seen: Seen, target: Target) -> Learnt:
    """The pairs of a table whose label teaches something; the others are counted.

    Raises YijuError where none is, and for a label that is neither a class nor a grade of the target.
    """
    values = {"": None, **target.values(seen.counts.labels, str(seen.path))}
    parts, left = [], Counter[str]()
    for part in read_parts(seen.look):
        value = part.labels.replace_strict(values, default=None, return_dtype=pl.Float64)
        rows = part.read.select("q", "t", "reason").with_columns(value.alias("label"))
        good = rows["reason"].is_null()
        without = part.labels.filter(good & rows["label"].is_null()).fill_null("")
        left.update(dict(without.value_counts().iter_rows()))
        parts.append(rows.filter(good & rows["label"].is_not_null()).drop("reason"))
    table = pl.concat(parts)
    if not len(table):
        raise YijuError(f"{seen.path}: no row has a label that is learnt, which are {target}")
    return Learnt(table, tuple(_said(seen, target, table, left)))


def _said(seen: Seen, target: Target, table: pl.DataFrame, left: Counter[str]) -> list[str]:
    places, names = seen.look.choice.places, seen.look.names
    q, t, label = (names[places[role]] for role in ("q", "t", "label"))
    columns = f"column {q} is the first sentence, column {t} the second, column {label} the label"
    lines = [f"{seen.path}: {counted(len(table), 'labelled pair')}; {columns}", f"  {_spread(target, table)}"]
    empty = sum(number for text, number in left.items() if not text.strip())
    others = {text: number for text, number in left.items() if text.strip()}
    if empty:
        lines.append(f"  {counted(empty, 'row')} without a label {be(empty)} left out")
    if others:
        total, shown = sum(others.values()), ", ".join(map(repr, [*others][:SHOWN]))
        lines.append(f"  {counted(total, 'row')} with other labels, such as {shown}, {be(total)} left out")
    lines += _contradictions(target, table)
    if seen.counts.bad:
        lines.append(f"  {counted(seen.counts.bad, 'row')} {be(seen.counts.bad)} no pairs and left out")
    return lines


def _contradictions(target: Target, table: pl.DataFrame) -> Iterator[str]:
    """Which pairs stand there with several labels."""
    keyed = table.with_columns(pl.Series("key", pair_keys(number_sentences(sentence_hashes(table)))))
    found = (
        keyed.group_by("key", maintain_order=True)
        .agg(pl.first("q"), pl.first("t"), pl.col("label").unique(maintain_order=True))
        .filter(pl.col("label").list.len() > 1)
    )
    number = f"{counted(len(found), 'pair')} {verb(len(found), 'stands', 'stand')}"
    for q, t, labels in found.select("q", "t", "label").head(1).iter_rows():
        named = (f"{one:g}" if target.graded else target.classes[int(one)] for one in labels)
        yield f"  {number} there with different labels, such as {q} | {t}: {', '.join(named)}"


def _spread(target: Target, table: pl.DataFrame) -> str:
    if target.graded:
        return f"{target}; their mean is {table['label'].to_numpy().mean():.3g}"
    numbers = np.bincount(table["label"].to_numpy().astype(int), minlength=len(target.classes))
    return ", ".join(f"{name} {number:,}" for name, number in zip(target.classes, numbers.tolist(), strict=True))
