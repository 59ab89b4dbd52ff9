"""Which columns of a user's table hold the two sentences and the label: as is said, by their names, or by content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yiju.base.errors import YijuError
from yiju.data.corpora.columns import column_places
from yiju.data.corpora.contents import first_is_pair, label_columns, sentence_columns
from yiju.data.corpora.delimited_pairs import HEADER_SAMPLE
from yiju.data.corpora.headers import find_couples, find_label, is_other, seems_header
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.shape import code_column

# Of the separators of text that go by the name of a format.
SEPARATORS = {"tsv": "\t", "csv": ","}
Column = str | int


class ColumnsUnclear(YijuError):
    """The table can be read, but does not tell which of its columns hold the two sentences."""


@dataclass(frozen=True)
class Remedies:
    """What the user has to do, in the words of the place where the file was given.

    first_line: where the columns have no names that identify the sentences; names: where several may hold them;
    no_header: where a first line only looks like names; separators: by what separates the fields, where that is not
    what the format says; encoding: how an encoding is said, with {} for its name, None where nobody can.
    """

    first_line: str
    names: str
    no_header: str
    separators: dict[str, str]
    encoding: str | None


ON_COMMAND_LINE = Remedies(
    first_line="name the columns q and t in the first line, or give both with --q and --t, by name or by number",
    names="give both with --q and --t",
    no_header="give --no-header if it is a pair",
    separators={sign: f"give --format {kind}" for kind, sign in SEPARATORS.items()},
    encoding="give --encoding {}",
)
ON_PAGE = Remedies(
    first_line="name the columns of the two sentences q and t in the first line of the file",
    names="name the two that hold the sentences q and t in the file",
    no_header="if it is a pair, write a first line before it that names the columns q and t",
    separators={sign: f"let the name of the file end in .{kind}" for kind, sign in SEPARATORS.items()},
    encoding=None,
)


@dataclass(frozen=True)
class Start:
    """The beginning of a table: what its first record or its fields are called, and some rows after it as texts.

    first: the first record as it stands, names: as names; line: its number; named: whether the names are names for
    certain (JSON lines, Parquet); header_first: whether a first record is names where nothing says otherwise (CSV and
    workbooks, not TAB-separated text).
    """

    file: RawFile
    first: Sequence[str]
    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    line: int = 1
    named: bool = False
    header_first: bool = False


@dataclass(frozen=True)
class Choice:
    """Places of the columns, whether the first record names them, and what was taken, in sentences."""

    q: int
    t: int
    label: int | None
    header: bool
    said: tuple[str, ...] = ()

    @property
    def places(self) -> dict[str, int]:
        """By role: q, t and, where there is one, label."""
        return {"q": self.q, "t": self.t, **({} if self.label is None else {"label": self.label})}


def choose(
    start: Start,
    columns: tuple[Column, Column] | None,
    label: Column | None,
    header: bool | None,
    remedies: Remedies,
    label_by_content: bool = False,
) -> Choice:
    """Where the sentences and the labels of a table stand.

    columns, label: as the user says, by name or by position from 1; header: whether the first record names the columns,
    None: recognised; label_by_content: whether a column of labels is looked for by what it holds too. Without one
    `label` is None. Raises ColumnsUnclear, naming the candidates and the remedy, where it is not clear which columns
    hold the sentences, and YijuError for columns that are not there.
    """
    if columns:
        (q, t), named, said = _given(start, columns, header)
    else:
        (q, t), named, said = _found(start, header, remedies)
    if label is not None:
        by_name = start.names if named or isinstance(label, str) else len(start.names)
        given = column_places(start.file, {"label": label}, by_name, unlabelled=False)["label"]
        if given in (q, t):
            raise YijuError(
                f"{start.file}: column {label!r} holds a sentence and cannot be the label; give another one"
            )
        return Choice(q, t, given, named, tuple(said))
    place, more = _label(start, (q, t), named, label_by_content)
    return Choice(q, t, place, named, (*said, *more))


def shown(names: Sequence[str]) -> str:
    """Names of columns for a message."""
    return ", ".join(name[:40] for name in names[:20])


def _given(
    start: Start, columns: tuple[Column, Column], header: bool | None
) -> tuple[tuple[int, int], bool, list[str]]:
    """Places of the columns that a person names or numbers, and whether the first record is the header."""
    named, said = any(isinstance(column, str) for column in columns), []
    if named and header is False and not start.named:
        raise YijuError(
            f"{start.file}: columns are given by name, but the first line is said to name none (--no-header)"
        )
    if header is None and not named and not start.named and seems_header(start.names, start.rows[:HEADER_SAMPLE]):
        said = [f"{start.file} line {start.line} names the columns ({shown(start.names)}) and is not judged"]
        header = True
    by_name = start.names if named or header or start.named else len(start.names)
    places = column_places(start.file, dict(zip("qt", columns, strict=True)), by_name, unlabelled=True)
    return (places["q"], places["t"]), start.named or named or bool(header), said


def _found(start: Start, header: bool | None, remedies: Remedies) -> tuple[tuple[int, int], bool, list[str]]:
    couple = None if header is False and not start.named else _couple(start, remedies)
    if couple:
        plain = [start.names[place] for place in couple] == ["q", "t"]
        return couple, True, [] if plain else [_by(start, couple, "their names")]
    texts = sentence_columns(start.rows, len(start.names))
    if start.named:
        return _of_names(start, texts, remedies)
    if header is not False and (header or start.header_first or seems_header(start.names, start.rows[:HEADER_SAMPLE])):
        return _of_a_header(start, texts, header, remedies)
    code = code_column(start.first, start.rows[:HEADER_SAMPLE])
    if len(texts) == 2 and texts != [0, 1]:
        return (texts[0], texts[1]), False, [_by(start, texts, "what they hold", numbers=True)]
    if code is None:
        return (0, 1), False, []
    raise ColumnsUnclear(
        f"{start.file} line {start.line}: column {code + 1} holds numbers ({start.names[code][:40]}), and not "
        f"sentences; {remedies.first_line}{_candidates([str(place + 1) for place in texts])}"
    )


def _of_names(start: Start, texts: Sequence[int], remedies: Remedies) -> tuple[tuple[int, int], bool, list[str]]:
    if len(texts) == 2:
        return (texts[0], texts[1]), True, [_by(start, texts, "what they hold")]
    raise ColumnsUnclear(
        f"{start.file}: no column q or t, and no other two names that identify the two sentences; the file has "
        f"{shown(start.names)}; {remedies.names}{_candidates([start.names[place] for place in texts])}"
    )


def _of_a_header(
    start: Start, texts: Sequence[int], header: bool | None, remedies: Remedies
) -> tuple[tuple[int, int], bool, list[str]]:
    """The columns of a table whose first record is names, or is taken for them where nothing else shows."""
    labels = label_columns(start.rows, len(start.names))
    known = header or seems_header(start.names, start.rows[:HEADER_SAMPLE])
    if len(texts) == 2 and not known and first_is_pair(start.first, start.rows, labels):
        return (texts[0], texts[1]), False, [_by(start, texts, "what they hold", numbers=True)]
    if len(texts) == 2 and (known or labels):
        return (texts[0], texts[1]), True, [_by(start, texts, "what they hold")]
    escape = f"; or {remedies.no_header}" if not start.header_first or header is None else ""
    raise ColumnsUnclear(
        f"{start.file} line {start.line}: this line ({shown(start.names)}) names the columns, or seems to, but does "
        f"not say which hold the two sentences; {remedies.first_line}{escape}"
        f"{_candidates([start.names[place] for place in texts])}"
    )


def _couple(start: Start, remedies: Remedies) -> tuple[int, int] | None:
    found = find_couples(start.names)
    if len(found) > 1:
        several = ", ".join(f"{start.names[first]} and {start.names[second]}" for first, second in found)
        raise ColumnsUnclear(f"{start.file}: several columns may hold the two sentences ({several}); {remedies.names}")
    return found[0] if found else None


def _by(start: Start, places: Sequence[int], how: str, numbers: bool = False) -> str:
    q, t = (str(place + 1) if numbers else start.names[place] for place in places)
    return f"{start.file}: columns q={q}, t={t} found by {how}"


def _candidates(columns: Sequence[str]) -> str:
    return f". Sentences may be in {shown(columns)}" if len(columns) > 1 else ""


def _label(start: Start, sentences: tuple[int, int], named: bool, by_content: bool) -> tuple[int | None, list[str]]:
    """The column of labels by its name or, where that is asked for, the only one that holds some."""
    place = find_label(start.names) if named else None
    if place is not None and place not in sentences:
        return place, []
    if not by_content:
        return None, []
    taken = {*sentences, *(place for place, name in enumerate(start.names) if named and is_other(name))}
    found = [place for place in label_columns(start.rows, len(start.names)) if place not in taken]
    if not found and not named and len(start.names) == 3 and sentences == (0, 1):
        found = [2]
    if len(found) != 1:
        return None, []
    return found[0], [
        f"{start.file}: column label={start.names[found[0]] if named else found[0] + 1} found by what it holds"
    ]
