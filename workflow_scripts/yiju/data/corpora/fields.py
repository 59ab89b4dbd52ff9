"""Rows whose fields stand between separators, without quoting (TAB files, `||` files), split by polars at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from yiju.data.corpora.lines import read_lines
from yiju.data.corpora.raw_files import RawFile
from yiju.data.corpora.rows import BYTE_ORDER_MARK, RAW, Labels, ReadOptions, judge, spread


@dataclass(frozen=True)
class Layout:
    """What the fields of a row hold, in order: "q", "t", "label"; any other name is skipped.

    header: the line that names the fields, skipped where a file begins with it.
    """

    fields: tuple[str, ...]
    header: tuple[str, ...] = ()


def read_fields(
    file: RawFile,
    options: ReadOptions,
    layouts: Sequence[Layout],
    labels: Labels,
    separator: str = "\t",
    leave_out: pl.Expr | None = None,
) -> Iterator[pl.DataFrame]:
    """Read a file in the first of `layouts` that its first row fits; without one, the first layout says what is wrong.

    Layouts without a label are for splits that may be unlabelled. Yields READ tables.
    """
    layout = None
    for lines in read_lines(file):
        rows = lines
        if layout is None:
            layout, rows = _begin(lines, options, layouts, separator)
        raw = split_rows(rows, layout or layouts[0], separator)
        yield judge(raw, labels, options.unlabelled, leave_out)


def split_rows(lines: pl.DataFrame, layout: Layout, separator: str) -> pl.DataFrame:
    """RAW table of lines: fields in their columns, a problem where a line holds more or fewer of them."""
    width = len(layout.fields)
    # One field more than there should be, so that the last ones show whether there are too few or too many.
    rows = lines.with_columns(pl.col("text").str.split_exact(separator, width).alias("parts"))
    parts = pl.col("parts").struct
    fits = parts.field(f"field_{width - 1}").is_not_null() & parts.field(f"field_{width}").is_null()
    unfit = rows.select((~fits).alias("unfit")).to_series()
    problems = spread(_problems(lines.filter(unfit), width, separator), unfit)

    def column(role: str) -> pl.Expr:
        if role not in layout.fields:
            return pl.lit(None, pl.String).alias(role)
        return pl.when(fits).then(parts.field(f"field_{layout.fields.index(role)}")).alias(role)

    return rows.select("line", "text", column("q"), column("t"), column("label"), problems["problem"]).cast(RAW)


def _problems(lines: pl.DataFrame, width: int, separator: str) -> pl.DataFrame:
    found = (pl.col("text").str.count_matches(separator, literal=True) + 1).cast(pl.String)
    name = "TAB" if separator == "\t" else f"'{separator}'"
    expected = pl.lit(f"expected {width} {name}-separated fields, got ")
    return lines.select(pl.concat_str(expected, found).alias("problem"))


def _begin(
    lines: pl.DataFrame, options: ReadOptions, layouts: Sequence[Layout], separator: str
) -> tuple[Layout | None, pl.DataFrame]:
    """Layout of a file and its rows without the header; None while there are only blank lines."""
    filled = lines.filter(pl.col("text").str.strip_chars() != "").head(1)
    if filled.is_empty():
        return None, lines
    line, first = filled.row(0)
    names = tuple(name.strip(BYTE_ORDER_MARK + " ") for name in first.split(separator))
    for layout in layouts:
        if layout.header and names == layout.header:
            return layout, lines.filter(pl.col("line") != line)
    allowed = [layout for layout in layouts if options.unlabelled or "label" in layout.fields] or layouts
    return next((layout for layout in allowed if len(layout.fields) == len(names)), allowed[0]), lines
