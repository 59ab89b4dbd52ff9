"""Records of users' text files: one dialect for TAB and comma files, in reading and in writing.

- A line ends with "\\n", "\\r\\n" or "\\r", whichever comes, also mixed in one file.
- A field that begins with a quotation mark and closes properly (the closing mark is followed by a separator or the end
  of the line) is quoted, as RFC 4180 says: a doubled mark stands for one, and separators and line ends belong to it.
- A mark elsewhere in a field is an ordinary character. A field that begins with a mark and does not close properly is a
  problem in CSV, and an ordinary field in other text, where sentences may begin with a mark.
- A cell that a spreadsheet would run as a formula is written with a ' before it, and read without it.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import polars as pl

from yiju.data.corpora.lines import read_any_lines
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import ROWS

RECORDS = pl.Schema({"line": pl.Int64(), "text": pl.String(), "fields": pl.List(pl.String), "problem": pl.String()})
# Line, text with its line ends, fields, problem: one of the last two is None.
Record = tuple[int, str, list[str] | None, str | None]
Line = tuple[int, str, str]
# A quoted field holds at most so many lines: looking for the end of one that is never closed must end somewhere.
MOST_LINES = 10_000
# The standard library's reader takes no longer fields.
PLAIN = 100_000
# The rest of a quoted field after its first mark, and its closing mark where the text has it.
QUOTED = re.compile(r'(?:[^"]++|"")*+("?)')
# What spreadsheets take for a formula when a cell begins with it; Excel in China and Japan takes the wide forms too.
FORMULA = r"[=+\-@\t\r\n＝＋－＠]"
GUARDED = re.compile(f"'*{FORMULA}")


def read_records(file: RawFile, separator: str, strict: bool) -> Iterator[pl.DataFrame]:
    """Tables (RECORDS) of all records of a file, blank lines included: these have one empty field.

    strict: a quotation mark that is not closed is a problem of its line (CSV); else the mark is an ordinary character.
    """
    blocks = read_any_lines(file)
    waiting: deque[Line] = deque()

    def ahead(place: int) -> Line | None:
        while len(waiting) <= place and (block := next(blocks, None)) is not None:
            waiting.extend(block.iter_rows())
        return waiting[place] if place < len(waiting) else None

    splitter, width = _Splitter(separator, strict, ahead), None
    for block in blocks:
        if not block["text"].str.contains(f'(?:^|{re.escape(separator)})"').any():
            table = _split(block, separator)
        else:
            waiting.extend(block.iter_rows())
            table = None
        while table is not None or waiting:
            if table is None:
                records = list(islice(splitter.records(waiting, width), ROWS))
                table = _table(records)
            if width is None:
                width = _width(table)
            yield _unguarded(table, separator)
            table = None


def write_records(rows: Iterable[Sequence[object]], separator: str) -> str:
    """Lines of a text file in this dialect. Cells are texts, numbers, true or false, or None, which is empty."""
    return "".join(_line([_cell(value) for value in row], separator) for row in rows)


def guarded(text: str) -> str:
    """A text as a spreadsheet may have it: with a ' before what it would run as a formula."""
    return f"'{text}" if GUARDED.match(text) else text


