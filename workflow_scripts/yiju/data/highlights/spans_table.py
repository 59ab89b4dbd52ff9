"""A plain table of spans: CSV, TAB-separated text or JSON lines, a row for each highlight.

Columns: item (or id, sent_id), side, start, end; and where there are, label (or sent_label), annotator, name (of the
highlight) and text (what was highlighted, to check the offsets by). A row without start and end says that nothing is
highlighted on its side, or only gives the label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from yiju.data.corpora.jsonl import is_json
from yiju.data.corpora.raw_files import RawFile
from yiju.data.highlights.annotations import Annotation, Highlight, Names, Refused, label_of, offset, side_of, text_of
from yiju.data.named_rows import BadRow, Row, objects, records

ITEM = ("item", "id", "sent_id")
NEEDED = ("side", "start", "end")


def read_table(file: RawFile, known: Names) -> Iterator[Annotation | Refused]:
    """Every row, in order."""
    for place, row, fields in _rows(file):
        item = by = None
        try:
            if isinstance(fields, BadRow):
                raise fields
            item, by = text_of(fields, ITEM), text_of(fields, ("annotator",)) or str(file)
            yield _annotation(fields, place, row, item, by, known)
        except BadRow as error:
            yield Refused(place, row, str(error), item, by)


def _rows(file: RawFile) -> Iterator[Row]:
    if is_json(file):
        return objects(file)
    separator = "," if file.path.suffix.lower() == ".csv" else "\t"
    return records(file, separator, _complete, "item, side, start and end")


def _annotation(fields: Mapping, place: str, row: object, item: str | None, by: str, known: Names) -> Annotation:
    if item is None:
        raise BadRow("no item")
    label = label_of(text_of(fields, ("label", "sent_label")), known)
    return Annotation(place, row, item, by, label, tuple(_highlights(fields, known)))


def _highlights(fields: Mapping, known: Names) -> Iterator[Highlight]:
    start, end, name = (text_of(fields, (key,)) for key in ("start", "end", "name"))
    if start is None and end is None:
        return
    if known.counts([] if name is None else [name]):
        text = fields.get("text")
        side = side_of(fields.get("side"), known)
        yield Highlight(side, offset(start, "start"), offset(end, "end"), text if text else None)


def _complete(columns: Sequence[str]) -> bool:
    return set(NEEDED) <= set(columns) and bool(set(ITEM) & set(columns))
