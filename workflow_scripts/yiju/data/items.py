"""Items to explain and their gold rationales: the competition's json lines, read strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yiju.base import json_text
from yiju.base.errors import YijuError
from yiju.data.corpora.lines import read_lines
from yiju.data.segmentation import characters, segment_spans

KINDS = ("ori", "disturb")
Sets = tuple[frozenset[int], ...]


@dataclass(frozen=True)
class Item:
    """A pair of sentences to judge and explain, cut into the segments that a rationale names by index."""

    item: str
    q: str
    t: str
    q_segments: tuple[str, ...]
    t_segments: tuple[str, ...]
    kind: str | None = None
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gold:
    """The right label and, for each side, one or more index sets that each are a right rationale."""

    item: str
    label: int
    q: Sets
    t: Sets


def read_items(path: Path) -> list[Item]:
    """Items of a test file: `id, query, title, text_q_seg, text_t_seg`, optionally `sample_type` and `rel_ids`.

    Without either segmentation a sentence is cut by `characters`. Raises YijuError, naming the line, at anything that
    is not what it claims to be.
    """
    lines: dict[str, int] = {}
    items = []
    for line, fields in _objects(path):
        place = f"{path} line {line}"
        item = _item(fields, place)
        _once(item.item, line, lines, "id", place)
        items.append(item)
    if not items:
        raise YijuError(f"{path}: holds no items; expected one JSON object a line")
    for line, item in zip(lines.values(), items, strict=True):
        for other in item.related:
            if other not in lines:
                raise YijuError(f"{path} line {line}: rel_ids names {other}, which is no item of this file")
    return items


def read_gold(path: Path, items: Sequence[Item]) -> dict[str, Gold]:
    """Gold labels and rationales by id: `sent_id, sent_label, rationale_q_idx, rationale_t_idx`.

    Indices are ints, strings, or one comma-joined string; a list of those holds alternatives (TrustAI/benchmark).
    Where `text_q_token` or `text_t_token` is given it has to be the item's segmentation, or the indices would mean
    other words. Gold for some of the items only is allowed; gold for an unknown one is not.
    """
    known = {item.item: item for item in items}
    lines: dict[str, int] = {}
    gold = {}
    for line, fields in _objects(path):
        place = f"{path} line {line}"
        _require(fields, ("sent_id", "sent_label", "rationale_q_idx", "rationale_t_idx"), place)
        name = _identifier(fields["sent_id"], "sent_id", place)
        if name not in known:
            raise YijuError(f"{place}: sent_id {name} is no item of the test file; give the test file it belongs to")
        _once(name, line, lines, "sent_id", place)
        q = _sets(fields, "q", known[name].q_segments, place)
        t = _sets(fields, "t", known[name].t_segments, place)
        gold[name] = Gold(name, _label(fields["sent_label"], place), q, t)
    if not gold:
        raise YijuError(f"{path}: holds no gold; expected one JSON object a line")
    return gold


def _objects(path: Path) -> Iterator[tuple[int, dict]]:
    for lines in read_lines(path):
        for line, text in lines.iter_rows():
            if text.strip():
                yield line, _object(text, f"{path} line {line}")


def _object(text: str, place: str) -> dict:
    try:
        value = json_text.loads(text)
    except json.JSONDecodeError as error:
        raise YijuError(f"{place}: not JSON: {error.msg} at column {error.colno}; expected one object a line") from None
    except json_text.RepeatedKey as error:
        raise YijuError(f"{place}: {error}") from None
    except (ValueError, RecursionError) as error:
        # Numbers of thousands of digits, brackets nested thousands deep.
        raise YijuError(f"{place}: JSON beyond reading: {error}; expected one flat object a line") from None
    if not isinstance(value, dict):
        raise YijuError(f"{place}: expected a JSON object, got {type(value).__name__}")
    return value


def _item(fields: dict, place: str) -> Item:
    _require(fields, ("id", "query", "title"), place)
    if ("text_q_seg" in fields) != ("text_t_seg" in fields):
        raise YijuError(f"{place}: only one of text_q_seg and text_t_seg; give both, or neither")
    q, t = (_text(fields[key], key, place) for key in ("query", "title"))
    kind = fields.get("sample_type")
    if kind is not None and kind not in KINDS:
        raise YijuError(f"{place}: sample_type {kind!r} is unknown; allowed: {', '.join(KINDS)}")
    related = fields.get("rel_ids") or []
    if not isinstance(related, list):
        raise YijuError(f"{place}: rel_ids is a {type(related).__name__}; expected a list of ids")
    return Item(
        item=_identifier(fields["id"], "id", place),
        q=q,
        t=t,
        q_segments=_segments(fields, "text_q_seg", q, place),
        t_segments=_segments(fields, "text_t_seg", t, place),
        kind=kind,
        related=tuple(_identifier(other, "rel_ids", place) for other in related),
    )


def _segments(fields: dict, key: str, text: str, place: str) -> tuple[str, ...]:
    if key not in fields:
        return tuple(characters(text))
    segments = fields[key]
    if not isinstance(segments, list):
        raise YijuError(f"{place}: {key} is a {type(segments).__name__}; expected a list of strings")
    segments = tuple(_text(segment, key, place) for segment in segments)
    try:
        segment_spans(text, segments)
    except YijuError as error:
        raise YijuError(f"{place}: {key}: {error}") from None
    return segments


def _sets(fields: dict, side: str, segments: tuple[str, ...], place: str) -> Sets:
    """The alternatives of one side; a plain list of indices is the only one."""
    tokens = fields.get(f"text_{side}_token")
    if tokens is not None and tokens != list(segments):
        raise YijuError(f"{place}: text_{side}_token differs from the item's segments; its indices name other words")
    key = f"rationale_{side}_idx"
    value = fields[key]
    nested = isinstance(value, list) and any(
        isinstance(part, list) or (isinstance(part, str) and "," in part) for part in value
    )
    alternatives = value if nested else [value]
    return tuple(_indices(part, key, len(segments), place) for part in alternatives)


def _indices(value: object, key: str, count: int, place: str) -> frozenset[int]:
    if isinstance(value, str):
        value = value.split(",") if value.strip() else []
    if not isinstance(value, list):
        # An alternative may be a bare index: ["1,2", "3"].
        value = [value]
    indices = [_index(part, key, place) for part in value]
    for position, index in enumerate(indices):
        if not 0 <= index < count:
            allowed = f"outside 0..{count - 1}" if count else "there, but this side has no segments"
            raise YijuError(f"{place}: {key} {index} is {allowed}; indices count the item's segments from 0")
        if index in indices[:position]:
            raise YijuError(f"{place}: {key} holds {index} twice; give every index once")
    return frozenset(indices)


def _index(value: object, key: str, place: str) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and re.fullmatch(r"-?[0-9]{1,9}", text):
        return int(text)
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    raise YijuError(f"{place}: {key} holds {value!r}; expected indices: ints, strings or one comma-joined string")


def _label(value: object, place: str) -> int:
    if isinstance(value, int | str) and not isinstance(value, bool) and str(value).strip() in ("0", "1"):
        return int(value)
    raise YijuError(f"{place}: sent_label is {value!r}; expected 0 or 1")


def _identifier(value: object, key: str, place: str) -> str:
    """Ids are ints in some files and strings in others; a submission line has to be able to hold them."""
    if isinstance(value, int | str) and not isinstance(value, bool) and re.fullmatch(r"[^\t\r\n]+", str(value)):
        return str(value)
    raise YijuError(f"{place}: {key} {value!r} is no id; expected an int or a string without TAB or line end")


def _text(value: object, key: str, place: str) -> str:
    if not isinstance(value, str):
        raise YijuError(f"{place}: {key} holds a {type(value).__name__}; expected text")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise YijuError(f"{place}: {key} holds half of a surrogate pair, which is no character; write the text again")
    return value


def _require(fields: dict, keys: tuple[str, ...], place: str) -> None:
    missing = [key for key in keys if key not in fields]
    if missing:
        raise YijuError(f"{place}: no {', '.join(missing)}; an object needs {', '.join(keys)}, got {', '.join(fields)}")


def _once(name: str, line: int, lines: dict[str, int], key: str, place: str) -> None:
    if name in lines:
        raise YijuError(f"{place}: {key} {name} again, first on line {lines[name]}; ids have to be distinct")
    lines[name] = line
