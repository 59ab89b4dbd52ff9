"""JSON objects: one a line, back to back on one line (as some re-serialised corpora are), or in one array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import polars as pl

from yiju.base.errors import YijuError
from yiju.base.json_text import RepeatedKey, kind_of, unique
from yiju.data.corpora.lines import LONGEST_LINE, first_line, read_blocks, read_lines
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import FEW_ROWS, RAW, Labels, Part, ReadOptions, batches, judge

DECODER = json.JSONDecoder(object_pairs_hook=unique)
ARRAY = re.compile(r"\s*\[\s*(\{|$)")
SPACE = re.compile(r"[ \t\r]*")
# Where reading goes on after a broken object: between two that touch, and in an array between two elements.
SEAM = re.compile(r"\}[ \t\r]*(?=\{)")
COMMA = re.compile(r"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")
# What stands around the elements of an array.
BETWEEN = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
# An error counts all that stands before it on its line, to name its place: too many on a long one, and it takes hours.
MOST_BROKEN = 1000
# A table of more columns is none.
MOST_KEYS = 1000
# Line, text and value of an object; the value is a ValueError where there is none.
Found = tuple[int, str, object]


@dataclass(frozen=True)
class Keys:
    """Fields of an object: the sentences, the label (the first field present), and labels that we do not use."""

    q: str
    t: str
    label: Sequence[str] = ("label",)
    other_labels: Sequence[str] = ()


def is_json(file: RawFile) -> bool:
    """Whether a file begins like an object, or an array of them, rather than like a sentence."""
    first = first_line(file)
    return re.match(r'[\s\ufeff]*\{\s*"', first) is not None or ARRAY.match(first) is not None


def read_objects(
    file: RawFile, options: ReadOptions, keys: Keys, labels: Labels, missing: Sequence[str] = ()
) -> Iterator[pl.DataFrame]:
    """Read sentence pairs from objects.

    Objects that share a line are counted as if each had its own, so that a line number identifies them.
    A row whose only labels are `other_labels` is kept without a label; missing: see `judge`. Yields READ tables.
    """
    for _, raw in _raw_tables(file, options, keys):
        # Missing labels are found there, where the unused ones are known too.
        yield judge(raw, labels, unlabelled=True, missing=missing)


def read_parts(
    file: RawFile,
    options: ReadOptions,
    keys: Keys,
    labels: Labels,
    missing: Sequence[str],
    names: Sequence[str],
    small: bool = False,
) -> Iterator[Part]:
    """As `read_objects`, with the fields of these names as JSON; of what is no object the first one holds the text.

    small: parts of FEW_ROWS rows at most, without blank lines.
    """
    for values, raw in _raw_tables(file, options, keys, small):
        cells = [_cells(text, value, names) for _, text, value in values]
        own = pl.DataFrame(cells, schema={str(place): pl.String for place in range(len(names))}, orient="row")
        yield Part(judge(raw, labels, unlabelled=True, missing=missing), raw["label"], own)


def _raw_tables(
    file: RawFile, options: ReadOptions, keys: Keys, small: bool = False
) -> Iterator[tuple[list[tuple], pl.DataFrame]]:
    """Values of a file with the RAW tables of them."""
    found = read_values(file)
    for values in batches(filter(_is_filled, found), FEW_ROWS) if small else batches(found):
        rows = [_row(line, text, value, keys, needs_label=not options.unlabelled) for line, text, value in values]
        yield values, pl.DataFrame(rows, schema=RAW, orient="row")


def _is_filled(found: Found) -> bool:
    return bool(found[1].strip())


def _cells(text: str, value: object, names: Sequence[str]) -> list[str | None]:
    if not isinstance(value, dict):
        return [json.dumps(text, ensure_ascii=False), *([None] * (len(names) - 1))]
    return [_json(value[name]) if name in value else None for name in names]


def _json(value: object) -> str:
    """Half a surrogate pair, which is no character, is written by its number."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def beginning(file: RawFile, number: int) -> list[dict]:
    """The first objects of a file, at most so many."""
    return list(islice((value for _, _, value in read_values(file) if isinstance(value, dict)), number))


def first_keys(file: RawFile) -> list[str]:
    """The names of the fields of a file's first object; none where there is no such object."""
    return next((list(value) for value in beginning(file, 1)), [])


def all_keys(file: RawFile) -> list[str]:
    """The names of the fields of all objects of a file, in order of appearance."""
    names: dict[str, None] = {}
    for _, _, value in read_values(file):
        names.update(dict.fromkeys(value if isinstance(value, dict) else ()))
        if len(names) > MOST_KEYS:
            raise YijuError(
                f"{file}: the objects have more than {MOST_KEYS:,} different fields; give those that matter"
            )
    return list(names)


