"""How a user's table is read: what the user says of it, and what is found out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yiju.data.column_choice import ON_COMMAND_LINE, SEPARATORS, Choice, Column, Remedies
from yiju.data.corpora.raw_files import RawFile


@dataclass(frozen=True)
class Wanted:
    """What the user says of a table; whatever is left open is found out.

    kind: a key of `yiju.data.table_formats.FORMATS` without its dot; columns: of q and t, by name or position from 1;
    label: likewise; header: whether the first record names the columns; encoding: a name of
    `yiju.data.table_formats.ENCODINGS`; sheet: of a workbook; remedies: what messages advise; label_by_content: whether
    labels are looked for by what a column holds; small: whether it may take little memory and time, as where a stranger
    sends it.
    """

    kind: str | None = None
    columns: tuple[Column, Column] | None = None
    label: Column | None = None
    header: bool | None = None
    encoding: str = "auto"
    sheet: str = ""
    remedies: Remedies = ON_COMMAND_LINE
    label_by_content: bool = False
    small: bool = False


NOTHING_SAID = Wanted()


@dataclass(frozen=True)
class Look:
    """How a table is read.

    kind: tsv, csv, jsonl, parquet or xlsx; encoding, separator, sheet: where the kind has them; names: of all columns,
    of a text without names their numbers; choice: places of q, t and label; said: what was taken, in sentences; small:
    as in `Wanted`.
    """

    file: RawFile
    kind: str
    names: tuple[str, ...]
    choice: Choice
    separator: str = ""
    sheet: str = ""
    said: tuple[str, ...] = ()
    small: bool = False

    @property
    def encoding(self) -> str:
        return self.file.encoding

    @property
    def unit(self) -> str:
        """What a row is called by its number."""
        return "line" if self.kind in (*SEPARATORS, "jsonl") else "row"

    def column(self, place: int) -> Column:
        """A column as reader `generic` is told it: by its name where it has one of its own, else by position from 1."""
        named = self.choice.header and self.names.count(self.names[place]) == 1 and self.names[place] != ""
        return self.names[place] if named else place + 1

    def columns(self) -> dict[str, Column]:
        """By role: q, t and, where there is one, label."""
        return {role: self.column(place) for role, place in self.choice.places.items()}

    def options(self, labels: Mapping[str, int | None] | None = None) -> dict[str, Any]:
        """Options of reader `generic` that read the table as this look does. labels: what they mean, if any."""
        own: dict[str, Any] = {"format": self.kind, "label": "", **self.columns()}
        if self.kind in SEPARATORS:
            own |= {"encoding": self.encoding, "header": self.choice.header}
            own |= {"separator": self.separator} if self.separator != SEPARATORS[self.kind] else {}
        if self.kind == "jsonl":
            own["encoding"] = self.encoding
        if self.kind == "xlsx":
            own |= {"sheet": self.sheet, "header": self.choice.header}
        return own | ({"labels": dict(labels)} if labels else {})