class _Splitter:
    """Cuts lines into records; `ahead` gives the line after so many waiting ones, or None."""

    def __init__(self, separator: str, strict: bool, ahead: Callable[[int], Line | None]) -> None:
        self.separator, self.strict, self.ahead = separator, strict, ahead
        cut = re.escape(separator)
        field = rf'(?:"(?:[^"]++|"")*+"|(?!")[^{cut}]*+)' if len(separator) == 1 else "(?!)"
        # Lines on which the standard library's reader does as we do, in a tenth of the time.
        self.regular = re.compile(rf"{field}(?:{cut}{field})*+")

    def records(self, waiting: deque[Line], width: int | None) -> Iterator[Record]:
        """The records of all lines that wait. width: fields of the first record of the file, None: not known yet."""
        while waiting:
            record, used = self._record(waiting[0], width)
            for _ in range(used):
                waiting.popleft()
            width = width or (len(record[2]) if record[2] and record[1].strip() else None)
            yield record

    def _record(self, line: Line, width: int | None) -> tuple[Record, int]:
        """The next record, and the number of its lines."""
        number, text, _ = line
        if len(text) < PLAIN and self.regular.fullmatch(text):
            return (number, text, next(csv.reader([text], delimiter=self.separator)) or [""], None), 1
        whole, fields, quoted, used, problem = self._cut(text, several=True)
        if used > 1 and not problem:
            if width is not None and len(fields) != width:
                problem = "not valid CSV (a quote is not closed)"
            elif self._is_rows(used, quoted):
                further = f"{used - 1} line{'s' * (used > 2)} further on"
                problem = (
                    f"a quotation mark opens here and closes {further}, but each of these lines is a row by itself; "
                    "double the marks that belong to a sentence, and put such a field in marks"
                )
                return (number, text, None, problem), 1
        if problem and not self.strict:
            whole, fields, _, used, problem = self._cut(text, several=False)
        return ((number, text, None, problem), 1) if problem else ((number, whole, fields, None), used)

    def _cut(self, text: str, several: bool) -> tuple[str, list[str], list[bool], int, str | None]:
        """Text, fields, which of them are quoted, lines and problem of the record that begins with this line."""
        fields: list[str] = []
        quoted: list[bool] = []
        place, used = 0, 1
        while True:
            end = None
            if text.startswith('"', place):
                text, end, used = self._closed(text, place, used, several)
                if end is None and self.strict:
                    return text, [], [], 1, "not valid CSV (a quote is not closed)"
            quoted.append(end is not None)
            if end is not None:
                fields.append(text[place + 1 : end - 1].replace('""', '"'))
            else:
                end = text.find(self.separator, place)
                end = len(text) if end < 0 else end
                fields.append(text[place:end])
            if end == len(text):
                return text, fields, quoted, used, None
            place = end + len(self.separator)

    def _closed(self, text: str, place: int, used: int, several: bool) -> tuple[str, int | None, int]:
        """Where the quoted field that begins at `place` ends: text, end, lines; further lines are added as it needs.

        used: lines that the text holds. The end is None where the field does not close properly; no line is added then.
        """
        last, start, before, lines = text, place + 1, "", used
        while not (found := QUOTED.match(last, start)) or not found[1]:
            following = self.ahead(lines) if several and lines < MOST_LINES else None
            if following is None:
                return text, None, used
            before += last + self._held(lines - 1)[2]
            last, start, lines = following[1], 0, lines + 1
        closes = self._ends(last, found.end())
        return (before + last, len(before) + found.end(), lines) if closes else (text, None, used)

    def _held(self, place: int) -> Line:
        """A line that was read already."""
        line = self.ahead(place)
        assert line is not None
        return line

    def _ends(self, text: str, end: int) -> bool:
        return end == len(text) or text.startswith(self.separator, end)

    def _is_rows(self, used: int, quoted: Sequence[bool]) -> bool:
        """Whether each of the next lines looks like a row, so that the record can be read in two ways.

        quoted: which fields of the record that they would be together are in marks. One field alone is no pair.
        """
        widths = {self._held(place)[1].count(self.separator) + 1 for place in range(used)}
        if len(quoted) == 1:
            return len(widths) == 1 and widths != {1}
        return not self.strict and not all(quoted) and widths == {len(quoted)}


def _split(lines: pl.DataFrame, separator: str) -> pl.DataFrame:
    """Records of lines in which no field begins with a quotation mark: each line is one."""
    return lines.select(
        "line",
        "text",
        pl.col("text").str.split(separator).alias("fields"),
        pl.lit(None, pl.String).alias("problem"),
    )


def _table(records: Sequence[Record]) -> pl.DataFrame:
    """The RECORDS table; a column of lists is made of one flat column, for rows one by one take ten times as long."""
    rows = [(line, text, problem) for line, text, _, problem in records]
    table = pl.DataFrame(rows, schema={name: RECORDS[name] for name in ("line", "text", "problem")}, orient="row")
    cells = [(row, cell) for row, (_, _, fields, _) in enumerate(records) for cell in fields or ()]
    flat = pl.DataFrame(cells, schema={"row": pl.UInt32, "fields": pl.String}, orient="row")
    lists = flat.group_by("row", maintain_order=True).agg("fields")
    return table.with_row_index("row").join(lists, on="row", how="left", maintain_order="left").select(list(RECORDS))


def _width(records: pl.DataFrame) -> int | None:
    """The number of fields of the first record that is not blank."""
    filled = records.filter((pl.col("text").str.strip_chars() != "") & pl.col("fields").is_not_null()).head(1)
    return None if filled.is_empty() else len(filled["fields"][0])


def _unguarded(records: pl.DataFrame, separator: str) -> pl.DataFrame:
    """The records as they were before `guarded`; hardly any table has such a cell."""
    if not records["text"].str.contains(f"(?:^|{re.escape(separator)})\"?'+{FORMULA}").any():
        return records
    return records.with_columns(pl.col("fields").list.eval(pl.element().str.replace(f"^'('*{FORMULA})", "${1}")))


def _cell(value: object) -> str:
    if value is None or isinstance(value, str):
        return guarded(value or "")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _line(cells: Sequence[str], separator: str) -> str:
    """A record. One that takes several lines has all its fields quoted, so that no reader takes its lines for rows."""
    everything = any("\n" in cell or "\r" in cell for cell in cells) or not "".join(cells).strip()
    marked = (everything or '"' in cell or separator in cell for cell in cells)
    return separator.join(_marked(cell) if mark else cell for cell, mark in zip(cells, marked, strict=True)) + "\n"


def _marked(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
