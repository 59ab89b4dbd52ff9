"""The competition's submission: `id TAB label TAB q indices TAB t indices`, comma separated, most important first."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from yiju.base.errors import YijuError
from yiju.data.corpora.lines import read_lines
from yiju.data.items import Item
from yiju.explain.rationales.fusion import Choice

# The earliest time that a zip file can hold: the archive of the same text is the same bytes on any day.
EPOCH = (1980, 1, 1, 0, 0, 0)


def format_submission(choices: Iterable[tuple[str, Choice]]) -> str:
    """One line an item, in the order given; a side without a rationale is an empty field."""
    return "".join(
        f"{item}\t{choice.label}\t{','.join(map(str, choice.q))}\t{','.join(map(str, choice.t))}\n"
        for item, choice in choices
    )


def read_submission(path: Path, repeats: bool = False, items: Sequence[Item] | None = None) -> dict[str, Choice]:
    """Labels and ranked indices by id, from our own or anybody's submission.

    repeats: let a side name an index twice, as 485 lines of the published third-place submission do, so that it can
    be measured by the conventions of its time. items: those of the test file that it belongs to; without them nobody
    knows whether ids and indices exist. Raises YijuError, naming the line, at anything else that is wrong; items may be
    missing.
    """
    known = None if items is None else {item.item: item for item in items}
    choices: dict[str, Choice] = {}
    lines: dict[str, int] = {}
    for table in read_lines(path):
        for line, text in table.iter_rows():
            if not text.strip():
                continue
            place = f"{path} line {line}"
            item, choice = _parse(text, place, repeats)
            if item in lines:
                raise YijuError(f"{place}: id {item} again, first on line {lines[item]}; give every item one line")
            if known is not None:
                _check_known(item, choice, known, place)
            lines[item], choices[item] = line, choice
    if not choices:
        raise YijuError(f"{path}: holds no lines; expected id TAB label TAB q indices TAB t indices")
    return choices


def check_submission(choices: Mapping[str, Choice], items: Sequence[Item]) -> None:
    """Refuse a submission that lacks an item, names an unknown one, or an index out of range or twice."""
    known = {item.item for item in items}
    for problem, names in (
        ("lacks", [item.item for item in items if item.item not in choices]),
        ("has unknown", [name for name in choices if name not in known]),
    ):
        if names:
            raise YijuError(
                f"submission {problem} {len(names)} of {len(items)} items, the first {names[0]}; "
                "give every item of the test file one line"
            )
    for item in items:
        choice = choices[item.item]
        for side, indices, segments in (("q", choice.q, item.q_segments), ("t", choice.t, item.t_segments)):
            place = f"submission, item {item.item}: {side} index"
            _check_range(indices, len(segments), place)
            _check_distinct(indices, place)


def zip_bytes(name: str, text: str) -> bytes:
    """A zip archive of one text file; the same text gives the same bytes."""
    entry = zipfile.ZipInfo(name, date_time=EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(entry, text.encode("utf-8"))
    return archive.getvalue()


def _parse(text: str, place: str, repeats: bool) -> tuple[str, Choice]:
    fields = text.split("\t")
    if len(fields) != 4:
        raise YijuError(f"{place}: expected 4 TAB-separated fields (id, label, q, t indices), got {len(fields)}")
    item, label, q, t = fields
    if not item.strip():
        raise YijuError(f"{place}: the id is empty; a line begins with the item's id")
    if label not in ("0", "1"):
        raise YijuError(f"{place}: label {label!r}; expected 0 or 1")
    return item, Choice(int(label), _indices(q, f"{place}: q", repeats), _indices(t, f"{place}: t", repeats))


def _indices(field: str, place: str, repeats: bool) -> tuple[int, ...]:
    parts = field.split(",") if field.strip() else []
    for part in parts:
        if not re.fullmatch(r"\s*[0-9]{1,9}\s*", part):
            raise YijuError(f"{place} index {part!r} is no number from 0; expected indices separated by commas")
    indices = tuple(map(int, parts))
    if not repeats:
        _check_distinct(indices, f"{place} index")
    return indices


def _check_known(item: str, choice: Choice, known: Mapping[str, Item], place: str) -> None:
    if item not in known:
        raise YijuError(f"{place}: id {item} is no item of the test file; give the test file that it belongs to")
    _check_range(choice.q, len(known[item].q_segments), f"{place}: q index")
    _check_range(choice.t, len(known[item].t_segments), f"{place}: t index")


def _check_range(indices: Sequence[int], count: int, place: str) -> None:
    for index in indices:
        if not 0 <= index < count:
            allowed = f"outside 0..{count - 1}" if count else "there, but this side has no segments"
            raise YijuError(f"{place} {index} is {allowed}; indices count the item's segments from 0")


def _check_distinct(indices: Sequence[int], place: str) -> None:
    if len(set(indices)) < len(indices):
        raise YijuError(f"{place} {_repeated(indices)} comes twice; give every index once")


def _repeated(indices: Sequence[int]) -> int:
    return next(index for place, index in enumerate(indices) if index in indices[:place])
