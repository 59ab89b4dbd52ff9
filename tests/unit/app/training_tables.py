"""Small tables of pairs for `yiju train`, and what it is asked to do with them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from yiju.app.train.facts import facts_of
from yiju.app.train.settings import Task
from yiju.app.train.user_tables import Table, Words, read_table
from yiju.data.table_look import Wanted

WANTED, NO_WORDS = Wanted(label_by_content=True), Words()
HEADER = ("question", "candidate", "same")


def rows(count: int, labels: Sequence[str] = ("yes", "no"), first: int = 0) -> list[tuple[str, str, str]]:
    """Rows whose sentences are all different."""
    numbers = range(first, first + count)
    return [(f"怎么开通第{n}项服务", f"第{n}项服务怎样开通呢", labels[n % len(labels)]) for n in numbers]


def write(path: Path, lines: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> Path:
    """Write a CSV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    return path


def read(path: Path, words: Words = NO_WORDS, max_bad: float = 0.01) -> Table:
    return read_table(path, WANTED, words, max_bad)


def task(tables: dict[str, Table], preset: str = "small", encoder: dict | None = None, **facts: int) -> Task:
    """A task of these tables. facts: those of the train pairs that are said to be others."""
    found = replace(facts_of(tables["train"]), **facts)
    return Task("mine", tables, found, encoder or {"source": "scratch"}, preset)
