"""Rows whose fields stand between separators, without quoting (TAB files, `||` files), split by polars at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from yiju.corpora.lines import read_lines
from yiju.corpora.rows import BYTE_ORDER_MARK, RAW, Labels, ReadOptions, judge


@dataclass(frozen=True)
class Layout:
    """What the fields of a row hold, in order: "q", "t", "label"; any other name is skipped.

    header: the line that names the fields, skipped where a file begins with it.
    """

    fields: tuple[str, ...]
    header: tuple[str, ...] = ()


def read_fields(
    path: Path,
    options: ReadOptions,
    layouts: Sequence[Layout],
    labels: Labels,
    separator: str = "\t",
    leave_out: pl.Expr | None = None,
) -> Iterator[pl.DataFrame]:
    """Read a file in the first of `layouts` that its first row fits; without one, the first layout tells what is wrong.

    Layouts without a label are for splits that may be unlabelled. Yields READ tables.
    """
    layout = None
    for lines in read_lines(path):
        rows = lines
        if layout is None:
            layout, rows = _begin(lines, options, layouts, separator)
        raw = split_rows(rows, layout or layouts[0], separator)
        yield judge(raw, labels, options.unlabelled, leave_out)


def split_rows(lines: pl.DataFrame, layout: Layout, separator: str) -> pl.DataFrame:
    """RAW table of lines: fields in their columns, a problem where a line holds more or fewer of them."""
    width = len(layout.fields)
    found = pl.col("text").str.count_matches(separator, literal=True) + 1
    name = "TAB" if separator == "\t" else f"'{separator}'"
    wrong = pl.concat_str(pl.lit(f"expected {width} {name}-separated fields, got "), found.cast(pl.String))
    rows = lines.with_columns(
        pl.col("text").str.split_exact(separator, width - 1).alias("parts"),
        pl.when(found != width).then(wrong).alias("problem"),
    )
    fits = pl.col("problem").is_null()

    def column(role: str) -> pl.Expr:
        if role not in layout.fields:
            return pl.lit(None, pl.String).alias(role)
        part = pl.col("parts").struct.field(f"field_{layout.fields.index(role)}")
        return pl.when(fits).then(part).alias(role)

    return rows.select("line", "text", column("q"), column("t"), column("label"), "problem").cast(RAW)


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
