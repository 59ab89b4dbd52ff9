"""doccano's export “JSONL” of sequence labelling: a text with its spans on every line.

Spans are `label` or `labels` ([start, end, name]) or `entities` (the same, or objects with start_offset, end_offset).
A line holds both sentences of a pair, q before t with anything between them; or one of them, and then its metadata name
the item (`item` or `sent_id`) and the `side`. The label is the one category of `cats`, or `sent_label` of the metadata;
`annotator` of the metadata, or else the file, names who. Metadata stand beside the text, or, as older versions write
them, below `meta` or `metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yiju.data.corpora.jsonl import read_values
from yiju.data.corpora.raw_files import RawFile
from yiju.data.highlights.annotations import (
    Annotation,
    Highlight,
    Names,
    Refused,
    label_of,
    listed,
    offset,
    side_of,
    text_of,
)
from yiju.data.named_rows import BadRow, mapping

# The side of highlights in a text that holds both sentences, until the item is known.
BOTH = "both"


def read_doccano(file: RawFile, known: Names) -> Iterator[Annotation | Refused]:
    """Every line, in order."""
    for line, text, value in read_values(file):
        if not text.strip():
            continue
        place, item, by = f"{file} line {line}", None, str(file)
        try:
            record = mapping(value)
            fields = {**_nested(record, "meta"), **_nested(record, "metadata"), **record}
            item, by = text_of(fields, ("item", "sent_id")), text_of(fields, ("annotator",)) or by
            yield _annotation(fields, place, value, item, by, known)
        except BadRow as error:
            yield Refused(place, value if isinstance(value, dict) else text, str(error), item, by)


def _nested(record: Mapping, key: str) -> dict:
    return record[key] if isinstance(record.get(key), dict) else {}


def _annotation(fields: Mapping, place: str, row: object, item: str | None, by: str, known: Names) -> Annotation:
    text = fields.get("text", fields.get("data"))
    if not isinstance(text, str):
        raise BadRow("no field 'text'; export the project as “JSONL”")
    side = side_of(fields["side"], known) if fields.get("side") else BOTH
    if side != BOTH and item is None:
        raise BadRow("one sentence of a pair without `item`: it is not known of which pair; put it into the metadata")
    label = label_of(_category(fields), known)
    marks = tuple(_highlights(fields, side, known))
    return Annotation(place, row, item, by, label, marks, (text,), ("q", "t") if side == BOTH else (side,))


def _category(fields: Mapping) -> object:
    categories = listed(fields.get("cats"), "cats")
    if len(categories) > 1:
        raise BadRow("has several categories (cats); a pair has one label")
    return categories[0] if categories else text_of(fields, ("sent_label",))


def _highlights(fields: Mapping, side: str, known: Names) -> Iterator[Highlight]:
    spans = next((key for key in ("entities", "label", "labels") if isinstance(fields.get(key), list)), None)
    if spans is None:
        raise BadRow("no spans: neither `label`, `labels` nor `entities` is a list")
    for span in fields[spans]:
        start, end, name = _parts(span)
        if known.counts([str(name)]):
            yield Highlight(side, offset(start, "start"), offset(end, "end"))


def _parts(span: object) -> tuple[object, object, object]:
    if isinstance(span, dict):
        return span.get("start_offset"), span.get("end_offset"), span.get("label")
    if isinstance(span, list) and len(span) == 3:
        start, end, name = span
        return start, end, name
    raise BadRow(f"a span is {str(span)[:60]}; expected [start, end, name], or start_offset and end_offset")
