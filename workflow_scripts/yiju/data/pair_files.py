"""Files of sentence pairs to be judged, in common formats: rows that are no pairs are reported, not lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from yiju.base.errors import YijuError
from yiju.data.column_choice import shown
from yiju.data.corpora.label_kinds import BINARY_WORDS, written_forms
from yiju.data.corpora.rows import Labels
from yiju.data.table_description import NOTHING_SAID, Look, Wanted
from yiju.data.table_look import look, read_rows

log = logging.getLogger(__name__)
# A label as tables write it.
LABELS = written_forms(BINARY_WORDS)


TWO_LABELS = Labels(LABELS, allowed="1 (similar), 0 (not similar)")


def class_labels(classes: Sequence[str]) -> Labels:
    """Labels that name a model's classes, in any of the usual cases, or number them from 0 on in their order.

    Numbers count as such where no class is called by one.
    """
    values = {form: number for number, name in enumerate(classes) for form in (name.lower(), name.upper())}
    values |= {name.capitalize(): number for number, name in enumerate(classes)}
    values |= {name: number for number, name in enumerate(classes)}
    if not any(name.strip().isdecimal() for name in classes):
        values |= {form: number for number in range(len(classes)) for form in (str(number), f"{number}.0")}
    return Labels(values, allowed=", ".join(f"{name} ({number})" for number, name in enumerate(classes)))


def read_pairs(
    path: Path, wanted: Wanted = NOTHING_SAID, labelled: bool = False, labels: Labels = TWO_LABELS
) -> Iterator[pl.DataFrame]:
    """READ tables (`yiju.data.corpora.rows`) of a file of pairs; `reason` says why a row is no pair.

    wanted: what the user says of the file; labelled: whether every pair must have a label, one of `labels`, in the
    column that is called so or, in text without names, in the third one. What was found out is logged.
    Raises YijuError.
    """
    found = _with_labels(path, wanted) if labelled else look(path, wanted)
    for line in found.said:
        log.info("%s", line)
    if not labelled:
        return read_rows(found)
    return read_rows(found, labels, unlabelled=False)


def _with_labels(path: Path, wanted: Wanted) -> Look:
    found = look(path, wanted)
    if found.choice.label is not None:
        return found
    if found.choice.header:
        names = shown(found.names)
        raise YijuError(f"{path}: no column holds the labels by its name; the file has {names}; give --label")
    return look(path, replace(wanted, label=3)) if found.names else found
