"""Label Studio's export “JSON”: tasks with the annotations of each, which are kept apart, whoever made them.

A task's `data` names the item (`item`, `id` or `sent_id`) or holds its texts under the names of the sides. Highlights
are results of the type `labels` on two `Text` tags, whose names (`to_name`) give the side; the label is a `choices`
result, or `label` or `sent_label` of the data.
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

HIGHLIGHTS = ("labels", "hypertextlabels")
LISTS = ("annotations", "completions")


def read_label_studio(file: RawFile, known: Names) -> Iterator[Annotation | Refused]:
    """Every annotation of every task, in order."""
    for line, text, value in read_values(file):
        if not text.strip():
            continue
        place = f"{file} line {line}"
        try:
            task = mapping(value)
            yield from _annotations(task, file, place, known)
        except BadRow as error:
            yield Refused(place, value if isinstance(value, dict) else text, str(error))


def _annotations(task: dict, file: RawFile, place: str, known: Names) -> Iterator[Annotation | Refused]:
    data = mapping(task.get("data"))
    item, texts = text_of(data, ("item", "id", "sent_id")), _texts(data, known)
    given = next((task[key] for key in LISTS if key in task), None)
    if given is None:
        raise BadRow("no annotations; export the project as “JSON”, not as “JSON-MIN”")
    for number, one in enumerate(listed(given, "annotations"), start=1):
        by = f"{file} annotation {number}"
        try:
            found = mapping(one)
            by = f"{file} annotation {found.get('id', number)}"
            if found.get("was_cancelled"):
                yield Refused(place, one, "skipped by its annotator", item, by, expected=True)
                continue
            results = [mapping(result) for result in listed(found.get("result"), "result")]
            label = _label(results, data, known)
            marks = tuple(_highlights(results, known))
            yield Annotation(place, one, item, by, label, marks, texts)
        except BadRow as error:
            yield Refused(place, one, str(error), item, by)


def _label(results: list[dict], data: Mapping, known: Names) -> int | None:
    chosen = [
        label_of(choice, known)
        for result in results
        if result.get("type") == "choices"
        for choice in listed(mapping(result.get("value")).get("choices"), "choices")
    ]
    if len(set(chosen)) > 1:
        raise BadRow("chooses both labels")
    return chosen[0] if chosen else label_of(text_of(data, ("label", "sent_label")), known)


def _highlights(results: list[dict], known: Names) -> Iterator[Highlight]:
    for result in results:
        kind = result.get("type")
        if kind not in HIGHLIGHTS:
            continue
        value = mapping(result.get("value"))
        if not known.counts([str(name) for name in listed(value.get(kind), kind)]):
            continue
        ends = value["globalOffsets"] if isinstance(value.get("globalOffsets"), dict) else value
        start, end = (offset(ends.get(name), name) for name in ("start", "end"))
        text = value.get("text")
        yield Highlight(side_of(result.get("to_name"), known), start, end, text if isinstance(text, str) else None)


def _texts(data: Mapping, known: Names) -> tuple[str, ...]:
    """q and t, where the data holds both under the names of the sides."""
    found = {known.sides[key]: value for key, value in data.items() if key in known.sides and isinstance(value, str)}
    return (found["q"], found["t"]) if len(found) == 2 else ()
