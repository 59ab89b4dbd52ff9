"""Labels of training pairs that a person has corrected: which rows they are, and what each is told to become."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from yiju.base import tables
from yiju.base.errors import YijuError
from yiju.data.named_rows import BadRow, named_rows, shown_value
from yiju.data.pairs.key_rows import NO_LABEL, TRAIN, Rows
from yiju.data.sentence_keys import normalised

log = logging.getLogger(__name__)
NEEDED = ("corpus", "file", "line", "q", "t", "label", "right_label")
# What the column right_label may hold.
RIGHT = {"0": 0, "1": 1, "drop": None}


@dataclass(frozen=True)
class Correction:
    """A row of a reviewed table. place: where it stands; before: the label; after: the right one, None to drop it."""

    place: str
    corpus: str
    file: str
    line: int
    q: str
    t: str
    before: int
    after: int | None
    reviewer: str
    note: str


@dataclass(frozen=True)
class Corrected:
    """rows: with the right labels; dropped: numbers of the rows to leave out; account: of the ledger."""

    rows: Rows
    dropped: np.ndarray
    account: dict


def read_corrections(path: str | Path) -> list[Correction]:
    """The rows of a reviewed table (`yiju suspects`) of which right_label is filled in.

    Raises YijuError for a row that is not whole, and for two that contradict each other.
    """
    found: dict[tuple[str, str, int], Correction] = {}
    for place, _, fields in named_rows(Path(path), lambda names: {*NEEDED} <= {*names}, ", ".join(NEEDED)):
        try:
            one = _correction(place, fields)
        except BadRow as error:
            raise YijuError(f"{place}: {error}; correct the row, or empty its right_label") from None
        if one is None:
            continue
        other = found.setdefault((one.corpus, one.file, one.line), one)
        if other.after != one.after:
            raise YijuError(f"{place}: {other.place} says something else of the same pair; keep one of the two rows")
    return list(found.values())


def apply_corrections(
    corrections: Sequence[Correction], corpora: Mapping[str, str | Path], rows: Rows, keys: np.ndarray
) -> Corrected:
    """Train rows as corrections have them: those of the pair in the corpus of the corrected row, wherever it repeats.

    corpora: the table of PAIRS of each corpus, in merging order; keys: [n] of the pairs of the rows. Pairs that are set
    aside as dev or test stay as they are, for what a model is measured on is never cleaned. Raises YijuError for a row
    that is not there, or has other sentences or another label, and for one that is no train row of its file.
    """
    labels, dropped, entries = rows.label.copy(), np.zeros(len(keys), dtype=bool), []
    for place, (name, table) in enumerate(corpora.items()):
        own = rows.of_corpus(place)
        for one, row in _located([one for one in corrections if one.corpus == name], table):
            same = np.flatnonzero((keys[own] == keys[own.start + row]) & (rows.split[own] == TRAIN)) + own.start
            same = same[rows.label[same] == one.before]
            held_out = rows.split[own.start + row] != TRAIN
            if not held_out:
                labels[same], dropped[same] = (labels[same], True) if one.after is None else (one.after, False)
            entries.append({**asdict(one), "rows": 0 if held_out else len(same), "held_out": bool(held_out)})
    foreign = sorted({one.corpus for one in corrections} - set(corpora))
    if foreign:
        raise YijuError(f"corpora.corrections: {foreign[0]} is none of corpora.use ({', '.join(corpora)})")
    kept = [entry for entry in entries if entry["held_out"]]
    if kept:
        log.warning("corpora.corrections: %d pairs are set aside as dev or test and stay as they are", len(kept))
    account = {"rows": int(((labels != rows.label) | dropped).sum()), "dropped": int(dropped.sum()), "each": entries}
    return Corrected(replace(rows, label=labels), np.flatnonzero(dropped), account)


def _correction(place: str, fields: dict | BadRow) -> Correction | None:
    """A row of the table; None where nobody has filled in what is right."""
    if isinstance(fields, BadRow):
        raise fields
    text = {name: "" if value is None else str(value).strip() for name, value in fields.items()}
    if not text["right_label"]:
        return None
    if text["right_label"].lower() not in RIGHT:
        raise BadRow(f"right_label is {shown_value(text['right_label'])}; expected 0, 1 or drop")
    if text["label"] not in ("0", "1") or not text["line"].isdecimal():
        raise BadRow(
            f"label is {shown_value(text['label'])} and line {shown_value(text['line'])}; expected 0 or 1, a number"
        )
    named = {name: text[name] for name in ("corpus", "file", "q", "t")}
    after = RIGHT[text["right_label"].lower()]
    who = {name: text.get(name, "") for name in ("reviewer", "note")}
    return Correction(place, **named, line=int(text["line"]), before=int(text["label"]), after=after, **who)


def _located(corrections: Sequence[Correction], table: str | Path) -> list[tuple[Correction, int]]:
    """Each correction with the number of its row in the corpus's table."""
    if not corrections:
        return []
    rows = tables.read(table, tables.PAIRS).with_row_index("row")
    wanted = pl.DataFrame({"file": [one.file for one in corrections], "line": [one.line for one in corrections]})
    there = rows.join(wanted.unique(), on=["file", "line"], how="semi")
    known = {(row["file"], row["line"]): row for row in there.iter_rows(named=True)}
    return [(one, _checked(one, known.get((one.file, one.line)))) for one in corrections]


def _checked(one: Correction, row: Mapping | None) -> int:
    """The number of the row that a correction means. Raises YijuError where it is another one."""
    if row is None:
        raise YijuError(f"{one.place}: {one.file} of {one.corpus} has no pair in line {one.line}")
    if row["split"] != "train":
        raise YijuError(
            f"{one.place}: {one.file} line {one.line} is a {row['split']} pair; only train pairs are corrected"
        )
    given, found = (normalised(pl.Series(sides)).to_list() for sides in ([one.q, one.t], [row["q"], row["t"]]))
    label = NO_LABEL if row["label"] is None else row["label"]
    if given != found or label != one.before:
        raise YijuError(
            f"{one.place}: {one.file} line {one.line} holds another pair or label now ({row['q']} | {row['t']}, "
            f"{row['label']}); review the suspects of a run of this file"
        )
    return int(row["row"])
