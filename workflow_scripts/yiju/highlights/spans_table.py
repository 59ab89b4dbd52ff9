"""A plain table of spans: CSV, TAB-separated text or JSON lines, a row for each highlight.

Columns: item (or id, sent_id), side, start, end; and where there are, label (or sent_label), annotator, name (of the
highlight) and text (what was highlighted, to check the offsets by). A row without start and end says that nothing is
highlighted on its side, or only tells the label.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yiju.corpora.delimited_pairs import open_table
from yiju.corpora.files import RawFile
from yiju.corpora.jsonl import is_json, read_values
from yiju.errors import YijuError
from yiju.highlights.annotations import (
    Annotation,
    BadRow,
    Highlight,
    Names,
    Refused,
    label_of,
    mapping,
    offset,
    side_of,
    text_of,
)

ITEM = ("item", "id", "sent_id")
NEEDED = ("side", "start", "end")
# Place, row as it stands in the file, and its fields by name or why it has none.
Row = tuple[str, object, dict | BadRow]


def read_table(file: RawFile, known: Names) -> Iterator[Annotation | Refused]:
    """Every row, in order."""
    for place, row, fields in _objects(file) if is_json(file) else _records(file):
        item = by = None
        try:
            if isinstance(fields, BadRow):
                raise fields
            item, by = text_of(fields, ITEM), text_of(fields, ("annotator",)) or str(file)
            yield _annotation(fields, place, row, item, by, known)
        except BadRow as error:
            yield Refused(place, row, str(error), item, by)


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


def _objects(file: RawFile) -> Iterator[Row]:
    for line, text, value in read_values(file):
        if text.strip():
            try:
                yield f"{file} line {line}", value if isinstance(value, dict) else text, mapping(value)
            except BadRow as error:
                yield f"{file} line {line}", text, error


def _records(file: RawFile) -> Iterator[Row]:
    """Rows of a text file, whose first line names the columns."""
    separator = "," if file.path.suffix.lower() == ".csv" else "\t"
    table = open_table(file, separator, strict=separator == ",")
    columns = [name.lower() for name in table.names]
    missing = [name for name in NEEDED if name not in columns]
    if missing or not set(ITEM) & set(columns):
        raise YijuError(
            f"{file} line {table.line}: the first line has to name the columns item, side, start and end, separated by "
            f"{'commas' if separator == ',' else 'TABs'}; it names {', '.join(columns) or 'nothing'}"
        )
    for records in table.tables:
        for line, text, cells, problem in records.iter_rows():
            if line != table.line and text.strip():
                yield f"{file} line {line}", text.rstrip("\r\n"), _fields(columns, cells, problem)


def _fields(columns: list[str], cells: list[str] | None, problem: str | None) -> dict | BadRow:
    if cells is None:
        return BadRow(problem or "not readable")
    if len(cells) != len(columns):
        return BadRow(f"{len(cells)} fields; the first line names {len(columns)}")
    return dict(zip(columns, cells, strict=True))
