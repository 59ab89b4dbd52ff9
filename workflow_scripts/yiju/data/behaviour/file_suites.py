"""Suites that a user brings as files: DuQM, and the diagnostics of CLUE."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.base.json_text import kind_of, loads
from yiju.base.plurals import counted
from yiju.data.behaviour.minimal_pairs import Change, Item

log = logging.getLogger(__name__)
# Labels as the two files write them; True for similar. Of inference, what follows is similar (see corpora.nli).
SIMILAR = {"1": True, "0": False, "Y": True, "N": False}
FOLLOWS = {"entailment": True, "neutral": False, "contradiction": False}
# By column, the names that a first line may give it, in any case.
NAMES = {
    "q": ("text_a", "question1", "sentence1", "query1", "q"),
    "t": ("text_b", "question2", "sentence2", "query2", "t"),
    "label": ("label",),
}
NO_CATEGORY = "all pairs"
# As in other tables: more bad rows than this share, and the file is not what it claims to be.
MOST_BAD = 0.01
# So many bad rows are named one by one.
NAMED = 20
Row = tuple[str, str, bool, list[str]]


class _Bad(ValueError):
    """Why a row is no item."""


def read_duqm(path: Path) -> list[Item]:
    """Items of a file of DuQM: TAB-separated text_a, text_b and label, with what may follow as category and operation.

    Without a first line of names the columns are in this order. A category is everything but the last of what follows.
    Up to one bad row in a hundred is left out with a warning. Raises YijuError, naming the line, for a file of another
    kind.
    """
    lines = _lines(path)
    columns = _columns([cell.strip().lower() for cell in lines[0][1].split("\t")]) if lines else None
    order, rest = columns or ((0, 1, 2), None)
    numbered = lines[1:] if columns else lines
    return _items(path, numbered, lambda text: _of_cells(text.split("\t"), order, rest))


def read_clue(path: Path) -> list[Item]:
    """Items of the diagnostics of CLUE: a JSON object a line, with premise and hypothesis (or sentence1 and sentence2),
    label (entailment, neutral, contradiction) and, where there is one, category.

    Bad rows and errors: as of `read_duqm`.
    """
    return _items(path, _lines(path), _of_object)


def _lines(path: Path) -> list[tuple[int, str]]:
    """Lines that are not blank, with their numbers."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise YijuError(f"--suite: {path}: {error.strerror}; name the file that you have") from None
    except UnicodeDecodeError as error:
        raise YijuError(f"--suite: {path}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    return [(number, line.rstrip("\r")) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _columns(names: list[str]) -> tuple[tuple[int, int, int], list[int]] | None:
    """Where q, t and label stand, and all other columns but an id; None where this is no line of names."""
    places = {}
    for role, known in NAMES.items():
        found = [place for place, name in enumerate(names) if name in known]
        if len(found) != 1:
            return None
        places[role] = found[0]
    order = places["q"], places["t"], places["label"]
    return order, [place for place, name in enumerate(names) if place not in order and name not in ("id", "index")]


def _of_cells(cells: list[str], order: tuple[int, int, int], rest: list[int] | None) -> Row:
    if len(cells) <= max(order):
        raise _Bad(f"{len(cells)} fields; expected text_a, text_b and label, with TABs between them")
    q, t, label = (cells[place].strip() for place in order)
    others = cells[3:] if rest is None else [cells[place] for place in rest if place < len(cells)]
    return q, t, _label(label, SIMILAR), [one.strip() for one in others if one.strip()]


def _of_object(text: str) -> Row:
    try:
        value = loads(text)
    except ValueError as error:
        raise _Bad(f"no JSON: {error}") from None
    if not isinstance(value, Mapping):
        raise _Bad(f"expected a JSON object, got {kind_of(value)}")
    q, t = (_text(value, *names) for names in (("premise", "sentence1"), ("hypothesis", "sentence2")))
    category = value.get("category", value.get("type"))
    return q, t, _label(str(value.get("label")), FOLLOWS), [] if category is None else [str(category)]


def _text(value: Mapping, *names: str) -> str:
    for name in names:
        if isinstance(value.get(name), str):
            return value[name].strip()
    raise _Bad(f"no text {' or '.join(names)}")


def _label(text: str, known: Mapping[str, bool]) -> bool:
    if text not in known:
        raise _Bad(f"label {json.dumps(text, ensure_ascii=False)}; expected {', '.join(known)}")
    return known[text]


def _items(path: Path, lines: list[tuple[int, str]], read: Callable[[str], Row]) -> list[Item]:
    found, bad = [], []
    for number, text in lines:
        try:
            found.append(_item(number, *read(text)))
        except _Bad as error:
            bad.append(f"{path} line {number}: {error}")
    if not lines:
        raise YijuError(f"--suite: {path}: the file is empty")
    if len(bad) > MOST_BAD * len(lines):
        more = f" (and {counted(len(bad) - 1, 'more row')})" if len(bad) > 1 else ""
        raise YijuError(f"--suite: {bad[0]}{more}; name a file of this suite, or correct it")
    for one in bad[:NAMED]:
        log.warning("%s; left out", one)
    if bad:
        log.warning("%s: %s of %s left out", path, counted(len(bad), "bad row"), counted(len(lines), "row"))
    items = list(_distinct(found))
    if len(items) < len(found):
        log.warning("%s: %s left out: the pair is there already", path, counted(len(found) - len(items), "row"))
    return items


def _item(number: int, q: str, t: str, similar: bool, tags: list[str]) -> Item:
    if not q or not t:
        raise _Bad("an empty sentence")
    category = " / ".join(tags[:-1]) or (tags[0] if tags else NO_CATEGORY)
    rule = tags[-1] if tags else NO_CATEGORY
    return Item(category, number - 1, q, Change(rule, q, t, "stays" if similar else "turns"))


def _distinct(items: list[Item]) -> Iterator[Item]:
    """Each pair of a category once; a file may hold one twice."""
    seen = set()
    for one in items:
        key = one.category, one.change.q, one.change.t
        if key not in seen:
            seen.add(key)
            yield one
