"""What the first rows of a text file show: that they are no pairs, or that the pairs are in other columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from yiju.base.errors import YijuError
from yiju.data.corpora.delimited_pairs import DECLARED, TextTable
from yiju.data.corpora.raw_files import RawFile

# A number, or the identifier of a row: 17, q-17, 3.5, 2024-05-01, a hash.
CODE = re.compile(
    r"[A-Za-z]{0,8}[-_#:]?[0-9]+(?:[-_./:][0-9]+)*|[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}"
    r"|[0-9a-f]{16,64}"
)
# By what stands between two fields: how a person calls it.
SIGNS = {"\t": "TAB", ",": "comma", ";": "semicolon", "|": "vertical bar", "，": "wide comma", "；": "wide semicolon"}


def code_column(first: Sequence[str], others: Sequence[Sequence[str]]) -> int | None:
    """Place of the first of columns 1 and 2 that holds numbers or identifiers where other columns hold text.

    first: the first record, others: some of those after it. None where both may be sentences: a pair of two numbers is
    one, and a single row of a number and a text too.
    """
    width = len(first)
    rows = [row for row in (first, *others) if len(row) == width]
    codes = [all(CODE.fullmatch(row[place].strip()) for row in rows) for place in range(width)]
    odd, texts = [place for place in (0, 1) if codes[place]], codes.count(False)
    if odd and (texts > 1 or (len(odd) == 1 and len(rows) > 1)):
        return odd[0]
    return None


def require_columns(file: RawFile, table: TextTable, remedies: Mapping[str, str]) -> None:
    """Refuse a text file whose first line is one field, or is no row and names the separator.

    remedies: by a sign that may separate the fields instead, what to do. Raises YijuError, naming line and remedy.
    """
    place, name, first = f"{file} line {table.line}", _named(table.separator), table.separator.join(table.first).strip()
    if declared := DECLARED.fullmatch(first):
        resave = "" if declared[1] in (table.separator, "") else f", and save the file with a {name} between the fields"
        raise YijuError(f"{place}: this line ({first}) names the separator for Excel and is no row; delete it{resave}")
    if len(table.first) != 1:
        return
    sign = other_separator(table)
    if sign is None:
        raise YijuError(
            f"{place}: one field ({first[:40]}), and a pair has two sentences with a {name} between them; put the "
            f"{name} there, or delete the line if it is no pair"
        )
    remedy = remedies.get(sign, f"save it with a {name} in its place")
    raise YijuError(f"{place}: one field ({first[:40]}); the line holds no {name}, but a {SIGNS[sign]}; {remedy}")


def other_separator(table: TextTable) -> str | None:
    """The sign that each of the first rows of a table of one column holds, so that it may separate two fields."""
    rows = [row[0] for row in (table.first, *table.sample) if len(row) == 1]
    return next((sign for sign in SIGNS if sign != table.separator and all(sign in row for row in rows)), None)


def _named(separator: str) -> str:
    return SIGNS.get(separator, f"'{separator}'")
