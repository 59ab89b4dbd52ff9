"""A user's tables as a training reads them: their columns, what every label means, and which rows are left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from yiju.base.errors import YijuError
from yiju.base.plurals import be, counted, verb
from yiju.data.corpora.label_kinds import NUMBER, LabelKind
from yiju.data.corpora.rows import MISSING, Labels
from yiju.data.table_look import Counts, Look, Wanted, count, labels_of, look, read_rows

SIMILAR, OTHER, LEFT_OUT = 1, 0, None
# Labels of one meaning that are shown, and rows that are named.
SHOWN, NAMED = 6, 5
MISSING_LABELS = {"": None}
# By the kind of labels.
ADVICE = {
    "grades": "yiju train learns whether pairs are similar; --threshold says from which grade on they are, and yiju "
    "finetune learns the grades themselves",
    "relations": "yiju train learns whether pairs are similar; --similar and --not-similar say which classes count as "
    "which, and yiju finetune learns the classes themselves",
}


@dataclass(frozen=True)
class Words:
    """What the user says that labels mean, as they are written; nothing where they are to be found out.

    threshold: of grades, the one from which on pairs are similar; below it they are not.
    """

    similar: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True)
class Table:
    """A table that was read through. meanings: each label as written -> 1 similar, 0 not, None: left out; how: in
    words, where the labels are grades; advice: what else could be done with labels that are more than two."""

    path: Path
    look: Look
    counts: Counts
    meanings: Mapping[str, int | None]
    how: str = ""
    advice: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """Options of reader `generic` that read the table so, but for the labels."""
        return self.look.options()

    @property
    def values(self) -> Labels:
        """The labels of pairs that are learnt or judged."""
        return Labels({text: meaning for text, meaning in self.meanings.items() if meaning is not None})

    def labelled(self, meaning: int | None) -> int:
        """Rows whose label has a meaning."""
        return sum(number for text, number in self.counts.labels.items() if self.meanings.get(text) == meaning)

    @property
    def pairs(self) -> int:
        """Rows that are pairs with a label of meaning."""
        return self.labelled(SIMILAR) + self.labelled(OTHER)


def read_table(path: Path, wanted: Wanted, words: Words, max_bad: float) -> Table:
    """Look at a table and read it through. Raises YijuError where something is not clear, or too many rows are bad.

    max_bad: the share of rows that may be no pairs.
    """
    if not path.is_file():
        raise YijuError(f"{path}: {'this is a folder; name a file' if path.is_dir() else 'no such file'}")
    found = look(path, wanted)
    counts = count(found)
    refuse_bad(path, found, counts, max_bad)
    if words.threshold is not None:
        table = Table(path, found, counts, *_by_threshold(path, counts, words))
    elif words.similar or words.other:
        table = Table(path, found, counts, _by_words(path, counts, words))
    else:
        kind = _kind(found, counts)
        others = dict.fromkeys(kind.others)
        how = str(kind) if kind.kind == "grades" else ""
        meanings = {**kind.meanings, **others, **MISSING_LABELS}
        table = Table(path, found, counts, meanings, how, ADVICE.get(kind.kind, ""))
    _require_labels(table)
    return table


def said(table: Table) -> list[str]:
    """What was found, in lines."""
    places, names = table.look.choice.places, table.look.names
    q, t, label = (names[places[role]] for role in ("q", "t", "label"))
    rows = table.counts.pairs + table.counts.bad
    beginning = table.look.said[: len(table.look.said) - len(table.look.choice.said)]
    columns = f"column {q} is the first sentence, column {t} the second, column {label} the label"
    lines = [*beginning, f"{table.path}: {counted(rows, 'row')}; {columns}", f"  {_labels_said(table)}"]
    return [*lines, f"  {table.advice}"] if table.advice else lines


def _labels_said(table: Table) -> str:
    similar, other = counted(table.labelled(SIMILAR), "row"), counted(table.labelled(OTHER), "row")
    if table.how:
        parts = [table.how, f"so {similar} similar, {other} not similar"]
    else:
        parts = [f"label {_shown(table, SIMILAR)} means similar: {similar}", f"{_shown(table, OTHER)} not: {other}"]
    return "; ".join([*parts, *_left_out(table)])


def _left_out(table: Table) -> Iterator[str]:
    blank = table.counts.labels.get("", 0)
    others = table.labelled(LEFT_OUT) - blank
    # A field that is missing is no text, and is not counted as one.
    empty = blank + table.counts.pairs - sum(table.counts.labels.values())
    if empty:
        yield f"{counted(empty, 'row')} without a label {be(empty)} left out"
    if others:
        what = "between" if table.how else f"with the label {_shown(table, LEFT_OUT)}"
        yield f"{counted(others, 'row')} {what} {be(others)} left out"
    if table.counts.bad:
        yield f"{counted(table.counts.bad, 'row')} {verb(table.counts.bad, 'is no pair', 'are no pairs')}"


def _shown(table: Table, meaning: int | None) -> str:
    texts = [text for text in table.counts.labels if text and table.meanings.get(text) == meaning]
    return ", ".join([*texts[:SHOWN], *(["…"] if len(texts) > SHOWN else [])])


def refuse_bad(path: Path, found: Look, counts: Counts, max_bad: float) -> None:
    """Raise YijuError where a table holds no rows, or more than a share `max_bad` of them are no pairs."""
    rows = counts.pairs + counts.bad
    if not rows:
        raise YijuError(f"{path}: the table holds no rows")
    if counts.bad > max_bad * rows:
        no_pairs = f"{counted(rows, 'row')} {verb(counts.bad, 'is no pair', 'are no pairs')}"
        lines = "".join(f"\n  {line}" for line in islice(_bad_rows(path, found), NAMED))
        raise YijuError(
            f"{path}: {counts.bad:,} of {no_pairs}, more than --max-bad ({max_bad:.2%}) allows; correct "
            f"{verb(counts.bad, 'it', 'them')}, or raise --max-bad to leave {verb(counts.bad, 'it', 'them')} out{lines}"
        )


def _bad_rows(path: Path, found: Look) -> Iterator[str]:
    for part in read_rows(found):
        bad = pl.col("reason").is_not_null() & (pl.col("reason") != "empty line")
        for line, reason in part.filter(bad).select("line", "reason").iter_rows():
            yield f"{path} line {line}: {reason}"


def _kind(found: Look, counts: Counts) -> LabelKind:
    """What the labels are. Raises YijuError, saying what could be done, where that is not clear."""
    try:
        return labels_of(found, counts)
    except YijuError as error:
        if "label" not in found.choice.places:
            raise
        raise YijuError(
            f"{error}; of classes --similar and --not-similar say which count as which, of grades --threshold says "
            "from which one on pairs are similar, and yiju finetune learns classes and grades as they are"
        ) from None


def _by_threshold(path: Path, counts: Counts, words: Words) -> tuple[dict[str, int | None], str]:
    """What each grade means, and that in words. Raises YijuError where the labels are no numbers."""
    if words.similar or words.other:
        raise YijuError("--threshold is of grades, and --similar and --not-similar of words; give one of them")
    known = {text: float(text) for text in counts.labels if NUMBER.fullmatch(text.strip())}
    strange = [text for text in counts.labels if text.strip() and text not in known and text not in MISSING]
    if strange or words.threshold is None:
        raise YijuError(f"{path}: --threshold is of grades, and the label {strange[0]!r} is no number; correct it")
    how = f"grades: {words.threshold:g} and more is similar, less is not similar"
    return {**dict.fromkeys(counts.labels), **_above(known, words.threshold), **MISSING_LABELS}, how


def _above(grades: Mapping[str, float], threshold: float) -> dict[str, int | None]:
    return {text: SIMILAR if grade >= threshold else OTHER for text, grade in grades.items()}


def _by_words(path: Path, counts: Counts, words: Words) -> dict[str, int | None]:
    """What the user says of each label; the rows of all others are left out."""
    if not (words.similar and words.other):
        raise YijuError("--similar and --not-similar go together: give the labels of both meanings")
    strange = [word for word in (*words.similar, *words.other) if word not in counts.labels]
    if strange or set(words.similar) & set(words.other):
        problem = f"no row has the label {strange[0]!r}" if strange else "a label cannot mean both"
        raise YijuError(f"{path}: {problem}; the labels are {_listed(list(counts.labels))}")
    known = dict.fromkeys(words.similar, SIMILAR) | dict.fromkeys(words.other, OTHER)
    return {text: known.get(text) for text in counts.labels} | MISSING_LABELS


def _require_labels(table: Table) -> None:
    for meaning, name in ((SIMILAR, "similar"), (OTHER, "not similar")):
        if not table.labelled(meaning):
            raise YijuError(
                f"{table.path}: no row is {name}, and nothing can be learnt or measured with one label; the labels are "
                f"{_listed(list(table.counts.labels))}; add such pairs, or say what labels mean with --similar and "
                "--not-similar"
            )


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(map(repr, labels[:SHOWN])) + (" …" if len(labels) > SHOWN else "")