def read_values(file: RawFile) -> Iterator[Found]:
    """Line, text and value of everything in a file of objects, or of one array of them; a ValueError is the value of
    what is broken, and None that of a blank line."""
    return _array(file) if ARRAY.match(first_line(file)) else _objects(file)


def _objects(file: RawFile) -> Iterator[Found]:
    shared = 0
    for lines in read_lines(file):
        for line, text in lines.iter_rows():
            start, place = _after(SPACE, text), 0
            if start == len(text):
                yield line + shared, text, None
            for place, (begin, end, value) in enumerate(_values(file, text, start, SPACE, SEAM)):
                yield line + shared + place, text[begin:end], value
            shared += place


def _array(file: RawFile) -> Iterator[Found]:
    """Elements of one array, each on the line where it begins; the array is read whole, up to LONGEST_LINE.

    Of elements that share a line each counts as one of its own, as `_objects` counts them.
    """
    text = _whole(file)
    start = end = _after(BETWEEN, text, text.index("[") + 1)
    line, counted = 0, 0
    for begin, end, value in _values(file, text, start, BETWEEN, COMMA, closing="]"):
        passed = text.count("\n", counted, begin)
        line, counted = line + (passed + 1 if counted == 0 else max(1, passed)), begin
        yield line, text[begin:end], value
    end = _after(BETWEEN, text, end)
    if text[end : end + 1] != "]" or text[end + 1 :].strip():
        raise YijuError(f"{file}: the JSON array is not closed, or something follows it; get the file again")


def _after(gap: re.Pattern[str], text: str, start: int = 0) -> int:
    """Where a gap, which may be empty, ends."""
    found = gap.match(text, start)
    return found.end() if found else start


def _values(
    file: RawFile, text: str, start: int, gap: re.Pattern, seam: re.Pattern, closing: str = ""
) -> Iterator[tuple[int, int, object]]:
    """Begin, end and value of everything in a text; after a broken piece reading goes on at the next seam."""
    broken = 0
    while start < len(text) and text[start] != closing:
        value, end = _decode(text, start, seam)
        yield start, end, value
        start = _after(gap, text, end)
        broken += isinstance(value, ValueError)
        if broken > MOST_BROKEN:
            where = "in one array" if closing else "on one line"
            raise YijuError(f"{file}: more than {MOST_BROKEN} broken objects {where}; get the file again")


def _whole(file: RawFile) -> str:
    parts, size = [], 0
    for part in read_blocks(file):
        parts.append(part)
        size += len(part)
        if size > LONGEST_LINE:
            raise YijuError(f"{file}: a JSON array of more than {LONGEST_LINE >> 20} MB; write one object a line")
    return "".join(parts)


def _decode(text: str, start: int, seam: re.Pattern) -> tuple[object, int]:
    """Value at `start` and where it ends: at a broken one the ValueError, and where reading may go on."""
    try:
        return DECODER.raw_decode(text, start)
    # Digits without end and brackets without end are errors of their own.
    except (ValueError, RecursionError) as error:
        next_one = seam.search(text, start)
        return ValueError(_describe(error)), next_one.end() if next_one else len(text)


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
        raise ValueError(f"expected a JSON object, got {kind_of(value)}")
    key = next((key for key in keys.label if value.get(key) not in (None, "")), None)
    if key is None and needs_label and not any(value.get(key) not in (None, "") for key in keys.other_labels):
        raise ValueError(f"no field {' or '.join(map(repr, keys.label))}, or an empty one")
    return _text(value, keys.q), _text(value, keys.t), None if key is None else _label(value, key)


def _text(value: dict, key: str) -> str:
    if key not in value:
        raise ValueError(f"no field {key!r}")
    if not isinstance(value[key], str):
        raise ValueError(f"field {key!r} is {kind_of(value[key])}, expected text")
    return _encodable(value[key], key)


def _label(value: dict, key: str) -> str:
    """A label as JSON writes it: true, not True."""
    if not isinstance(value[key], str | int | float):
        raise ValueError(f"field {key!r} is {kind_of(value[key])}, expected text or a number")
    return _encodable(value[key], key) if isinstance(value[key], str) else json.dumps(value[key])


def _encodable(text: str, key: str) -> str:
    """Half a surrogate pair can be written in JSON, but not in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"field {key!r} holds half a surrogate pair") from None
    return text


def _describe(error: Exception) -> str:
    if isinstance(error, RepeatedKey):
        return str(error)
    told = error.msg if isinstance(error, json.JSONDecodeError) else "nested or numbered beyond any use"
    return f"not a JSON object ({told})"
