"""JSON objects, one a line or back to back on one line (as some re-serialised corpora are)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from yiju.corpora.lines import first_line, read_lines
from yiju.corpora.rows import RAW, Labels, ReadOptions, judge

BATCH = 100_000
SPACE = re.compile(r"[ \t\r]*")
# Where reading goes on after a broken object: between two that touch.
SEAM = re.compile(r"\}[ \t\r]*(?=\{)")


@dataclass(frozen=True)
class Keys:
    """Fields of an object: the sentences, the label (the first field present), and labels that we do not use."""

    q: str
    t: str
    label: Sequence[str] = ("label",)
    other_labels: Sequence[str] = ()


def is_json(path: Path) -> bool:
    """Whether a file begins like an object rather than like a sentence."""
    return re.match(r'[\s\ufeff]*\{\s*"', first_line(path)) is not None


def read_objects(path: Path, options: ReadOptions, keys: Keys, labels: Labels) -> Iterator[pl.DataFrame]:
    """Read sentence pairs from objects.

    Objects that share a line are counted as if each had its own, so that a line number tells them apart.
    A row whose only labels are `other_labels` is kept without a label. Yields READ tables.
    """
    rows = (_row(line, text, value, keys, needs_label=not options.unlabelled) for line, text, value in _objects(path))
    while batch := list(islice(rows, BATCH)):
        # Missing labels are told apart above, where the unused ones are known too.
        yield judge(pl.DataFrame(batch, schema=RAW, orient="row"), labels, unlabelled=True)


def _objects(path: Path) -> Iterator[tuple[int, str, object]]:
    """Line, text and value of every object; the value is a ValueError where there is none."""
    shared = 0
    for lines in read_lines(path):
        for line, text in lines.iter_rows():
            place = 0
            for place, (piece, value) in enumerate(_values(text)):
                yield line + shared + place, piece, value
            shared += place


def _values(text: str) -> Iterator[tuple[str, object]]:
    """Pieces of a line and their values; after a broken piece reading goes on at the next seam."""
    decoder, start = json.JSONDecoder(), SPACE.match(text).end()
    if start == len(text):
        yield text, None
    while start < len(text):
        try:
            value, end = decoder.raw_decode(text, start)
        # Digits without end and brackets without end are errors of their own.
        except (ValueError, RecursionError) as error:
            seam = SEAM.search(text, start)
            value, end = ValueError(f"not a JSON object ({_describe(error)})"), seam.end() if seam else len(text)
        yield text[start:end], value
        start = SPACE.match(text, end).end()


def _row(line: int, text: str, value: object, keys: Keys, needs_label: bool) -> tuple:
    """One RAW row."""
    try:
        q, t, label = _fields(value, keys, needs_label) if text.strip() else (None, None, None)
    except ValueError as error:
        return line, text, None, None, None, str(error)
    return line, text, q, t, label, None


def _fields(value: object, keys: Keys, needs_label: bool) -> tuple[str, str, str | None]:
    if isinstance(value, ValueError):
        raise value
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got {type(value).__name__}")
    label = next((str(value[key]) for key in keys.label if value.get(key) is not None), None)
    if label is None and needs_label and not any(value.get(key) is not None for key in keys.other_labels):
        raise ValueError(f"no field {' or '.join(map(repr, keys.label))}")
    return _text(value, keys.q), _text(value, keys.t), label and _encodable(label, "label")


def _text(value: dict, key: str) -> str:
    if key not in value:
        raise ValueError(f"no field {key!r}")
    if not isinstance(value[key], str):
        raise ValueError(f"field {key!r} is {type(value[key]).__name__}, expected text")
    return _encodable(value[key], key)


def _encodable(text: str, key: str) -> str:
    """Half a surrogate pair can be written in JSON, but not in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"field {key!r} holds half a surrogate pair") from None
    return text


def _describe(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else "nested or numbered beyond any use"
