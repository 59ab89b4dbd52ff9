"""Rows of a Parquet table that a stranger sends, as JSON lines: a program of its own, with little memory and time.

A small Parquet file may hold rows and texts without end, and a damaged one may end the process that reads it. It prints
the rows, each an object with all columns; where one cannot be read, it prints a list with {"problem"} in its place and
ends. Nothing of yiju is imported here.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

# Of the program's memory and time.
MOST_MEMORY, MOST_SECONDS = 1 << 30, 3
# Columns of a table; bytes that all parts of the file say they hold, and those of the lines.
MOST_COLUMNS, MOST_BYTES = 1000, 16 << 20
# Values that are read, of all columns together: those of a list count each.
MOST_VALUES = 1_000_000
# Rows decoded at a time: each may be as long as the table.
ROWS = 10


def main(path: str, rows: str) -> None:
    """Print the first rows of a table, so many at most."""
    # The locale of the server may write another encoding.
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    # Its own pools reserve more than they use.
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    try:
        _limit_all()
        for line in lines(path, int(rows)):
            print(line)
    # Also what is no Exception.
    except BaseException as error:
        print(json.dumps([{"problem": f"{type(error).__name__}: {error}".split("\n")[0][:300]}]))


def lines(path: str, rows: int) -> Iterator[str]:
    """The first rows as JSON. Raises ValueError for a table that holds too much or what JSON cannot say."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(path) as table:
        names = table.schema_arrow.names
        _check(names, table, rows)
        printed, size = 0, 0
        for batch in table.iter_batches(batch_size=ROWS, use_threads=False):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                line = json.dumps(dict(zip(names, map(plain, values), strict=True)), ensure_ascii=False)
                printed, size = printed + 1, size + len(line.encode("utf-8", "surrogatepass"))
                if size > MOST_BYTES:
                    raise ValueError(f"its rows hold more than {MOST_BYTES >> 20} MB")
                yield line
                if printed >= rows:
                    return


def plain(value: Any) -> Any:
    """A cell as JSON can say it: a date or a decimal number as text, what is no number as null.

    Raises ValueError for bytes.
    """
    if isinstance(value, bytes):
        raise ValueError("a column holds bytes and no text")
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | bool | int) else str(value)


def _check(names: list[str], table: ParquetFile, rows: int) -> None:
    """Raise ValueError for columns that cannot be told apart, and for a table that says that it holds too much."""
    if len(names) > MOST_COLUMNS:
        raise ValueError(f"it has more than {MOST_COLUMNS} columns")
    if len(set(names)) < len(names):
        raise ValueError("two columns have the same name")
    groups = [table.metadata.row_group(number) for number in range(table.metadata.num_row_groups)]
    if sum(group.total_byte_size for group in groups) > MOST_BYTES:
        raise ValueError(f"it holds more than {MOST_BYTES >> 20} MB")
    values = sum(_values(table, groups, place, rows) for place in range(table.metadata.num_columns))
    if values > MOST_VALUES:
        raise ValueError(f"its columns hold more than {MOST_VALUES:,} values")


def _values(table: ParquetFile, groups: list[Any], place: int, rows: int) -> int:
    """How many values of a column are read for the first rows; of a list it is not known, and all of them may be."""
    held = sum(group.column(place).num_values for group in groups)
    return held if table.schema.column(place).max_repetition_level else min(held, rows)


def _limit_all() -> None:
    # The system of a Mac knows no limit of this kind.
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, MOST_MEMORY)
    _limit(resource.RLIMIT_CPU, MOST_SECONDS)


def _limit(kind: int, most: int) -> None:
    """Set a limit of this process, where a lower one does not hold already."""
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main(*sys.argv[1:])
