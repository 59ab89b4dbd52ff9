"""Files of highlights to gold rationales in the competition's format; what is left out is written beside them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.base.files import why_no_file, write_text
from yiju.data.corpora.jsonl import first_keys, is_json
from yiju.data.corpora.raw_files import RawFile
from yiju.data.highlights.annotations import Annotation, Names, Refused
from yiju.data.highlights.doccano import read_doccano
from yiju.data.highlights.label_studio import read_label_studio
from yiju.data.highlights.placed import Known, highlighted
from yiju.data.highlights.spans_table import read_table
from yiju.data.items import Item, read_items
from yiju.data.named_rows import BadRow
from yiju.data.table_formats import HIGHLIGHTS

READERS: dict[str, Callable[[RawFile, Names], Iterator[Annotation | Refused]]] = dict(
    zip(HIGHLIGHTS, (read_label_studio, read_doccano, read_table), strict=True)
)
TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Opinion:
    """What one person said of one item, from all rows of the annotation."""

    rows: list[Annotation]
    label: int | None
    sides: dict[str, frozenset[int]]
    cut: int


@dataclass(frozen=True)
class Converted:
    """gold: lines of the gold file; refused: what was left out; annotations: of the gold; read: all, but those that
    their annotator skipped; cut: highlights that begin or end inside a segment, which counts whole."""

    gold: list[dict]
    refused: list[Refused]
    annotations: int
    read: int
    cut: int


def convert_highlights(items: Path, files: Sequence[Path], kind: str | None, known: Names) -> Converted:
    """Gold of the items of files with highlights: each annotation is a gold set of its own.

    items: a test file in the competition's format; kind: a key of READERS, or None: found by the content. The label of
    an item is that of most of its annotations; those of the other label are left out, and all of them where neither is
    the more frequent or none is given. A row that is wrong takes the other rows of its annotation with it. Raises
    YijuError where a file cannot be read at all.
    """
    for path in (items, *files):
        if not path.is_file():
            raise YijuError(f"{path}: {why_no_file(path)}; give the path of the file to read")
    pairs = read_items(items)
    rows = list(chain.from_iterable(_reader(RawFile(path), kind)(RawFile(path), known) for path in files))
    opinions, refused = _opinions(rows, Known(pairs))
    gold, annotations, cut = [], 0, 0
    for item in pairs:
        agreed, left_out = _agreed(opinions.get(item.item, []))
        refused += left_out
        annotations += len(agreed)
        cut += sum(one.cut for one in agreed)
        gold += [_line(item, agreed)] if agreed else []
    read = len(rows) - sum(isinstance(row, Refused) and row.expected for row in rows)
    return Converted(gold, refused, annotations, read, cut)


def write_gold(found: Converted, out: Path, quarantine: Path) -> None:
    """Write the gold, and every row that was left out with its place and reason: JSON lines."""
    rows = [{"place": one.place, "reason": one.reason, "row": one.row} for one in found.refused]
    for path, lines in ((quarantine, rows), (out, found.gold)):
        write_text(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def reasons(refused: Sequence[Refused]) -> list[tuple[str, int]]:
    """Reasons with the number of rows left out for each, most frequent first."""
    return Counter(one.reason for one in refused).most_common()


def _reader(file: RawFile, kind: str | None) -> Callable[[RawFile, Names], Iterator[Annotation | Refused]]:
    if kind:
        return READERS[kind]
    if not is_json(file):
        if file.path.suffix.lower() in TABLES:
            return read_table
        raise YijuError(f"{file}: neither JSON nor, by its name, a table ({', '.join(TABLES)}); give --format")
    keys = set(first_keys(file))
    if keys & {"annotations", "completions"}:
        return read_label_studio
    if {"side", "start"} <= keys:
        return read_table
    if keys & {"text", "data"} and keys & {"label", "labels", "entities"}:
        return read_doccano
    raise YijuError(
        f"{file}: its first object ({', '.join(sorted(keys)[:20])}) is neither a task of Label Studio with annotations "
        "(export “JSON”, not “JSON-MIN”) nor a line of doccano, nor a row with item, side, start and end; give --format"
    )


def _opinions(rows: Sequence[Annotation | Refused], known: Known) -> tuple[dict[str, list[Opinion]], list[Refused]]:
    """What was said of every item, by person, and what is left out; rows of one annotation stand or fall together."""
    refused = [row for row in rows if isinstance(row, Refused)]
    by_annotation: dict[tuple[str, str], list[tuple[Annotation, Item]]] = {}
    for row in rows:
        if isinstance(row, Annotation):
            try:
                item = known.find(row)
                by_annotation.setdefault((item.item, row.by), []).append((row, item))
            except BadRow as error:
                refused.append(_refused(row, str(error)))
    spoilt = {(one.item, one.by): one.place for one in refused if not one.expected}
    found: dict[str, list[Opinion]] = {}
    for key, parts in by_annotation.items():
        own = [row for row, _ in parts]
        try:
            if key in spoilt:
                raise BadRow(f"belongs to the annotation that is wrong at {spoilt[key]}")
            found.setdefault(key[0], []).append(_opinion(own, parts[0][1]))
        except BadRow as error:
            refused += [_refused(row, str(error)) for row in own]
    return found, refused


def _opinion(rows: list[Annotation], item: Item) -> Opinion:
    labels = {row.label for row in rows if row.label is not None}
    if len(labels) > 1:
        raise BadRow(f"one annotation gives item {item.item} both labels")
    missing = {"q", "t"} - {side for row in rows for side in row.sides}
    if missing:
        raise BadRow(f"of item {item.item} only one sentence was annotated; side {missing.pop()} is missing")
    sides, cut = {side: frozenset[int]() for side in "qt"}, 0
    for row in rows:
        touched, inside = highlighted(row, item)
        cut += inside
        sides |= {side: sides[side] | places for side, places in touched.items()}
    return Opinion(rows, next(iter(labels), None), sides, cut)


def _agreed(opinions: Sequence[Opinion]) -> tuple[list[Opinion], list[Refused]]:
    """Annotations of the label that most give, as far as they highlight anything; and the others."""
    votes = Counter(one.label for one in opinions if one.label is not None)
    if not votes:
        return [], _all(opinions, "no annotation of this item has its label", expected=False)
    label, most = votes.most_common(1)[0]
    if list(votes.values()).count(most) > 1:
        return [], _all(opinions, "as many annotations of this item give the one label as the other")
    against = [one for one in opinions if one.label == 1 - label]
    agreed = [replace(one, label=label) for one in opinions if one.label != 1 - label]
    empty = [one for one in agreed if not any(one.sides.values())]
    left_out = _all(against, "most annotations of this item give another label")
    return [one for one in agreed if any(one.sides.values())], left_out + _all(empty, "nothing is highlighted")


def _all(opinions: Sequence[Opinion], reason: str, expected: bool = True) -> list[Refused]:
    return [_refused(row, reason, expected) for one in opinions for row in one.rows]


def _refused(row: Annotation, reason: str, expected: bool = False) -> Refused:
    return Refused(row.place, row.row, reason, row.item, row.by, expected)


def _line(item: Item, agreed: Sequence[Opinion]) -> dict:
    """A line of the gold file; of equal sets one is enough, and an empty one is none."""
    sets = {side: list(dict.fromkeys(one.sides[side] for one in agreed if one.sides[side])) for side in "qt"}
    return {
        "sent_id": item.item,
        "sent_label": agreed[0].label,
        **{f"rationale_{side}_idx": [sorted(places) for places in sets[side]] for side in "qt"},
        "text_q_token": list(item.q_segments),
        "text_t_token": list(item.t_segments),
    }
