"""Options of the commands that read a table of pairs; `yiju.app.cli.pair_source` reads it."""

from __future__ import annotations

from collections.abc import Callable

import click

from yiju.app.cli.numbers import a_number
from yiju.data.table_formats import ENCODINGS, FORMATS

Command = Callable[..., None]
# Rows that are no pairs are named one by one up to so many.
NAMED = 20
# Options of `pair_options`, by the names of their parameters, which are those of `Source` too.
TABLE_OPTIONS = ("kind", "q", "t", "header", "max_bad", "encoding", "sheet")


def pair_options(command: Command) -> Command:
    """Options of every command that judges a file of pairs."""
    max_bad = click.option(
        "--max-bad",
        type=click.FloatRange(0, 1),
        default=0.01,
        show_default=True,
        callback=a_number,
        help="share of rows that may be no pairs",
    )
    return reading_options(max_bad(command))


def reading_options(command: Command) -> Command:
    """Options of every command that reads files of pairs."""
    for option in (
        click.option(
            "--header/--no-header", default=None, help="whether the first line names columns  [default: recognised]"
        ),
        click.option("--t", help="column of the second sentence  [default: found by its name]"),
        click.option("--q", help="column of the first sentence, by name or number  [default: found by its name]"),
        click.option(
            "--sheet", default="", metavar="NAME", help="sheet of a workbook  [default: the first that is shown]"
        ),
        click.option(
            "--encoding",
            type=click.Choice(ENCODINGS),
            default="auto",
            help="encoding of a text file  [default: UTF-8, UTF-16 and GB18030 are recognised]",
        ),
        click.option(
            "--format",
            "kind",
            type=click.Choice([end[1:] for end in FORMATS]),
            help="format of the table, where its name does not tell it",
        ),
    ):
        command = option(command)
    return command
